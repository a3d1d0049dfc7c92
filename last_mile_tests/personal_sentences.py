"""The words of the test set of personal data: invented people, sentences with slots for their data.

Not here: how the data in a slot is written, look-alikes, tests. No sentence has a digit, so that
a digit a scrubber leaves is one of somebody's data.
"""

from __future__ import annotations

# First name(s)|last name(s) as a document gives them; one has one name only.
_PEOPLE = """
Maria|García Márquez; José|Núñez; Íñigo|Etxeberria; Jan|van der Berg; Sanne|de Vries;
Siobhán|O'Brien; Conor|McDonald; Jean-Luc|Lefèvre; Amélie|d'Estaing; Chloé|Beauséjour;
Jürgen|Weiß; Annegret|Müller-Lüdenscheidt; Björn|Größl; Karl-Heinz|von Hohenfels; Søren|Kjærgaard;
Åsa|Öberg; Þórdís|Guðmundsdóttir; Mikko|Hämäläinen; Łukasz|Wójcik; Małgorzata|Szczepańska;
Tomáš|Dvořák; Zsófia|Szűcs; Ștefan|Ionescu; Nikola|Đorđević; Željko|Kovačević; Çağla|Yılmaz;
İbrahim|Şahin; Giorgos|Papadopoulos; Giuseppe|D'Angelo; Chiara|Lo Presti; João|da Conceição;
Thiago|dos Santos; Luís|Gonçalves; Olena|Kovalchuk; Иван|Соколов; Γιώργος|Καραγιάννης;
Aleksandr|Volkov; Priya|Raghunathan; Arjun|Mukherjee; Kavita|Deshpande; Fatima|al-Zahrani;
Mohammed|bin Rashid; Yusuf|Abd al-Rahman; Nasrin|Hosseinzadeh; Noa|Ben-Ami; Wei|Zhang; Li|Na;
Xiaoming|Wu; Haruto|Takahashi; Yūki|Ōtani; 太郎|山田; Min-jun|Kim; Nguyễn|Thị Ánh; Đặng|Văn Lâm;
Suryani|; Jose Maria|de la Cruz; Rizal|Macaraeg; Chukwuemeka|Okonkwo; Oluwaseun|Adébáyò;
Aminata|N'Diaye; Thandiwe|Mkhize; Kwame|Asante-Boateng; Wanjiru|Kamau; Tāne|Ngata; Keanu|Kealoha;
Emily|Carter-Jones; DeShawn|Washington; Jo|Baxter; Ed|Ng; Bo|Lindqvist; Mark|Rose; Grace|Hill
"""  # noqa: RUF001 - letters of other alphabets are the point
PEOPLE = [
    tuple(person.strip().split("|")) for person in _PEOPLE.replace("\n", " ").split(";")
]  # [(first, last)]

_SENTENCES = """
You can reach me at {email} or call {phone} any weekday.
My name is {name} and I would love to help with your redesign.
Hi {name}, thanks for posting this job.
Dear {name}, please find our offer below.
Hello {name}! I read your brief twice and have a few questions.
Best regards,\\n{name}
Kind regards,\\n{name}\\n{phone}\\n{email}
Thanks,\\n{name}\\n{url}
Cheers, {name}
-- \\n{name} | {email} | {phone} | {url}
My portfolio is at {url} and shows similar shops.
Have a look at {url}, then tell me what you think.
The staging site ({url}) is live; log in with {email}.
Case study: {url}
I put the mock-ups here: {url}. Feedback is welcome.
You will find me on {url} and on {url} too.
Before we start, could you send the contract to {email}?
Copy {email}, {email} and {email} on every invoice.
From: {name} <{email}>
Reply-To: {email}
The customer {name} wrote from {email} that the parcel never came.
Please change the address on my account from {email} to {email}.
I cannot log in with {email}, and nobody answers at {phone}.
WhatsApp me on {phone} if the link breaks.
Call {name} at {phone} before the kick-off.
Phone: {phone}
Tel. {phone} / Fax {phone}
Mobile: {phone}, office: {phone}.
If it is urgent, ring {phone} and ask for {name}.
My number is {phone}; texts are fine.
{name}'s last project with us went well.
I worked under {name}\u2019s lead for two seasons.
{name}, our senior designer, will join the call.
Both {name} and {name} signed the agreement.
As {name} said in the meeting, the budget is fixed.
Could you ask {name} whether the files arrived?
@{name} can you take this one?
Attendees: {name}; {name}; {name}
Signed: {name}, on behalf of the agency.
"{name}" appears twice in the export.
The review by {name} (a returning client) was glowing.
I was charged twice on my card {card}, please refund one.
Card number {card}, the name on it is {name}.
Is the card {card} still on file?
My old card was {card} and the new one is {card}.
We tried to bill {card} but the bank declined it.
Please transfer the deposit to {iban}.
IBAN: {iban}
Account holder {name}, IBAN {iban}, reference: logo.
The refund should go to {iban} instead of {iban}.
My server at {ip} stopped answering after the update.
Login attempt from {ip} for the user {email}.
Please allow {ip} and {ip} in the firewall.
The log says: connection refused by {ip}.
Our host moved from {ip} to {ip} last night.
Sie erreichen mich unter {phone} oder per Mail an {email}.
Mit freundlichen Grüßen\\n{name}
Sehr geehrte Frau {name}, vielen Dank für Ihre Anfrage.
Bitte überweisen Sie den Betrag auf das Konto {iban}.
Unsere Referenzen stehen auf {url}.
Hallo {name}, der Entwurf liegt jetzt bei {name}.
Puede llamarme al {phone} o escribirme a {email}.
Estimado señor {name}: adjunto la propuesta.
Un saludo,\\n{name}
Mi página es {url} y mi teléfono es el {phone}.
La cuenta para el pago es {iban}.
Vous pouvez me joindre au {phone} ou à {email}.
Bonjour {name}, merci pour votre message.
Le projet de {name} est en ligne sur {url}.
Cordialement,\\n{name}\\n{phone}
Merci de débiter la carte {card}.
"""
SENTENCES = [line.replace("\\n", "\n") for line in _SENTENCES.strip().splitlines()]

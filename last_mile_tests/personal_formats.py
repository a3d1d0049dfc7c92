"""How people write an address, a number, a name: one form at random of an invented value.

Not here: the sentences around it, look-alikes, what a scrubber makes of it.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

Person = tuple[str, ...]
Writer = Callable[[random.Random, Person], tuple[str, str]]  # (the form, the value in it)

# A # is any digit, N one of 2 to 9.
_PHONES = """
US: (N##) N##-#### | N##-N##-#### | N##.N##.#### | N## N## #### | +1 N## N## #### | +1N##N######
US: 1-800-N##-#### | +1 (N##) N##-#### | +1-N##-N##-#### | N##N######
US: N##/N##-#### | (N##)N##-####
US: N##-N##-#### x### | (N##) N##-#### ext. ### | +1 N##-N##-####, ext ##
US: N##.N##.#### extension ###
UK: 020 7### #### | 07700 900### | +44 20 7### #### | +44 (0)20 7### #### | 0044 7700 900###
UK: (0161) 496 #### | +447700900### | 07700900###
UK: 0161 496 #### ext 12 | +44 7700 900 ### | 01632-960###
DE: 030/1234### | 0171/#######  | +49 (0)30 ####### | +49 30 ####-### | 0049 171 #######
DE: 030 ## ## ## ## | +49-171-####### | (030) ####### | +49171####### | 0171 #######
DE: 089 / ### ### ## | +49 (171) ### ## ##
FR: 01 42 ## ## ## | 06.##.##.##.## | +33 6 ## ## ## ## | +33 (0)1 42 ## ## ## | 0033 6 ## ## ## ##
FR: 06-##-##-##-## | 06######## | +336######## | 06/##/##/##/## | +33.6.##.##.##.##
FR: (+33) 6 ## ## ## ##
ES: 612 ### ### | +34 612 ## ## ## | 91 ### ## ## | 0034 612 ### ### | 612.###.### | 612-##-##-##
ES: +34612###### | (+34) 612 ### ### | 612###### | 612 ## ## ## | +34-912-###-###
IN: +91 98### ##### | 98### ##### | 098###-##### | +91-98###-##### | 022 2### ####
IN: 0091 98### #####
IN: +9198######## | 98######## | +91 (22) 2###-#### | +91 98 #### ####
BR: (11) 9####-#### | +55 11 9####-#### | +55 (11) 9####-#### | 11 9####-#### | 0055 11 3###-####
BR: (011) 3###-#### | 119######## | +55119######## | (11) 9.####-#### | +55 11 9 #### ####
AU: 04## ### ### | (02) 9### #### | +61 4## ### ### | +61 (0)2 9### #### | 0061 2 9### ####
AU: 1300 ### ###
AU: 02-9###-#### | 04######## | +614######## | 02 9### ####
JP: 03-####-#### | 090-####-#### | +81 90-####-#### | +81 3 #### ####
JP: +81-(0)3-####-#### | 0081 90 #### ####
JP: (03) ####-#### | 03(####)#### | 090######## | +8190######## | 0120-###-###
other: +234 803 ### #### | +63 917 ### #### | +380 67 ### ## ## | +92 300 ####### | +41 79 ### ## ##
"""
_PHONE_FORMS = [
    (f"{country} {form.strip()}", form.strip())
    for country, _, forms in (line.partition(":") for line in _PHONES.strip().splitlines())
    for form in forms.split("|")
]

_DOMAINS = ["acme-design.com", "studio.io", "mail.example.co.uk", "pixelworks.photography",
            "kreativ.berlin", "web.eng.northwind.org", "gmail.com", "tienda.es", "fastmail.fm",
            "agence-lumiere.fr", "museo.museum", "posta.com.tr", "xn--80ak6aa92e.com",
            "büro-süd.de", "craft.solutions", "example.technology", "a1-print.net",
            "team.co.jp"]  # fmt: skip
_EMAIL_WRAPS = ["{}"] * 6 + ["<{}>", "mailto:{}", "({})", '"{}"', "{}.", "{};", "'{}'", "**{}**",
                             "[write to me](mailto:{})", "email:{}", "e-mail={}"]  # fmt: skip
_URL_WRAPS = ["{}"] * 6 + ["<{}>", "({})", "[portfolio]({})", '"{}"', "**{}**", "site:{}"]
_PHONE_WRAPS = ["{}"] * 8 + ["tel:{}", "({})", "**{}**", "{}."]

_URLS = """
https://{domain} | http://www.{domain}/ | https://{domain}/about/{handle} | www.{domain}
https://{domain}:8443/work?id=42&ref={handle} | HTTPS://{domain}/Portfolio | ftp://{domain}/a.zip
www.{domain}/{handle}.html | http://{handle}.{domain}/a_b/c-d/(final)/e~f/?q=%20x#top
https://{domain}/p/{handle}?utm_source=chat | https://user:secret@{domain}/private
http://203.0.113.7:8080/x | linkedin.com/in/{handle} | www.linkedin.com/in/{handle}-4b7a21/
github.com/{handle} | github.com/{handle}/landing-page | behance.net/{handle} | t.me/{handle}
dribbble.com/{handle} | x.com/{handle} | instagram.com/{handle} | facebook.com/{handle}.shop
wa.me/4917612345678 | calendly.com/{handle}/intro | upwork.com/freelancers/~01ab23cd45ef67
fiverr.com/{handle} | youtube.com/@{handle} | drive.google.com/file/d/1aB2cD3eF4gH5/view
bit.ly/3xYz9Qw | {handle}.github.io | {handle}.com | {handle}.co.uk
"""
_URL_FORMS = [form.strip() for line in _URLS.strip().splitlines() for form in line.split("|")]

_CARDS = [("4", 16), ("51", 16), ("2221", 16), ("37", 15), ("6011", 16), ("3528", 16), ("36", 14),
          ("6212", 19), ("6759", 16)]  # fmt: skip
# Bank part of an account number: # a digit, A a letter; after the two check digits.
_IBANS = {"DE": "#" * 18, "GB": "AAAA" + "#" * 14, "FR": "#" * 23, "ES": "#" * 20,
          "IT": "A" + "#" * 22, "NL": "AAAA" + "#" * 10, "CH": "#" * 17, "PL": "#" * 24,
          "NO": "#" * 11, "SE": "#" * 20, "BR": "#" * 23 + "A#",
          "MT": "AAAA" + "#" * 5 + "A#" * 9}  # fmt: skip


def full_name(person: Person) -> str:
    """First and last name; the one name of somebody with one name."""
    return " ".join(part for part in person if part)


def _digits(template: str, rng: random.Random) -> str:
    template = re.sub("N", lambda _: rng.choice("23456789"), template)
    template = re.sub("A", lambda _: rng.choice("ABCDEFGHJKLMNPRSTUVWXYZ"), template)
    return re.sub("#", lambda _: rng.choice("0123456789"), template)


def _ascii(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z]", "", letters) or "kontakt"


def _email(rng: random.Random, person: Person) -> tuple[str, str]:
    first, last, domain = _ascii(person[0]), _ascii(person[1]), rng.choice(_DOMAINS)
    forms = {
        "first.last": f"{first}.{last}@{domain}",
        "plus tag": f"{first}+jobs{rng.randint(1, 99)}@{domain}",
        "underscore and digits": f"{last}_{first}{rng.randint(1, 99)}@{domain}",
        "upper case": f"{first}.{last}@{domain}".upper(),
        "mixed case": f"{first.title()}.{last.title()}@{domain.title()}",
        "apostrophe": f"o'{last}@{domain}",
        "hyphen": f"{first}-{last}@{domain}",
        "one letter": f"{first[0]}@{domain}",
        "letters with marks": f"jos\u00e9.{last}@{domain}",
        "subdomains": f"info@{first}.mail.{domain}",
    }
    return rng.choice(list(forms.items()))


def _url(rng: random.Random, person: Person) -> tuple[str, str]:
    form = rng.choice(_URL_FORMS)
    handle = _ascii(person[0]) + rng.choice(["", "-", "_"] if "/" in form else ["", "-"])
    domain = rng.choice([d for d in _DOMAINS if d.isascii()])
    return form, form.format(domain=domain, handle=handle + _ascii(person[1]))


def _phone(rng: random.Random, _: Person) -> tuple[str, str]:
    form, template = rng.choice(_PHONE_FORMS)
    number = _digits(template, rng)
    if rng.random() < 0.05:
        return f"{form}, no-break spaces", number.replace(" ", "\u00a0")
    if rng.random() < 0.05:
        return f"{form}, no-break hyphens", number.replace("-", "\u2011")
    return form, number


def _luhn_digit(digits: str) -> str:
    """The digit that makes the sum of ISO/IEC 7812-1, annex B, a multiple of ten."""
    doubled = [int(d) * (2 - n % 2) for n, d in enumerate(reversed(digits))]
    return str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


def _grouped(number: str, sizes: list[int], sign: str) -> str:
    ends = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    return sign.join(number[end - size : end] for end, size in zip(ends, sizes, strict=True))


def _card(rng: random.Random, _: Person) -> tuple[str, str]:
    prefix, length = rng.choice(_CARDS)
    digits = _digits(prefix + "#" * (length - len(prefix) - 1), rng)
    number = digits + _luhn_digit(digits)
    sizes = {14: [4, 6, 4], 15: [4, 6, 5], 19: [4, 4, 4, 4, 3]}.get(length, [4] * 4)
    name, sign = rng.choice([("spaces", " "), ("hyphens", "-"), ("dots", "."), ("none", ""),
                             ("no-break spaces", "\u00a0")])  # fmt: skip
    return f"{length} digits, {name}", _grouped(number, sizes, sign)


def _iban(rng: random.Random, _: Person) -> tuple[str, str]:
    """An account number with the check digits of ISO 13616 (ISO 7064, mod 97-10)."""
    country = rng.choice(list(_IBANS))
    bank = _digits(_IBANS[country], rng)
    check = 98 - int("".join(str(int(c, 36)) for c in f"{bank}{country}00")) % 97
    number = f"{country}{check:02}{bank}"
    spaced = re.sub("(.{4})(?=.)", r"\1 ", number)
    forms = {"compact": number, "spaced": spaced, "lower case": number.lower(),
             "hyphens": spaced.replace(" ", "-")}  # fmt: skip
    name, text = rng.choice(list(forms.items()))
    return f"{country} {name}", text


def _ip(rng: random.Random, _: Person) -> tuple[str, str]:
    v4 = ".".join(str(rng.randint(1, 254)) for _ in range(4))
    groups = [f"{rng.randint(0x1000, 0xFFFF):x}" for _ in range(8)]
    forms = {
        "v4": v4,
        "v6 full": ":".join(groups),
        "v6 upper case": ":".join(groups).upper(),
        "v6 short": f"2001:db8::{groups[0]}",
        "v6 short in the middle": f"2a02:{groups[0]}:{groups[1]}::{groups[2]}:{groups[3]}",
        "v6 link-local": f"fe80::{groups[0]}:{groups[1]}:{groups[2]}:{groups[3]}",
        "v6 with v4": f"::ffff:{v4}",
        "v6 short at the end": f"2001:db8:{groups[0]}::",
    }
    return rng.choice([("v4", v4), *forms.items()])


def _name(rng: random.Random, person: Person) -> tuple[str, str]:
    first, last = person
    last, full = last or first, full_name(person)
    forms = {"full": full, "first": first, "last": last, "full, upper case": full.upper(),
             "first, upper case": first.upper(), "full, lower case": full.lower(),
             "last, first": f"{last}, {first}", "last, upper case": last.upper()}  # fmt: skip
    if "'" in full:
        forms["curly apostrophe"] = full.replace("'", "\u2019")
    return rng.choice([("full", full), ("first", first), *forms.items()])


WRITERS: dict[str, Writer] = {"email": _email, "phone": _phone, "url": _url, "card": _card,
                                "iban": _iban, "ip": _ip, "name": _name}  # fmt: skip
WRAPS = {"email": _EMAIL_WRAPS, "url": _URL_WRAPS, "phone": _PHONE_WRAPS}

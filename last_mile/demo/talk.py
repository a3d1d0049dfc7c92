"""What users, posts and profiles of the demo say, and the assistant beside the proposal itself.

Sentences of proposals stand in phrases.py; assembling is done in text.py.
"""

DEFAULT_PROMPTS = ("Write a proposal for this job based on my profile.",)
CONTACTS = (
    "Marta", "Priya", "Owen", "Lucia", "Tomasz", "Hannah", "Dev", "Ingrid", "Carlos", "Noor",
    "Felix", "Amara", "Sven", "Rosa", "Kenji", "Elena", "Patrick", "Yusuf", "Greta", "Liam",
)  # fmt: skip
FIRST_NAMES = (
    "Ana", "Bilal", "Chloe", "Daniel", "Esra", "Farah", "Gustavo", "Hiro", "Irina", "Jonas",
    "Kavya", "Leo", "Maya", "Nikhil", "Olga", "Pablo", "Quinn", "Renata", "Sam", "Tessa",
    "Umar", "Vera", "Wanjiru", "Xavi", "Yara", "Zoltan",
)  # fmt: skip
LAST_NAMES = (
    "Okafor", "Silva", "Novak", "Haddad", "Lindgren", "Mehta", "Costa", "Brandt", "Kimura",
    "Petrov", "Adeyemi", "Moreau", "Reyes", "Kowalski", "Iyer", "Santos", "Weber", "Dang",
    "Fischer", "Mbeki",
)  # fmt: skip
TONE_POSTS = {
    "playful": ("We are a playful team and our voice is quirky.", "Our brand is cheeky and witty."),
    "direct": ("We like no-nonsense people who come to the point.", "Be blunt with us, no fluff."),
    "rigorous": ("We want a thorough, methodical person.", "Precise and rigorous is how we work."),
    "caring": ("We are a caring team and want gentle words.", "Empathy and kindness come first."),
    "bold": ("We are ambitious and want a bold voice.", "Be daring; we like fearless ideas."),
}
VOICES = (
    "I'm the person who reads everything twice before touching anything",
    "I don't hand over work I wouldn't sign with my own name",
    "I've got a soft spot for messy projects nobody else wants",
    "I'm happiest with headphones on and a list to cross off",
    "I'd rather ask a silly thing early than fix a serious mess late",
    "I'm a bit of a nerd about naming files properly",
    "I've never met a folder I couldn't make friends with",
    "I'll say no to an idea when I think it hurts you",
    "I don't write long mails, I'd sooner show you a sketch",
    "I'm stubborn about small details, ask anyone who knows me",
    "I've learned more from honest feedback than from any course",
    "I'm an early bird, so you'll wake up to finished work",
    "I can't leave a loose end alone, it's in my bones",
    "I'm quiet on calls and loud in the comments",
)
FACTS = (
    ("Please mention that I offer a small paid test before we agree on the full job.",
     "I offer a small paid test first."),
    ("Say that I only take two clients at once, so nobody has to wait for me.",
     "I take on two clients at once, no more."),
    ("Add that I speak Spanish as well, the post looks like it is from Madrid.",
     "We can talk in Spanish as well."),
    ("The client has hired in my field before, so skip the basics and talk about the process.",
     "I will skip the basics and talk about process."),
    ("Tell them I keep a shared board so that the whole team sees where things are.",
     "A shared board shows where things are."),
    ("I know this market well because my sister runs a shop in the same street.",
     "I know this market from close by."),
    ("Write that the price is fixed and includes small changes in the month after delivery.",
     "The price is fixed and includes small changes afterwards."),
    ("Please stress that I reply within the hour while the client is at work.",
     "You get replies within the hour."),
    ("They seem burned by a freelancer who vanished, so say how often I report back.",
     "I report back every evening, even when there is little to say."),
    ("Do mention that I work alone and never hand the job to somebody else.",
     "I work alone and hand nothing on."),
)  # fmt: skip
REQUESTS = (
    "Write me a proposal for this one.",
    "I need a proposal for this job.",
    "Help me answer this post.",
    "Make a proposal for this client.",
)
PROOFREADS = (
    "Please proofread my draft:",
    "Edit my own draft below:",
    "Can you improve my draft?",
    "Critique and fix my draft:",
    "I wrote this, please proofread it:",
)
DRAFT_LINES = (
    "I saw the post this morning and it is close to what I did for years.",
    "My rates are fair and I am easy to reach.",
    "I think I understand what is needed, and I have some ideas already.",
    "I could show two or three older pieces of work if that helps.",
    "I am looking for a longer contract but a small one is fine as well.",
    "There are some parts I would do in another way, which I can explain.",
    "Let me know what you think, I am around most of the day.",
    "I work from home and keep regular times.",
    "The post is short but I believe I get the idea.",
)
REVISIONS = (
    "This sounds generic. Make it sound like a person wrote it.",
    "Too stiff. Cut the clichés and say what I would really do.",
    "It reads like a template. Rework it with less filler.",
    "Good start but it could be anybody. Be more concrete.",
    "Half of this says nothing. Try again with plain words.",
    "Drop the big words and get to what matters for this client.",
    "The tone is off for this client. Another version please.",
)
THANKS = (
    "Perfect, thank you!",
    "Great, sending it now. Thanks!",
    "Love it, this sounds like me.",
    "Thanks, that works.",
    "Exactly what I had in mind, thank you.",
    "Awesome, submitting it right away.",
    "Looks good, thanks a lot!",
)
SHRUGS = ("Okay.", "I will finish the rest myself.", "Hm, fine.", "Copied, I will edit it later.")
PREAMBLES = (
    "Here is a proposal you can send:",
    "Here is your text, ready to paste:",
    "I kept your points and cleaned up the rest:",
    "This version follows the post closely:",
)
CLARIFYING = (
    "Should I lead with a different project?",
    "Could you tell me your rate so that I can add it?",
    "Would you like me to make it shorter?",
    "Which of your projects should come first?",
    "Is there anything you want left out?",
    "Do you prefer a first name at the end?",
)
BUDGETS = (
    "Fixed price, small to medium.", "Hourly, about a month of work.", "Budget is open to talk.",
    "Fixed price; more work follows if this goes well.",
)  # fmt: skip

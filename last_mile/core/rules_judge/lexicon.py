"""The words the rules look for: stock phrases, formal diction, warmth, superlatives, slips.

Lower case, straight apostrophes. How many make an answer is decided in wording.py and the others.
"""

ROBOTIC = (
    "i am writing to express", "i am writing to apply", "i am excited to apply",
    "i am thrilled to submit", "i came across your job", "i came across your post",
    "proven track record", "perfect fit", "ideal candidate", "align perfectly", "aligns perfectly",
    "align seamlessly", "aligns seamlessly", "i am confident that", "look no further",
    "fast-paced", "leverage", "leveraging", "delve", "cutting-edge", "seamless", "seamlessly",
    "wealth of experience", "results-driven", "detail-oriented professional",
    "passionate about delivering", "exceed your expectations", "to the next level", "utilize",
    "utilizing", "synergy", "synergies", "game-changer", "ever-evolving", "spearheaded",
    "rest assured", "hit the ground running", "finds you well", "comprehensive solution",
    "tailored to your needs", "your vision to life", "unlock the full potential", "in today's",
    "valuable asset", "highly motivated", "high-quality results", "drive success",
    "dynamic professional", "uniquely positioned", "a testament to", "elevate your",
)  # fmt: skip
FORMAL = (
    "most grateful", "at your earliest convenience", "kindly", "hereby", "herewith", "esteemed",
    "pursuant", "respectfully", "yours faithfully", "yours sincerely", "at your disposal",
    "should you require", "humbly", "permit me", "an honor to", "an honour to",
    "with reference to your", "the undersigned", "aforementioned", "i beg to", "the honor of",
    "it would be my privilege", "thereof", "wherein", "i wish to convey", "forthwith",
)  # fmt: skip
FRIENDLY = (
    "happy to chat", "happy to talk", "happy to jump", "hope your week", "hope you're having",
    "cheers", "can't wait", "would love to", "i'd love to", "i'd be glad", "have a great",
    "have a lovely", "warm wishes", "warmly", ":)", "glad to help", "looking forward to chatting",
    "sounds like a lovely", "thanks for reading", "nice to meet", "lovely to", "say hi",
    "big smile", "thanks so much",
)  # fmt: skip
EXAGGERATED = (
    "world-class", "guarantee", "guaranteed", "unmatched", "unrivaled", "unrivalled",
    "unparalleled", "number one", "#1", "flawless", "flawlessly", "100%", "100 %",
    "nobody else can", "no one else can", "never fail", "never failed", "best in the",
    "the best freelancer", "the very best", "the absolute best", "legendary", "ninja", "rockstar",
    "top 1%", "second to none", "like no other", "beyond comparison", "the greatest",
)  # fmt: skip
ROUGH = (
    "kinda", "sorta", "basically", "and stuff", "stuff like that", "etc etc", "etc. etc",
    "anyways", "or whatever", "gonna", "wanna", "...", "\u2026", "!!", "??", "[your name]",
    "[name]", "[client", "[insert", "lorem ipsum", "todo", "blah", "idk", "tbh", "lol",
)  # fmt: skip
SLIPS = (
    "i has", "i is", "he have", "it have", "they was", "we was", "you was", "could of",
    "should of", "would of", "alot", "recieve", "recieved", "definately", "seperate", "teh",
    "untill", "occured", "acheive", "beleive", "experiance", "expirience", "grammer", "wich",
    "thier", "your welcome", "more better", "didn't went", "did not went", "an website",
    "a experience", "a experienced", "much peoples", "informations", "advices", "i am agree",
    "i been", "have did", "have went", "doesn't has", "don't has", "me and him is",
    "i can to", "must to", "since five years", "is depend", "was went", "a apple",
)  # fmt: skip
TONES = {
    "playful": ("playful", "quirky", "cheeky", "humor", "humour", "whimsical", "witty", "wit"),
    "direct": ("no-nonsense", "blunt", "no fluff", "plain-spoken", "to the point", "plain talk"),
    "rigorous": ("rigorous", "rigor", "precise", "precision", "thorough", "methodical"),
    "caring": ("caring", "gentle", "empathetic", "empathy", "compassionate", "kindness"),
    "bold": ("bold", "boldly", "ambitious", "ambition", "daring", "fearless", "audacious"),
}
APPROVAL = (
    "thank you", "thanks", "thx", "perfect", "love it", "love this", "looks great", "looks good",
    "great job", "great work", "awesome", "amazing", "excellent", "exactly what i", "much better",
    "sounds like me", "sending it", "submitting it", "that works", "brilliant", "well done",
)  # fmt: skip
DISAPPROVAL = (
    "but", "can you", "could you", "please", "not quite", "still", "not perfect", "no thanks",
    "in advance", "make it", "change", "rewrite", "instead", "wrong", "too long", "too formal",
    "not what", "don't like", "isn't", "not great", "not good", "try again",
)  # fmt: skip
PROBLEM = (
    "problem", "problems", "struggle", "struggling", "headache", "frustrating", "frustrated",
    "pain point", "issue", "issues", "losing", "keeps breaking", "bottleneck", "stuck with",
    "fed up", "pain", "nobody can", "we can't keep", "worried", "what hurts",
)  # fmt: skip
_COMMON = """
about after again also because been before being between both could does doing during each
even every from have having here into just keep keeps like made make makes many more most
much need needs never only other over really right same should since some still such take
than that their them then there these they thing things this those through time until very
want wants well were what when where which while will with without work would your yours
problem problems struggle struggling headache frustrating frustrated pain point issue issues
losing bottleneck biggest right hurts stuck main help know someone
"""
COMMON = frozenset(_COMMON.split())

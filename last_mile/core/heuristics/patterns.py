"""Regular expressions and word lists of the proposal rules, in Rust's syntax.

What they are used for belongs in proposals.py.
"""

GREETING = (
    r"(?i)^\W*(?:dear (?:hiring|recruit|sir|madam|client|team|employer|all\b|prospective|ma'?am)"
    r"[^\n,!.:]*|to whom it may concern|(?:hello|hi|hey|greetings)(?: there| sir| madam| team| all"
    r"| everyone| client| hiring manager)?\s*(?:[,!.:\n]|$)|greetings of the day|respected sir)"
)
BULLETS = (
    r"(?m)^[ \t]*(?:[-*+•\x{2013}]|\d{1,2}[.)])[ \t]+\S[^\n]*"
    r"(?:\n\s*|\n(?:[^\n]*\n){1,2})[ \t]*(?:[-*+•\x{2013}]|\d{1,2}[.)])[ \t]+\S"
)
QUESTION = r"(?:[^.!?\n]|\.\S){2,}\?(?:[\s\"')*_]|$)"
DAYS = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
SOON = rf"(?:today|tomorrow|immediately|right away|now|this week|next week|on {DAYS}|{DAYS}|asap)"
AVAILABILITY = (
    r"(?i)\b(?:\d+\+? ?(?:hours|hrs)(?: (?:a|per|each|every|/) ?(?:day|week|month))"
    rf"|available (?:from|{SOON}|full|part|for \d|up to|\d|most|on week)[^.\n]*"
    rf"|(?:start|begin|get going) (?:as early as |work )?{SOON}|(?:my|full|current) availability"
    r"|(?:full|part)[- ]time|(?:my )?time ?zone|free (?:from|until|on) \w+|start date)"
)
REQUIREMENTS = (
    r"(?im)^\W*(?:key |job |required |minimum )?(?:requirements|required skills|skills"
    r"(?: required| needed| and expertise)?|must[- ]haves?|qualifications|what you(?: wi|')ll need"
    r"|tech stack)\b"
    r"[^:\n]{0,30}:\W*((?:[^\n]*)(?:\n[ \t]*(?:[-*•]|\d+[.)])[^\n]*)*)"
)
SKILLS = (
    r"(?im)^\W*(?:top |key |core |my )?(?:skills|expertise|tools|stack|specialties)\b[^:\n]{0,30}:"
    r"\W*((?:[^\n]*)(?:\n[ \t]*(?:[-*•]|\d+[.)])[^\n]*)*)"
)
TERM = r"[a-z0-9](?:[a-z0-9+#./&-]*[a-z0-9+#])?"
COMMON = """
a an the and or of in on for to with at by as is be our we you your years year experience strong
good great excellent knowledge skills skill ability able using use working work must have etc from
that who plus proven familiar familiarity understanding level least
"""
DRAFT = (
    r"(?s)(?:^|\n)\s*(?:---+|\"\"\"|```|<draft>).*?(?:\n\s*(?:---+|\"\"\"|```|</draft>)|$)"
    r"|(?i:\bdraft(?: below)?:)\s*\n.*$"
)
PROOFREAD = (
    r"(?i)\b(?:proof-?read|(?:edit|critique|improve|polish|fix|review|correct|check|tighten)\b"
    r"[^.?!\n]{0,40}\b(?:my|this|own)\b[^.?!\n]{0,20}\b(?:draft|proposal|letter|version|text)"
    r"|i wrote (?:this|the|my own)|(?:my|own) draft)\b"
)

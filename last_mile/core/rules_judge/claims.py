"""The rule about claims: figures, employers and certificates that nothing in the sources supports.

Superlatives belong in wording.py; whether an example is concrete, in matching.py.
"""

import re
from collections.abc import Iterator

from last_mile.core.rules_judge.reading import NOT_APPLICABLE, Finding, Reading

_SPELLED = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen
fifteen sixteen seventeen eighteen nineteen twenty"""
NUMBERS = {word: str(value) for value, word in enumerate(_SPELLED.split(), start=1)}
YEARS = re.compile(rf"\b(\d+|{'|'.join(NUMBERS)})\+? years?\b")
PERCENT = re.compile(r"(\d+(?:\.\d+)?) ?(?:%|percent\b)")
MONEY = re.compile(r"\$ ?(\d[\d,.]*\d|\d)")
COUNTS = re.compile(
    r"(\d[\d,]*)\+? (?:\w+ )?(?:clients|customers|projects|stores|campaigns|websites|apps|users"
    r"|articles|brands|companies|contracts|reviews|businesses|startups)\b"
)
# A figure's pattern is only tried where a text holds one of its hints: most texts hold none.
FIGURES = (
    (("year",), YEARS),
    (("%", "percent"), PERCENT),
    (("$",), MONEY),
    (("s",), COUNTS),
)
CERTIFIED = re.compile(
    r"([A-Z][\w+]*)[- ]certified\b|\bcertified (?:by |as an? |in |with )?([A-Z][\w+]*)"
    r"|\b(?:certification|certificate|diploma|award|degree|PhD|MBA) (?:from|by|at|in)"
    r" (?:the )?([A-Z][\w+]*)"
)
CERTIFICATES = ("certif", "diploma", "award", "degree", "phd", "mba")
# It starts at the blank: a pattern that starts with a letter is tried at every letter.
EMPLOYER = re.compile(r" (?:at|for|with) (?:the )?([A-Z][\w&]+)")
EMPLOYED = re.compile(
    r"\b(?:work(?:ed|ing)?|employed|consulted|consulting|role|position|job|time|stint|team|lead"
    r"|years|formerly|previously|contract(?:ed|ing)?|freelanced)$"
)


def hallucinated_claim(reading: Reading) -> Finding:
    """A figure, employer or certificate about the writer that nothing in the sources supports."""
    if not reading.support.strip():
        return NOT_APPLICABLE
    for start in _unsupported(reading):
        return reading.in_final(start, 0.8)
    return Finding("false", 0.7)


def _unsupported(reading: Reading) -> list[int]:
    """Return where each unsupported claim starts in the final output, first claim first."""
    lower, support = reading.final_lower, reading.support
    starts = []
    for hints, pattern in FIGURES:
        claims = list(pattern.finditer(lower)) if any(hint in lower for hint in hints) else []
        if claims:
            known = {_figure(match[1]) for match in pattern.finditer(support)}
            known |= {"100"} if pattern is PERCENT else set()  # 100 % is a way of speaking
            starts += [match.start() for match in claims if _figure(match[1]) not in known]
    for start, name in _names(reading):
        if not re.search(rf"\b{re.escape(name)}\b", support):
            starts.append(start)
    return sorted(starts)


def _names(reading: Reading) -> Iterator[tuple[int, str]]:
    """Yield the start and lower-case name of each certificate and employer claimed."""
    final = reading.final
    if any(hint in reading.final_lower for hint in CERTIFICATES):
        for match in CERTIFIED.finditer(final):
            yield match.start(), next(group for group in match.groups() if group).lower()
    for match in EMPLOYER.finditer(final):
        left = max(0, match.start() - 20)
        if EMPLOYED.search(final[left : match.start()]):
            yield match.start(), match[1].lower()


def _figure(text: str) -> str:
    return NUMBERS.get(text, text.replace(",", "").rstrip("."))

"""Rules about how the final output is worded, whoever wrote it and whatever the job.

Rules that compare it with documents or with the user belong in matching.py and claims.py.
"""

import re
from itertools import pairwise

from last_mile.core.rules_judge import lexicon
from last_mile.core.rules_judge.reading import Finding, Reading, phrase_starts, quote

_UNITS = (
    r"(?:days?|pages?|rounds?|drafts?|files?|screens?|calls?|milestones?|versions?|revisions?"
    r"|variants?|weeks?|steps?|concepts?|check-ins?|reports?|samples?)\b"
)
# No leading \b: a pattern that starts with a literal or a digit is searched ten times faster.
COUNTED = re.compile(rf"\d+[ -](?:working )?{_UNITS}")
SPELLED = re.compile(
    rf"(?:one|two|three|four|five|six|seven|eight|nine|ten)[ -](?:working )?{_UNITS}"
)
NUMBERED = re.compile(r"(?:days?|weeks?|milestone|phase|step) \d+\b")
REPEATABLE = frozenset(("that", "had", "etc", "very", "really", "bye", "so", "now"))
LOWER_I = re.compile(r"(?<![\w.'])i(?= (?:am|have|will|can|was|would|do|did|work|know)\b)")
DENSE_DETAILS = 4
STOCK_PHRASES = 2
FORMAL_PHRASES = 2


def sounds_robotic(reading: Reading) -> Finding:
    """Two stock phrases or more of the kind every generated proposal holds."""
    return _enough(reading, lexicon.ROBOTIC, STOCK_PHRASES)


def overly_formal(reading: Reading) -> Finding:
    """Two turns of ceremonial diction or more; the greeting alone does not count."""
    return _enough(reading, lexicon.FORMAL, FORMAL_PHRASES)


def friendly_tone(reading: Reading) -> Finding:
    """At least one warm turn of phrase."""
    return _enough(reading, lexicon.FRIENDLY, 1)


def exaggerated_claims(reading: Reading) -> Finding:
    """At least one superlative or guarantee nobody could check."""
    return _enough(reading, lexicon.EXAGGERATED, 1)


def information_dense(reading: Reading) -> Finding:
    """Four concrete details or more: days, rounds, pages, milestones with their numbers."""
    lower = reading.final_lower
    starts = [
        match.start()
        for pattern in (COUNTED, SPELLED, NUMBERED)
        for match in pattern.finditer(lower)
        if match.start() == 0 or not lower[match.start() - 1].isalpha()
    ]
    if len(starts) < DENSE_DETAILS:
        return Finding("false", _confidence(DENSE_DETAILS - len(starts)))
    return reading.in_final(min(starts), _confidence(len(starts) - DENSE_DETAILS))


def polished(reading: Reading) -> Finding:
    """No filler, placeholder, trailing dots or piled-up punctuation."""
    if any(True for _ in phrase_starts(reading.final_lower, lexicon.ROUGH)):
        return Finding("false", 0.8)
    return Finding("true", 0.65, reading.final_index, quote(reading.final, 0))


def grammatical(reading: Reading) -> Finding:
    """No slip of a short list of certain ones, no doubled word, no lower-case "i"."""
    lower = reading.final_lower
    slip = any(True for _ in phrase_starts(lower, lexicon.SLIPS))
    words = lower.split()
    doubled = any(
        word == following and word.isalpha() and word not in REPEATABLE
        for word, following in pairwise(words)
    )
    if slip or doubled or (" i " in reading.final and LOWER_I.search(reading.final)):
        return Finding("false", 0.9)
    return Finding("true", 0.7, reading.final_index, quote(reading.final, 0))


def _enough(reading: Reading, phrases: tuple[str, ...], needed: int) -> Finding:
    """Return 'true' with the first phrase quoted when `needed` different phrases are there."""
    starts = list(phrase_starts(reading.final_lower, phrases))
    if len(starts) < needed:
        return Finding("false", _confidence(needed - len(starts)))
    return reading.in_final(min(starts), _confidence(len(starts) - needed))


def _confidence(distance: int) -> float:
    """Return how sure a count is that stands this far from its threshold."""
    return min(0.95, 0.65 + 0.1 * distance)

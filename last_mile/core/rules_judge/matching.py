"""Rules that compare the final output with the job post, the profile and the user's own words.

Unsupported claims belong in claims.py; wording alone, in wording.py.
"""

import re

from last_mile.core.rules_judge import lexicon
from last_mile.core.rules_judge.reading import (
    NOT_APPLICABLE,
    WORD,
    Finding,
    Reading,
    lowered,
    phrase_starts,
    sentence_at,
    sentences,
)

CONTRACTION = re.compile(r"\b(?:i'm|i've|i'd|i'll|i don't|i can't|i won't|i didn't|my \w+'s)\b")
MARKER = re.compile(
    r"\b(?:last (?:spring|summer|autumn|fall|winter|month|year|week|quarter)|recently|for example"
    r"|for instance|earlier this year|on a recent|in my last|a (?:few months|year) ago"
    r"|in (?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december|20\d\d))\b"
)
DID = re.compile(
    r"\bi (?:\w+ed|built|rebuilt|wrote|rewrote|cut|made|led|ran|set up|shot|sold|taught|grew|kept"
    r"|drew)\b"
)
VOICE_WORDS = 5
PAIN_WORDS = 3
PAIN_SHARE = 0.4
LONG = 4


def personality_preserved(reading: Reading) -> Finding:
    """Five words in a row out of a sentence in which the writer says "I'm" or "I don't"."""
    own = lowered(reading.own_text)
    voice = [text for text in sentences(own) if "i" in text and CONTRACTION.search(text)]
    if not voice:
        return NOT_APPLICABLE
    final = f" {' '.join(reading.final_words)} "
    for sentence in voice:
        words = WORD.findall(sentence)
        for first in range(len(words) - VOICE_WORDS + 1):
            run = f" {' '.join(words[first : first + VOICE_WORDS])} "
            if run in final:
                anchor = max(words[first : first + VOICE_WORDS], key=len)
                return reading.in_final(_start_of(words[first:], anchor, reading), 0.8)
    return Finding("false", 0.65)


def _start_of(run: list[str], anchor: str, reading: Reading) -> int:
    """Return where the run starts in the final output, by its first words, else by its longest."""
    start = reading.final_lower.find(" ".join(run[:VOICE_WORDS]))
    return start if start >= 0 else max(0, reading.final_lower.find(anchor))


def matches_job_tone(reading: Reading) -> Finding:
    """The job post names a tone, and the final output speaks it more than any other."""
    wanted = _tones(lowered(reading.job_text))
    if not wanted:
        return NOT_APPLICABLE
    tone = max(wanted, key=lambda family: len(wanted[family]))
    spoken = _tones(reading.final_lower)
    hits = spoken.get(tone, [])
    if not hits or len(hits) < max(len(starts) for starts in spoken.values()):
        return Finding("false", 0.6)
    return reading.in_final(min(hits), 0.75)


def _tones(lower: str) -> dict[str, list[int]]:
    """Return where words of each tone stand; a tone without any is left out."""
    found = {tone: list(phrase_starts(lower, words)) for tone, words in lexicon.TONES.items()}
    return {tone: starts for tone, starts in found.items() if starts}


def addresses_pain_point(reading: Reading) -> Finding:
    """The final output takes up the words in which the job post describes its problem."""
    posted = lowered(reading.job_text)
    pains = {sentence_at(posted, start) for start in phrase_starts(posted, lexicon.PROBLEM)}
    if not pains:
        return NOT_APPLICABLE
    spoken = set(reading.final_words)
    for pain in sorted(pains):
        words = {w for w in WORD.findall(pain) if len(w) >= LONG and w not in lexicon.COMMON}
        shared = words & spoken
        if len(shared) >= max(PAIN_WORDS, PAIN_SHARE * len(words)):
            return reading.in_final(_densest(reading.final_lower, shared), 0.75)
    return Finding("false", 0.65)


def _densest(lower: str, words: set[str]) -> int:
    """Return the start of the sentence that holds most of the words."""
    places = [match.start() for match in WORD.finditer(lower) if match[0] in words]
    return max(places, key=lambda place: sum(place <= other < place + 120 for other in places))


def specific_example(reading: Reading) -> Finding:
    """A sentence that says when, and what "I" did then."""
    lower = reading.final_lower
    for marker in MARKER.finditer(lower):
        left = max(lower.rfind(mark, 0, marker.start()) for mark in ".!?\n") + 1
        ends = [end for mark in (". ", "! ", "? ", "\n") if (end := lower.find(mark, left)) >= 0]
        if DID.search(lower, left, min(ends, default=len(lower))):
            return reading.in_final(marker.start(), 0.8)
    return Finding("false", 0.7)

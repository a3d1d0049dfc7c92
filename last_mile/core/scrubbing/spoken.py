"""Phone numbers in words: `five five five, one two three, four five six seven`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from last_mile.core.scrubbing.placeholders import Span, folded

_WORDS = ("zero", "seven", "eight", "nine", "six", "five", "four", "three", "two", "one")
_LEAST_WORDS = 3  # different ones, before the pattern is tried
_LEAST_DIGITS = 7
_DIGIT = rf"(?:{'|'.join(_WORDS)}|oh|double|triple|\d)"
_NUMBER = re.compile(rf"(?<!\w)(?:plus[ ])?{_DIGIT}(?:[ ,.\n-]{{1,3}}{_DIGIT}(?!\w)){{6,}}+")


def spoken_numbers(text: str) -> Iterable[Span]:
    """Seven or more digits in a row, written as words."""
    low = folded(text)
    if says_digits(low):
        for found in _NUMBER.finditer(low):
            if sum(map(str.isalpha, found[0])) >= _LEAST_DIGITS * 3:
                yield Span(*found.span(), "phone")


def says_digits(low: str) -> bool:
    """Whether a text in lower case has three different words of digits; the rarest come first."""
    missing = 0
    for word in _WORDS:
        missing += word not in low
        if missing > len(_WORDS) - _LEAST_WORDS:
            return False
    return True

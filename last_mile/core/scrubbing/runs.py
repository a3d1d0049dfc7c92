"""Runs of digits in a text, and windows of neighbouring groups of a run.

Not here: what a window is (numbers.py, phones.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from last_mile.core.scrubbing.cues import Cue, cue_before
from last_mile.core.scrubbing.placeholders import EAST_ASIA

_GAP = r"[ \t\u00a0\u2007\u2009\u202f.()/\xb7\u2010-\u2015\u2212-]"
_PLUS = "+\uff0b"  # the second one is full-width
_RUN = re.compile(rf"\d(?:{_GAP}{{0,3}}\d){{6,}}+\)?")
_GROUP = re.compile(r"\d+")
_EXTENSION_NEXT = re.compile(r"x[ \u00a0]?\d|ext", re.IGNORECASE)
_SIGNS = (*_PLUS, "(")


class Run(NamedTuple):
    """Digits with short gaps between them: seven digits at least."""

    text: str  # the whole text
    groups: Sequence[tuple[int, int]]  # where groups of digits stand
    digits: Sequence[str]  # of each group, as ASCII
    start: int  # with the sign before it
    end: int
    cue: Cue
    is_tail: bool  # of an id such as `job-3000123`


class Window:
    """Some neighbouring groups of a run: a candidate."""

    def __init__(self, run: Run, first: int, last: int) -> None:
        self.run, self.first, self.last = run, first, last
        self.start, self.end = run.groups[first][0], run.groups[last - 1][1]
        self.text = run.text[self.start : self.end]
        self.groups = run.digits[first:last]
        self.n_digits = sum(map(len, self.groups))
        self.cue: Cue = run.cue if first == 0 else ""
        self.is_tail = run.is_tail and first == 0

    @cached_property
    def digits(self) -> str:
        """All digits, as ASCII."""
        return "".join(self.groups)

    @cached_property
    def shape(self) -> str:
        """Lengths of the groups: `3-3-4`."""
        return "-".join([str(len(group)) for group in self.groups])

    @property
    def has_plus(self) -> bool:
        """Whether a plus stands before it."""
        before = self.run.text[max(0, self.start - 2) : self.start]
        return any(sign in before for sign in _PLUS)

    @property
    def has_bracket(self) -> bool:
        """Whether its first group stands in brackets: an area code."""
        after = self.run.groups[self.first][1]
        return self.run.text[self.start - 1 : self.start] == "(" and self.run.text[after] == ")"

    @property
    def is_whole(self) -> bool:
        """Whether it is all of its run."""
        return self.first == 0 and self.last == len(self.run.groups)

    @cached_property
    def stands_apart(self) -> bool:
        """Whether the gaps around it have a space, and are other gaps than those inside."""
        inner = {self._gap(place) for place in range(self.first + 1, self.last)}
        places = [place for place in (self.first, self.last) if 0 < place < len(self.run.groups)]
        outer = {self._gap(place) for place in places}
        return not inner & outer and all(gap.strip() != gap for gap in outer)

    def with_signs(self) -> tuple[int, int]:
        """Where it stands with its plus and its brackets; a bracket of the sentence is left out."""
        start, end, text = self.start, self.end, self.run.text
        least = self.run.groups[self.first - 1][1] if self.first else self.run.start
        while start > least and text[start - 1] in f"{_PLUS}(":
            start -= 1
        is_open = text.count("(", start, end) > text.count(")", start, end)
        if is_open and text[end : end + 1] == ")":
            return start, end + 1
        return start + (is_open and text[start] == "("), end

    def _gap(self, place: int) -> str:
        return self.run.text[self.run.groups[place - 1][1] : self.run.groups[place][0]]


def runs(text: str) -> Iterator[Run]:
    """Runs of digits, but those that are part of a word (`a1234567`)."""
    for found in _RUN.finditer(text):
        start, end = found.span()
        groups = [group.span() for group in _GROUP.finditer(text, start, end)]
        if text[start - 1 : start] == ":" and text[max(0, start - 2)].isdigit():
            groups.pop(0)  # minutes
        while text[start - 1 : start] in _SIGNS:
            start -= 1
        cue = cue_before(text, start)
        if _is_letter(text, start - 1) and cue != "phone":
            continue
        after = end + (text[end : end + 1] == "-")
        if groups and _is_letter(text, after) and not _EXTENSION_NEXT.match(text, end):
            groups.pop()
        if groups:
            digits = [_ascii(text[first:last]) for first, last in groups]
            yield Run(text, groups, digits, start, end, cue, _is_tail(text, start, cue))


def _is_tail(text: str, start: int, cue: Cue) -> bool:
    if start < 2 or text[start - 1] not in "-_/#~" or cue == "phone":  # noqa: PLR2004
        return False
    return text[start - 2].isalnum()


def _is_letter(text: str, place: int) -> bool:
    letter = text[place : place + 1] if place >= 0 else ""
    return letter == "_" or (letter.isalpha() and letter < EAST_ASIA)


def _ascii(digits: str) -> str:
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)

"""Phone numbers and payment cards in runs of digits: the longest window that is one.

Dates, months, years and hours are stepped over. Not here: national ids and IBANs (identifiers.py),
which are taken out before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from last_mile.core.redaction import is_card
from last_mile.core.scrubbing.phones import is_phone
from last_mile.core.scrubbing.placeholders import Span
from last_mile.core.scrubbing.runs import Run, Window, runs

_DAY, _MONTH, _DASH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"[-\u2013]"
_BENIGN = re.compile(
    rf"""(?:\d{{8}}(?:-\d{{4}}){{3}}-\d{{12}}                               # a UUID
       | \d{{4}}[-/.]{_MONTH}[-/.]{_DAY}                              # 2026-01-05
       | {_DAY}(?P<gap>[-/.]){_DAY}(?P=gap)(?:(?:19|20)\d\d|\d\d)        # 05.01.2026, 1/5/26
       | (?:19|20)\d\d[-/](?:0[1-9]|1[0-2]) | {_MONTH}/(?:19|20)\d\d     # 2026-01, 01/2026
       | (?:19|20)\d\d[ ]?(?:{_DASH}|/)[ ]?(?:19|20)\d\d                 # 2024-2026
       | \d\d?[.:]\d\d[ ]?{_DASH}[ ]?\d\d?[.:]\d\d                       # 10.30-11.45
       | \d+\.\d\d?[ ]?{_DASH}[ ]?\d+\.\d\d?                             # 12.50-15.00
      )(?!\w|[-/.]\d)""",
    re.VERBOSE,
)
_EXTENSION = re.compile(
    r"[ \t\u00a0]{0,2},?[ \t\u00a0]?(?:ext(?:ension)?\b\.?|x(?=[ \u00a0]?\d)|durchwahl|dw\b)"
    r"[ \u00a0.:]{0,2}\d{1,6}(?!\w)",
    re.IGNORECASE,
)
_FLOAT = re.compile(r"\d+\.\d+")
_LEAST_DIGITS, _MOST_DIGITS = 7, 19
_MOST_GROUPS = 8
_CARD_DIGITS = range(13, _MOST_DIGITS + 1)  # ISO/IEC 7812-1
_CARD_SHAPES = {"4-4-4-4", "4-6-5"}
_GAP = re.compile(r"\D+")
_NO_CARDS = ("978", "979")  # ISBN


def numbers(text: str) -> Iterable[Span]:
    """Phone numbers and cards of a text, in order."""
    for run in runs(text):
        yield from _cut(run)


def _cut(run: Run) -> Iterable[Span]:
    first = 0
    while first < len(run.groups):
        last, kind = _longest(run, first)
        if kind:
            start, end = Window(run, first, last).with_signs()
            extension = _EXTENSION.match(run.text, end) if kind == "phone" else None
            yield Span(start, extension.end() if extension else end, kind)
        first = last


def _longest(run: Run, first: int) -> tuple[int, str]:
    """Up to which group something goes on, and what it is; nothing: the next group, empty."""
    benign = _BENIGN.match(run.text, run.groups[first][0])
    if benign:
        return first + sum(start < benign.end() for start, _ in run.groups[first : first + 8]), ""
    for last in _ends(run, first):
        kind = _kind(Window(run, first, last))
        if kind:
            return last, kind
    return first + 1, ""


def _ends(run: Run, first: int) -> list[int]:
    """Where windows from a group end that may be a phone number or a card, the longest first."""
    ends, n_digits = [], 0
    for place, (start, end) in enumerate(run.groups[first : first + _MOST_GROUPS], first + 1):
        n_digits += end - start
        if n_digits > _MOST_DIGITS:
            break
        if n_digits >= _LEAST_DIGITS:
            ends.append(place)
    return ends[::-1]


def _kind(window: Window) -> str:
    if _is_payment(window):
        return "card"
    return "phone" if is_phone(window) else ""


def _is_payment(window: Window) -> bool:
    """By Luhn's check; what is written as a card is one with a wrong digit as well."""
    if window.n_digits not in _CARD_DIGITS or window.has_plus:
        return False
    if window.digits.startswith(_NO_CARDS) or _FLOAT.fullmatch(window.text):
        return False
    if window.shape in _CARD_SHAPES or window.cue == "card":
        return True
    if len(set(_GAP.findall(window.text))) > 1:
        return False
    return window.digits[0] not in "01" and is_card(window.digits)

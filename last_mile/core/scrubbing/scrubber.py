"""The scrubber by patterns and exact names: kind after kind, until nothing more is found.

Not here: what a kind looks like (emails.py, links.py, identifiers.py, numbers.py, exact_names.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from last_mile.core.scrubbing.emails import emails, spelled_emails
from last_mile.core.scrubbing.exact_names import exact_names
from last_mile.core.scrubbing.identifiers import identifiers, ipv6_addresses
from last_mile.core.scrubbing.links import bare_hosts, handles, named_handles, urls
from last_mile.core.scrubbing.numbers import numbers
from last_mile.core.scrubbing.placeholders import Span, numbered, replace
from last_mile.core.scrubbing.spoken import says_digits, spoken_numbers

_ADDRESSES = (numbered, urls, emails, spelled_emails, bare_hosts)
_OTHERS = (handles, named_handles, spoken_numbers, ipv6_addresses, identifiers, numbers)
_DIGITS = "0-9\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19"
# What no pattern finds anything without, but for words: `@`, `a.b`, four digits that are close.
_SUSPECT = re.compile(
    rf"""[@_\#.:%&\uff20\ufe6b{_DIGITS}]
         (?:(?<=[@_\#\uff20\ufe6b]) | (?<=\.)[^\W\d_] | (?<=:)[\w:/] | (?<=%)40 | (?<=&)[\#c]
          | (?<=[^\W\d_][{_DIGITS}]) | (?<=[^\W\d_]\.)\d
          | (?<=[{_DIGITS}])(?:[^\w\n]{{0,3}}+[A-Za-z]{{0,4}}+[ -]?[{_DIGITS}]){{3}}
         )""",
    re.VERBOSE,
)


class Scrubber(Protocol):
    """Replaces personal data of a text by placeholders such as `<EMAIL>`."""

    name: str  # of the rules and their version, for the manifest of a release

    def scrub(self, text: str, names: Sequence[str] = ()) -> tuple[str, Mapping[str, int]]:
        """The text without personal data, and how many were replaced, by kind.

        Scrubbing what was scrubbed changes nothing.
        """
        ...


class PatternScrubber:
    """Finds personal data by patterns, and names by the exact names that are given."""

    name = "patterns/1"

    def scrub(self, text: str, names: Sequence[str] = ()) -> tuple[str, Mapping[str, int]]:
        """The text without what the patterns find and without the names.

        Args:
            text: The text.
            names: Exact names; of a name of several words also each word of two letters or more.

        Returns:
            The text and how many were replaced, by kind (`KINDS`); a placeholder that loses its
            number counts.
        """
        counts: Counter[str] = Counter()
        known, is_suspect = tuple(names), _is_suspect(text)
        while True:  # a placeholder can uncover what stood next to it; each round shortens the rest
            scrubbed = _once(text, known, is_suspect, counts)
            if scrubbed == text:
                return text, counts
            text = scrubbed


def found(text: str, names: Sequence[str] = ()) -> Mapping[str, int]:
    """What a scan still finds in a text, by kind; empty for every text a scrubber returned."""
    counts: Counter[str] = Counter()
    _once(text, tuple(names), _is_suspect(text), counts)
    return counts


def _once(text: str, names: tuple[str, ...], is_suspect: bool, counts: Counter[str]) -> str:
    if is_suspect:
        for finder in _ADDRESSES:
            text = replace(text, finder(text), counts)
        if "@" in text:  # `@Ann Lee`: a handle would end at the space
            text = replace(text, _mentioned(text, names), counts)
        for finder in _OTHERS:
            text = replace(text, finder(text), counts)
    return replace(text, exact_names(text, names), counts)


def _is_suspect(text: str) -> bool:
    """Whether any pattern may find something; a placeholder for a name makes no text suspect."""
    if _SUSPECT.search(text):
        return True
    low = text.lower()
    return "dot" in low or "pun" in low or says_digits(low)  # `ann at example dot com`, `punkt`


def _mentioned(text: str, names: tuple[str, ...]) -> Iterable[Span]:
    for span in exact_names(text, names):
        if text[span.start - 1 : span.start] == "@" and " " in text[span.start : span.end]:
            yield span

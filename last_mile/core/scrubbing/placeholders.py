"""Typed placeholders, and replacing spans of a text by them.

Not here: what is personal data. A placeholder has no number: chosen and rejected of a pair would
number the same person differently, and a model would learn that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

KINDS = ("email", "phone", "url", "card", "name", "iban", "ip", "ssn", "handle")

PLACEHOLDER = re.compile(rf"<(?:{'|'.join(KINDS).upper()})(_\d+)?>")

# Characters of words in addresses: letters, digits, `_`, accents and joiners of every script, but
# no East Asian ones, whose sentences run into an address without a space.
EAST_ASIA = "\u2e80"  # the first of these characters
EAST_ASIAN = "\u2e80-\u2fff\u3040-\ua4cf\uac00-\ud7af\uf900-\ufaff"
LETTER = (
    r"[^\s\x00-\x2f:-@\[-\^`{-\xa9\xab\xac\xae-\xb4\xb6-\xb9\xbb-\xbf\u2000-\u200a\u200e-\u205f"
    rf"\u2061-\u206f\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff5b-\uff65{EAST_ASIAN}]"
)
LABEL = rf"{LETTER}++(?:-++{LETTER}++)*+"  # of a host name


class Span(NamedTuple):
    """Personal data of one kind in a text: from `start` up to `end`."""

    start: int
    end: int
    kind: str


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())


def holds(text: str, parts: Iterable[str]) -> bool:
    """Whether a text holds any of the parts."""
    for part in parts:  # noqa: SIM110 - twice as fast as `any`
        if part in text:
            return True
    return False


def folded(text: str) -> str:
    """A text without capitals whose characters keep their places, one apostrophe, one sigma."""
    return text.replace("\u0130", "I").replace("\u2019", "'").lower().replace("\u03c2", "\u03c3")


def replace(text: str, spans: Iterable[Span], counts: Counter[str]) -> str:
    """The text with a placeholder for each span, counted by kind.

    Args:
        text: The text.
        spans: In order, without overlaps.
        counts: Is added to.
    """
    pieces, done = [], 0
    for span in spans:
        pieces += [text[done : span.start], f"<{span.kind.upper()}>"]
        done = span.end
        counts[span.kind] += 1
    return "".join([*pieces, text[done:]]) if done else text


def numbered(text: str) -> Iterable[Span]:
    """Placeholders with a number, as a log holds them that was redacted at the door."""
    if "_" in text:
        for found in PLACEHOLDER.finditer(text):
            if found[1]:
                yield Span(*found.span(), found[0].strip("<>").rpartition("_")[0].lower())

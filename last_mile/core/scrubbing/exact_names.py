"""Where exact names stand in a text: whole in any case, and their words in a case of their own.

Not here: which names there are (names.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from last_mile.core.scrubbing.names import NO_NAMES, is_name
from last_mile.core.scrubbing.placeholders import EAST_ASIA, PLACEHOLDER, Span, folded, words

_LEAST, _LEAST_LOWER, _LEAST_JOINED = 2, 4, 6  # letters: `Ed`, `greta`, `annlee`
_ACCENTS = r"\u0300-\u036f"
_WORD = re.compile(rf"\w[\w'.{_ACCENTS}-]*")
_PART = re.compile(rf"(?:[^\W\d_][{_ACCENTS}]*)+")
_JOINT = re.compile(r"[ \u00a0\n_.-]{0,2}")
# Words of names that are words of a sentence as well: they go with the whole name only.
_NO_WORDS = NO_NAMES | words(
    """al da de di du el la le lo st jr sr ii iv am an as at be by do go he hi if in is it me my no
    of oh ok on or so to up us we"""
)
# Names of one word that are English words as well: not taken in lower case.
_ENGLISH = words(
    """amber april august autumn basil bill brook carol chase chip christian cliff constance crystal
    daisy dale dawn dean destiny dick drew duke earl faith forest frank gene ginger glen grace grant
    hazel heath heather honor hope hunter iris jack jade jasmine june king lily major mark mason
    melody merry miles nick olive page patience pearl penny pierce poppy prince reed rich robin rose
    ruby sage sandy skip sky sterling stone storm summer sunny trip victor violet wade ward will
    winter wood young"""
)


class _Known(NamedTuple):
    """A name, or a word of one, in one spelling without capitals."""

    words: Sequence[str]
    any_case: bool  # or not in lower case


def exact_names(text: str, names: tuple[str, ...]) -> Sequence[Span]:
    """Where names stand as words of their own, in order: `Ann Lee`, `ANN LEE`, `ann_lee`, `Lee`.

    Args:
        text: The text.
        names: A whole name goes in any case, its words not in lower case; accents may be missing.
    """
    if not names:
        return ()
    low, spans = folded(text), []
    for first, known in _table(names).items():
        place = low.find(first)
        while place >= 0:
            if _is_edge(text, place - 1, place):
                end = _longest(text, low, place, known)
                if end:
                    spans.append(Span(place, end, "name"))
            place = low.find(first, place + 1)
    return _apart(spans) if len(spans) > 1 else spans


@lru_cache(maxsize=1024)
def _table(names: tuple[str, ...]) -> Mapping[str, Sequence[_Known]]:
    """What begins with a word, the longest first."""
    table: dict[str, list[_Known]] = {}
    for name in filter(is_name, names):
        for known in _spellings(name):
            table.setdefault(known.words[0], []).append(known)
    for known_of in table.values():
        known_of.sort(key=lambda known: -sum(map(len, known.words)))
    return table


@lru_cache(maxsize=8192)
def _spellings(name: str) -> Iterable[_Known]:
    return tuple(dict.fromkeys(known for form in _forms(name) for known in _known(form)))


def _forms(name: str) -> Iterable[str]:
    """A name as it is given and as its capitals are written (`YILMAZ`); without accents."""
    if name.isascii():
        return (name.lower(),)
    forms = []
    for cased in {folded(name), folded(name.upper()), folded(name.lower())}:
        apart = unicodedata.normalize("NFD", cased)
        plain = "".join([letter for letter in apart if not unicodedata.combining(letter)])
        forms += [unicodedata.normalize("NFC", cased), apart, plain]
    return dict.fromkeys(forms)


def _known(name: str) -> Iterator[_Known]:
    """The whole of a name, and each of its words that names somebody on its own."""
    split = tuple([word.rstrip(".'-") for word in _WORD.findall(name)])
    is_english = len(split[0]) < _LEAST_LOWER or split[0] in _ENGLISH
    yield _Known(split, any_case=len(split) > 1 or not is_english)
    for word in split:
        for part in [word] if word.isalpha() else {word, *_PART.findall(word)}:
            if len(part) >= _LEAST and part != name and part not in _NO_WORDS:
                yield _Known((part,), any_case=False)


def _longest(text: str, low: str, start: int, known_of: Sequence[_Known]) -> int:
    """Where the longest that stands at a place ends; 0: none does."""
    for known in known_of:
        end = _end(low, start, known.words)
        if (
            end
            and _is_edge(text, end, end - 1)
            and (known.any_case or not text[start:end].islower())
            and not (text[start - 1 : start] == "<" and PLACEHOLDER.match(text, start - 1, end + 1))
        ):
            return end
    return 0


def _end(low: str, start: int, spelled: Sequence[str]) -> int:
    """Where words end that stand at a place one after another; 0: they do not."""
    place = start + len(spelled[0])  # the caller looked for the first one
    for word in spelled[1:]:
        joint = _JOINT.match(low, place)
        place = joint.end() if joint else place
        if not low.startswith(word, place):
            return 0
        place += len(word)
    is_joined = len(spelled) > 1 and place - start == sum(map(len, spelled))
    return 0 if is_joined and place - start < _LEAST_JOINED else place


def _is_edge(text: str, outside: int, inside: int) -> bool:
    """Whether a word ends between two places: East Asian names have no spaces around them."""
    if not 0 <= outside < len(text) or text[inside] >= EAST_ASIA:
        return True
    return not (text[outside].isalnum() or unicodedata.combining(text[outside]))


def _apart(spans: list[Span]) -> list[Span]:
    """Spans in order; of those that overlap the first, the longest."""
    apart: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not apart or span.start >= apart[-1].end:
            apart.append(span)
    return apart

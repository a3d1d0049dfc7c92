"""What a word of a text is, in any script. sql/training_overlaps.sql has the same rule."""

from __future__ import annotations

import re

_WORD = re.compile(  # of scripts without spaces every character is one: kana, Han, Thai
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f]|\w+?"
    r"(?=[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f]|\W|$)"
)
_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0e7f]")
_PLAIN = re.compile(r"\w+")
_RUN = 3  # words in a row that are hardly there by chance


def words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return _WORD.findall(text.lower()) if _SPACELESS.search(text) else _PLAIN.findall(text.lower())


def n_words(text: str) -> int:
    """How many words a text has: between spaces; characters, where a script has no spaces."""
    return len(words(text)) if _SPACELESS.search(text) else len(text.split())


def runs(text: str) -> set[str]:
    """Runs of three words, and every number: what two texts hardly share by chance."""
    said = words(text)
    return {" ".join(said[i : i + _RUN]) for i in range(len(said) - _RUN + 1)} | numbers(text)


def numbers(text: str) -> set[str]:
    """Every whole number of a text, digit for digit."""
    return {word for word in words(text) if word.isdigit()}

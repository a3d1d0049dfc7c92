"""Whether a quote stands in the text it is said to come from.

Not here: which text that is (reply.py), what becomes of unverified positives (sql/judge_flags.sql).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

QuoteMatch = Literal["exact", "repaired", "unverified"]
_SAME = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "`": "'",
    "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u2033": '"', "\u00ab": '"',
    "\u00bb": '"', "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-",
    "\u2026": "...", "\u00ad": "",
})  # fmt: skip
_INVISIBLE = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff]")
_SPACE = re.compile(r"\s+")
_ENDS = "\"' .,;:!?"


def quote_match(quote: str, text: str) -> QuoteMatch:
    """How a quote is found in a text.

    `exact`: letter by letter. `repaired`: when white space, case, typographic quotes and dashes, an
    ellipsis at an end and the quote's own closing punctuation do not count. Else `unverified`; so
    is a quote without a letter or digit.
    """
    if not any(map(str.isalnum, quote)):
        return "unverified"
    if quote in text:
        return "exact"
    wanted = _plain(quote).strip(_ENDS)
    return "repaired" if wanted and wanted in _plain(text) else "unverified"


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text).translate(_SAME)).casefold()
    return _SPACE.sub(" ", folded).strip()

"""Names that documents of the context give, and words of names that name nobody.

Not here: where a name stands in a text (exact_names.py); names nobody wrote down in a document
(adapters/presidio.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from last_mile.core.redaction import named_in
from last_mile.core.scrubbing.placeholders import words

_LONGEST = 80
_READ = 10_000  # characters of a document that a pattern of a rubric is run on
_PART = re.compile(r"[^\W\d_]+")
NO_NAMES = words(
    """the and for with von van der den del della dos das des los las bin ibn mr mrs ms miss dr
    prof ltd inc llc gmbh corp company none null unknown anonymous confidential undisclosed redacted
    user users client customer freelancer contact name test"""
)


def names_of(
    documents: Iterable[tuple[str, str]], patterns: Sequence[tuple[str, str]]
) -> list[str]:
    """Names that documents give: lines like `Name: Ann Lee`, and what patterns of a rubric find.

    Only whole lines of the first 10,000 characters are matched with a pattern, so that a pattern
    with quadratic cost stays usable. One with exponential cost (`(a+)+b`) is not stopped: `re` has
    no time limit, and who writes the rubric can run code here anyway.

    Args:
        documents: Document id and text.
        patterns: Prefix of document ids and a regular expression whose groups are names.

    Returns:
        Distinct names in order; placeholders and words that name nobody are left out.
    """
    compiled = [(prefix, re.compile(pattern)) for prefix, pattern in patterns]
    names: dict[str, None] = {}
    for doc_id, text in documents:
        names.update(dict.fromkeys(named_in(text)))
        for prefix, pattern in compiled:
            if doc_id.startswith(prefix):
                for found in pattern.finditer(_beginning(text)):
                    names.update(dict.fromkeys(g.strip() for g in found.groups() if g))
    return [name for name in names if is_name(name)]


def is_name(name: str) -> bool:
    """Whether words given as a name name somebody."""
    parts = [word.lower() for word in _PART.findall(name)]
    is_somebody = any(word not in NO_NAMES and len(word) > 1 for word in parts)
    return is_somebody and len(name) <= _LONGEST and "<" not in name and name.lower() != "n/a"


def _beginning(text: str) -> str:
    """The first lines of a document: a name is not cut in two."""
    return text if len(text) <= _READ else text[:_READ].rpartition("\n")[0]

"""A term as a metric: its pattern, its id, and the entry of a rubric that a person may accept.

What is measured of a term is this rule over the texts. Not here: writing a rubric's file
(adapters/rubric_editing.py).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from last_mile.core.failure_modes.search import Candidate
from last_mile.core.failure_modes.tokens import Gram

AUTHOR = "failure_modes"
_LONGEST_ID = 50
# What texts may have where a term has this; of the second, `(?i)` does not know the capital.
_WRITTEN = {"'": "['\u2019]", "i\u0307": "(?:i\u0307|\u0130)"}
_SAYS = {
    "final_output": ("Does the final output say", "nothing was submitted"),
    "first_user": ("Does the user's first message say", "the user wrote nothing"),
    "user": ("Does the user say anywhere", "the user wrote nothing"),
}


class Proposal(NamedTuple):
    """What a rubric needs to ask for a term.

    Attributes:
        part: Of the texts, as rules name it.
        gram: The words.
    """

    part: str
    gram: Gram

    @property
    def metric_id(self) -> str:
        """An id made of the words, as far as they are written in Latin letters."""
        plain = unicodedata.normalize("NFKD", "_".join(self.gram)).encode("ascii", "ignore")
        slug = re.sub(r"[^a-z0-9]+", "_", plain.decode().lower()).strip("_")
        where = "says" if self.part == "final_output" else f"{self.part}_says"
        return f"{where}_{slug or failure_id('term', self.part, self.gram)}"[:_LONGEST_ID].strip(
            "_"
        )

    @property
    def params(self) -> Mapping[str, Any]:
        """Of the rule `mentions`: case is ignored, words are whole, any space stands between."""
        words = r"\s+".join(re.escape(word) for word in self.gram)
        for lower, written in _WRITTEN.items():
            words = words.replace(lower, written)
        return {"part": self.part, "pattern": rf"(?i)\b{words}\b"}

    def metric(
        self, written_on: date, author: str = AUTHOR, metric_id: str | None = None
    ) -> dict[str, Any]:
        """The entry under `metrics`. Its prior was written after looking, and says so."""
        asks, missing = _SAYS[self.part]
        return {
            "id": metric_id or self.metric_id,
            "kind": "heuristic",
            "about": "text",
            "question": f"{asks} \u201c{' '.join(self.gram)}\u201d?",
            "not_applicable": missing,
            "prior": {
                "sign": -1, "author": author, "date": written_on.isoformat(), "exploratory": True,
            },
            "rule": "mentions",
            "params": dict(self.params),
        }  # fmt: skip


def failure_id(kind: str, part: str, gram: Gram) -> str:
    """Eight hexadecimal digits that name a term or context, the same in every installation."""
    told = "\x00".join((kind, part, *gram))
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def proposal_of(candidate: Candidate) -> Proposal | None:
    """The proposal of a term; a context has none: no rule reads a stratum of a log."""
    return Proposal(candidate.part, candidate.gram) if candidate.kind == "term" else None


def metric_yaml(metric: Mapping[str, Any], indent: int = 2) -> str:
    """A metric as an entry of a rubric's list.

    Args:
        metric: As `Proposal.metric` makes it; texts of any kind are quoted.
        indent: Spaces before its dash.
    """
    lines = []
    for name, value in metric.items():
        if isinstance(value, Mapping):
            inside = ", ".join(f"{key}: {_scalar(key, one)}" for key, one in value.items())
            lines.append(f"{name}: {{{inside}}}")
        else:
            lines.append(f"{name}: {_scalar(name, value)}")
    pad = " " * indent
    return f"{pad}- " + f"\n{pad}  ".join(lines) + "\n"


def _scalar(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) or name in ("id", "kind", "about", "rule", "part", "date"):
        return str(value)
    text = str(value)
    if any(_needs_escape(character) for character in text):
        return '"' + "".join(map(_escaped, text)) + '"'
    return "'" + text.replace("'", "''") + "'"


def _needs_escape(character: str) -> bool:
    """Whether YAML would read it as the end of a line, or not at all."""
    is_odd = character in "\ufeff\ufffe\uffff"
    return is_odd or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def _escaped(character: str) -> str:
    if _needs_escape(character):
        return f"\\u{ord(character):04x}"
    return "\\" + character if character in '"\\' else character

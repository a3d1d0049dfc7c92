"""How a check ended, and how that is told to people: ids and counts, never what stands in a row.

Not here: looking (adapters/expectations), where it is shown (defs/checks.py, html.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from last_mile.core.expectation.kinds import StageCheck

EXAMPLES = 5
MARKS = "\u2039\u203a"  # single angle quotation marks
_NO_MARKS = dict.fromkeys(map(ord, MARKS), "'")
_LONGEST = 200  # characters of a name
_UNPRINTABLE = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$^:.@-])")


@dataclass(frozen=True, slots=True)
class Checked:
    """How one expectation ended.

    Attributes:
        words: What was expected.
        passed: Whether it held.
        looked_at: Rows, or the things that rows sum up.
        broken: How many of them break it; None when they could not be looked at.
        examples: Names of at most 5 of these.
        of: What is counted, where it is a count of broken things.
        fix: What to do when it is broken; empty: what its check says.
    """

    words: str
    passed: bool
    looked_at: int
    broken: int | None
    examples: Sequence[str]
    of: str = ""
    fix: str = ""

    def sentence(self) -> str:
        """What is broken, with numbers and names."""
        named = f" ({', '.join(map(marked, self.examples))})" if self.examples else ""
        if self.broken is None:
            return f"{self.words}: could not be looked at"
        if self.of:
            return f"{self.of}: {self.broken:,}{named}"
        return f"{self.words} is not so in {self.broken:,} of {self.looked_at:,} rows{named}"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How a check of a day, or of the whole history, ended.

    Attributes:
        check: Which.
        rows: Rows of its query.
        checked: One per expectation.
    """

    check: StageCheck
    rows: int
    checked: Sequence[Checked]

    @property
    def broken(self) -> list[Checked]:
        """Expectations that do not hold."""
        return [item for item in self.checked if not item.passed]

    @property
    def passed(self) -> bool:
        """Whether all expectations hold."""
        return not self.broken

    def sentence(self) -> str:
        """What is broken and what to do; what holds, if nothing is."""
        if self.passed:
            return self.check.about
        told = "; ".join(item.sentence() for item in self.broken)
        fixes = dict.fromkeys(item.fix or self.check.fix for item in self.broken)
        return f"{told}. {' '.join(fixes)}"

    def table(self) -> str:
        """All expectations as a table in Markdown: looked at, broken, for example."""
        rows = [
            f"| {escaped(item.words)} | {item.looked_at:,} | {_number(item.broken)} | "
            f"{', '.join(marked(escaped(name)) for name in item.examples)} |"
            for item in self.checked
        ]
        return "\n".join(
            ["| expectation | looked at | broken | for example |", "|---|--:|--:|---|", *rows]
        )


def name_of(value: object) -> str:
    """A row's name as it is shown: on one line, not too long."""
    text = _UNPRINTABLE.sub("�", str(value).translate(_NO_MARKS))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def marked(name: str) -> str:
    """A name between marks that it does not hold: an erasure finds it by them in any history."""
    return f"{MARKS[0]}{name}{MARKS[1]}"


def escaped(text: str) -> str:
    """Text as Markdown that shows it as it is."""
    return _MARKDOWN.sub(r"\\\1", text)


def _number(n: int | None) -> str:
    return "not looked at" if n is None else f"{n:,}"

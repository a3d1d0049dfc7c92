"""Pieces of the report's sentences: which figure of a row leads, and how figures and names read.

Not here: whole sentences (headline.py, limits.py, engagement.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from last_mile.core.lift.verdict import leading

Row = Mapping[str, Any]
_LISTED = 8  # names in one sentence


class Figure(NamedTuple):
    """The relative risk a row's verdict is about, with both ends of its interval."""

    rr: float
    low: float
    high: float

    @property
    def strength(self) -> float:
        """Distance from no difference, whichever way: a harm counts as much as a help."""
        return math.inf if self.rr <= 0 else abs(math.log(self.rr))

    def folded(self) -> tuple[float, float]:
        """The ends of the interval as strengths, those of a harm turned round; below 0: past 1."""
        ends = sorted(math.log(end) if end > 0 else -math.inf for end in (self.low, self.high))
        return (ends[0], ends[1]) if self.rr >= 1 else (-ends[1], -ends[0])

    def __str__(self) -> str:
        return with_interval(self.rr, self.low, self.high)


def figure_of(row: Row) -> Figure | None:
    """The adjusted relative risk of a row, else the crude one; None without an interval."""
    rr, low, high = leading(row)
    return None if rr is None or low is None or high is None else Figure(rr, low, high)


def is_adjusted(row: Row) -> bool:
    """Whether the figure that leads is adjusted for something: a declared set may be empty."""
    return row["adjusted_low"] is not None and bool(row["adjusted_for"])


def told_apart(rows: Iterable[Row]) -> list[tuple[Row, Figure]]:
    """Rows whose rates differ, strongest figure first, without those that know the outcome."""
    found = [
        (row, figure)
        for row in rows
        if row["measured_sign"] and not row["leaks"] and (figure := figure_of(row))
    ]
    return sorted(found, key=lambda pair: -pair[1].strength)


def with_interval(value: float, low: float | None, high: float | None) -> str:
    """A figure and its interval: `3.00 [1.84, 4.90]`."""
    return f"{value:.2f}" + ("" if low is None or high is None else f" [{low:.2f}, {high:.2f}]")


def spoken(code: object) -> str:
    """A code of a closed set as words."""
    return str(code).replace("_", " ")


def listed(names: Sequence[str], join: str = ", ") -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return join.join(names[:_LISTED]) + more


def by_reason(rows: Iterable[Row], column: str, otherwise: str) -> dict[str, list[str]]:
    """Metrics grouped by a column that says why, in words, in order of appearance."""
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(spoken(row[column] or otherwise), []).append(row["metric"])
    return groups

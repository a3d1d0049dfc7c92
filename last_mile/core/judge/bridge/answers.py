"""Answers of two epochs as counts: true, false, not applicable by each; what was not scored aside.

Not here: figures (rows.py, trends.py), reading (sql/reads/bridge_cells.sql, weekly_flags.sql).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from last_mile.core.stats import Interval, wilson_interval

Row = Mapping[str, Any]
Floats = NDArray[np.float64]
ANSWERS = ("true", "false", "not_applicable")


@dataclass(slots=True)
class Crossed:
    """Conversations that two epochs answered.

    Attributes:
        pairs: By older answer (rows) and newer answer (columns), (3, 3).
        n_unscored: Unscored by one of them.
    """

    pairs: Floats = field(default_factory=lambda: np.zeros((3, 3)))
    n_unscored: int = 0

    def add(self, old: str, new: str, n: int) -> None:
        """Count conversations with these answers."""
        if old in ANSWERS and new in ANSWERS:
            self.pairs[ANSWERS.index(old), ANSWERS.index(new)] += n
        else:
            self.n_unscored += n

    @property
    def scored(self) -> int:
        """True or false by both."""
        return int(self.pairs[:2, :2].sum())


def crossed(cells: Iterable[Row], *names: str) -> dict[tuple[str, ...], Crossed]:
    """Counts of rows of reads/bridge_cells.sql, by some of their columns."""
    found: dict[tuple[str, ...], Crossed] = {}
    for row in cells:
        key = tuple(str(row[name]) for name in names)
        found.setdefault(key, Crossed()).add(row["old_flag"], row["new_flag"], row["n"])
    return found


@dataclass(slots=True)
class Flagged:
    """Flags of some days under one epoch.

    Attributes:
        n: Conversations by answer, (3,).
        weight: What they stand for, (3,).
        square: Sum of their squared weights.
        n_unscored: Conversations without an answer.
    """

    n: Floats = field(default_factory=lambda: np.zeros(3))
    weight: Floats = field(default_factory=lambda: np.zeros(3))
    square: Floats = field(default_factory=lambda: np.zeros(3))
    n_unscored: int = 0

    def add(self, row: Row) -> None:
        """Count a row of reads/weekly_flags.sql."""
        if row["flag"] not in ANSWERS:
            self.n_unscored += row["n"]
            return
        place = ANSWERS.index(row["flag"])
        for counts, name in ((self.n, "n"), (self.weight, "weight"), (self.square, "square")):
            counts[place] += row[name]

    @property
    def scored(self) -> int:
        """True or false."""
        return int(self.n[:2].sum())

    @property
    def effective(self) -> float:
        """How many conversations of equal weight say as much (Kish 1965)."""
        return float(self.weight.sum() ** 2 / self.square.sum()) if self.square.any() else 0.0

    @property
    def share(self) -> Interval | None:
        """True among the scored ones, weighted, with Wilson's interval; None without any."""
        total = float(self.weight[:2].sum())
        if not total:
            return None
        rate, size = float(self.weight[0]) / total, total**2 / float(self.square[:2].sum())
        low, high = wilson_interval(rate * size, size) or (0.0, 1.0)
        return Interval(rate, low, high)


def flagged(rows: Iterable[Row], *names: str) -> dict[tuple[Any, ...], Flagged]:
    """Counts of rows of reads/weekly_flags.sql, by some of their columns."""
    found: dict[tuple[Any, ...], Flagged] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in names), Flagged()).add(row)
    return found

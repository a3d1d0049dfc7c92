"""The days that rules were chosen on and the later ones, and what was counted in each.

Not here: comparing tiers (comparison.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal, NamedTuple

import polars as pl

Name = Literal["chosen_on", "later"]
CHOSEN_ON: Name = "chosen_on"
LATER: Name = "later"


class Arm(NamedTuple):
    """Conversations, those whose outcome is known, those that had it."""

    n: int = 0
    n_matured: int = 0
    events: int = 0

    @property
    def rate(self) -> float | None:
        """Share of the matured ones that had the outcome."""
        return self.events / self.n_matured if self.n_matured else None


class Period(NamedTuple):
    """What stands in one period: counts by (tier, reason); by user too, if they were read."""

    days: tuple[date, date] | None = None
    tallies: Mapping[tuple[str, str], Arm] = {}
    users: pl.DataFrame | None = None


def periods(counts: pl.DataFrame, chosen_until: date | None) -> dict[Name, tuple[date, date]]:
    """First and last day of `chosen_on` and `later`; one without conversations is left out.

    Args:
        counts: Rows of reads/tier_counts.sql.
        chosen_until: Last day of the first period; None: the day that makes the matured
            conversations of both as equal in number as days allow.
    """
    days = counts.group_by("day").agg(pl.col("n_matured").sum()).sort("day")
    if days.is_empty():
        return {}
    cut = chosen_until or _middle(days.filter(pl.col("n_matured") > 0)) or days["day"][-1]
    before = days["day"] <= cut
    parts = {CHOSEN_ON: days["day"].filter(before), LATER: days["day"].filter(~before)}
    return {name: (part[0], part[-1]) for name, part in parts.items() if len(part)}


def counted(
    counts: pl.DataFrame, days: tuple[date, date] | None, users: pl.DataFrame | None
) -> Period:
    """The counts of one period, its days summed."""
    if days is None:
        return Period()
    grouped = (
        counts.filter(pl.col("day").is_between(*days))
        .group_by("tier", "reason")
        .agg(pl.col(column).sum() for column in Arm._fields)
    )
    tallies = {(tier, reason): Arm(*numbers) for tier, reason, *numbers in grouped.rows()}
    return Period(days, tallies, users)


def total(arms: Iterable[Arm]) -> Arm:
    """All arms as one."""
    return Arm(*(sum(numbers) for numbers in zip(Arm(), *arms, strict=True)))


def _middle(days: pl.DataFrame) -> date | None:
    """The day that ends the earlier half; None without matured conversations."""
    everything, so_far = int(days["n_matured"].sum()), 0
    cuts = []
    for day, n in days.rows():
        so_far += n
        cuts.append((abs(2 * so_far - everything), day))
    return min(cuts)[1] if cuts else None  # the last day is farthest: only a single one is cut at

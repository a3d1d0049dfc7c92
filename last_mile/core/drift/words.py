"""Where every series stands now, and what can be said of it in a sentence.

Not here: the figures (series.py), the report's section (core/report/drift.py).
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from last_mile.core.drift.detector import WATCHED_DAYS
from last_mile.core.drift.series import RELATION

ENDED_AFTER = WATCHED_DAYS  # days without data, after which no alarm of a series stands
_CHANGES = {
    "prevalence": "a change of 5 points",
    "agreement": "a change of 10 points",
    "relation": "a relative risk 1.25 times what it was",
}


def standing(rows: pl.DataFrame) -> pl.DataFrame:
    """The newest row of every series.

    Args:
        rows: Rows of `drift`.

    Returns:
        `ended` beside: the series has no data of the last `ENDED_AFTER` days of the table, those of
        a relation of the days whose outcomes are known; its alarm does not stand any more.
    """
    newest = pl.col("day") == pl.col("day").max().over("alarm_kind", "metric")
    last = (
        pl.when(pl.col("alarm_kind") == RELATION)
        .then(pl.col("day").max().over("alarm_kind"))
        .otherwise(pl.col("day").max())
    )
    ended = (last - pl.col("day")).dt.total_days() > ENDED_AFTER
    return rows.with_columns(ended=ended).filter(newest).with_columns(
        alarm=pl.col("alarm") & ~pl.col("ended")
    )  # fmt: skip


def power_sentence(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Within how many days a change worth knowing is found.

    Args:
        rows: The newest rows of one kind; without any of them nothing is said.
    """
    if not rows:
        return None
    watched = [row for row in rows if row["e"] is not None]
    if not watched:
        return f"None of {len(rows)} series can be watched yet."
    change = _CHANGES[rows[0]["alarm_kind"]]
    days = sorted(row["days_to_detect"] for row in watched if row["days_to_detect"] is not None)
    slow = len(watched) - len(days)
    if not days:
        return f"{change.capitalize()} takes over a year to find in all {len(watched)} series."
    found = f"within {days[0]} to {days[-1]} days" if len(days) > 1 else f"within {days[0]} days"
    middle = f" (half of them {statistics.median_low(days)} or less)" if len(days) > 1 else ""
    rest = f"; in {slow} more it takes over a year" if slow else ""
    return f"{change.capitalize()} is found {found}{middle} in {len(days)} series{rest}."

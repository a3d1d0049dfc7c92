"""The rows of `drift`, out of counts per day.

Not here: what is read (sql/reads/drift_*.sql), alarms (history.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from last_mile.core.drift.detector import BASELINE_DAYS
from last_mile.core.drift.history import alarm_history
from last_mile.core.drift.points import Arms
from last_mile.core.drift.series import AGREEMENT, KINDS, PREVALENCE, RELATION, Kind, Series
from last_mile.core.rubric import Rubric

_TEXTS = ("alarm_kind", "metric", "version", "reason")
_DAYS = ("day", "baseline_from", "baseline_to", "recent_from", "changed_on", "alarm_since")
_COUNTS = ("n", "positive", "days_to_detect")
_FIGURES = (
    "value", "baseline", "baseline_low", "baseline_high", "recent", "recent_low", "recent_high",
    "e", "change",
)  # fmt: skip
DRIFT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(_TEXTS, pl.String), **dict.fromkeys(_DAYS, pl.Date),
    **dict.fromkeys(_COUNTS, pl.Int64), **dict.fromkeys(_FIGURES, pl.Float64),
    "alarm": pl.Boolean, "as_of": pl.Datetime("us"),
}  # fmt: skip
_WEEK = 7
_ARMS = ("n_true", "events_true", "n_false", "events_false")


@dataclass(frozen=True, slots=True)
class Window:
    """The first days of a series, in which it is measured how users come back."""

    kind: Kind
    metric: str
    first: date

    @property
    def middle(self) -> date:
        """First day of its second half."""
        return self.first + timedelta(days=BASELINE_DAYS // 2)

    @property
    def end(self) -> date:
        """Day after the last one."""
        return self.first + timedelta(days=BASELINE_DAYS)


def all_series(days: pl.DataFrame, labels: pl.DataFrame, rubric: Rubric) -> list[Series]:
    """Series of every kind and metric, each cut where the version changes.

    Args:
        days: Rows of reads/drift_days.sql.
        labels: Rows of reads/drift_labels.sql.
        rubric: Its metrics.
    """
    known = days.filter(pl.col("n_known") > 0)
    # The newest of them may be known in part.
    known = known.filter(pl.col("day") < pl.col("day").max())
    judged = {metric.id for metric in rubric.judged}
    found = list[Series]()
    for metric in rubric.metrics:
        found += _versions(PREVALENCE, metric.id, days.filter(pl.col("n") > 0))
        found += _versions(RELATION, metric.id, known)
        found += _versions(AGREEMENT, metric.id, labels) if metric.id in judged else ()
    return found


def windows(series: list[Series]) -> list[Window]:
    """Of the series that have the days of a baseline; labels are too few to ask it of."""
    return [
        Window(one.kind, one.metric, one.first)
        for one in series
        if one.kind != AGREEMENT and one.days > BASELINE_DAYS
    ]


def drift_rows(
    series: list[Series], returning: pl.DataFrame, rubric: Rubric, as_of: datetime | None
) -> pl.DataFrame:
    """Every day of every series.

    Args:
        series: Of `all_series`.
        returning: Rows of reads/drift_users.sql: `kind`, `metric`, `first`, `ratio`.
        rubric: Its metrics.
        as_of: Time up to which outcomes were known.

    Returns:
        Rows of `drift`, by kind, day and the rubric's order.
    """
    ratios = {(kind, metric, first): ratio for kind, metric, first, ratio in returning.select(
        "kind", "metric", "first", "ratio").iter_rows()}  # fmt: skip
    rows = list[dict[str, Any]]()
    for kind in KINDS:
        versions = {metric.id: list[Series]() for metric in rubric.metrics}
        for one in series:
            if one.kind == kind:
                ratio = ratios.get((kind, one.metric, one.first)) or 1.0
                versions[one.metric].append(replace(one, together=max(1.0, ratio)))
        together = len(rubric.judged) if kind == AGREEMENT else len(rubric.metrics)
        rows += alarm_history(versions, together)
    return pl.DataFrame([{**row, "as_of": as_of} for row in rows], schema=DRIFT_SCHEMA)


def _versions(kind: Kind, metric: str, frame: pl.DataFrame) -> Iterator[Series]:
    rows = frame.filter(pl.col("metric") == metric).sort("day")
    if rows.is_empty():
        return
    version = rows["version"].fill_null("")
    day = rows["day"]
    new = [0, *(i for i in range(1, rows.height) if version[i] != version[i - 1]), rows.height]
    for first, end in pairwise(new):
        part = rows[first:end]
        yield _series(kind, metric, part, version[first], day[first], is_first=first == 0)


def _series(
    kind: Kind, metric: str, rows: pl.DataFrame, version: str, first: date, *, is_first: bool
) -> Series:
    days = (rows["day"][-1] - first).days + 1
    at = (rows["day"] - first).dt.total_days().to_numpy()

    def spread(column: str, group: Any = 0, groups: int = 1) -> np.ndarray:
        filled = np.zeros((days, groups))
        np.add.at(filled, (at, group), rows[column].to_numpy())
        return filled

    shown_of = ("n_known", "events") if kind == RELATION else ("n", "positive")
    shown = np.hstack([spread(column) for column in shown_of]).astype(np.int64)
    counts: Any
    if kind == RELATION:
        counts = Arms(*(spread(column).T for column in _ARMS))
    elif kind == PREVALENCE:
        weekday = at % _WEEK
        counts = tuple(spread(c, weekday, _WEEK) for c in ("weighted_positive", "weighted_n"))
    else:
        judged = rows["judged"].cast(pl.Int64).to_numpy()
        counts = tuple(spread(c, judged, 2) for c in ("positive", "n"))
    return Series(kind, metric, version, first, counts, shown, is_first=is_first)

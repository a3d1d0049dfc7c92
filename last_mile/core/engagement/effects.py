"""The rows of `engagement_effects`: every engagement behaviour, over all and within each segment.

Not here: what is read (sql/reads/release_rows.sql), how the page says it (core/report/trying.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl
import scipy

from last_mile.core.engagement.experiment import experiment
from last_mile.core.release_effect.coded import Coded
from last_mile.core.release_effect.fragments import strata_columns
from last_mile.core.release_effect.measure import error, why_not
from last_mile.core.rubric import Metric, OutcomeKind, Rubric
from last_mile.core.stats import (
    Contrast,
    benjamini_hochberg,
    relative_risk,
    standardised_contrasts,
    wilson_interval,
)

MOST_SEGMENTS = 12  # of one column, those with most conversations
LEAST = 100  # conversations with a known outcome, below which a segment is no row
ALL = "all"

ENGAGEMENT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(("metric", "outcome", "segment_by", "segment"), pl.String),
    **dict.fromkeys(("n_users", "users_never"), pl.Int64),
    **dict.fromkeys(("never", "never_low", "never_high"), pl.Float64),
    **dict.fromkeys(("n", "n_true", "events_true", "events_false"), pl.Int64),
    **dict.fromkeys(("rate_true", "rate_false", "rr", "rr_low", "rr_high"), pl.Float64),
    **dict.fromkeys(("adjusted_for", "reason"), pl.String),
    **dict.fromkeys(("n_adjusted", "n_strata"), pl.Int64),
    **dict.fromkeys(
        ("adjusted_rate", "adjusted_rate_without", "adjusted_rd", "adjusted_low", "adjusted_high",
         "adjusted_rr", "adjusted_rr_low", "adjusted_rr_high", "p", "q"), pl.Float64
    ),
    **dict.fromkeys(("per_arm", "per_arm_half", "per_arm_offered"), pl.Int64),
    "as_of": pl.Datetime("us"),
}  # fmt: skip


class _Cut(NamedTuple):
    """Conversations by the values of a column; everything is one value of no column."""

    by: str
    column: str | None
    names: tuple[str, ...]  # adjusted for


def engagement_effects(
    rows: pl.DataFrame, rubric: Rubric, as_of: datetime | None, leaks: Collection[str] = ()
) -> pl.DataFrame:
    """What every engagement behaviour goes along with, over all and by segment.

    Users are counted over all their conversations in the segment whose flag is known; rates over
    those whose outcome is known too. The adjusted figures are standardised to the mix where both
    arms overlap, over the strata and releases other than the segment's own column; intervals are
    by user, for one look. q is Benjamini and Hochberg's over all rows of an outcome.

    Args:
        rows: Rows of reads/release_rows.sql.
        rubric: Which metrics are engagement, the strata and outcomes.
        as_of: Time up to which outcomes were known.
        leaks: Metrics that know the outcome: these are left out.

    Returns:
        Rows of `engagement_effects`, by outcome, metric, and segment, `all` first.
    """
    found: list[dict[str, Any]] = []
    tried = [m for m in rubric.metrics if _is_tried(m, leaks)]
    for kind in rubric.outcomes:
        family = [
            {"as_of": as_of, **row}
            for metric in tried
            for row in _behaviour(rows, rubric, metric, kind)
        ]
        for row, q in zip(family, benjamini_hochberg([row["p"] for row in family]), strict=True):
            row["q"] = q
        found += family
    return pl.DataFrame(found, schema=ENGAGEMENT_SCHEMA)


def _is_tried(metric: Metric, leaks: Collection[str]) -> bool:
    return metric.about == "engagement" and not metric.leaks and metric.id not in leaks


def _behaviour(
    rows: pl.DataFrame, rubric: Rubric, metric: Metric, kind: OutcomeKind
) -> Iterator[dict[str, Any]]:
    known = rows.filter(pl.col(metric.id).is_not_null())
    if known.is_empty():
        return
    coded = Coded.of(known, known[metric.id].to_numpy())
    event, weight = coded.known(kind.id, weighted=metric.kind == "judge")
    for cut in _cuts(rubric, metric):
        layout, values = coded.layout(cut.names, cut.column)
        contrasts = standardised_contrasts(layout, coded.arm, event, weight)
        counts = _counts(known, metric.id, kind.id, cut.column)
        for value, contrast in zip(values, contrasts, strict=True):
            count = counts.get(value)
            if count is not None:
                yield {
                    "metric": metric.id, "outcome": kind.id, "segment_by": cut.by,
                    "segment": value if cut.column else ALL, **count, **_crude(count),
                    "adjusted_for": ", ".join(cut.names) or None, **_adjusted(contrast),
                }  # fmt: skip


def _cuts(rubric: Rubric, metric: Metric) -> Iterator[_Cut]:
    """All conversations, then each stratum column and the release."""
    bare = (name.removeprefix("attributes.") for name in rubric.adjustment(metric))
    wanted = dict.fromkeys((*bare, "model"))
    names = tuple("release" if name == "model" else name for name in wanted)
    yield _Cut(ALL, None, names)
    for column in (*strata_columns(rubric), "release"):
        yield _Cut(column, column, tuple(name for name in names if name != column))


def _counts(
    known: pl.DataFrame, metric: str, outcome: str, column: str | None
) -> dict[str, dict[str, Any]]:
    """Counts of users and conversations, by the segments that are shown."""
    flag, event = pl.col(metric), pl.col(outcome)
    by = pl.col(column) if column else pl.lit("")
    users = known.group_by(by.alias("segment"), "_user").agg(flag.any().alias("tried"))
    tried = users.group_by("segment").agg(
        pl.len().alias("n_users"), (~pl.col("tried")).sum().alias("users_never")
    )
    settled = known.filter(event.is_not_null())
    counted = settled.group_by(by.alias("segment")).agg(
        pl.len().alias("n"), flag.sum().alias("n_true"),
        (flag & event).sum().alias("events_true"), (~flag & event).sum().alias("events_false"),
    )  # fmt: skip
    shown = counted.join(tried, on="segment").sort("n", "segment", descending=[True, False])
    if column:
        shown = shown.filter(pl.col("n") >= LEAST).head(MOST_SEGMENTS)
    return {row.pop("segment"): row for row in shown.to_dicts()}


def _crude(count: dict[str, Any]) -> dict[str, Any]:
    n1, events1 = count["n_true"], count["events_true"]
    n0, events0 = count["n"] - n1, count["events_false"]
    risk = relative_risk(events1, n1, events0, n0)
    never = wilson_interval(count["users_never"], count["n_users"])
    low, high = never or (None, None)
    return {
        "rate_true": events1 / n1 if n1 else None, "rate_false": events0 / n0 if n0 else None,
        "rr": risk.rr, "rr_low": risk.low, "rr_high": risk.high,
        "never": count["users_never"] / count["n_users"], "never_low": low, "never_high": high,
    }  # fmt: skip


def _adjusted(found: Contrast) -> dict[str, Any]:
    reason = why_not(found)
    row: dict[str, Any] = {
        "n_adjusted": found.n, "n_strata": found.n_strata, "adjusted_rate": found.rate1,
        "adjusted_rate_without": found.rate0, "adjusted_rd": found.value, "reason": reason,
        "p": None,
    }  # fmt: skip
    interval, ratio = found.difference, found.ratio
    if reason or interval is None or found.value is None:
        return row
    return row | {
        "adjusted_low": interval.low, "adjusted_high": interval.high, "adjusted_rr": ratio.rr,
        "adjusted_rr_low": ratio.low, "adjusted_rr_high": ratio.high,
        "p": float(2 * scipy.stats.norm.sf(abs(found.value) / error(found))),
        **experiment(found.rate0, found.rate1)._asdict(),
    }  # fmt: skip

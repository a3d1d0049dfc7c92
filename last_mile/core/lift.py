"""From counts per metric to the rows of `metric_lift`, with prior, measured sign and verdict.

Not here: the formulas (core/stats.py), the counting (sql/reads/metric_counts.sql).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from last_mile.core.rubric import Metric, Rubric
from last_mile.core.stats import (
    RelativeRisk,
    WeightedArm,
    benjamini_hochberg,
    relative_risk,
    weighted_relative_risk,
)

SIGNIFICANT = 0.05
UNIVERSAL = 0.9  # above this share, or below its complement, a flag hardly separates
NEGLIGIBLE = (0.95, 1.05)

LIFT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "metric": pl.String, "outcome": pl.String, "scope": pl.String, "n": pl.Int64,
    "n_scored": pl.Int64, "n_true": pl.Int64, "events_true": pl.Int64, "events_false": pl.Int64,
    "weighted": pl.Boolean, "prevalence": pl.Float64, "rate_true": pl.Float64,
    "rate_false": pl.Float64, "rr": pl.Float64, "rr_low": pl.Float64, "rr_high": pl.Float64,
    "p": pl.Float64, "q": pl.Float64, "reason": pl.String, "prior_sign": pl.Int32,
    "measured_sign": pl.Int32, "verdict": pl.String, "horizon_days": pl.Int32,
    "as_of": pl.Datetime("us"), "epoch": pl.String,
}  # fmt: skip


def metric_lift(
    counts: Iterable[Mapping[str, Any]], rubric: Rubric, as_of: object, epoch: str
) -> pl.DataFrame:
    """Relative risk of every outcome with each flag versus without it.

    Args:
        counts: One row per (outcome, scope), over matured conversations: `n`, and per metric
            `<id>__scored`, `<id>__true`, `<id>__events_true`, `<id>__events`; per judged metric
            also the sums of weights `<id>__w_<cell>` and of squared weights `<id>__w2_<cell>` in
            the cells `true_event`, `true_rest`, `false_event`, `false_rest`. Weights are >= 1.
        rubric: Metrics, priors and horizons.
        as_of: Time up to which outcomes were known.
        epoch: The judge epoch the flags come from.

    Returns:
        Rows of `metric_lift`; q-values are per (outcome, scope) family.
    """
    horizons = {kind.id: kind.horizon_days for kind in rubric.outcomes}
    rows: list[dict[str, Any]] = []
    for cell in counts:
        family = [_row(metric, cell) for metric in rubric.metrics]
        for row, q in zip(family, benjamini_hochberg([r["p"] for r in family]), strict=True):
            row["q"], row["horizon_days"] = q, horizons[cell["outcome"]]
            row["as_of"], row["epoch"] = as_of, epoch
            row["measured_sign"] = _measured_sign(row)
            row["verdict"] = _verdict(row)
        rows += family
    return pl.DataFrame(rows, schema=LIFT_SCHEMA)


def _row(metric: Metric, cell: Mapping[str, Any]) -> dict[str, Any]:
    scored, true, events_true, events = (
        int(cell[f"{metric.id}__{part}"] or 0)
        for part in ("scored", "true", "events_true", "events")
    )
    false, events_false = scored - true, events - events_true
    arm1 = _arm(metric, cell, "true", true, events_true)
    arm0 = _arm(metric, cell, "false", false, events_false)
    weight = arm1.weight + arm0.weight
    weighted = weight != scored  # weights are 1 or more, and sums of ones are exact
    risk = (
        weighted_relative_risk(arm1, arm0)
        if weighted
        else relative_risk(events_true, true, events_false, false)
    )
    return {
        "metric": metric.id, "outcome": cell["outcome"], "scope": cell["scope"],
        "n": int(cell["n"]), "n_scored": scored, "n_true": true, "events_true": events_true,
        "events_false": events_false, "weighted": weighted,
        "prevalence": arm1.weight / weight if scored else None,
        "rate_true": arm1.rate, "rate_false": arm0.rate,
        **_figures(risk),
        "prior_sign": metric.prior.sign,
    }  # fmt: skip


def _arm(metric: Metric, cell: Mapping[str, Any], flag: str, n: int, events: int) -> WeightedArm:
    """One arm; heuristic flags are of all conversations, so each stands for itself."""
    if metric.kind == "heuristic":
        return WeightedArm(n, events, events, n - events, events, n - events)
    sums = (
        float(cell[f"{metric.id}__{power}_{flag}_{part}"] or 0)
        for power in ("w", "w2")
        for part in ("event", "rest")
    )
    return WeightedArm(n, events, *sums)


def _figures(risk: RelativeRisk) -> dict[str, Any]:
    return {
        "rr": risk.rr, "rr_low": risk.low, "rr_high": risk.high, "p": risk.p,
        "reason": risk.reason,
    }  # fmt: skip


def _measured_sign(row: Mapping[str, Any]) -> int | None:
    """Which rate is higher when they are told apart, 0 when not, None when undefined.

    Fisher's test can tell them apart where an arm has too few events for an interval. It is of
    the raw counts, so it says nothing when the weighted rates point the other way.
    """
    if row["q"] is None:
        return None
    if row["q"] >= SIGNIFICANT:
        return None if row["rr_low"] is None else 0
    sign = 1 if row["rate_true"] > row["rate_false"] else -1
    return sign if row["rr_low"] is not None or sign == _raw_sign(row) else None


def _raw_sign(row: Mapping[str, Any]) -> int:
    without = row["n_scored"] - row["n_true"]
    return 1 if row["events_true"] * without > row["events_false"] * row["n_true"] else -1


def _verdict(row: Mapping[str, Any]) -> str:
    """Truth rule 3 on the crude figures: never a bare star."""
    if row["measured_sign"]:
        return "confirmed" if row["measured_sign"] == row["prior_sign"] else "reversed"
    if row["rr_low"] is None:
        return "underpowered" if row["reason"] == "not_enough_events" else "not_identifiable"
    if NEGLIGIBLE[0] <= row["rr_low"] and row["rr_high"] <= NEGLIGIBLE[1]:
        return "negligible"
    if not 1 - UNIVERSAL <= row["prevalence"] <= UNIVERSAL:
        return "universal"
    return "underpowered"

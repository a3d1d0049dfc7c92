"""An equal-weight sum of flags, as teams build a quality score, against its best single flag.

Not here: the variances (core/stats/concordance.py), reading (sql/reads/flag_patterns.sql).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from last_mile.core.segments.patterns import Bools, Half, Ints, split
from last_mile.core.stats import FEW_EVENTS
from last_mile.core.stats.concordance import Estimate, concordance, paired_concordance

COMPOSITE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "outcome": pl.String, "n": pl.Int64, "events": pl.Int64, "flags": pl.Int64,
    "score_auc": pl.Float64, "score_low": pl.Float64, "score_high": pl.Float64,
    "score_top_rate": pl.Float64, "score_bottom_rate": pl.Float64, "best_metric": pl.String,
    "best_sign": pl.Int32, "best_auc": pl.Float64, "best_low": pl.Float64,
    "best_high": pl.Float64, "best_rate_true": pl.Float64, "best_rate_false": pl.Float64,
    "difference": pl.Float64, "difference_low": pl.Float64, "difference_high": pl.Float64,
    "reason": pl.String, "as_of": pl.Datetime("us"),
}  # fmt: skip


def composite_lift(
    patterns: pl.DataFrame, priors: Mapping[str, int], outcome: str, as_of: object
) -> pl.DataFrame:
    """The row of `composite_lift` for one outcome.

    The score is a sum over the flags with a prior: 1 where the flag is what its prior calls good,
    0 where it is the opposite, a half where it is missing. The single flag and its direction are
    chosen on the discovery half, a missing flag again between true and false; both are measured
    on the held-out half. Nothing is weighted, conversations count as independent.

    For people: `score_top_rate` is the rate of the best-scored conversations, as many as are on the
    better side of the flag; `score_bottom_rate` of the worst-scored, as many as on its other side.

    Args:
        patterns: Rows of reads/flag_patterns.sql: `held_out`, `n`, `events` and the metrics as
            nullable booleans; matured conversations only.
        priors: Metric to the sign of its prior, 0 for none: such a metric is not in the score.
            Without metrics that know the outcome.
        outcome: Id of the outcome the events are of.
        as_of: Time up to which outcomes were known.

    Returns:
        One row; without figures its `reason` is `no_conversations`, `no_prior` or
        `not_enough_events`. An interval is missing for `no_variation`.
    """
    _, discovery, held_out = split(patterns, list(priors), (), 1.0)
    signs = {metric: sign for metric, sign in priors.items() if sign}
    row = {
        "outcome": outcome, "as_of": as_of, "flags": len(signs),
        "n": int(held_out.n.sum()), "events": int(held_out.events.sum()),
        "reason": _unmeasurable(signs, discovery, held_out),
    }  # fmt: skip
    if row["reason"] is None:
        row |= _compared(signs, _best_flag(list(priors), discovery), held_out)
    return pl.DataFrame([row], schema=COMPOSITE_SCHEMA)


def _unmeasurable(signs: Mapping[str, int], discovery: Half, held_out: Half) -> str | None:
    if not held_out.n.sum():
        return "no_conversations"
    if not signs:
        return "no_prior"
    sides = [side.sum() for h in (discovery, held_out) for side in (h.events, h.n - h.events)]
    return "not_enough_events" if min(sides) < FEW_EVENTS else None


def _best_flag(metrics: list[str], half: Half) -> tuple[str, int]:
    """The flag that tells events apart best, and 1 when true is the better side, else -1."""
    rest = half.n - half.events
    lead = {m: concordance(_points(half, m, 1), half.events, rest) - 0.5 for m in metrics}
    best = max(lead, key=lambda metric: round(abs(lead[metric]), 12))  # of equal ones the first
    return best, 1 if lead[best] >= 0 else -1


def _points(half: Half, metric: str, sign: int) -> Ints:
    """Twice the points of a flag per pattern: 2 for good, 0 for bad, 1 for missing."""
    true, false = half.flags[metric]
    return (1 + sign * (true.astype(np.int64) - false.astype(np.int64))).astype(np.int64)


def _compared(signs: Mapping[str, int], best: tuple[str, int], half: Half) -> dict[str, Any]:
    score = np.sum([_points(half, metric, sign) for metric, sign in signs.items()], axis=0)
    pair = paired_concordance(score, _points(half, *best), half.events, half.n - half.events)
    estimates = (pair.first, pair.second, pair.difference)
    fixed = any(estimate.low is None for estimate in estimates)
    true, false = half.flags[best[0]]
    better, worse = (true, false) if best[1] > 0 else (false, true)
    return {
        **_figures("score", "score_auc", pair.first),
        **_figures("best", "best_auc", pair.second),
        **_figures("difference", "difference", pair.difference),
        "score_top_rate": _rate_of_highest(half, score, half.counts(better)[0]),
        "score_bottom_rate": _rate_of_highest(half, -score, half.counts(worse)[0]),
        "best_metric": best[0], "best_sign": best[1],
        "best_rate_true": _rate(half, true), "best_rate_false": _rate(half, false),
        "reason": "no_variation" if fixed else None,
    }  # fmt: skip


def _figures(prefix: str, name: str, estimate: Estimate) -> dict[str, Any]:
    return {
        name: estimate.value, f"{prefix}_low": estimate.low, f"{prefix}_high": estimate.high
    }  # fmt: skip


def _rate_of_highest(half: Half, score: Ints, size: int) -> float | None:
    """Rate of the `size` conversations with the highest scores; the last level counts in part."""
    levels, place = np.unique(-score, return_inverse=True)
    n = np.bincount(place, half.n, levels.size)
    events = np.bincount(place, half.events, levels.size)
    taken = np.clip(size - (np.cumsum(n) - n), 0, n)
    return float((taken * events / n).sum()) / size if size else None


def _rate(half: Half, member: Bools) -> float | None:
    n, events = half.counts(member)
    return events / n if n else None

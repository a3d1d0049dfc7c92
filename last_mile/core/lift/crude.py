"""Crude figures of every metric in one scope: rates by the horizon, difference, ratio, the check.

By default Kaplan-Meier over all conversations, so that what is still open counts as long as it was
observed; matured conversations alone beside it. A naive rate is never made.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from last_mile.core.lift.cells import Cells, Floats, Mask
from last_mile.core.stats import (
    Incidence,
    Interval,
    RelativeRisk,
    WeightedArm,
    incidence_difference,
    incidence_many,
    incidence_ratio,
    minimal_detectable,
    relative_risk,
    risk_difference,
    weighted_relative_risk,
)


class Estimate(NamedTuple):
    """One way to the crude figures of a metric: arm 1 has the flag."""

    rate1: float | None
    rate0: float | None
    ratio: RelativeRisk
    difference: Interval | None


def crude_figures(
    cells: Cells, rows: Mask, horizon_days: int, judged: Mask
) -> list[dict[str, Any]]:
    """Crude figures of every metric.

    Args:
        cells: Counts of one outcome.
        rows: The scope.
        horizon_days: Of the outcome.
        judged: Which metrics are judged: only their flags can be of a sample [metrics].

    Returns:
        Per metric the columns of metric_lift from `n` to `rr_matured_high`, and `mde_…`.
    """
    seen = cells.by_arm(rows)
    plain = cells.by_arm(rows & cells.matured)
    survival = _survival(cells, rows, max(horizon_days, 1))
    whole = {
        "n": int(cells.n[rows].sum()), "n_matured": int(cells.n[rows & cells.matured].sum()),
    }  # fmt: skip
    figures = []
    for i, is_judged in enumerate(judged):
        n, events = seen.n[i], seen.events[i]
        matured = _plain(plain.n[i], plain.events[i])
        arms = _sampled_arms(cells, rows & cells.matured, i) if is_judged else None
        if arms:
            estimate, shares = _weighted(*arms), (arms[0].weight, arms[1].weight)
        else:
            complete = np.array_equal(plain.n[i], n)
            estimate, shares = matured if complete else survival[i], (n[0], n[1])
        prevalence = float(shares[1] / sum(shares)) if sum(shares) else None
        figures.append(
            {
                **whole,
                "n_scored": int(n.sum()), "n_true": int(n[1]),
                "events_true": int(events[1]), "events_false": int(events[0]),
                "weighted": arms is not None, "prevalence": prevalence,
                **_columns(estimate),
                "rr_matured": matured.ratio.rr, "rr_matured_low": matured.ratio.low,
                "rr_matured_high": matured.ratio.high,
                **_detectable(prevalence, estimate, int(plain.n[i].sum())),
            }
        )  # fmt: skip
    return figures


def _columns(estimate: Estimate) -> dict[str, Any]:
    ratio, difference = estimate.ratio, estimate.difference
    return {
        "rate_true": estimate.rate1, "rate_false": estimate.rate0,
        "rd": difference.value if difference else None,
        "rd_low": difference.low if difference else None,
        "rd_high": difference.high if difference else None,
        "rr": ratio.rr, "rr_low": ratio.low, "rr_high": ratio.high, "rr_method": ratio.method,
        "reason": ratio.reason, "p": ratio.p,
    }  # fmt: skip


def _plain(n: Floats, events: Floats) -> Estimate:
    """Of matured conversations alone; arrays by arm."""
    (n0, n1), (events0, events1) = n.astype(int).tolist(), events.astype(int).tolist()
    return Estimate(
        events1 / n1 if n1 else None,
        events0 / n0 if n0 else None,
        relative_risk(events1, n1, events0, n0),
        risk_difference(events1, n1, events0, n0),
    )


def _survival(cells: Cells, rows: Mask, days: int) -> list[Estimate]:
    """Of all conversations, each for as long as it was observed; one per metric."""
    counts = cells.follow_up(rows, days)
    n_metrics = counts.events.shape[1]
    figures = incidence_many(counts.events.reshape(days, -1), counts.censored.reshape(days + 1, -1))
    arms = [[figures.at(2 * i + arm) for arm in (0, 1)] for i in range(n_metrics)]
    return [_of_incidences(without, with_it) for without, with_it in arms]


def _of_incidences(without: Incidence, with_it: Incidence) -> Estimate:
    return Estimate(
        with_it.rate, without.rate, incidence_ratio(with_it, without),
        incidence_difference(with_it, without),
    )  # fmt: skip


def _sampled_arms(cells: Cells, rows: Mask, metric: int) -> tuple[WeightedArm, WeightedArm] | None:
    """The arms of a metric whose flags are of a sample; None when every weight is 1."""
    counts, weight = cells.arms[rows, metric], cells.weight[rows, None]
    if np.all(weight[counts.sum(axis=1) > 0] == 1):
        return None
    came = cells.event[rows]
    sums = [
        [(counts * weight**power)[which].sum(axis=0) for which in (came, ~came)]
        for power in (0, 1, 2)
    ]
    arms = (
        WeightedArm(
            int(sums[0][0][arm] + sums[0][1][arm]), int(sums[0][0][arm]),
            float(sums[1][0][arm]), float(sums[1][1][arm]),
            float(sums[2][0][arm]), float(sums[2][1][arm]),
        )
        for arm in (0, 1)
    )  # fmt: skip
    without, with_it = arms
    return without, with_it


def _weighted(without: WeightedArm, with_it: WeightedArm) -> Estimate:
    return Estimate(with_it.rate, without.rate, weighted_relative_risk(with_it, without), None)


def _detectable(prevalence: float | None, estimate: Estimate, n: int) -> dict[str, float | None]:
    """Relative risks that 80 % power would have found among the matured conversations."""
    nothing: dict[str, float | None] = {"mde_low": None, "mde_high": None}
    if prevalence is None or estimate.rate1 is None or estimate.rate0 is None:
        return nothing
    rate = prevalence * estimate.rate1 + (1 - prevalence) * estimate.rate0
    if not 0 < prevalence < 1 or not 0 < rate < 1:
        return nothing
    found = minimal_detectable(prevalence, rate, n)
    return {"mde_low": found.down, "mde_high": found.up}

"""Formulas over counts: relative risk, Wilson interval, kappa, false discovery rate.

Each beside its source. Undefined is None with a reason, never 0. Not here: reading counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

Z95 = 1.959963984540054
FEW_EVENTS = 5  # below it an arm's interval is not shown (Katz is undefined or off there)


@dataclass(frozen=True, slots=True)
class RelativeRisk:
    """Ratio of two event rates; a figure that is undefined is None and `reason` says why."""

    rr: float | None
    low: float | None
    high: float | None
    p: float | None
    reason: str | None


def relative_risk(events1: int, n1: int, events0: int, n0: int) -> RelativeRisk:
    """Relative risk of arm 1 versus arm 0 with the Katz 95 % log interval.

    RR = (a/n1)/(b/n0); se(log RR)^2 = 1/a - 1/n1 + 1/b - 1/n0 (Katz et al. 1978). The p-value is
    z of the log RR; Fisher's exact test when an event count is below 5, and then no interval.

    Args:
        events1: Events in arm 1.
        n1: Size of arm 1.
        events0: Events in arm 0.
        n0: Size of arm 0.

    Returns:
        The estimate; `reason` is `empty_arm`, `no_events`, `not_enough_events` or None.
    """
    if n1 == 0 or n0 == 0:
        return RelativeRisk(None, None, None, None, "empty_arm")
    if events1 + events0 == 0:
        return RelativeRisk(None, None, None, None, "no_events")
    if min(events1, events0) < FEW_EVENTS:
        table = [[events1, n1 - events1], [events0, n0 - events0]]
        p = float(stats.fisher_exact(table).pvalue)
        rr = (events1 / n1) / (events0 / n0) if events0 else None
        return RelativeRisk(rr, None, None, p, "not_enough_events")
    rr = (events1 / n1) / (events0 / n0)
    variance = 1 / events1 - 1 / n1 + 1 / events0 - 1 / n0
    if variance <= 0:  # everybody in both arms had the event
        return RelativeRisk(rr, None, None, None, "no_variation")
    se = math.sqrt(variance)
    p = float(2 * stats.norm.sf(abs(math.log(rr)) / se))
    return RelativeRisk(rr, rr * math.exp(-Z95 * se), rr * math.exp(Z95 * se), p, None)


def wilson_interval(events: int, n: int, z: float = Z95) -> tuple[float, float] | None:
    """Wilson interval of a proportion (Wilson 1927), 95 % by default; None when n is 0."""
    if n == 0:
        return None
    rate, z2 = events / n, z**2
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = z * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if events == 0 else centre - half
    return low, 1.0 if events == n else centre + half


def cohen_kappa(tp: int, fp: int, fn: int, tn: int) -> float | None:
    """Cohen's kappa of two raters from their 2 x 2 table, or None when chance agrees fully."""
    n = tp + fp + fn + tn
    if n == 0:
        return None
    observed = (tp + tn) / n
    chance = ((tp + fp) * (tp + fn) + (fn + tn) * (fp + tn)) / (n * n)
    return None if chance == 1 else (observed - chance) / (1 - chance)


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg (1995) q-values; a missing p stays missing and is not in the family."""
    known = [p for p in p_values if p is not None]
    if not known:
        return [None] * len(p_values)
    adjusted = iter(stats.false_discovery_control(known, method="bh"))
    return [None if p is None else float(next(adjusted)) for p in p_values]

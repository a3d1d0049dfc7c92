"""Formulas over counts: relative risk, Wilson interval, kappa, false discovery rate.

Each beside its source. Undefined is None with a reason, never 0. Not here: reading counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy import stats

Z95 = 1.959963984540054
FEW_EVENTS = 5  # below it an arm's interval is not shown (Katz is undefined or off there)


@dataclass(frozen=True, slots=True)
class WeightedArm:
    """One arm of a weighted sample: raw counts, sums of weights, sums of squared weights."""

    n: int
    events: int
    w_event: float  # over conversations with the event
    w_rest: float  # over those without it
    w2_event: float
    w2_rest: float

    @property
    def weight(self) -> float:
        """Conversations the arm stands for."""
        return self.w_event + self.w_rest

    @property
    def rate(self) -> float | None:
        """Weighted share with the event; None when nobody is in the arm."""
        return self.w_event / self.weight if self.n else None

    @property
    def relative_variance(self) -> float:
        """Variance of the log of the rate: sum of w^2 (y - rate)^2 over w_event^2."""
        rate = self.w_event / self.weight
        return ((1 - rate) ** 2 * self.w2_event + rate**2 * self.w2_rest) / self.w_event**2


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
        The estimate; `reason` is `empty_arm`, `no_events`, `not_enough_events`, `no_variation` or
        None.
    """
    undefined = _without_interval(events1, n1, events0, n0)
    if undefined:
        rr = (events1 / n1) / (events0 / n0) if n1 and n0 and events0 else None
        return replace(undefined, rr=rr)
    rr = (events1 / n1) / (events0 / n0)
    return _log_interval(rr, 1 / events1 - 1 / n1 + 1 / events0 - 1 / n0)


def weighted_relative_risk(arm1: WeightedArm, arm0: WeightedArm) -> RelativeRisk:
    """Relative risk of arm 1 versus arm 0 in a weighted sample, with a 95 % log interval.

    RR is the ratio of the weighted rates A/W1 and B/W0; by Taylor linearisation
    var(log RR) = [(1-p1)^2 Q11 + p1^2 Q10]/A^2 + [(1-p0)^2 Q01 + p0^2 Q00]/B^2 with Q the sums of
    squared weights of events and non-events of each arm (Binder 1983; Lumley 2010, Complex
    Surveys). Conversations count as drawn independently, so strata and a large sampled share
    narrow nothing. With all weights 1 it is Katz's interval. Few events and Fisher's exact test
    are judged by raw counts, as in `relative_risk`.

    Args:
        arm1: Conversations with the flag.
        arm0: Conversations without it.

    Returns:
        The estimate; reasons as in `relative_risk`.
    """
    undefined = _without_interval(arm1.events, arm1.n, arm0.events, arm0.n)
    if undefined:
        rr = arm1.rate / arm0.rate if arm1.rate is not None and arm0.rate else None
        return replace(undefined, rr=rr)
    rr = (arm1.w_event / arm1.weight) / (arm0.w_event / arm0.weight)
    return _log_interval(rr, arm1.relative_variance + arm0.relative_variance)


def _without_interval(events1: int, n1: int, events0: int, n0: int) -> RelativeRisk | None:
    """Why raw counts carry no interval, with Fisher's p when it is for few events; else None."""
    if n1 == 0 or n0 == 0:
        return _undefined("empty_arm")
    if events1 + events0 == 0:
        return _undefined("no_events")
    if min(events1, events0) < FEW_EVENTS:
        table = [[events1, n1 - events1], [events0, n0 - events0]]
        return _undefined("not_enough_events", float(stats.fisher_exact(table).pvalue))
    if events1 == n1 and events0 == n0:  # everybody in both arms had the event
        return _undefined("no_variation")
    return None


def _undefined(reason: str, p: float | None = None) -> RelativeRisk:
    return RelativeRisk(None, None, None, p, reason)


def _log_interval(rr: float, variance: float) -> RelativeRisk:
    se = math.sqrt(variance)
    p = float(2 * stats.norm.sf(abs(math.log(rr)) / se))
    return RelativeRisk(rr, rr * math.exp(-Z95 * se), rr * math.exp(Z95 * se), p, None)


def wilson_interval(events: float, n: float, z: float = Z95) -> tuple[float, float] | None:
    """Wilson interval of a proportion (Wilson 1927), 95 % by default; None when n is 0.

    The counts may be effective ones, which are no whole numbers.
    """
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

"""The relative risk of two arms, from counts: which interval and test, and why there is none.

Undefined is None with a reason, never 0. Not here: weighted samples (weighted.py), arms that are
not observed to the end (survival.py), strata (strata.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import scipy

from last_mile.core.stats.score import score_interval

Z95 = 1.959963984540054
FEW_EVENTS = 5  # below it the log interval is not used, and none at all in the smaller arm


class Counts(NamedTuple):
    """One arm. In this order, the smaller of two is the one that decides what can be shown."""

    n: float
    events: float


Arms = tuple[Counts, Counts]  # arm 1, arm 0


@dataclass(frozen=True, slots=True)
class RelativeRisk:
    """Ratio of two event rates; a figure that is undefined is None and `reason` says why.

    `method` is how the interval was made: `katz`, `score`, `kaplan_meier`, `weighted` or
    `mantel_haenszel`; None without an interval.
    """

    rr: float | None
    low: float | None
    high: float | None
    p: float | None
    reason: str | None
    method: str | None = None


def relative_risk(events1: int, n1: int, events0: int, n0: int) -> RelativeRisk:
    """Relative risk of arm 1 versus arm 0 with a 95 % interval.

    RR = (a/n1)/(b/n0); se(log RR)^2 = 1/a - 1/n1 + 1/b - 1/n0 (Katz et al. 1978) with at least 5
    events in either arm, and the p-value is z of the log RR. With fewer in the larger arm: the
    score interval (Miettinen and Nurminen 1985) and Fisher's exact test. With fewer in the
    smaller arm (of arms of one size: the one with fewer events): the test alone.

    Args:
        events1: Events in arm 1.
        n1: Size of arm 1.
        events0: Events in arm 0.
        n0: Size of arm 0.

    Returns:
        The estimate; `reason` is None or `empty_arm`, `no_events`, `no_variation` (everybody in
        both arms had the event), `not_enough_events`, or `one_sided`: no events in the larger
        arm, so one limit is missing.
    """
    arms = Counts(n1, events1), Counts(n0, events0)
    return compare(arms, arms, "katz")


def compare(raw: Arms, effective: Arms, method: str, tested: Arms | None = None) -> RelativeRisk:
    """The ratio of two rates, by the rules of `relative_risk`.

    Args:
        raw: Arms 1 and 0 as counted: these decide what can be shown.
        effective: The same rates in arms of the size that, complete and unweighted, would know
            them as well, n = rate (1 - rate)/variance: Katz's interval of these is the log
            interval of the rates, var(log RR) = sum of variance/rate^2.
        method: What the log interval is called.
        tested: What Fisher's test is of; `raw` by default.

    Returns:
        The estimate; reasons as in `relative_risk`.
    """
    nothing = _nothing_to_compare(*raw)
    if nothing:
        return nothing
    (n1, events1), (n0, events0) = effective
    rr = (events1 / n1) / (events0 / n0) if events0 else None
    if rr and min(raw[0].events, raw[1].events) >= FEW_EVENTS:
        return log_interval(rr, 1 / events1 - 1 / n1 + 1 / events0 - 1 / n0, method)
    p = _fisher_p(*(tested or raw))
    if min(raw).events < FEW_EVENTS:
        return RelativeRisk(rr, None, None, p, "not_enough_events")
    low, high = score_interval(events1, n1, events0, n0)
    reason = None if rr else "one_sided"
    return RelativeRisk(rr, low or None, high, p, reason, "score")


def _nothing_to_compare(arm1: Counts, arm0: Counts) -> RelativeRisk | None:
    if not (arm1.n and arm0.n):
        return undefined("empty_arm")
    if arm1.events + arm0.events == 0:
        return undefined("no_events")
    if arm1.events == arm1.n and arm0.events == arm0.n:
        return RelativeRisk(1.0, None, None, None, "no_variation")
    return None


def _fisher_p(arm1: Counts, arm0: Counts) -> float:
    """Two-sided; counts that are not whole are rounded."""
    table = [[round(arm.events), round(arm.n) - round(arm.events)] for arm in (arm1, arm0)]
    return float(scipy.stats.fisher_exact(table).pvalue)


def log_interval(rr: float, variance: float, method: str) -> RelativeRisk:
    """Interval and p-value (z) of a ratio from the variance of its log, which is above 0."""
    se = math.sqrt(variance)
    p = math.erfc(abs(math.log(rr)) / se / math.sqrt(2))
    return RelativeRisk(rr, rr * math.exp(-Z95 * se), rr * math.exp(Z95 * se), p, None, method)


def undefined(reason: str) -> RelativeRisk:
    """No figure at all, and why."""
    return RelativeRisk(None, None, None, None, reason)

"""The score interval of a ratio of two proportions, for arms with few events or none.

Not here: when it is used (risk.py).
"""

from __future__ import annotations

import math
from functools import partial

import scipy

_FAR = 40.0  # of a log ratio: e^40 is beyond any ratio of counts


def score_interval(
    events1: float, n1: float, events0: float, n0: float, level: float = 0.95
) -> tuple[float | None, float | None]:
    """Miettinen and Nurminen's (1985) score interval of (events1/n1) / (events0/n0).

    The ratios t that the score test does not reject: |p1 - t p0| <= z sqrt(v n/(n-1)) with
    v = q1(1-q1)/n1 + t^2 q0(1-q0)/n0 and q1 = t q0 the most likely proportions under t.
    Koopman's closed form (Nam 1995), which statsmodels uses, solves the same equation and breaks
    where everybody in an arm has the event; this one does not.

    Args:
        events1: Events in arm 1; counts may be effective ones, which are no whole numbers.
        n1: Size of arm 1.
        events0: Events in arm 0.
        n0: Size of arm 0.
        level: Of the two-sided interval.

    Returns:
        (low, high); low is 0 without events in arm 1, high is None (infinite) without events in
        arm 0, and both are None without events at all or with an empty arm.
    """
    if not (n1 and n0 and events1 + events0):
        return None, None
    z = float(scipy.stats.norm.isf((1 - level) / 2))
    statistic = partial(_statistic, events1=events1, n1=n1, events0=events0, n0=n0)

    def root(at: float) -> float:
        return math.exp(scipy.optimize.brentq(lambda log: statistic(log) - at, -_FAR, _FAR))

    return root(z) if events1 else 0.0, root(-z) if events0 else None


def _statistic(log_ratio: float, events1: float, n1: float, events0: float, n0: float) -> float:
    """Score statistic of a ratio: falls from infinity (0 without events) with the ratio."""
    ratio, n, events = math.exp(log_ratio), n1 + n0, events1 + events0
    b = n1 * ratio + events1 + n0 + events0 * ratio
    q0 = 2 * events / (b + math.sqrt(max(b * b - 4 * n * ratio * events, 0.0)))
    q1 = min(ratio * q0, 1.0)
    variance = q1 * (1 - q1) / n1 + ratio**2 * q0 * (1 - q0) / n0
    return (events1 / n1 - ratio * events0 / n0) / math.sqrt(variance * n / (n - 1))

"""The difference of two rates with its interval.

Not here: their ratio (risk.py), differences of what is no rate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from last_mile.core.stats.proportions import wilson_interval


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


def risk_difference(events1: float, n1: float, events0: float, n0: float) -> Interval | None:
    """Rate of arm 1 minus rate of arm 0 with Newcombe's (1998, method 10) hybrid score interval.

    low = d - sqrt((p1 - l1)^2 + (u0 - p0)^2), high = d + sqrt((u1 - p1)^2 + (p0 - l0)^2) with l
    and u the Wilson limits of each arm. It needs no events and never leaves [-1, 1].

    Args:
        events1: Events in arm 1; counts may be effective ones, which are no whole numbers.
        n1: Size of arm 1.
        events0: Events in arm 0.
        n0: Size of arm 0.

    Returns:
        The difference; None when an arm is empty.
    """
    wilson1, wilson0 = wilson_interval(events1, n1), wilson_interval(events0, n0)
    if wilson1 is None or wilson0 is None:
        return None
    rate1, rate0 = events1 / n1, events0 / n0
    down = math.hypot(rate1 - wilson1[0], wilson0[1] - rate0)
    up = math.hypot(wilson1[1] - rate1, rate0 - wilson0[0])
    return Interval(rate1 - rate0, rate1 - rate0 - down, rate1 - rate0 + up)

"""How many days it takes until a change is found.

Not here: evidence of a change (detector.py), which change is worth knowing (table.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from last_mile.core.drift.detector import BASELINE_DAYS, BEST_H, STARTS, STARTS_EVERY, TUNED_DAYS

MOST_DAYS = 365
_POWER_Z = 0.8416  # the normal deviate that 80 % lie above


@dataclass(frozen=True, slots=True)
class Plan:
    """What a series can show.

    Attributes:
        daily: 1 over the variance of a day's value.
        series: Series alarmed together.
        alpha: Level for all of them over 91 days.
        together: See `detect`.
        baseline: Days known before the change, whole weeks.
        weekdays: Whether each weekday has a level of its own.
    """

    daily: float
    series: int
    alpha: float = 0.05
    together: float = 1.0
    baseline: int = BASELINE_DAYS
    weekdays: bool = False


def days_to_detect(change: float, plan: Plan) -> int | None:
    """Days within which a change is found with 80 % power, whichever day it comes on.

    The evidence of `detect` when the score lies 0.84 standard errors below what is expected of it:
    normal with mean change sqrt(J), J the information on the shift after d days, for the weekly
    start before the change and the one after it, and the least lucky of the seven days between
    them. Enough is series/alpha: the one that changed is alarmed alone.

    Args:
        change: In units of the value.
        plan: Precision and number of series.

    Returns:
        Days; None: more than a year.
    """
    if plan.daily <= 0 or change == 0:
        return None
    wanted = math.log(plan.series / plan.alpha * STARTS)
    slowest = 0
    if _log_evidence(abs(change), MOST_DAYS, STARTS_EVERY - 1, plan) < wanted:
        return None
    for offset in range(STARTS_EVERY):
        days = slowest or 1
        while _log_evidence(abs(change), days, offset, plan) < wanted:
            days += 1
            if days > MOST_DAYS:
                return None
        slowest = max(slowest, days)
    return slowest


def _log_evidence(change: float, days: int, offset: int, plan: Plan) -> float:
    """Log of the sum over starts, `days` after a change `offset` days after a start."""
    last = plan.baseline + offset + days
    parts = []
    for start in range(plan.baseline, last, STARTS_EVERY):
        begins = plan.baseline + offset
        seen_after = (last - max(start, begins)) / (last - start)
        seen_before = max(0, start - begins) / start
        info = plan.daily * _paired_days(start, last, plan.weekdays)
        parts.append(_log_e(change * (seen_after - seen_before), info, last, plan))
    top = max(parts)
    return top + math.log(sum(math.exp(part - top) for part in parts))


def _log_e(shift: float, info: float, last: int, plan: Plan) -> float:
    freedom = last - (STARTS_EVERY if plan.weekdays else 1)
    tuned = plan.daily * TUNED_DAYS * plan.baseline / (TUNED_DAYS + plan.baseline)
    h = BEST_H * info / tuned
    z = max(0.0, shift * math.sqrt(info / plan.together) - _POWER_Z)
    squares = max(freedom, freedom - 1 + z * z * plan.together)
    return -math.log1p(h) / 2 - freedom / 2 * math.log1p(-z * z * h / (1 + h) / squares)


def _paired_days(start: int, last: int, weekdays: bool) -> float:
    """Sum over groups of n n'/(n + n'), n days before the start and n' since."""
    if not weekdays:
        return start * (last - start) / last
    total = 0.0
    for weekday in range(STARTS_EVERY):
        before = (start - weekday + STARTS_EVERY - 1) // STARTS_EVERY
        whole = (last - weekday + STARTS_EVERY - 1) // STARTS_EVERY
        total += before * (whole - before) / whole
    return total

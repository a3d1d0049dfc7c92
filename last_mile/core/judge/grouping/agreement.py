"""Kappa of two raters with an interval that a rule can use.

Kappa itself is in core/stats.py, its large-sample interval in core/kappa.py.
"""

from __future__ import annotations

from typing import NamedTuple

from last_mile.core.kappa import kappa_interval
from last_mile.core.stats import cohen_kappa, wilson_interval


class Agreement(NamedTuple):
    """Cohen's kappa with a 95 % interval; None where it is undefined."""

    kappa: float | None
    low: float | None
    high: float | None


def agreement_of(tp: int, fp: int, fn: int, tn: int) -> Agreement:
    """Kappa of a 2 x 2 table with its interval, also where agreement is full.

    There the large-sample formula gives none. The lower end is then kappa at Wilson's lower bound
    of the share that agrees, n / (n + z^2), with the chance agreement as observed; the upper is 1.
    A rater who never varies has no interval.

    Args:
        tp: Both raters say yes.
        fp: Only the first says yes.
        fn: Only the second says yes.
        tn: Both say no.
    """
    kappa, interval = cohen_kappa(tp, fp, fn, tn), kappa_interval(tp, fp, fn, tn)
    if interval:
        return Agreement(kappa, *interval)
    n = tp + tn
    bound = wilson_interval(n, n)
    if kappa is None or fp or fn or not bound:
        return Agreement(kappa, None, None)
    chance = (tp * tp + tn * tn) / (n * n)
    return Agreement(kappa, max(-1.0, (bound[0] - chance) / (1 - chance)), 1.0)

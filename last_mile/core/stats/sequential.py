"""Intervals and p-values that hold however often the numbers are looked at.

Not here: the estimates and their standard errors (standardised.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

TUNED_AT = 2_500  # comparisons: two arms of 5,000, n1 n0/(n1 + n0)


@dataclass(frozen=True, slots=True)
class Sequential:
    """An estimate at one of any number of looks.

    Attributes:
        low: Of the interval that holds the truth at all looks at once with its level.
        high: See low.
        factor: Half the interval's width over the standard error.
        p: Valid at any look, as `e` is; 1/e, at most 1.
        e: Evidence against no difference: its mean stays at most 1 at any look when there is none.
    """

    low: float
    high: float
    factor: float
    p: float
    e: float


def sequential(
    value: float, se: float, spread: float, alpha: float = 0.05, tuned_at: float = TUNED_AT
) -> Sequential:
    """Asymptotic confidence sequence at the present look.

    With t = (spread/se)^2 the comparisons so far and h = t rho^2:
    value +- se sqrt(2 (h + 1)/h log(sqrt(h + 1)/alpha)), Waudby-Smith, Arbour, Sinha, Kennedy and
    Ramdas (2021, arXiv 2103.06476), theorem 2.2 in units of the spread: Robbins' (1970) normal
    mixture. The evidence is the mixture itself, (h + 1)^(-1/2) exp(z^2/2 h/(h + 1)), which exceeds
    1/alpha exactly when the interval leaves 0 out. rho^2 = (-2 log a + log(-2 log a) + 1)/tuned_at
    with a = 0.05 makes the interval narrowest after `tuned_at` comparisons (their appendix B.2);
    it must not depend on the data. It is asymptotic: the estimate's error must already be near
    normal when it is first looked at, and increments of information independent, as those of
    differences of means are (Jennison and Turnbull 2000, chapter 11).

    Args:
        value: The estimate.
        se: Its standard error, above 0.
        spread: Standard deviation of what is compared, sqrt(p (1 - p)) of a share, above 0.
        alpha: 1 minus the level.
        tuned_at: Comparisons after which the interval is narrowest.
    """
    wanted = -2 * math.log(0.05)
    h = (spread / se) ** 2 * (wanted + math.log(wanted) + 1) / tuned_at
    factor = math.sqrt((h + 1) / h * (2 * math.log(1 / alpha) + math.log1p(h)))
    log_e = (value / se) ** 2 / 2 * h / (h + 1) - math.log1p(h) / 2
    return Sequential(
        value - factor * se,
        value + factor * se,
        factor,
        min(1.0, math.exp(-log_e)) if log_e > -1 else 1.0,
        math.exp(min(log_e, 700.0)),
    )

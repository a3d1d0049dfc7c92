"""Two arms that did the same tasks: McNemar's test and the paired difference.

Not here: which tasks are common to both (core/release_effect), unpaired arms (difference.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from last_mile.core.stats.difference import Interval
from last_mile.core.stats.proportions import wilson_interval

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Tasks done once by each arm, by who had the event: both, arm 1 only, arm 0 only, none."""

    both: int
    only1: int
    only0: int
    none: int

    @property
    def n(self) -> int:
        """Tasks."""
        return self.both + self.only1 + self.only0 + self.none


def mcnemar_p(only1: int, only0: int) -> float:
    """McNemar's (1947) exact test with mid-p: only tasks on which the arms differ say anything.

    2 P(X < k) + P(X = k), X binomial with n = only1 + only0 and 1/2, k the smaller count; 1 when
    they are equal. Fagerland, Lydersen and Laake (2013) prefer it to the exact p, which is larger
    by P(X = k).
    """
    if only1 == only0:
        return 1.0
    law, k = scipy.stats.binom(only1 + only0, 0.5), min(only1, only0)
    return float(2 * law.cdf(k) - law.pmf(k))


def paired_difference(pairs: Pairs) -> Interval | None:
    """Rate of arm 1 minus rate of arm 0 over the same tasks, with Newcombe's interval.

    Method 10 of Newcombe (1998, Statistics in Medicine 17, 2635-2650): with Wilson limits l, u of
    the two rates and phi their correlation, low = d - sqrt(dl^2 - 2 phi dl du + du^2) where
    dl = p1 - l1, du = u0 - p0, and high the other way round. phi is A/sqrt(B), with
    A = both none - only1 only0 brought n/2 nearer to 0 where it is above, and B the product of
    the four margins; 0 where one of them is.

    Returns:
        The difference; None without tasks.
    """
    n = pairs.n
    events1, events0 = pairs.both + pairs.only1, pairs.both + pairs.only0
    wilson1, wilson0 = wilson_interval(events1, n), wilson_interval(events0, n)
    if wilson1 is None or wilson0 is None:
        return None
    rate1, rate0, phi = events1 / n, events0 / n, _correlation(pairs)

    def off(one: float, other: float) -> float:
        return math.sqrt(max(one**2 - 2 * phi * one * other + other**2, 0.0))

    value = (pairs.only1 - pairs.only0) / n
    down = off(rate1 - wilson1[0], wilson0[1] - rate0)
    return Interval(value, value - down, value + off(wilson1[1] - rate1, rate0 - wilson0[0]))


def _correlation(pairs: Pairs) -> float:
    events1, events0 = pairs.both + pairs.only1, pairs.both + pairs.only0
    margins = events1 * (pairs.n - events1) * events0 * (pairs.n - events0)
    if not margins:
        return 0.0
    found = pairs.both * pairs.none - pairs.only1 * pairs.only0
    if found > 0:
        return max(found - pairs.n / 2, 0.0) / math.sqrt(margins)
    return found / math.sqrt(margins)


def mean_difference(differences: Floats, least_se: float = 0.0) -> tuple[Interval, float] | None:
    """Mean of one difference per task, for tasks done several times, and its p-value.

    Student's t interval over the tasks, which are what is independent; a larger standard error,
    such as by user where users do several tasks, replaces theirs.

    Args:
        differences: Of the two arms' rates on each task [tasks].
        least_se: Standard error the interval has at least.

    Returns:
        The interval and p; None with fewer than two tasks or without any spread.
    """
    n = len(differences)
    if n < 2:  # noqa: PLR2004  one task has no spread
        return None
    value = float(differences.mean())
    se = max(float(differences.std(ddof=1)) / math.sqrt(n), least_se)
    if se == 0:
        return None
    half = float(scipy.stats.t.isf(0.025, n - 1)) * se
    return Interval(value, value - half, value + half), float(
        2 * scipy.stats.t.sf(abs(value) / se, n - 1)
    )

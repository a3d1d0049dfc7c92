"""What one judge's shares would be under another, from conversations that both judged.

Answers are indexed true, false, not applicable. Not here: drawing the sample, reading counts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from last_mile.core.stats.difference import Interval
from last_mile.core.stats.proportions import wilson_interval

Floats = NDArray[np.float64]
LEAST_PAIRS = 30  # that the new judge scored; fewer are no crosswalk
LEAST_OF_ANSWER = 5  # of them with either old answer that occurs


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """A share of true among true and false; None with the reason when it is refused.

    Attributes:
        value: Share that the new judge would find.
        low: 95 %.
        high: 95 %.
        reason: `no_old_answers`, `no_bridge`, `too_few_pairs`, `few_old_true`, `few_old_false`,
            `nothing_applies` (the new judge scores none of them) or None.
    """

    value: float | None
    low: float | None
    high: float | None
    reason: str | None

    @property
    def interval(self) -> Interval | None:
        """The same as one value, where there is one."""
        if self.value is None or self.low is None or self.high is None:
            return None
        return Interval(self.value, self.low, self.high)


def crosswalk(pairs: ArrayLike, old: ArrayLike, effective: float | None = None) -> Crosswalk:
    """The share of true that a new judge would find where an old one answered.

    Double sampling (Tenenbein 1970, JASA 65, 1350-1361): with w_s the share of old answer s among
    all N, and t_s, a_s the shares of the n_s pairs with it that the new judge calls true, and
    scores (true or false), pi = sum w_s t_s / sum w_s a_s. Where nothing is not applicable this is
    p P(new true | old true) + (1 - p) P(new true | old false). Its variance is that of a ratio
    over post-strata (Cochran 1977, sections 5A.9 and 12.9, delta method): with residuals
    e = [true] - pi [scored],
    (sum w_s^2 var_s(e) / n_s + sum w_s mean_s(e)^2 / N) / (sum w_s a_s)^2,
    the first term the bridge's error, the second that of the old answers. In the variance alone
    shares of the new judge's answers are of one true and one false more in every s (half of
    Agresti and Coull's, 1998), so that full agreement among few pairs is no certainty. The
    interval is Wilson's at the size n* = pi (1 - pi) / variance (Korn and Graubard 1998).

    Pairs are taken as drawn at random among the old answers, conversations as independent. Where
    no pair has the old answer not applicable, it is taken to stay so.

    Args:
        pairs: Conversations by old answer (rows) and new answer (columns) of the bridge, (3, 3).
        old: All old answers, weighted where they are of a sample, (3,).
        effective: N; None: the sum of `old`.
    """
    both, weights = np.asarray(pairs, np.float64), np.asarray(old, np.float64)
    reason = _refused(both, weights)
    if reason:
        return Crosswalk(None, None, None, reason)
    share = weights / weights.sum()
    true, scored = _moved(both, share)
    if scored <= 0:
        return Crosswalk(None, None, None, "nothing_applies")
    value = true / scored
    n = float(weights.sum()) if effective is None else effective
    low, high = _limits(value, both, share, n)
    return Crosswalk(value, low, high, None)


def crosswalk_difference(newer: Interval, older: Interval) -> Interval:
    """One share minus another, from their intervals: MOVER.

    low = d - sqrt((p1 - l1)^2 + (u0 - p0)^2), high the other way round (Newcombe 1998, method 10,
    without correlation; Zou and Donner 2008, Statistics in Medicine 27, 1693-1702).
    """
    value = newer.value - older.value
    down = math.hypot(newer.value - newer.low, older.high - older.value)
    up = math.hypot(newer.high - newer.value, older.value - older.low)
    return Interval(value, max(value - down, -1.0), min(value + up, 1.0))


def _refused(pairs: Floats, old: Floats) -> str | None:
    if old[0] + old[1] <= 0:
        return "no_old_answers"
    if pairs.sum() == 0:
        return "no_bridge"
    if pairs[:, :2].sum() < LEAST_PAIRS:
        return "too_few_pairs"
    of_true, of_false = pairs[0].sum(), pairs[1].sum()
    if old[0] > 0 and of_true < LEAST_OF_ANSWER:
        return "few_old_true"
    return "few_old_false" if old[1] > 0 and of_false < LEAST_OF_ANSWER else None


def _shares(pairs: Floats) -> Floats:
    """Shares of the new answers by old answer; without pairs, not applicable stays so."""
    known = np.vstack((pairs[:2], pairs[2] if pairs[2].any() else [0.0, 0.0, 1.0]))
    shares: Floats = known / np.maximum(known.sum(axis=1, keepdims=True), 1e-300)
    return shares


def _moved(pairs: Floats, share: Floats) -> tuple[float, float]:
    new = share @ _shares(pairs)
    return float(new[0]), float(new[0] + new[1])


def _limits(value: float, pairs: Floats, share: Floats, n: float) -> tuple[float, float]:
    """Wilson's interval at the size that has the estimate's variance."""
    smooth = pairs + np.array([1.0, 1.0, 0.0]) * (pairs.sum(axis=1, keepdims=True) > 0)
    true, scored = _moved(smooth, share)
    middle = true / scored
    residual = np.array([1 - middle, -middle, 0.0])
    shares = _shares(smooth)
    mean = shares @ residual
    within = shares @ residual**2 - mean**2
    sizes = np.maximum(pairs.sum(axis=1), 1.0)
    variance = float((share**2 * within / sizes).sum() + (share * mean**2).sum() / n) / scored**2
    size = middle * (1 - middle) / variance
    return wilson_interval(value * size, size) or (0.0, 1.0)

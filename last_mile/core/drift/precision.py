"""How much a day's value counts: its sampling error and what remains from day to day.

Not here: the values (points.py), evidence (detector.py).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def precision(y: Floats, n: Floats, unit: Floats, baseline: int) -> Floats:
    """Return 1 over the variance of every value: unit/n and what days differ by beyond.

    The variance between days is that of DerSimonian and Laird (1986), with a level per group: of
    the baseline's weighted squares what exceeds their degrees of freedom. A later day counts for
    no more than the largest of the baseline, since that showed no larger days.

    Args:
        y: Values by series, day and group [S, T, G].
        n: What each value rests on; 0: there is none [S, T, G].
        unit: Variance of a value that rests on one [S, G].
        baseline: Days of the baseline.
    """
    largest = n[:, :baseline].max(axis=1, keepdims=True)
    counted = np.minimum(n, np.where(largest > 0, largest, n))
    first = counted[:, :baseline] / unit[:, None]
    values = np.where(first > 0, y[:, :baseline], 0.0)
    total = first.sum(axis=1)
    safe = np.where(total > 0, total, 1.0)
    level = (first * values).sum(axis=1) / safe
    squares = (first * (values - level[:, None]) ** 2).sum(axis=(1, 2))
    freedom = (first > 0).sum(axis=(1, 2)) - (total > 0).sum(axis=1)
    scale = (total - (first**2).sum(axis=1) / safe).sum(axis=1)
    between = np.maximum(0.0, squares - freedom) / np.where(scale > 0, scale, 1.0)
    variance = unit[:, None] / np.where(counted > 0, counted, 1.0) + between[:, None, None]
    return np.where(counted > 0, 1 / variance, 0.0)


def unit_variance(positive: Floats, n: Floats, least: float) -> Floats:
    """Variance p (1 - p) of a share, as if its rarer side had been seen `least` times at least.

    A share of 0 has no variance of its own, and what is rarer than that is not near normal.

    Args:
        positive: Times it was so.
        n: Out of.
        least: Times.
    """
    whole = np.maximum(n, 1.0)
    floor = np.minimum(0.5, least / whole)
    share = np.clip(positive / whole, floor, 1 - floor)
    return np.asarray(share * (1 - share), dtype=np.float64)

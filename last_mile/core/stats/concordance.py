"""How well a score tells those with the outcome from those without it, and two scores compared.

Works on counted cells: millions of conversations are few rows. Not here: which scores to compare.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from last_mile.core.stats.risk import Z95

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_NOTHING = 1e-15  # a variance below it is rounding: nothing varies


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; without an interval when its variance is 0."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class PairedConcordance:
    """Two concordances (areas under the ROC curve) of the same conversations."""

    first: Estimate
    second: Estimate
    difference: Estimate  # first minus second


def concordance(score: Ints, events: Ints, rest: Ints) -> float:
    """Chance that a conversation with the outcome scores above one without it; ties count half.

    Args:
        score: Per cell.
        events: Conversations per cell with the outcome, at least one in all.
        rest: Conversations per cell without it, at least one in all.
    """
    return _placements(score, events, rest)[0]


def paired_concordance(first: Ints, second: Ints, events: Ints, rest: Ints) -> PairedConcordance:
    """Concordances of two scores and their difference, with DeLong's variances.

    With V10 the share of conversations without the outcome that one with it scores above (ties
    half), and V01 the reverse, cov(k, l) = S10(k, l) / m + S01(k, l) / n, S the sample covariances
    of V10 over the m events and of V01 over the n others (DeLong, DeLong and Clarke-Pearson 1988).
    Conversations count as independent.

    Args:
        first: One score per cell.
        second: The other score per cell.
        events: Conversations per cell with the outcome, at least two in all.
        rest: Conversations per cell without it, at least two in all.
    """
    first, second, events, rest = _joint(first, second, events, rest)
    m, n = events.sum(), rest.sum()
    found = [_placements(score, events, rest) for score in (first, second)]
    values = [value for value, _, _ in found]
    above = np.stack([v10 - value for value, v10, _ in found])
    below = np.stack([v01 - value for value, _, v01 in found])
    s10 = (above * events) @ above.T / (m - 1)
    s01 = (below * rest) @ below.T / (n - 1)
    covariance = s10 / m + s01 / n
    spread = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    return PairedConcordance(
        first=_estimate(values[0], float(covariance[0, 0]), 0.0),
        second=_estimate(values[1], float(covariance[1, 1]), 0.0),
        difference=_estimate(values[0] - values[1], spread, -1.0),
    )


def _joint(first: Ints, second: Ints, events: Ints, rest: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """One cell per pair of scores, in their order: sums do not depend on the order of the cells."""
    levels, place = np.unique(second, return_inverse=True)
    code, cell = np.unique(first * levels.size + place, return_inverse=True)
    merged = (np.bincount(cell, counts, code.size).astype(np.int64) for counts in (events, rest))
    return code // levels.size, levels[code % levels.size], *merged


def _placements(score: Ints, events: Ints, rest: Ints) -> tuple[float, Floats, Floats]:
    """The concordance and, per cell, V10 and V01."""
    levels, place = np.unique(score, return_inverse=True)
    with_event = np.bincount(place, events, levels.size)
    without = np.bincount(place, rest, levels.size)
    v10 = (np.cumsum(without) - without / 2) / without.sum()
    v01 = 1 - (np.cumsum(with_event) - with_event / 2) / with_event.sum()
    return float(with_event @ v10 / with_event.sum()), v10[place], v01[place]


def _estimate(value: float, variance: float, least: float) -> Estimate:
    if variance < _NOTHING:
        return Estimate(value, None, None)
    half = Z95 * math.sqrt(variance)
    return Estimate(value, max(value - half, least), min(value + half, 1.0))

"""How far a judge agrees with people: rates, kappa and balanced accuracy with their intervals.

One set of formulas for labels drawn at random and for labels drawn by judge x outcome. Not here:
counting labels (cells.py), rows of the table (table.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from last_mile.core.stats import Z95, TrueShares, wilson_interval

Floats = NDArray[np.float64]
_NOTHING = 1e-12  # of a variance: what rounding leaves of an exact 0
CHANCE = 0.5  # balanced accuracy of a judge that does not look


class Rate(NamedTuple):
    """A figure with its 95 % interval; all None where it is undefined."""

    value: float | None
    low: float | None
    high: float | None


NO_RATE = Rate(None, None, None)


@dataclass(frozen=True, slots=True)
class Share:
    """An estimated share and the number of simple random draws that would be as precise."""

    value: float
    effective: float

    @property
    def counts(self) -> tuple[float, float]:
        """Effective successes and draws, for formulas that take counts."""
        return self.value * self.effective, self.effective

    @property
    def rate(self) -> Rate:
        """With the Wilson interval."""
        low, high = wilson_interval(*self.counts) or (None, None)
        return Rate(self.value, low, high)

    @property
    def reach(self) -> tuple[float, float, float]:
        """The share, and how far its interval goes down and up."""
        low, high = wilson_interval(*self.counts) or (0.0, 1.0)
        return self.value, self.value - low, high - self.value


@dataclass(frozen=True)
class Agreement:
    """Judge against people: shares of true and false positives, false and true negatives.

    Attributes:
        table: The four shares, which sum to 1.
        n: Conversations drawn at random that the shares are of.
        on_true: Variance that sampling labels adds to the share of true positives (and takes from
            that of false positives).
        on_false: The same of false and true negatives.
    """

    table: Floats
    n: float
    on_true: float = 0.0
    on_false: float = 0.0

    @classmethod
    def of_counts(cls, counts: Sequence[int]) -> Agreement:
        """Labels drawn at random: tp, fp, fn, tn."""
        n = sum(counts)
        return cls(np.array(counts, dtype=np.float64) / max(n, 1), n)

    @classmethod
    def of_shares(cls, cells: TrueShares) -> Agreement:
        """Labels drawn by judge and outcome, weighted back to all flagged conversations."""
        n = max(cells.n.sum(), 1.0)
        true, false = cells.n * cells.share, cells.n * (1 - cells.share)
        added = (cells.n**2 * cells.variance).sum(1) / n**2
        table = np.array([true[1].sum(), false[1].sum(), true[0].sum(), false[0].sum()]) / n
        return cls(table, float(n), on_true=float(added[1]), on_false=float(added[0]))

    def covariance(self, one: Floats, other: Floats) -> float:
        """Covariance of two figures by the delta method.

        Args:
            one: Derivatives of the first figure by the four shares.
            other: Those of the second.
        """
        t = self.table
        multinomial = float((t * one * other).sum() - (t * one).sum() * (t * other).sum()) / self.n
        of_true = (one[0] - one[1]) * (other[0] - other[1]) * self.on_true
        return float(
            multinomial + of_true + (one[2] - one[3]) * (other[2] - other[3]) * self.on_false
        )

    @property
    def prevalence(self) -> Share | None:
        """Share that people call true, over all flagged conversations."""
        if not self.n:
            return None
        slope = np.array([1.0, 0.0, 1.0, 0.0])
        return self._share(float(self.table @ slope), slope, self.n)

    @property
    def sensitivity(self) -> Share | None:
        """Share of what people call true that the judge calls true."""
        return self._within(0, 2)

    @property
    def specificity(self) -> Share | None:
        """Share of what people call false that the judge calls false."""
        return self._within(3, 1)

    @property
    def kappa(self) -> Rate:
        """Cohen's kappa; its interval is Fleiss, Cohen and Everitt's (1969) for random labels.

        No interval where the formula gives a standard error of 0, which is no certainty.
        """
        tp, fp, fn, tn = (float(share) for share in self.table)
        judge, people = tp + fp, tp + fn
        chance = judge * people + (1 - judge) * (1 - people)
        if not self.n or 1 - chance < _NOTHING:
            return NO_RATE
        value = (tp + tn - chance) / (1 - chance)
        by_chance = np.array(
            [judge + people, people + 1 - judge, judge + 1 - people, 2 - judge - people]
        )
        agreed = np.array([1.0, 0.0, 0.0, 1.0])
        slope = (agreed - (1 - value) * by_chance) / (1 - chance)
        variance = self.covariance(slope, slope)
        if variance * self.n < _NOTHING:
            return Rate(value, None, None)
        half = Z95 * math.sqrt(variance)
        return Rate(value, max(-1.0, value - half), min(1.0, value + half))

    @property
    def balanced_accuracy(self) -> Rate:
        """Mean of sensitivity and specificity, its interval out of theirs.

        Method of variance estimates recovery (Zou and Donner 2008), with their correlation.
        """
        if self.sensitivity is None or self.specificity is None:
            return NO_RATE
        slopes = self._slope(0, 2), self._slope(3, 1)
        spread = math.sqrt(math.prod(self.covariance(slope, slope) for slope in slopes))
        shared = self.covariance(*slopes) / spread if spread > _NOTHING else 0.0
        (se, se_down, se_up), (sp, sp_down, sp_up) = (
            share.reach for share in (self.sensitivity, self.specificity)
        )
        middle = (se + sp) / 2
        down, up = _joined(se_down, sp_down, shared), _joined(se_up, sp_up, shared)
        return Rate(middle, middle - down / 2, middle + up / 2)

    def _within(self, hit: int, miss: int) -> Share | None:
        whole = float(self.table[hit] + self.table[miss])
        if not whole:
            return None
        slope = self._slope(hit, miss)
        return self._share(float(self.table[hit]) / whole, slope, whole * self.n)

    def _slope(self, hit: int, miss: int) -> Floats:
        whole = self.table[hit] + self.table[miss]
        slope = np.zeros(4)
        slope[hit], slope[miss] = self.table[miss] / whole**2, -self.table[hit] / whole**2
        return slope

    def _share(self, value: float, slope: Floats, n: float) -> Share:
        variance = self.covariance(slope, slope)
        alone = value * (1 - value)
        return Share(value, alone / variance if variance * n > _NOTHING and alone else n)


def _joined(one: float, other: float, shared: float) -> float:
    return math.sqrt(max(one**2 + other**2 + 2 * shared * one * other, 0.0))

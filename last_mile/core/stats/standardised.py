"""Two arms of rows within strata: difference and ratio of the rates were their mixes the same.

For errors that hang together by user. Not here: what a contrast holds (contrast.py), coding strata
and users (core/release_effect), intervals that hold at every look (sequential.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from last_mile.core.stats.contrast import Contrast, Layout

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_TWO = 2  # clusters, below which there is no spread


def standardised_contrasts(
    layout: Layout, arm: Bools, event: Bools, weight: Floats
) -> list[Contrast]:
    """Contrast of two arms in every group, standardised over its strata.

    With n1, n0 the weights of a stratum's arms and n = n1 + n0, both arms' rates are averaged with
    n1 n0/n: the mix where the arms overlap (Li, Morgan and Zaslavsky 2018). Their difference is
    Mantel and Haenszel's risk difference (Greenland and Robins 1985) and the coefficient of the arm
    in a linear regression with an intercept per stratum; their ratio is Mantel and Haenszel's.
    A row moves the difference by (x - x_s)(y - y_s - d (x - x_s))/D and the log of the ratio by
    (x n0/n - r (1 - x) n1/n)(y - r^x m_s)/R with D = sum n1 n0/n, R = sum a n0/n and
    m_s = (a + b)/(r n1 + n0). Variances are sums over clusters of squared sums of these, times
    G/(G-1) (N-1)/(N-S-1) for G clusters, N rows and S strata (Liang and Zeger 1986; the factor of
    statsmodels' cov_type="cluster"), so strata of two rows are not taken for certain.

    Args:
        layout: Groups, strata and clusters of the rows.
        arm: Whether a row is of arm 1 [rows].
        event: Whether it has the event [rows].
        weight: What it counts for; 0 leaves it out [rows].

    Returns:
        One contrast per group. Strata with one arm only are in none of its figures.
    """
    sums = _Sums.of(layout, arm, event, weight)
    factor, clusters = sums.factor(layout, weight)
    influences = sums.influences(layout, arm, event, weight)
    spreads = [
        *(_spread(layout, one, factor) for one in influences),
        sums.null_variance(layout, weight, arm),
    ]
    by_group = [
        np.bincount(layout.group_of_stratum, part, layout.n_groups)
        for part in (sums.rows, sums.raw_events, sums.n1 + sums.n0, sums.a + sums.b)
    ]
    return [
        _contrast(sums, place, [part[place] for part in by_group], clusters[place],
                  [spread[place] for spread in spreads])
        for place in range(layout.n_groups)
    ]  # fmt: skip


def _contrast(
    sums: _Sums, place: int, counted: list[float], n_clusters: int, variances: list[float]
) -> Contrast:
    n, events, weight, came = counted
    if not sums.overlap[place]:
        return Contrast(0, 0, None, None, None, None, None, None, 0, 0)
    errors = [math.sqrt(variance) if variance > 0 else None for variance in variances]
    return Contrast(
        round(n),
        round(events),
        float(sums.top1[place] / sums.overlap[place]),
        float(sums.top0[place] / sums.overlap[place]),
        float(came / weight),
        errors[0],
        errors[2],
        errors[1],
        int(sums.n_strata[place]),
        int(n_clusters),
    )


@dataclass(frozen=True)
class _Sums:
    """By stratum: counts where both arms are, else 0. By group: overlap and the arms' sums."""

    inside: Bools  # [strata]
    rows: Floats
    raw_events: Floats
    n1: Floats
    a: Floats
    n0: Floats
    b: Floats
    overlap: Floats  # [groups]
    top1: Floats
    top0: Floats
    n_strata: Floats

    @classmethod
    def of(cls, layout: Layout, arm: Bools, event: Bools, weight: Floats) -> _Sums:
        size = len(layout.group_of_stratum)
        cell = layout.stratum * 4 + arm * 2 + event
        total = np.bincount(cell, weight, size * 4).reshape(size, 4)
        counted = np.bincount(cell, weight > 0, size * 4).reshape(size, 4)
        came = counted[:, 1::2].sum(1)
        n0, n1 = total[:, :2].sum(1), total[:, 2:].sum(1)
        inside = (n0 > 0) & (n1 > 0)
        n0, n1, b, a = (np.where(inside, part, 0.0) for part in (n0, n1, total[:, 1], total[:, 3]))
        n = np.where(inside, n0 + n1, 1.0)

        def grouped(part: Floats) -> Floats:
            sums = np.bincount(layout.group_of_stratum, part, layout.n_groups)
            return sums.astype(np.float64)

        return cls(
            inside, np.where(inside, counted.sum(1), 0), np.where(inside, came, 0),
            n1, a, n0, b, grouped(n1 * n0 / n), grouped(a * n0 / n), grouped(b * n1 / n),
            grouped(inside),
        )  # fmt: skip

    def influences(self, layout: Layout, arm: Bools, event: Bools, weight: Floats) -> list[Floats]:
        """What a row adds to its group's difference, and to the log of its ratio [rows].

        They depend on stratum, arm and event only, so they are looked up.
        """
        group, n = layout.group_of_stratum, np.where(self.inside, self.n0 + self.n1, 1.0)
        x = np.array([0.0, 0.0, 1.0, 1.0])  # of the four cells: arm and event
        y = np.array([0.0, 1.0, 0.0, 1.0])
        with np.errstate(divide="ignore", invalid="ignore"):
            value = ((self.top1 - self.top0) / self.overlap)[group][:, None]
            ratio = (self.top1 / self.top0)[group][:, None]
            off = x - (self.n1 / n)[:, None]
            rest = y - ((self.a + self.b) / n)[:, None] - value * off
            first = off * rest / self.overlap[group][:, None]
            least = ((self.a + self.b) / (ratio[:, 0] * self.n1 + self.n0))[:, None]
            pull = x * (self.n0 / n)[:, None] - ratio * (1 - x) * (self.n1 / n)[:, None]
            second = pull * (y - np.where(x, ratio, 1.0) * least) / self.top1[group][:, None]
        cell = layout.stratum * 4 + arm * 2 + event
        found = []
        for table in (first, second):
            table[~self.inside] = 0
            table[~np.isfinite(table)] = 0  # a group without events has no ratio
            found.append(table.reshape(-1).take(cell) * weight)
        return found

    def null_variance(self, layout: Layout, weight: Floats, arm: Bools) -> Floats:
        """Variance of the difference, were each stratum's rate the same in both arms [groups].

        Sum of w^2 p(1-p) n/(n-1) (q1/n1^2 + q0/n0^2) over D^2, w = n1 n0/n and q sums of squared
        weights: without weights the hypergeometric variance of Mantel and Haenszel (1959).
        """
        size = len(layout.group_of_stratum)
        square = np.bincount(layout.stratum * 2 + arm, weight**2, size * 2).reshape(size, 2)
        n1, n0 = np.where(self.inside, self.n1, 1.0), np.where(self.inside, self.n0, 1.0)
        p = (self.a + self.b) / (n1 + n0)
        rows = self.rows / np.maximum(self.rows - 1, 1)
        spread = p * (1 - p) * rows * (square[:, 1] / n1**2 + square[:, 0] / n0**2)
        part = np.where(self.inside, (n1 * n0 / (n1 + n0)) ** 2 * spread, 0.0)
        total = np.bincount(layout.group_of_stratum, part, layout.n_groups)
        overlap = np.where(self.overlap > 0, self.overlap, 1.0)
        return np.asarray(total / overlap**2)

    def factor(self, layout: Layout, weight: Floats) -> tuple[Floats, Ints]:
        """Correction of the variance for few clusters and many strata, and clusters [groups]."""
        used = (weight > 0) & self.inside.take(layout.stratum)
        has = np.bincount(layout.cluster, used, len(layout.group_of_cluster)) > 0
        clusters = np.bincount(layout.group_of_cluster, has, layout.n_groups).astype(np.int64)
        rows = np.bincount(layout.group_of_stratum, self.rows, layout.n_groups)
        free = rows - self.n_strata - 1
        enough = (clusters >= _TWO) & (free > 0)
        factor = np.where(
            enough,
            clusters / np.maximum(clusters - 1, 1) * (rows - 1) / np.maximum(free, 1),
            0.0,
        )
        return factor, clusters


def _spread(layout: Layout, influence: Floats, factor: Floats) -> Floats:
    sums = np.bincount(layout.cluster, influence, len(layout.group_of_cluster))
    return np.bincount(layout.group_of_cluster, sums * sums, layout.n_groups) * factor

"""Formulas over shares and p-values: Wilson interval, kappa, false discovery rate.

Not here: comparing two shares (risk.py, difference.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import scipy

from last_mile.core.stats.risk import Z95


def wilson_interval(events: float, n: float, z: float = Z95) -> tuple[float, float] | None:
    """Wilson interval of a proportion (Wilson 1927), 95 % by default; None when n is 0.

    The counts may be effective ones, which are no whole numbers.
    """
    if n == 0:
        return None
    rate, z2 = events / n, z**2
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = z * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if events == 0 else centre - half
    return low, 1.0 if events == n else centre + half


def cohen_kappa(tp: int, fp: int, fn: int, tn: int) -> float | None:
    """Cohen's kappa of two raters from their 2 x 2 table, or None when chance agrees fully."""
    n = tp + fp + fn + tn
    if n == 0:
        return None
    observed = (tp + tn) / n
    chance = ((tp + fp) * (tp + fn) + (fn + tn) * (fp + tn)) / (n * n)
    return None if chance == 1 else (observed - chance) / (1 - chance)


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini-Hochberg (1995) q-values; a missing p stays missing and is not in the family."""
    known = [p for p in p_values if p is not None]
    if not known:
        return [None] * len(p_values)
    adjusted = iter(scipy.stats.false_discovery_control(known, method="bh"))
    return [None if p is None else float(next(adjusted)) for p in p_values]

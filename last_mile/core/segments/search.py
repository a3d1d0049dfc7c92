"""Exhaustive search: every conjunction of at most three literals, counted and ranked.

Sees the discovery half only. Not here: which literals matter (simplify.py), the other half.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from last_mile.core.segments.patterns import Bools, Half, Ints, Rule
from last_mile.core.stats import FEW_EVENTS, wilson_interval

_ROWS = 32_768  # patterns counted at once
_EXACT = 2**24  # whole numbers up to this are exact in float32


@dataclass(frozen=True, slots=True)
class Counts:
    """Conversations and events of every conjunction of up to three literals.

    Attributes:
        n: (literals, literals, literals), filled for i <= j <= k. A literal may repeat, so
            n[i, i, i] is a single literal and n[i, i, k] a pair.
        events: The same for conversations with the outcome.
        total: All conversations and all events.
    """

    n: Ints
    events: Ints
    total: tuple[int, int]

    def of(self, rule: Rule) -> tuple[int, int]:
        """Conversations and events of a rule of at most three literals; of all for ()."""
        if not rule:
            return self.total
        place = (rule[0],) * (3 - len(rule)) + rule
        return int(self.n[place]), int(self.events[place])


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rules that lie surely above the overall rate, best lower bound first, of how many tried."""

    tried: int
    ranked: tuple[Rule, ...]


def count_conjunctions(half: Half) -> Counts:
    """Count every conjunction of up to three literals by masked Gram products."""
    eventful = half.events > 0  # few: outcomes are rare
    return Counts(
        n=_gram(half.holds, half.n),
        events=_gram(half.holds[eventful], half.events[eventful]),
        total=(int(half.n.sum()), int(half.events.sum())),
    )


def _gram(holds: Bools, weight: Ints) -> Ints:
    """Sum of weights where literals i <= j <= k hold, for every i, j and k."""
    size = holds.shape[1]
    sums = np.zeros((size, size, size), dtype=np.int64)
    for start in range(0, len(weight), _ROWS):
        w = weight[start : start + _ROWS]
        kind = np.float32 if w.sum() < _EXACT else np.float64
        x: NDArray[np.floating] = holds[start : start + _ROWS].astype(kind)
        for i in range(size):
            rows = np.flatnonzero(x[:, i])
            inside = x[rows, i:]
            both = (inside * w[rows, None].astype(kind)).T @ inside
            sums[i, i:, i:] += np.rint(both).astype(np.int64)
    return sums


def find_candidates(counts: Counts, support: float) -> Candidates:
    """Rank the rules whose rate is surely above the overall rate.

    A rule is tried when it holds for enough conversations and for fewer than each of its parts
    (else a literal is implied by the others). Its Wilson lower bound is Bonferroni-corrected for
    the number of rules tried, which does not depend on the outcome.

    Args:
        counts: Of the discovery half.
        support: Least share of the half's conversations.
    """
    n, events = counts.total
    tried = _tried(counts.n, max(support * n, 1))
    if not tried or not events:
        return Candidates(len(tried), ())
    z, scored = float(scipy.stats.norm.isf(0.025 / len(tried))), []
    for rule in tried:
        n_rule, events_rule = counts.of(rule)
        if events_rule >= FEW_EVENTS and events_rule * n > events * n_rule:
            bounds = wilson_interval(events_rule, n_rule, z)
            if bounds and bounds[0] > events / n:
                scored.append((-bounds[0], len(rule), rule))
    return Candidates(len(tried), tuple(rule for _, _, rule in sorted(scored)))


def _tried(n: Ints, floor: float) -> list[Rule]:
    """Rules with enough conversations in which no literal follows from the others."""
    i, j, k = np.nonzero(n >= floor)
    kept = (i == j) | ((i < j) & (j < k))  # pairs stand at (i, i, k), not at (i, k, k)
    i, j, k = i[kept], j[kept], k[kept]
    single, pair = (i == j) & (j == k), (i == j) & (j < k)
    parts = np.where(
        pair,
        np.minimum(n[i, i, i], n[k, k, k]),
        np.minimum(np.minimum(n[i, i, j], n[i, i, k]), n[j, j, k]),
    )
    own = single | (n[i, j, k] < parts)
    return [
        tuple(sorted({int(a), int(b), int(c)}))
        for a, b, c in zip(i[own], j[own], k[own], strict=True)
    ]

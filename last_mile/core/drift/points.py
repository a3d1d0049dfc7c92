"""The three kinds of series, as values with what each rests on: shares, agreement, log ratios.

Not here: evidence of a change (detector.py), where the counts come from (sql/reads).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from last_mile.core.drift.precision import precision, unit_variance

Floats = NDArray[np.float64]

RARE = 40  # a rarer thing is held to the error of what was seen this often in the baseline


@dataclass(frozen=True, slots=True)
class Points:
    """Of S series on T days, by group of values that have a level of their own.

    Attributes:
        y: Values [S, T, G].
        w: 1 over their assumed variance; 0: none [S, T, G].
        least_scale: Least variance in units of the assumed one, by what is known so far [S, T].
        mass: Information that was to be expected of a value: a mean weighs values by it [S, T, G].
        seen: Information that came: deviations from `middle` are of so much [S, T, G].
        middle: The baseline's level, as values deviate from it [S].
    """

    y: Floats
    w: Floats
    least_scale: Floats
    mass: Floats
    seen: Floats
    middle: Floats


def share_points(positive: Floats, n: Floats, baseline: int) -> Points:
    """Shares of a day and group, each group with a level of its own.

    The variance is that of the baseline's share, or of the share so far where that is larger, as
    in a score test: a baseline that happens to be low would make its own error look small.

    Args:
        positive: How many were so, by series, day and group [S, T, G].
        n: Out of [S, T, G].
        baseline: Days of the baseline.
    """
    y = positive / np.where(n > 0, n, 1.0)
    so_far, seen = positive.cumsum(axis=1), n.cumsum(axis=1)
    last = baseline - 1
    pooled = unit_variance(so_far[:, last].sum(axis=1), seen[:, last].sum(axis=1), RARE)
    unit = np.broadcast_to(pooled[:, None], n[:, 0].shape)
    w = precision(y, n, unit, baseline)
    now = unit_variance(so_far.sum(axis=2), seen.sum(axis=2), RARE)
    return Points(y, w, np.maximum(1.0, now / pooled[:, None]), n, n, np.zeros(len(y)))


@dataclass(frozen=True, slots=True)
class Arms:
    """Conversations with and without a flag, and outcomes among them [S, T]."""

    n_true: Floats
    events_true: Floats
    n_false: Floats
    events_false: Floats

    @property
    def parts(self) -> tuple[Floats, Floats, Floats, Floats]:
        """All four."""
        return self.n_true, self.events_true, self.n_false, self.events_false

    def until(self, day: int) -> list[Floats]:
        """Sums over the days before a day [S] each."""
        return [part[:, :day].sum(axis=1) for part in self.parts]


def ratio_points(arms: Arms, baseline: int) -> Points:
    """Log relative risks of a day as one step from the baseline's.

    With m events on a day and the baseline's ratio theta, pi = n1 theta/(n1 theta + n0) of them
    are expected with the flag: U = events_true - m pi is 0 on average whatever the outcome's rate
    is on that day: the score of a Poisson regression with a level per day (Breslow and Day 1987,
    volume II, chapter 4). Over I = M pi (1 - pi), M the events that the baseline's rates give, it
    is what the log ratio differs by. No cell has to be filled, and how much a day counts does not
    depend on its outcomes. The variance of U is binomial, (1 - pi)^2 n1 p1 (1 - p1) +
    pi^2 n0 p0 (1 - p0), with the rates of the baseline, or those so far where they make it larger.

    Args:
        arms: Counts.
        baseline: Days of the baseline.

    Returns:
        One group; values are log ratios.
    """
    middle = log_ratio(arms, baseline)
    theta = np.exp(middle)[:, None]
    n_true, events_true, n_false, events_false = (part[:, None] for part in arms.until(baseline))
    share = _over(arms.n_true * theta, arms.n_true * theta + arms.n_false)
    rate = (events_true + events_false) / np.maximum(n_true * theta + n_false, 1.0)  # p0
    wanted = rate * (arms.n_true * theta + arms.n_false) * share * (1 - share)
    events = arms.events_true + arms.events_false
    y = middle[:, None] + _over(arms.events_true - events * share, wanted)
    own = _variance(arms, share, [n_true, events_true, n_false, events_false])
    now = _variance(arms, share, [part.cumsum(axis=1) for part in arms.parts])
    scale = np.where(own > 0, np.maximum(1.0, _over(now, own)), 1.0)
    n = _over(wanted**2, own)[..., None]
    w = precision(y[..., None], n, np.ones((len(y), 1)), baseline)
    seen = events * share * (1 - share)
    return Points(y[..., None], w, scale, wanted[..., None], seen[..., None], middle)


def log_ratio(arms: Arms, until: int) -> Floats:
    """The log relative risk of the days before a day, half an event in every cell [S]."""
    n_true, events_true, n_false, events_false = arms.until(until)
    rate_true = (events_true + 0.5) / (n_true + 0.5)
    rate_false = (events_false + 0.5) / (n_false + 0.5)
    return np.asarray(np.log(rate_true / rate_false), dtype=np.float64)


def _variance(arms: Arms, expected: Floats, seen: Sequence[Floats]) -> Floats:
    """Of the score of every day, with rates out of counts in the order of `Arms`."""
    n_true, events_true, n_false, events_false = seen
    with_flag = arms.n_true * unit_variance(events_true, n_true, RARE)
    without = arms.n_false * unit_variance(events_false, n_false, RARE)
    return np.asarray((1 - expected) ** 2 * with_flag + expected**2 * without)


def _over(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)

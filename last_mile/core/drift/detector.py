"""Evidence, day by day, that the level of a series is no longer that of the days before.

Not here: what a series is made of (points.py), how much a day counts (precision.py), alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BASELINE_DAYS = 28  # four of each weekday
STARTS_EVERY = 7  # days
STARTS = 13  # weekly starts within the horizon that the level is about: 91 days
WATCHED_DAYS = STARTS * STARTS_EVERY
TUNED_DAYS = 14  # days after a change at which its evidence grows fastest
BEST_H = 20.0  # 2 log(1/a) + log(2 log(1/a)) + 1 for a of about 1e-4: 13 starts, 25 series, 5 %

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of S series on T days.

    Attributes:
        e: Evidence for a change; null (NaN) on days of the baseline [S, T].
        begins: Day, by its place, from which the likeliest change holds [S, T].
        shift: Difference of the days since then from the days before [S, T].
        scale: Measured over assumed variance, at least 1 [S, T].
    """

    e: Floats
    begins: NDArray[np.int64]
    shift: Floats
    scale: Floats


def detect(
    y: Floats,
    w: Floats,
    baseline: int,
    together: Floats | float = 1.0,
    least_scale: Floats | float = 1.0,
) -> Evidence:
    """Return evidence that holds however often it is looked at.

    Every cell of a group has the group's level, plus one shift for all groups from day s on, plus
    normal noise of variance sigma^2/w with one unknown sigma. With J the information on the shift
    and t its score, both free of the groups' levels, and RSS the squares without a shift on v
    degrees of freedom,

        E_s = (1 + h)^(-1/2) (RSS / (RSS - t^2/J h/(1 + h)))^(v/2),   h = tau^2 J:

    the Bayes factor with shift/sigma ~ N(0, tau^2) and right Haar priors on levels and sigma, which
    is an exact test martingale from day s on, for known levels and sigma or not (Lindon, Ham,
    Tingley and Bojinov 2022, arXiv 2210.08589; Perez-Ortiz, Lardy, de Heide and
    Grunwald 2024, Annals of Statistics 52). So the errors of the baseline's level and of its
    variance are in it. RSS is taken as at least v times `least_scale`, which only lowers E_s.

    e is the sum of E_s over all weekly starts so far, over 13: the e-detector of Shin, Ramdas and
    Rinaldo (2024, New England Journal of Statistics in Data Science 2(2)). Its mean after n starts
    is n/13, so it ever exceeds 1/a within 91 days with probability at most a, and within any
    longer time in proportion. A late change is not diluted: each start weighs as much as the first.

    Args:
        y: Values, by series, day and group [S, T, G]; anything where w is 0.
        w: 1 over the variance that is assumed; 0: not there [S, T, G].
        baseline: Days before the first start.
        together: Of a sum over many days: its variance over that of days that have nothing to do
            with one another, as users who come back on other days make it, at least 1 [S].
        least_scale: Least variance in units of the assumed one [S, T].
    """
    y = np.where(w > 0, y, 0.0)
    sums, moments = np.cumsum(w, axis=1), np.cumsum(w * y, axis=1)
    squares = np.cumsum((w * y * y).sum(axis=2), axis=1)
    freedom = np.cumsum((w > 0).sum(axis=2), axis=1) - (sums > 0).sum(axis=2)
    own = squares - _over(moments**2, sums).sum(axis=2)
    rss = np.maximum(own, freedom * least_scale)
    total, best = np.zeros(rss.shape), np.full(rss.shape, -np.inf)
    begins, shift = np.full(rss.shape, -1), np.zeros(rss.shape)
    inflation = np.broadcast_to(np.asarray(together, float), y.shape[:1])[:, None]
    tau2 = _prior(sums, baseline)[:, None]
    for start in range(baseline, y.shape[1], STARTS_EVERY):
        before, before_y = sums[:, start - 1, None], moments[:, start - 1, None]
        after, after_y = sums[:, start:] - before, moments[:, start:] - before_y
        share = _over(before, before + after)
        info = (share * after).sum(axis=2)
        score = (share * after_y - _over(after, before + after) * before_y).sum(axis=2)
        h = tau2 * info
        fitted = _over(score**2, info) / inflation * h / (1 + h)
        ratio = _over(fitted, rss[:, start:])
        log_e = -np.log1p(h) / 2 - freedom[:, start:] / 2 * np.log1p(-np.minimum(ratio, 1 - 1e-12))
        total[:, start:] += np.exp(np.minimum(log_e, 600.0))
        better = log_e > best[:, start:]
        best[:, start:] = np.where(better, log_e, best[:, start:])
        begins[:, start:] = np.where(better, start, begins[:, start:])
        shift[:, start:] = np.where(better, _over(score, info), shift[:, start:])
    e = total / STARTS
    e[:, :baseline] = np.nan
    return Evidence(e, begins, shift, _over(rss, freedom.astype(float)))


def alarmed(e: Sequence[float] | Floats, series: int, alpha: float = 0.05) -> NDArray[np.bool_]:
    """Which series are alarmed on a day: e-BH (Wang and Ramdas 2022, JRSS B 84).

    When k series are alarmed, each has evidence of at least series/(k alpha), so their mean over
    all series is at least 1/alpha: with nothing changed anywhere that happens in any one of them,
    on any day of the horizon, with probability at most alpha.

    Args:
        e: Evidence of the series that have some on this day, NaN for none [S].
        series: How many there are, with and without evidence.
        alpha: Level, for the horizon and all series together.
    """
    found = np.nan_to_num(np.asarray(e, float), nan=0.0)
    ordered = np.sort(found)[::-1]
    enough = ordered * np.arange(1, len(ordered) + 1) >= series / alpha
    if not enough.any():
        return np.zeros(len(found), bool)
    return np.asarray(found >= ordered[np.flatnonzero(enough)[-1]])


def _prior(sums: Floats, baseline: int) -> Floats:
    """tau^2 at which evidence grows fastest two weeks after a change that follows the baseline."""
    daily = sums[:, baseline - 1].sum(axis=1) / baseline
    info = daily * TUNED_DAYS * baseline / (TUNED_DAYS + baseline)
    return _over(np.full(len(info), BEST_H), info)


def _over(part: Floats, whole: Floats) -> Floats:
    """A quotient, 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)

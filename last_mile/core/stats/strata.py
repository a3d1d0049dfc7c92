"""Two arms within strata: the relative risk common to them, and whether one fits them all.

Not here: adjusting for many things at once (poisson.py), which conversations are in a stratum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

from last_mile.core.stats.risk import RelativeRisk, log_interval, undefined

NO_STRATUM = "no_informative_stratum"
_NOTHING = 1e-12  # of a variance: what rounding leaves of an exact 0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Whether one odds ratio fits all strata; undefined figures are None and `reason` says why."""

    statistic: float | None
    df: int | None
    p: float | None
    reason: str | None


def mantel_haenszel(
    n1: npt.ArrayLike, events1: npt.ArrayLike, n0: npt.ArrayLike, events0: npt.ArrayLike
) -> RelativeRisk:
    """Relative risk common to all strata, of arm 1 versus arm 0; arrays [strata].

    See `mantel_haenszel_many`.
    """
    columns = (np.asarray(counts, float)[:, None] for counts in (n1, events1, n0, events0))
    return mantel_haenszel_many(*columns)[0]


def mantel_haenszel_many(
    n1: npt.ArrayLike, events1: npt.ArrayLike, n0: npt.ArrayLike, events0: npt.ArrayLike
) -> list[RelativeRisk]:
    """Relative risk common to all strata, of arm 1 versus arm 0, of many metrics.

    With a, b the events, n1, n0 the sizes and n = n1 + n0 of a stratum: R = sum a n0/n,
    S = sum b n1/n, RR = R/S (Mantel and Haenszel 1959) and
    var(log RR) = sum[(a + b) n1 n0/n^2 - a b/n] / (R S) (Greenland and Robins 1985). Strata with
    one arm only add nothing.

    Args:
        n1: Sizes of arm 1 [strata, metrics].
        events1: Events in arm 1.
        n0: Sizes of arm 0.
        events0: Events in arm 0.

    Returns:
        Per metric the estimate; `reason` is None, `no_variation` (everybody had the event), or
        `no_informative_stratum`: no stratum with both arms has events in one of them.
    """
    size1, a, size0, b = (np.asarray(counts, float) for counts in (n1, events1, n0, events0))
    n = np.maximum(size1 + size0, _NOTHING)  # an empty stratum adds 0/n
    r, s = (a * size0 / n).sum(axis=0), (b * size1 / n).sum(axis=0)
    most = ((a + b) * size1 * size0 / n**2).sum(axis=0)
    spread = most - (a * b / n).sum(axis=0)
    return [
        _pooled(*figures)
        for figures in zip(r.tolist(), s.tolist(), spread.tolist(), most.tolist(), strict=True)
    ]


def _pooled(r: float, s: float, spread: float, most: float) -> RelativeRisk:
    if not (r and s):
        return undefined(NO_STRATUM)
    if spread <= _NOTHING * most:
        return RelativeRisk(r / s, None, None, None, "no_variation")
    return log_interval(r / s, spread / (r * s), "mantel_haenszel")


def heterogeneity(
    n1: npt.ArrayLike, events1: npt.ArrayLike, n0: npt.ArrayLike, events0: npt.ArrayLike
) -> Heterogeneity:
    """Test that one odds ratio fits all strata: Breslow and Day (1980), Tarone's (1985) correction.

    Sum of (a - e)^2/v - (sum(a - e))^2/sum v over strata, e the events expected in arm 1 under the
    Mantel-Haenszel odds ratio and the stratum's totals. Only strata with both arms, events and
    non-events say anything. Ratios of rates can differ where odds ratios do not; with rare
    outcomes they are the same.

    Args:
        n1: Sizes of arm 1 [strata].
        events1: Events in arm 1.
        n0: Sizes of arm 0.
        events0: Events in arm 0.

    Returns:
        The test; `reason` is None, `fewer_than_two_strata` that say anything, or
        `no_common_odds_ratio` where it is 0 or infinite.
    """
    arms = np.array([np.asarray(counts, float) for counts in (n1, events1, n0, events0)])
    totals = arms[1] + arms[3]
    size1, a, size0, b = arms[
        :, (arms[0] > 0) & (arms[2] > 0) & (totals > 0) & (totals < arms[0] + arms[2])
    ]
    if len(a) < 2:  # noqa: PLR2004
        return Heterogeneity(None, None, None, "fewer_than_two_strata")
    n, m = size1 + size0, a + b
    above, below = (a * (size0 - b) / n).sum(), (b * (size1 - a) / n).sum()
    if not (above and below):
        return Heterogeneity(None, None, None, "no_common_odds_ratio")
    odds = above / below
    c = size0 - m + odds * (m + size1)  # (1 - odds) e^2 + c e - odds m size1 = 0
    e = 2 * odds * m * size1 / (c + np.sqrt(c**2 + 4 * (1 - odds) * odds * m * size1))
    v = 1 / (1 / e + 1 / (m - e) + 1 / (size1 - e) + 1 / (size0 - m + e))
    statistic = max(float(((a - e) ** 2 / v).sum() - (a - e).sum() ** 2 / v.sum()), 0.0)
    df = len(a) - 1
    return Heterogeneity(statistic, df, float(scipy.stats.chi2.sf(statistic, df)), None)

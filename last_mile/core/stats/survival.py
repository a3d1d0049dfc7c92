"""Rates at a fixed horizon when some are not observed to it: Kaplan-Meier from counts by day.

Not here: counting days of follow-up (core/lift/cells.py, sql/stat_cells.sql).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from last_mile.core.stats.difference import Interval, risk_difference
from last_mile.core.stats.risk import Counts, RelativeRisk, compare, undefined

NOT_OBSERVED = "not_observed_to_horizon"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Incidence:
    """Share of a group with the event by the horizon.

    Attributes:
        rate: None when nobody was observed to the horizon, unless all of them had the event.
        variance: Greenwood's, of the rate.
        n: Everybody in the group.
        events: Those with the event by the horizon, as far as observed.
        observed: Those observed to the horizon without the event.
    """

    rate: float | None
    variance: float | None
    n: float
    events: float
    observed: float

    @property
    def reason(self) -> str | None:
        """Why there is no rate: `empty_arm`, `not_observed_to_horizon`, or None."""
        if self.rate is not None:
            return None
        return NOT_OBSERVED if self.n else "empty_arm"

    @property
    def raw(self) -> Counts:
        """The counts as they are."""
        return Counts(self.n, self.events)

    @property
    def effective(self) -> Counts:
        """A group observed to the horizon that knows the rate as well.

        F(1-F)/V of Greenwood's variance. A rate of 0 has none: there it is the number observed to
        the horizon (Peto et al. 1977), the fewest it can be.
        """
        if self.rate is None or self.variance is None:
            return Counts(0, 0)
        if self.variance > 0:
            n = self.rate * (1 - self.rate) / self.variance
        else:
            n = self.observed or self.n
        return Counts(n, self.rate * n)


@dataclass(frozen=True, slots=True)
class Incidences:
    """`Incidence` of many groups; undefined rates and variances are NaN. Arrays [groups]."""

    rate: Floats
    variance: Floats
    n: Floats
    events: Floats
    observed: Floats

    def at(self, group: int) -> Incidence:
        """One of the groups."""
        rate, variance = float(self.rate[group]), float(self.variance[group])
        known = not np.isnan(rate)
        return Incidence(
            rate if known else None, variance if known else None, float(self.n[group]),
            float(self.events[group]), float(self.observed[group]),
        )  # fmt: skip


def incidence(events: npt.ArrayLike, censored: npt.ArrayLike) -> Incidence:
    """Share of one group with the event by the horizon; see `incidence_many`."""
    columns = np.asarray(events, float)[:, None], np.asarray(censored, float)[:, None]
    return incidence_many(*columns).at(0)


def incidence_many(events: npt.ArrayLike, censored: npt.ArrayLike) -> Incidences:
    """Share of each group with the event by the horizon (Kaplan and Meier 1958).

    At risk on day d: n_d = N - events before d - censored up to d. F = 1 - S with
    S = prod(1 - e_d/n_d); var F = S^2 sum e_d/(n_d (n_d - e_d)) (Greenwood 1926). It holds if
    who is observed for how long says nothing about the event.

    Args:
        events: [days, groups]: events on day d of follow-up, for days 0 to horizon - 1.
        censored: [days + 1, groups]: those without the event who were observed for exactly d full
            days, so that they are not at risk on day d; the last row was observed to the horizon.

    Raises:
        ValueError: The arrays do not go together.
    """
    came, left = np.asarray(events, float), np.asarray(censored, float)
    if came.ndim != 2 or left.shape != (came.shape[0] + 1, *came.shape[1:]):  # noqa: PLR2004
        raise ValueError(
            f"events {came.shape} and censored {left.shape} do not go together: give events by "
            "day and group, and censored with one more day, for those observed to the horizon"
        )
    n, observed, total = came.sum(axis=0) + left.sum(axis=0), left[-1], came.sum(axis=0)
    at_risk = n - (np.cumsum(came, axis=0) - came) - np.cumsum(left[:-1], axis=0)
    staying = at_risk - came
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.where(at_risk > 0, staying / at_risk, 1.0).prod(axis=0)
        lost = np.where(staying > 0, came / (at_risk * staying), 0.0).sum(axis=0)
    everybody = (n > 0) & (total == n)
    known = (observed > 0) | everybody
    rate = np.where(known, np.where(everybody, 1.0, 1 - survival), np.nan)
    variance = np.where(known, np.where(everybody, 0.0, survival**2 * lost), np.nan)
    return Incidences(rate, variance, n, total, observed)


def incidence_ratio(arm1: Incidence, arm0: Incidence) -> RelativeRisk:
    """Ratio of two incidences with a 95 % interval.

    RR = F1/F0; var(log RR) = V1/F1^2 + V0/F0^2 (delta method); with everybody observed to the
    horizon that is Katz's interval. Few events are judged by raw counts as in `relative_risk`;
    the score interval and Fisher's exact test are then of effective counts, because raw ones
    would take those not yet observed to the horizon for negative.

    Returns:
        The estimate; reasons as in `relative_risk`, or `not_observed_to_horizon`.
    """
    for reason in ("empty_arm", NOT_OBSERVED):
        if reason in (arm1.reason, arm0.reason):
            return undefined(reason)
    effective = arm1.effective, arm0.effective
    return compare((arm1.raw, arm0.raw), effective, "kaplan_meier", tested=effective)


def incidence_difference(arm1: Incidence, arm0: Incidence) -> Interval | None:
    """Difference of two incidences: Newcombe's interval of effective counts; None if undefined.

    With everybody observed to the horizon it is `risk_difference`.
    """
    if arm1.rate is None or arm0.rate is None:
        return None
    (n1, events1), (n0, events0) = arm1.effective, arm0.effective
    return risk_difference(events1, n1, events0, n0)

"""Where rows belong, and one arm of them against the other: what a contrast is made of and holds.

Not here: computing it (standardised.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from last_mile.core.stats.difference import Interval
from last_mile.core.stats.risk import Z95, RelativeRisk, log_interval, undefined
from last_mile.core.stats.strata import NO_STRATUM

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """Where rows belong. Strata and clusters lie inside of one group each.

    Attributes:
        stratum: Code of each row's stratum, from 0 [rows].
        cluster: Code of each row's cluster (its user, in its group), from 0 [rows].
        group_of_stratum: Group of every stratum [strata].
        group_of_cluster: Group of every cluster [clusters].
        n_groups: At least 1.
    """

    stratum: Ints
    cluster: Ints
    group_of_stratum: Ints
    group_of_cluster: Ints
    n_groups: int


@dataclass(frozen=True, slots=True)
class Contrast:
    """Arm 1 against arm 0 in the strata that have both.

    Attributes:
        n: Rows in these strata.
        events: Rows among them with the event.
        rate1: Rate of arm 1, standardised; None when no stratum has both arms.
        rate0: Rate of arm 0.
        rate: Rate of both together, weighted but not standardised.
        se: Standard error of the difference; None when it is undefined or 0.
        null_se: The same were there no difference and no clusters: the larger of the two does not
            take a small arm without events for certain.
        log_se: Of the log of the ratio.
        n_strata: Strata with both arms.
        n_clusters: Clusters with a row in them.
    """

    n: int
    events: int
    rate1: float | None
    rate0: float | None
    rate: float | None
    se: float | None
    null_se: float | None
    log_se: float | None
    n_strata: int
    n_clusters: int

    @property
    def value(self) -> float | None:
        """The difference of the standardised rates."""
        return None if self.rate1 is None or self.rate0 is None else self.rate1 - self.rate0

    @property
    def difference(self) -> Interval | None:
        """The difference with its 95 % interval for one look; None without a standard error."""
        if self.value is None or self.se is None:
            return None
        half = Z95 * self.se
        return Interval(self.value, max(self.value - half, -1.0), min(self.value + half, 1.0))

    @property
    def ratio(self) -> RelativeRisk:
        """The ratio with its 95 % interval for one look; reasons as in `mantel_haenszel`."""
        if not (self.rate1 and self.rate0):
            return undefined(NO_STRATUM if self.rate1 is None else "no_events")
        rr = self.rate1 / self.rate0
        if self.log_se is None:
            return RelativeRisk(rr, None, None, None, "no_variation")
        return log_interval(rr, self.log_se**2, "standardised")

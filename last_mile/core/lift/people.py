"""The matured conversations of one outcome, row by row, for errors that hang together by user.

Not here: the fit whose errors they are (core/stats/poisson.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from last_mile.core.rubric import Metric
from last_mile.core.stats import (
    AdjustedFit,
    ClusteredRows,
    clustered_rows,
    flag_codes,
    with_error,
)


@dataclass(frozen=True)
class People:
    """Who stands behind the cells.

    Attributes:
        keys: Hashes of the strata, sorted; the place of one is the code of a row's stratum.
        rows: User, stratum, event and weight of every conversation.
        flags: A nullable boolean column per metric.
    """

    keys: NDArray[np.uint64]
    rows: ClusteredRows
    flags: pl.DataFrame

    @classmethod
    def of(cls, frame: pl.DataFrame, keys: NDArray[np.uint64]) -> People:
        """People from the rows of reads/clustered_rows.sql and the keys of their cells."""
        flags = frame.drop("user", "stratum", "event", "weight")
        return cls(keys, clustered_rows(frame, keys), flags)

    def within(self, keys: NDArray[np.uint64]) -> People:
        """The conversations of some strata only."""
        return replace(self, rows=self.rows.within(np.isin(self.keys, keys)))

    def with_error(
        self, fit: AdjustedFit, of_key: NDArray[np.int64], metric: Metric
    ) -> tuple[AdjustedFit, int]:
        """A fit with its interval clustered by user, and how many users that were.

        Args:
            fit: Of one metric.
            of_key: Stratum of the fit for every key; -1 for those outside its scope.
            metric: Whose fit it is; flags of heuristics are of all conversations, so unweighted.
        """
        influence = np.full((len(self.keys), 2, 2), np.nan)  # outside the scope: left out
        influence[of_key >= 0] = fit.influence[of_key[of_key >= 0]]
        variance, n_users = self.rows.variance(
            influence,
            flag_codes(self.flags[metric.id]),
            parameters=fit.parameters,
            weighted=metric.kind == "judge",
        )
        return with_error(fit, variance), n_users

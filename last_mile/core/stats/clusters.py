"""Variance of a fitted coefficient over rows that hang together by user.

Not here: the fit whose coefficient it is (poisson.py), reading the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Flags = NDArray[np.int8]
Floats = NDArray[np.float64]
Ints = NDArray[np.integer]

_SLOTS = 6  # of a stratum in the look-up table: flag missing, without, with; each by event
_CHUNK = 1 << 14  # rows whose work stays in a core's cache: about three times as fast


@dataclass(frozen=True, slots=True)
class ClusteredRows:
    """Rows sorted by user, with all that is the same for every metric worked out once.

    Places are 64-bit, as numpy would make them again for every metric.

    Attributes:
        order: Place of each row in the order they were given [rows].
        user: 0 for the first user, and so on [rows].
        sizes: Rows of each user [users].
        slot: Place in the look-up table of each row, were it without the flag [rows].
        weight: What each row counts for [rows], or None.
        edges: First row of every chunk, then the number of rows; a user is in one chunk only.
    """

    order: NDArray[np.int64]
    user: NDArray[np.int64]
    sizes: NDArray[np.int64]
    slot: NDArray[np.int64]
    weight: Floats | None
    edges: NDArray[np.int64]

    @classmethod
    def of(
        cls, user: Ints, stratum: Ints, event: Bools, weight: Floats | None = None
    ) -> ClusteredRows:
        """Rows in any order.

        Args:
            user: Whole numbers that tell users apart, such as hashes [rows].
            stratum: Stratum code, from 0 [rows].
            event: Whether the outcome came [rows].
            weight: What each row counts for [rows].
        """
        # polars sorts on all cores, numpy on one
        order = pl.Series(user).arg_sort().to_numpy().astype(np.int64)
        slot = stratum.astype(np.int64) * _SLOTS + 2 + event
        sorted_weight = None if weight is None else weight.take(order)
        return cls._sorted(order, user.take(order), slot.take(order), sorted_weight)

    @classmethod
    def _sorted(
        cls, order: NDArray[np.int64], user: Ints, slot: NDArray[np.int64], weight: Floats | None
    ) -> ClusteredRows:
        is_first = np.ones(len(user), dtype=np.bool_)
        np.not_equal(user[1:], user[:-1], out=is_first[1:])
        return cls(
            order=order,
            user=np.cumsum(is_first, dtype=np.int64) - 1,
            sizes=np.diff(np.append(np.flatnonzero(is_first), len(user))),
            slot=slot,
            weight=weight,
            edges=_edges(is_first),
        )

    def within(self, strata: Bools) -> ClusteredRows:
        """The rows of some strata only; flags are still given for all rows.

        Args:
            strata: Whether a stratum's rows are wanted [strata].
        """
        wanted = strata.take(self.slot // _SLOTS)
        if wanted.all():
            return self
        weight = None if self.weight is None else self.weight[wanted]
        return self._sorted(self.order[wanted], self.user[wanted], self.slot[wanted], weight)

    def variance(
        self, influence: Floats, flag: Flags, *, parameters: int = 1, weighted: bool = True
    ) -> tuple[float, int]:
        """Variance of a coefficient whose errors are independent between users only.

        The sum over users of (sum over their rows of weight * influence)^2, times
        G/(G-1) * (N-1)/(N-p) for G users, N rows and p parameters: Liang and Zeger (1986), with
        the factor statsmodels has for cov_type="cluster".

        Args:
            influence: `AdjustedFit.influence` [strata, 2, 2]; NaN leaves a stratum's rows out.
            flag: 1, 0, or -1 for rows to leave out, in the order the rows were given [rows].
            parameters: `AdjustedFit.parameters`.
            weighted: Whether rows count by their weight.

        Returns:
            The variance (0 when fewer than two users have a row in it), and how many users do.
        """
        flag = flag.take(self.order)
        outside = np.isnan(influence).any(axis=(1, 2))
        if outside.any():
            flag[outside.repeat(_SLOTS).take(self.slot)] = -1
        n_rows, n_users = self._counted(flag)
        if n_users < 2 or n_rows <= parameters:  # noqa: PLR2004  one user has no spread
            return 0.0, n_users
        table = np.zeros((len(influence), 3, 2))
        table[~outside, 1:] = influence[~outside]
        squares = self._squares(table.reshape(-1), 2 * flag, self.weight if weighted else None)
        factor = n_users / (n_users - 1) * (n_rows - 1) / (n_rows - parameters)
        return squares * factor, n_users

    def _squares(self, table: Floats, step: Flags, weight: Floats | None) -> float:
        """The sum over users of their squared sums; what is added up are multiples of a grain."""
        grain = _grain(np.abs(table).max() * (1.0 if weight is None else weight.max()))
        if weight is None:
            table = np.rint(table / grain) * grain
        total = 0.0
        for first, last in zip(self.edges[:-1], self.edges[1:], strict=True):
            value = table.take(self.slot[first:last] + step[first:last])
            if weight is not None:
                value = np.rint(value * weight[first:last] / grain) * grain
            sums = np.bincount(self.user[first:last] - self.user[first], value)
            total += float(sums @ sums)
        return total

    def _counted(self, flag: Flags) -> tuple[int, int]:
        """Rows with a flag, and users with such a row; flags are in the order of users."""
        missing = np.flatnonzero(flag < 0)
        user = self.user.take(missing)
        first = np.flatnonzero(np.diff(user, prepend=-1))
        n_missing = np.diff(np.append(first, len(user)))
        without = np.count_nonzero(self.sizes[user[first]] == n_missing)
        return len(flag) - len(missing), len(self.sizes) - int(without)


def cluster_variance(
    influence: Floats,
    user: Ints,
    stratum: Ints,
    flag: Flags,
    event: Bools,
    *,
    weight: Floats | None = None,
    parameters: int = 1,
) -> tuple[float, int]:
    """`ClusteredRows.variance` of rows that serve for one metric only."""
    return ClusteredRows.of(user, stratum, event, weight).variance(
        influence, flag, parameters=parameters
    )


def clustered_rows(frame: pl.DataFrame, keys: NDArray[np.uint64]) -> ClusteredRows:
    """Rows of a frame, whose strata become their keys' places.

    Args:
        frame: Columns `user` and `stratum` (hashes), `event` (Boolean) and, if wanted, `weight`.
        keys: Hash of every stratum, ascending [strata].

    Raises:
        ValueError: A row's stratum is not among the keys.
    """
    hashes = frame["stratum"].to_numpy()
    stratum = np.searchsorted(keys, hashes)
    if len(hashes) and not (len(keys) and np.array_equal(keys.take(stratum, mode="clip"), hashes)):
        raise ValueError(
            "rows of strata that were not counted: count and read the same conversations, "
            "and give the keys in ascending order"
        )
    weight = frame["weight"].to_numpy() if "weight" in frame.columns else None
    if weight is not None and (weight == 1).all():
        weight = None
    return ClusteredRows.of(frame["user"].to_numpy(), stratum, frame["event"].to_numpy(), weight)


def flag_codes(column: pl.Series) -> Flags:
    """A Boolean column as `variance` takes it: 1, 0, and -1 for null."""
    return column.cast(pl.Int8).fill_null(-1).to_numpy()


def _grain(largest: float) -> float:
    """A power of two that is at most 2^-37 of the largest value.

    Sums of its multiples are exact, so they do not depend on the order of the rows.
    """
    return float(2.0 ** (np.frexp(largest)[1] - 38)) if largest else 1.0


def _edges(is_first: Bools) -> NDArray[np.int64]:
    """Bounds of chunks that begin with a user's first row."""
    firsts = np.append(np.flatnonzero(is_first), len(is_first))
    wanted = np.arange(0, len(is_first), _CHUNK)
    return np.unique(np.append(firsts[np.searchsorted(firsts, wanted)], len(is_first)))

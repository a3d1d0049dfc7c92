"""Conversations of two releases as arrays: the arm, users, strata, each coded once.

Not here: figures (measure.py), which conversations these are (basis.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from last_mile.core.stats import Layout

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Coded:
    """Rows and what was coded of them so far.

    Attributes:
        rows: Conversations, of both arms.
        arm: Which of them are of the newer release, or have the flag [rows].
        user: Code of each row's user [rows].
        task: Code of each row's task [rows]; 0 where it is not named.
    """

    rows: pl.DataFrame
    arm: Bools
    user: Ints
    task: Ints
    _layouts: dict[tuple[tuple[str, ...], str | None], tuple[Layout, list[str]]] = field(
        default_factory=dict
    )

    @classmethod
    def of(cls, rows: pl.DataFrame, arm: Bools) -> Coded:
        """Rows with columns `_user` and `_task`."""
        named = rows["_task"].rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
        return cls(rows, arm, _codes(rows["_user"])[0], named)

    @property
    def of_tasks(self) -> Layout:
        """Every task a stratum."""
        tasks = np.zeros(int(self.task.max(initial=0)) + 1, np.int64)
        users = np.zeros(int(self.user.max(initial=0)) + 1, np.int64)
        return Layout(self.task, self.user, tasks, users, 1)

    def layout(self, names: Sequence[str], by: str | None = None) -> tuple[Layout, list[str]]:
        """Strata of some columns, in groups by the values of another one, which are returned."""
        key = (tuple(names), by)
        if key not in self._layouts:
            self._layouts[key] = self._made(names, by)
        return self._layouts[key]

    def _made(self, names: Sequence[str], by: str | None) -> tuple[Layout, list[str]]:
        group, values = (
            _codes(self.rows[by]) if by else (np.zeros(self.rows.height, np.int64), [""])
        )
        stratum, of_stratum = group, np.arange(len(values))
        for name in names:
            codes, found = _codes(self.rows[name])
            # coded anew after every column, so that no product of sizes overflows
            both, stratum = np.unique(stratum * len(found) + codes, return_inverse=True)
            of_stratum = of_stratum[both // len(found)]
        users = int(self.user.max(initial=0)) + 1
        if by is None:
            cluster, of_cluster = self.user, np.zeros(users, np.int64)
        else:
            pairs, cluster = np.unique(group * users + self.user, return_inverse=True)
            of_cluster = pairs // users
        return Layout(stratum, cluster, of_stratum, of_cluster, len(values)), values

    def known(self, measure: str, *, weighted: bool) -> tuple[Bools, Floats]:
        """Whether a row has the flag or outcome, and its weight: 0 where that is not known."""
        column = self.rows[measure]
        weight = self.rows["_weight"].to_numpy() if weighted else np.ones(len(column))
        known = column.is_not_null().to_numpy()
        return column.fill_null(value=False).to_numpy(), np.where(known, weight, 0.0)


def _codes(column: pl.Series) -> tuple[Ints, list[str]]:
    """Codes from 0 and the values they stand for, in order; a flag's null is a value."""
    text = column.cast(pl.String).fill_null("-") if column.dtype == pl.Boolean else column
    values = text.unique().sort()
    codes = text.rank("dense").cast(pl.Int64).to_numpy() - 1
    return codes, [str(value) for value in values.to_list()] if text.dtype == pl.String else []

"""The counted cells of one outcome as arrays, and their sums: by follow-up day, by arm, by stratum.

Arrays are rows x metrics; the last axis of a sum is the arm: 0 without the flag, 1 with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


class FollowUp(NamedTuple):
    """Day counts of every metric's two arms, and how many conversations stand behind them."""

    events: Ints  # [days, metrics, 2]: the outcome came on this day of follow-up
    censored: Ints  # [days + 1, metrics, 2]: observed for so many whole days without it


class Arms(NamedTuple):
    """Conversations and events by metric and arm: counts, or sums of weights."""

    n: Floats  # [metrics, 2]
    events: Floats


class Strata(NamedTuple):
    """Matured conversations by stratum of an adjustment set."""

    codes: dict[str, Ints]  # what is adjusted for: its value in every stratum, as a code
    of_row: Ints  # stratum of every row of the cells; -1 for rows outside
    n: Floats  # [strata, metrics, 2]
    events: Floats


@dataclass(frozen=True)
class Cells:
    """Cells of one outcome.

    Attributes:
        n: Conversations [rows].
        arms: Conversations by flag [rows, metrics, 2].
        matured: Whether the horizon has passed [rows].
        event: Whether the outcome came [rows].
        day: Of the event, else whole days observed [rows].
        weight: Conversations each stands for in the judged sample [rows].
        key: The stratum's hash, as in reads/clustered_rows.sql [rows].
        model: Release [rows].
        surface: Surface [rows].
        stratum: Values of `names` [rows, names].
        names: What lifts are adjusted for.
    """

    n: Ints
    arms: Ints
    matured: Mask
    event: Mask
    day: Ints
    weight: Floats
    key: NDArray[np.uint64]
    model: NDArray[np.str_]
    surface: NDArray[np.str_]
    stratum: NDArray[np.str_]
    names: tuple[str, ...]

    @classmethod
    def of(cls, frame: pl.DataFrame, metrics: Sequence[str], names: Sequence[str]) -> Cells:
        """Cells from the rows of reads/lift_cells.sql."""
        counts = [
            frame.select(f"{metric}__{arm}" for metric in metrics).to_numpy().astype(np.int64)
            for arm in ("false", "true")
        ]
        values = [row[: len(names)] for row in frame["stratum"].to_list()]
        return cls(
            n=frame["n"].to_numpy(),
            arms=np.stack(counts, axis=2),
            matured=frame["matured"].to_numpy(),
            event=frame["event"].to_numpy(),
            day=frame["followup_day"].to_numpy().astype(np.int64),
            weight=frame["judge_weight"].to_numpy(),
            key=frame["stratum_key"].to_numpy(),
            model=np.array(frame["model"].to_list(), dtype=str),
            surface=np.array(frame["surface"].to_list(), dtype=str),
            stratum=np.array(values, dtype=str).reshape(len(values), len(names)),
            names=tuple(names),
        )

    def follow_up(self, rows: Mask, days: int) -> FollowUp:
        """Day counts of the rows; `days` is the horizon, at least 1."""
        events = np.zeros((days, *self.arms.shape[1:]), np.int64)
        censored = np.zeros((days + 1, *self.arms.shape[1:]), np.int64)
        came, waiting = rows & self.event, rows & ~self.event
        np.add.at(events, self.day[came], self.arms[came])
        np.add.at(censored, np.minimum(self.day[waiting], days), self.arms[waiting])
        return FollowUp(events, censored)

    def by_arm(self, rows: Mask, weights: Floats | None = None) -> Arms:
        """Conversations and events of the rows, each counted `weights` times (rows x metrics)."""
        counts = self.arms if weights is None else self.arms * weights[:, :, None]
        return Arms(counts[rows].sum(axis=0), counts[rows & self.event].sum(axis=0))

    def effective_share(self, rows: Mask, weights: Floats) -> Floats:
        """Kish's effective size of each metric's weighted counts, over their sum [metrics].

        (sum w)^2 / sum w^2 conversations know as much as the weighted ones; over sum w. 1 where
        every weight is 1.
        """
        counts = self.arms[rows].sum(axis=2)
        total, squares = (counts * weights[rows]).sum(axis=0), (counts * weights[rows] ** 2).sum(0)
        share: Floats = np.divide(total, squares, out=np.ones_like(total), where=squares > 0)
        return share

    def strata(self, rows: Mask, names: Sequence[str], weights: Floats) -> Strata:
        """Matured conversations of the rows by stratum of an adjustment set."""
        used = rows & self.matured
        values = self.stratum[:, [self.names.index(name) for name in names]]
        if not names:
            values = np.full((len(self.n), 1), "")
        found, of_used = np.unique(values[used], axis=0, return_inverse=True)
        of_row = np.full(len(self.n), -1)
        of_row[used] = of_used.reshape(-1)
        shape = (len(found), *self.arms.shape[1:])
        n, events = np.zeros(shape), np.zeros(shape)
        counts = self.arms * weights[:, :, None]
        np.add.at(n, of_row[used], counts[used])
        came = used & self.event
        np.add.at(events, of_row[came], counts[came])
        codes = {
            name: np.unique(found[:, i], return_inverse=True)[1].reshape(-1)
            for i, name in enumerate(names)
        }
        return Strata(codes, of_row, n, events)

"""Over which tasks two releases can be compared: all, the common ones, or none.

Two releases that did different tasks differ by the tasks. Not here: the figures (measure.py).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

ALL, COMMON, REFUSED = "all_tasks", "common_tasks", "refused"
LEAST_TASKS = 20  # common ones: fewer are no comparison
_SAME = 0.95  # share of conversations on common tasks from which the task sets are the same
_HALF = 0.5


class Basis(NamedTuple):
    """Which conversations are compared.

    Attributes:
        basis: `all_tasks`, `common_tasks` or `refused`.
        reason: `tasks_not_named` (of half of the conversations or more), `same_tasks`,
            `tasks_come_and_go` (each is done within a part of a release's days, so both releases
            drew from a stream of tasks), `task_sets_differ`, or `few_common_tasks`: the sets differ
            and fewer than 20 tasks are common.
        n_common: Tasks that occur under both; None when tasks are not named.
        common: Whether a conversation is of a common task [rows].
    """

    basis: str
    reason: str
    n_common: int | None
    common: NDArray[np.bool_]

    @property
    def rows(self) -> NDArray[np.bool_]:
        """Conversations that are compared [rows]."""
        return self.common if self.basis == COMMON else np.ones_like(self.common)


def basis_of(rows: pl.DataFrame) -> Basis:
    """What two releases can be compared on.

    Tasks that stay (a list of questions, the tasks of an evaluation) make a set: they are done
    again during half of a release's days or more, or, where each is done once by a release, half
    of the conversations or more are on tasks that both did. Different sets are different exams.

    Args:
        rows: Conversations of two releases: `release`, `day` and `_task`, a number or null.
    """
    tasks = (
        rows.drop_nulls("_task")
        .group_by("_task", "release")
        .agg(n=pl.len(), first=pl.col("day").min(), last=pl.col("day").max())
        .with_columns(both=pl.col("release").n_unique().over("_task") > 1)
    )
    common = rows["_task"].is_in(tasks.filter("both")["_task"].unique().to_list())
    mask = common.fill_null(value=False).to_numpy()
    named = int(tasks["n"].sum())
    if named <= _HALF * rows.height:
        return Basis(ALL, "tasks_not_named", None, np.zeros_like(mask))
    n_common, share = int(tasks["both"].sum()) // 2, float(mask.sum()) / named
    if share >= _SAME:
        return Basis(ALL, "same_tasks", n_common, mask)
    if not _stay(tasks, rows, share):
        return Basis(ALL, "tasks_come_and_go", n_common, mask)
    if n_common < LEAST_TASKS:
        return Basis(REFUSED, "few_common_tasks", n_common, mask)
    return Basis(COMMON, "task_sets_differ", n_common, mask)


def _stay(tasks: pl.DataFrame, rows: pl.DataFrame, common_share: float) -> bool:
    again = tasks.filter(pl.col("n") > 1)
    if int(again["n"].sum()) < _HALF * int(tasks["n"].sum()):
        return common_share >= _HALF
    spans = rows.group_by("release").agg(
        span=(pl.col("day").max() - pl.col("day").min()).dt.total_days() + 1
    )
    lives = again.join(spans, on="release").select(
        "n",
        share=((pl.col("last") - pl.col("first")).dt.total_days() + 1) / pl.col("span"),
    )
    long = lives.filter(pl.col("share") >= _HALF)
    return int(long["n"].sum()) >= _HALF * int(lives["n"].sum())

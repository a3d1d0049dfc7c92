"""Reads failures for the search of what they have in common: counts, rows, one part of the texts.

Not here: the search (core/failure_modes), writing a rubric (rubric_editing.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.failure_modes import (
    ALL_PPM,
    FailureModes,
    explaining,
    failure_fragments,
    failure_modes,
)
from last_mile.core.heuristics.rule import PARTS
from last_mile.core.rubric import Rubric
from last_mile.core.segments import context_columns

MOST = 50_000  # conversations of a group whose texts are read
_CHARACTERS = 4_000  # of a part that are looked into
_NEVER = datetime(1970, 1, 1)  # noqa: DTZ001 - UTC without zone, as in the tables


def failure_counts(warehouse: Warehouse, rubric: Rubric) -> dict[str, Any]:
    """The row of reads/failure_counts.sql."""
    return warehouse.read("failure_counts", fragments=_fragments(warehouse, rubric)).to_dicts()[0]


def find_failure_modes(
    warehouse: Warehouse, rubric: Rubric, as_of: datetime | None
) -> FailureModes:
    """What unexplained failures have in common, out of the tables as they are.

    Of more than 50,000 conversations that no flag explains, or failures that one does, a share is
    drawn by the hash of their ids: the same in every run.

    Args:
        warehouse: The tables; labeled_conversations has the rubric's columns.
        rubric: Metrics, strata, the primary outcome.
        as_of: Time up to which outcomes were known; its day is the date of a proposal's prior, so
            that the same tables give the same proposals.
    """
    counts = failure_counts(warehouse, rubric)
    left = counts["n_unexplained"] + counts["n_unexplained_successes"]
    shares = _share_of(left), _share_of(counts["n_explained"])
    fragments = _fragments(warehouse, rubric, shares)
    rows = warehouse.read("failure_rows", fragments=fragments)

    def text_of(part: str) -> pl.Series:
        """The beginning of one part of each row's conversation."""
        asked = {**fragments, "part": PARTS[part][0], "characters": str(_CHARACTERS)}
        texts = warehouse.read("failure_texts", fragments=asked)
        ids = rows.select("conversation_id")
        return ids.join(texts, on="conversation_id", how="left", maintain_order="left")["text"]

    return failure_modes(
        rows, text_of, rubric.primary.id, strata=context_columns(rubric.strata),
        sampled=shares[0] / ALL_PPM, today=(as_of or _NEVER).date(), as_of=as_of,
    )  # fmt: skip


def _share_of(n: int) -> int:
    """Parts per million of n conversations that are read."""
    return ALL_PPM if n <= MOST else ALL_PPM * MOST // n


def _fragments(
    warehouse: Warehouse, rubric: Rubric, shares: tuple[int, int] = (ALL_PPM, ALL_PPM)
) -> dict[str, str]:
    lifts = warehouse.read("metric_lift").iter_rows(named=True)
    return failure_fragments(rubric, explaining(rubric, lifts), shares)

"""Reads what `drift` is made of: counts per day, labels, and how users come back.

Not here: the figures (core/drift).
"""

from __future__ import annotations

from datetime import datetime

import polars as pl
import polars.selectors as cs

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.drift import (
    all_series,
    drift_fragments,
    drift_rows,
    user_fragments,
    windows,
)
from last_mile.core.rubric import Rubric

_FIGURES = 10


def read_drift(warehouse: Warehouse, rubric: Rubric, as_of: datetime | None) -> pl.DataFrame:
    """Rows of `drift` out of the tables as they are.

    Args:
        warehouse: The tables; labeled_conversations has the rubric's columns.
        rubric: Its metrics.
        as_of: Time up to which outcomes are known.
    """
    days = _steady(warehouse.read("drift_days", fragments=drift_fragments(rubric)))
    series = all_series(days, warehouse.read("drift_labels"), rubric)
    users = warehouse.read("drift_users", fragments=user_fragments(rubric, windows(series)))
    return drift_rows(series, _steady(users), rubric, as_of)


def _steady(sums: pl.DataFrame) -> pl.DataFrame:
    """Without the digits that hang on the order in which threads and files were read."""
    return sums.with_columns(cs.float().round_sig_figs(_FIGURES))

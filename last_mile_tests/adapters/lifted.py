"""Labelled conversations as literal rows, and the lift that a real warehouse makes of them.

Not here: what is expected of it (test_metric_lift.py and its neighbours).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.adapters.lift_source import read_counted, read_known
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import wide_columns
from last_mile.core.lift import metric_lift
from last_mile.core.rubric import Rubric
from last_mile_tests.scenario import DAY

TODAY = date(2026, 6, 1)
HORIZON = 10  # days, of `hired` in scenario.rubric


def people(n: int, *, hired: int, at_day: int = 2, **over: Any) -> list[dict[str, Any]]:
    """So many matured conversations, the first of them hired, each of its own user."""
    return [
        {
            "hired": i < hired, "hired__event_day": at_day if i < hired else None,
            "hired__seen_days": HORIZON, **over,
        }
        for i in range(n)
    ]  # fmt: skip


def waiting(n: int, *, hired: int, seen_days: int, at_day: int = 2, **over: Any) -> list[Any]:
    """The same, not matured: observed for so many days so far."""
    rows = people(n, hired=hired, at_day=at_day, **over)
    return [{**row, "hired": None, "hired__seen_days": seen_days} for row in rows]


def labeled(home: Path, rows: Iterable[Mapping[str, Any]], rubric: Rubric) -> Warehouse:
    """A warehouse with these rows of labeled_conversations."""
    warehouse = Warehouse(home=str(home))
    columns = wide_columns(rubric)
    warehouse.add_columns("labeled_conversations", columns)
    types = {"varchar": pl.String, "boolean": pl.Boolean, "integer": pl.Int32}
    schema = {name: types[kind] for name, kind in columns.items()}
    fixed = {
        "conversation_id": pl.String, "day": pl.Date, "user_id": pl.String, "model": pl.String,
        "surface": pl.String, "category": pl.String, "judge_weight": pl.Float64,
    }  # fmt: skip
    whole = [
        {"conversation_id": f"c{i}", "day": DAY, "user_id": f"u{i}", "judge_weight": 1.0, **row}
        for i, row in enumerate(rows)
    ]
    warehouse.replace("labeled_conversations", pl.DataFrame(whole, schema={**fixed, **schema}))
    return warehouse


def lift(home: Path, rows: Iterable[Mapping[str, Any]], rubric: Rubric) -> list[dict[str, Any]]:
    """Rows of metric_lift."""
    warehouse = labeled(home, rows, rubric)
    known = read_known(warehouse, rubric, "epoch", TODAY)
    return metric_lift(read_counted(warehouse, rubric), rubric, known).to_dicts()


def row_of(rows: Iterable[dict[str, Any]], metric: str, scope: str = "all") -> dict[str, Any]:
    """The row of a metric and scope on `hired`."""
    found = [
        row for row in rows
        if (row["metric"], row["scope"], row["outcome"]) == (metric, scope, "hired")
    ]  # fmt: skip
    assert len(found) == 1
    return found[0]

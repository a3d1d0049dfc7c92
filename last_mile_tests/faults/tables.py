"""Whether two homes hold the same tables, row by row, and which columns need not be equal.

Not here: what was paid and which lines were landed (account.py).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from last_mile.adapters.releases import newest_release
from last_mile.adapters.sql_files import TABLES
from last_mile.adapters.warehouse import Warehouse

# What may differ between a disturbed and an undisturbed run, and why. Everything else is equal.
LEFT_OUT: Mapping[str, tuple[str, ...]] = {
    # Names of a call and of what it is counted for, when it was sent and how long it took.
    "judge_calls": ("call_id", "run", "sent_at", "latency_ms"),
    "judge_verdicts": ("call_id", "latency_ms"),
    # Numbers of landings, and what the last of them brought: a file that was broken, or that had
    # lines of tomorrow, is landed once more. `is_built` stands for them.
    "day_changes": ("change", "built", "kind"),
    # The day of the clock on which somebody could first see a lift.
    "metric_lift": ("first_visible_on",),
}
# Remembers which lifts anybody could ever see: also one of half the days, while a file was broken.
_HISTORIES = ("lift_seen",)
_DERIVED = {"day_changes": (pl.col("built") >= pl.col("change")).alias("is_built")}
# Calls that a kill took are there once more, which account.py counts.
_ROWS = {"judge_calls": pl.col("result") == "answered"}
# Replaced day by day in one transaction each: a day of them is there, or it is not.
BY_DAY = (
    "conversations", "duplicate_lines", "heuristic_flags", "judge_flags", "outcomes",
    "labeled_conversations", "stat_cells", "quality_tiers",
)  # fmt: skip
Rows = Counter[tuple[str, str]]  # day and all values, as text


def tables_of(home: Path, left_out: Mapping[str, tuple[str, ...]] = LEFT_OUT) -> dict[str, Rows]:
    """Every table of a home without some columns: its rows, how often each stands there."""
    warehouse = Warehouse(home=str(home))
    names = [table for table in TABLES if table not in _HISTORIES]
    tables = {table: _rows(table, warehouse.read(table), left_out) for table in names}
    return {**tables, "training files": _training_files(warehouse)}


def differing(found: Mapping[str, Rows], reference: Mapping[str, Rows]) -> dict[str, str]:
    """Tables that are not equal, with how many rows are missing and how many are new."""
    return {
        table: f"{(reference[table] - rows).total()} missing, {(rows - reference[table]).total()} "
        f"new, such as {sorted((reference[table] - rows) + (rows - reference[table]))[:2]}"
        for table, rows in found.items()
        if rows != reference[table]
    }


def half_written(home: Path, reference: Mapping[str, Rows]) -> dict[str, list[str]]:
    """Tables of BY_DAY with days that are there in part, or hold other rows; there must be none."""
    warehouse, found = Warehouse(home=str(home)), dict[str, list[str]]()
    for table in BY_DAY:
        rows, wanted = _rows(table, warehouse.read(table)), reference[table]
        days = {day for day, _ in rows}
        wrong = {day for day, _ in rows - wanted} | (days & {day for day, _ in wanted - rows})
        if wrong:
            found[table] = sorted(wrong)
    return found


def _rows(
    table: str, frame: pl.DataFrame, left_out: Mapping[str, tuple[str, ...]] = LEFT_OUT
) -> Rows:
    kept = frame.filter(_ROWS[table]) if table in _ROWS else frame
    kept = kept.with_columns(_DERIVED[table]) if table in _DERIVED else kept
    kept = kept.drop(left_out.get(table, ()))
    days = kept["day"] if "day" in kept.columns else [""] * kept.height
    rows = kept.select(sorted(kept.columns)).iter_rows()
    return Counter((str(day), repr(row)) for day, row in zip(days, rows, strict=True))


def _training_files(warehouse: Warehouse) -> Rows:
    """Name and content of each file of the newest release."""
    manifest = newest_release(warehouse.installation.releases)
    files = (manifest or {}).get("files", ())
    return Counter(("", json.dumps(file, sort_keys=True)) for file in files)

"""Runs the suite of a check over a warehouse: the rows of its query, the columns of its tables.

Not here: how a frame is validated (frames.py), what is expected (core/expectation).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace

import polars as pl
import polars.selectors as cs

from last_mile.adapters.expectations.frames import check_frame
from last_mile.adapters.sql_files import fill, query_text, table_columns
from last_mile.adapters.warehouse import Connection, Days, Warehouse
from last_mile.core.expectation import (
    AS_DECLARED,
    Checked,
    CheckResult,
    StageCheck,
    check_fragments,
    columns_of_rubric,
)
from last_mile.core.rubric import Rubric

_Column = tuple[str, str, str]  # table, column, type
_LIVE = """select table_name as "table", column_name as "column", data_type as live
from duckdb_columns()
where database_name = 'warehouse' and table_name in (select unnest($tables))"""


def run_check(warehouse: Warehouse, check: StageCheck, days: Days | None = None) -> CheckResult:
    """Run one check. The database is opened once, and shut before anything is validated.

    Args:
        warehouse: What is looked at.
        check: Which.
        days: Of a daily check: which days.
    """
    rubric = warehouse.installation.rubric()
    text = fill(query_text(check.query) or "", {**check_fragments(rubric), **check.fragments})

    def read(connection: Connection) -> tuple[pl.DataFrame, pl.DataFrame]:
        rows = connection.sql(text, params=days._asdict() if days else None).pl()
        return rows, connection.execute(_LIVE, {"tables": list(check.tables)}).pl()

    frame, live = warehouse.look(read)
    frame = frame.sort(check.row_id).with_columns(
        cs.decimal().cast(pl.Int64)  # DuckDB sums integers to HUGEINT
    )
    checked = check_frame(frame, check.expectations, check.row_id, check.counts)
    if check.tables:
        checked.append(_columns(check.tables, live, rubric))
    return CheckResult(check, frame.height, checked)


def _columns(tables: tuple[str, ...], live: pl.DataFrame, rubric: Rubric) -> Checked:
    """Whether the columns of tables are those of sql/ and of the rubric, with their types."""
    checked = _compared(
        tuple(_declared(tables, rubric)),
        tuple(live.select("table", "column", "live").rows()),
        tuple(columns_of_rubric(rubric)),
    )
    return replace(
        checked,
        words=f"columns of {', '.join(tables)} as in sql/",
        of="columns not as in sql/",
        fix="`last-mile doctor` says how to mend the columns.",
    )


@functools.lru_cache
def _compared(
    declared: tuple[_Column, ...], live: tuple[_Column, ...], widened: tuple[str, ...]
) -> Checked:
    """The comparison; of a backfill's days it is the same one over and over.

    Args:
        declared: Table, column, type as they should be.
        live: As they are.
        widened: Tables to which a rubric of before may have added columns that nothing reads.
    """
    both = _frame(declared, "declared").join(
        _frame(live, "live"), on=["table", "column"], how="full", coalesce=True
    )
    of_before = pl.col("table").is_in(widened) & pl.col("declared").is_null()
    named = both.sort("table", "column").filter(~of_before)
    named = named.with_columns(pl.concat_str("table", pl.lit("."), "column").alias("name"))
    (checked,) = check_frame(named, [AS_DECLARED], "name")
    return checked


def _frame(columns: tuple[_Column, ...], types: str) -> pl.DataFrame:
    return pl.DataFrame(
        columns, schema={"table": pl.String, "column": pl.String, types: pl.String}, orient="row"
    )


def _declared(tables: tuple[str, ...], rubric: Rubric) -> Iterator[_Column]:
    added = columns_of_rubric(rubric)
    for table in tables:
        for name, kind in table_columns()[table].items():
            yield table, name, kind
        for name, kind in added.get(table, {}).items():
            yield table, name, kind.upper()

"""The tables of sql/ in a lake: types and NOT NULL, Parquet by day; new columns added.

DuckLake has no keys and no checks: constraints.py holds them. Not here: opening it (lake.py).
"""

from __future__ import annotations

from contextlib import suppress

import duckdb

from last_mile.adapters.lake_address import Lake
from last_mile.adapters.warehouse.drift import (
    WIDENED,
    Table,
    described,
    renew_views,
    wanted_tables,
)
from last_mile.errors import UserError

# As in the file (database.py): a row group is held in memory until it is written.
_OPTIONS = {"parquet_compression": "zstd", "parquet_row_group_size": "16384"}
_IS_SET = "select count(*) from ducklake_options('warehouse') where option_name = ?"


def bring_up_to_date(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Create what is not there, in one transaction; refuse what differs otherwise.

    Args:
        connection: Its database is the lake; no other process does this meanwhile.
        lake: Its address, for what is said.

    Raises:
        UserError: A table is not that of sql/.
    """
    for name, value in _OPTIONS.items():
        if not connection.execute(_IS_SET, [name]).fetchall()[0][0]:
            connection.execute(f"call warehouse.set_option('{name}', '{value}')")
    connection.execute("begin")
    try:
        live = described(connection)
        for name, wanted in wanted_tables().items():
            if name in live:
                _mend(connection, name, live[name], wanted, lake)
            else:
                _create(connection, name, wanted)
        renew_views(connection)
        connection.execute("commit")
    except BaseException:
        with suppress(duckdb.Error):  # it hides what happened: a catalog that went away
            connection.execute("rollback")
        raise


def _create(connection: duckdb.DuckDBPyConnection, name: str, wanted: Table) -> None:
    columns = [
        f'"{column}" {made.kind}{_default(made.default)}{"" if made.nullable else " not null"}'
        for column, made in wanted.columns.items()
    ]
    connection.execute(f"create table {name} ({', '.join(columns)})")
    if "day" in wanted.columns:
        connection.execute(f"alter table {name} set partitioned by (day)")


def _mend(
    connection: duckdb.DuckDBPyConnection, name: str, live: Table, wanted: Table, lake: Lake
) -> None:
    """Add columns, empty; another type or an unknown column is somebody's decision."""
    for column, made in wanted.columns.items():
        if column not in live.columns:
            default = _default(made.default)
            connection.execute(f'alter table {name} add column "{column}" {made.kind}{default}')
        elif live.columns[column].kind != made.kind:
            raise UserError(
                f"{lake.catalog}: table {name} has {column} as {live.columns[column].kind}, "
                f"sql/{name}.sql as {made.kind}; ALTER it in the lake, or take a new one"
            )
    extra = [column for column in live.columns if column not in wanted.columns]
    if extra and name not in WIDENED:
        raise UserError(
            f"{lake.catalog}: table {name} has a column {extra[0]} that sql/{name}.sql has not; "
            "rename or drop it in the lake"
        )


def _default(text: str | None) -> str:
    return "" if text is None else f" default {text}"

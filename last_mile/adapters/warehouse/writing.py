"""The statements that write rows, the same for a file and a lake, inside of somebody's transaction.

Not here: transactions (database.py, lake.py), the landing of drops (landing.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from last_mile.adapters.warehouse.constraints import key_of, require
from last_mile.adapters.warehouse.slices import Days

_FIRST = """create or replace temp table merging as select * exclude (place)
from (select *, row_number() over () as place from {rows})
qualify row_number() over (partition by {key} order by place) = 1"""


def merge(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: str,
    bound: Mapping[str, Any] | None = None,
    *,
    overwrite: bool,
) -> None:
    """Add rows whose primary key is new; with `overwrite`, refresh the others too.

    Args:
        connection: Inside a transaction; its database is the current one.
        table: A table of sql/ with a primary key.
        rows: A table, view or subquery of rows; of two with one key the first counts.
        bound: Parameters of `rows`.
        overwrite: Whether a row that is there takes the new values.
    """
    key = key_of(table)
    connection.execute(_FIRST.format(rows=rows, key=key), bound)
    require(connection, table, "merging")
    update = "when matched then update by name " if overwrite else ""
    connection.execute(
        f"merge into {table} using merging as source using ({key}) "
        f"{update}when not matched then insert by name"
    )


def add_columns(
    connection: duckdb.DuckDBPyConnection, target: str, columns: Mapping[str, str]
) -> None:
    """Give a table columns, name to SQL type; one of another type is made new, empty."""
    described = connection.execute(f"describe {target}").fetchall()
    present = {str(row[0]): str(row[1]).lower() for row in described}
    for name, kind in columns.items():
        if name in present and present[name] != kind:
            connection.execute(f'alter table {target} drop column "{name}"')
        if present.get(name) != kind:
            connection.execute(f'alter table {target} add column "{name}" {kind}')


def swap_in(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    days: Days | None,
    keys: Mapping[str, Sequence[str]] | None,
) -> None:
    """Replace a slice by the rows of `incoming`; a row whose key stands elsewhere moves here."""
    conditions = ["day >= $start and day < $end"] if days else []
    conditions += [f'"{column}" in (select unnest(${column}))' for column in keys or {}]
    where = f" where {' and '.join(conditions)}" if conditions else ""
    bound = {**(days._asdict() if days else {}), **(keys or {})}
    connection.execute(f"delete from {target}{where}", bound or None)
    require(connection, target, "incoming")
    if days and (key := key_of(target)):
        connection.execute(f"delete from {target} where ({key}) in (select ({key}) from incoming)")
    if not days and keys and (key := key_of(target)):
        _refuse_doubles(connection, target, key)
    connection.execute(f"insert into {target} by name from incoming")


def _refuse_doubles(connection: duckdb.DuckDBPyConnection, target: str, key: str) -> None:
    """A key that stands outside of the slice: a file refuses it by itself."""
    query = f"select count(*) from {target} where ({key}) in (select ({key}) from incoming)"
    row = connection.execute(query).fetchone()
    if row and row[0]:
        raise duckdb.ConstraintException(f"{row[0]:,} rows for {target} break PRIMARY KEY ({key})")

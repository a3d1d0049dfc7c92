"""Keys and checks of sql/, held where the database holds none.

DuckLake knows NOT NULL alone. Not here: the comparison of a database with sql/ (drift.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import duckdb

from last_mile.adapters.sql_files import table_definitions

_HELD = """select constraint_type, constraint_column_names, expression
from duckdb_constraints()
where database_name = current_database() and table_name = ?
    and constraint_type in ('PRIMARY KEY', 'CHECK')"""


class Constraints(NamedTuple):
    """What a table's rows must be besides the types of their columns."""

    key: tuple[str, ...]  # empty: there is no primary key
    checks: tuple[str, ...]  # expressions; a row is refused where one is false


@cache
def constraints_of(table: str) -> Constraints:
    """What sql/ says of a table."""
    with duckdb.connect() as database:
        database.execute(table_definitions()[table])
        return _held(database, table)


def key_of(table: str) -> str:
    """The primary key in sql/ as a list of quoted columns; empty without one."""
    return ", ".join(f'"{column}"' for column in constraints_of(table).key)


def require(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: str,
    bound: Mapping[str, Any] | None = None,
) -> None:
    """Refuse new rows that break a constraint which the database does not hold itself.

    Args:
        connection: Its database is the current one.
        table: Where the rows go.
        rows: A table, view or subquery of the new rows, by the names of their columns.
        bound: Parameters of `rows`.

    Raises:
        duckdb.ConstraintException: A row breaks one; it names the constraint and no value.
    """
    wanted, held = constraints_of(table), _held(connection, table)
    unquoted = {one.replace('"', "") for one in held.checks}  # stored, they are quoted otherwise
    checks = [one for one in wanted.checks if one.replace('"', "") not in unquoted]
    tests = {f"CHECK {one}": f"count_if(({one}) is false)" for one in checks}
    key = key_of(table) if not held.key else ""
    if key:
        tests[f"PRIMARY KEY ({key})"] = f"count(*) - count(distinct ({key}))"
    if not tests:
        return
    whole = f"((from {table} limit 0) union all by name (from {rows}))"  # absent columns are null
    row = connection.execute(f"select {', '.join(tests.values())} from {whole}", bound).fetchone()
    for broken, n in zip(tests, row or (), strict=True):
        if n:
            raise duckdb.ConstraintException(f"{n:,} rows for {table} break {broken}")


def _held(connection: duckdb.DuckDBPyConnection, table: str) -> Constraints:
    key, checks = tuple[str, ...](), list[str]()
    for kind, columns, expression in connection.execute(_HELD, [table]).fetchall():
        if kind == "CHECK":
            checks.append(str(expression))
        else:
            key = tuple(columns)
    return Constraints(key, tuple(checks))

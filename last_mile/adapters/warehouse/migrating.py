"""Copies a warehouse file into a lake, table by table and day by day, and proves every part of it.

What is equal already is left alone, so that a copy that was interrupted goes on where it stopped.
Not here: the lake (lake.py), what the command shows (cli/migrate.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import duckdb

from last_mile.adapters.installation import Installation
from last_mile.adapters.lake_address import Lake, given_lake, lake_of, note_lake
from last_mile.adapters.sql_files import TABLES
from last_mile.adapters.warehouse.database import opened
from last_mile.adapters.warehouse.drift import described
from last_mile.adapters.warehouse.lake import LakeDatabase
from last_mile.adapters.warehouse.slices import Days
from last_mile.adapters.warehouse.writing import add_columns, swap_in
from last_mile.errors import UserError

_WAREHOUSE = "warehouse.duckdb"
_ROWS_AT_ONCE = 50_000
# The exclusive or of the rows' hashes: the same for the same rows in any order.
_SUMS = """select {day} as day, count(*) as n, bit_xor(hash({columns})) as checksum
from {table} group by all order by all"""


class Part(NamedTuple):
    """Rows of one table and one day, or of all days.

    Attributes:
        table: Its name.
        day: UTC; None: the table has no day, or the rows have none.
        n: Rows.
        checksum: The exclusive or of their hashes.
    """

    table: str
    day: date | None
    n: int
    checksum: int


Tables = dict[str, dict[str, str]]  # columns and their types
Parts = dict[tuple[str, date | None], Part]


class Copied(NamedTuple):
    """What a migration did with one part."""

    part: Part
    was_there: bool


def migrate(installation: Installation, tell: Callable[[Copied], None]) -> list[Copied]:
    """Copy every table of an installation's file into the lake of the environment.

    The file is read between others' uses and stays as it is. The home notes the lake at the end,
    when every part is there and was compared.

    Args:
        installation: Where the file is; nothing may be running there.
        tell: Told every part.

    Returns:
        Every part of the file.

    Raises:
        UserError: There is no file, no lake is named, the lake holds rows the file has not, or the
            file was written meanwhile.
        PassingError: The lake is away.
    """
    path, lake = installation.home / _WAREHOUSE, given_lake()
    if not path.is_file():
        raise UserError(f"{installation.home} has no {_WAREHOUSE} to copy")
    if (noted := lake_of(installation.home, given=False)) is not None:
        raise UserError(
            f"{installation.home} works with the lake {noted.catalog} already; its file is older "
            "than that, nothing was copied"
        )
    target = LakeDatabase(lake, installation.home, notes=False)
    tables = _columns(path)
    _widen(target, tables)
    parts, there = _parts(path, tables), _parts_of_lake(target, tables)
    _refuse_strangers(lake, parts, there)
    copied = list[Copied]()
    for key, part in parts.items():
        done = Copied(part, there.get(key) == part)
        if not done.was_there:
            _copy(path, target, part, tables[part.table])
        copied.append(done)
        tell(done)
    _prove(path, target, tables)
    note_lake(installation.home, lake)
    return copied


def _columns(path: Path) -> Tables:
    with opened(path) as connection:
        live = described(connection)
    return {
        table: {name: made.kind for name, made in live[table].columns.items()}
        for table in TABLES
        if table in live
    }


def _widen(target: LakeDatabase, tables: Tables) -> None:
    """Columns that the rubric added to the file's tables."""
    live = target.read(described)
    for table, columns in tables.items():
        known = live[table].columns
        missing = {name: kind.lower() for name, kind in columns.items() if name not in known}
        if missing:
            target.write([table], None, partial(add_columns, target=table, columns=missing))


def _parts(path: Path, tables: Tables) -> Parts:
    with opened(path) as connection:
        return _summed(connection, tables)


def _parts_of_lake(target: LakeDatabase, tables: Tables) -> Parts:
    return target.read(lambda connection: _summed(connection, tables))


def _summed(connection: duckdb.DuckDBPyConnection, tables: Tables) -> Parts:
    found = [
        part for table, columns in tables.items() for part in _sums(connection, table, columns)
    ]
    return {(part.table, part.day): part for part in found}


def _sums(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]
) -> list[Part]:
    day = "day" if "day" in columns else "null::date"
    named = ", ".join(f'"{name}"' for name in sorted(columns))
    text = _SUMS.format(day=day, columns=named, table=table)
    return [Part(table, *row) for row in connection.execute(text).fetchall()]


def _refuse_strangers(lake: Lake, parts: Parts, there: Parts) -> None:
    """A lake that holds days of its own is another installation's, or was worked with since."""
    strangers = sorted(f"{table} (day {day})" for table, day in there.keys() - parts.keys())
    if strangers:
        raise UserError(
            f"the lake {lake.catalog} has rows of {strangers[0]} that the file has not: it is no "
            "copy of it; name an empty lake. Nothing of it was changed"
        )


def _copy(path: Path, target: LakeDatabase, part: Part, columns: Mapping[str, str]) -> None:
    days = None if part.day is None else Days(part.day, part.day + timedelta(days=1))

    def write(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(f"create or replace temp table incoming as from {part.table} limit 0")
        for rows in _batches(path, part, columns):
            connection.register("batch", rows)
            connection.execute("insert into incoming by name from batch")
            connection.unregister("batch")
        swap_in(connection, part.table, days, None)

    target.write([part.table], days, write)


def _batches(path: Path, part: Part, columns: Mapping[str, str]) -> Iterator[object]:
    """The rows of a part as Arrow batches; the file is held while they are read."""
    where = "" if part.day is None else " where day = ?"
    if part.day is None and "day" in columns:
        where = " where day is null"
    with opened(path) as connection:
        bound = [] if part.day is None else [part.day]
        found = connection.execute(f"from {part.table}{where}", bound)
        yield from found.to_arrow_reader(_ROWS_AT_ONCE)


def _prove(path: Path, target: LakeDatabase, tables: Tables) -> None:
    """Compare every part once more, with the file as it is now.

    Raises:
        UserError: One differs.
    """
    parts, there = _parts(path, tables), _parts_of_lake(target, tables)
    differing = {table for table, _ in dict(parts.items() ^ there.items())}
    if differing:
        raise UserError(
            f"{min(differing)} in the lake is not what it is in the file: something was written "
            "while it was copied. Stop what runs there, then migrate again: it copies what differs"
        )

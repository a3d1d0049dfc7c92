"""A user taken out of a lake: a transaction that deletes, then files and snapshots without them.

A deleted row stays in its Parquet file, in older snapshots, and as a bound of a column in the
catalog. Not here: what is theirs (erasing.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb

from last_mile.adapters.lake_address import Lake
from last_mile.adapters.sql_files import TABLES
from last_mile.adapters.warehouse.erasing import Request, changes_for
from last_mile.adapters.warehouse.lake import LakeDatabase, forget
from last_mile.adapters.warehouse.lake_locks import connected
from last_mile.errors import UserError

_OWED = "lake.purge"  # in the home: rows were deleted, or were about to be
_OLDER = """select list(snapshot_id) from ducklake_snapshots('warehouse')
where snapshot_id < (select max(snapshot_id) from ducklake_snapshots('warehouse'))"""
_WITHOUT_DELETED = "call ducklake_rewrite_data_files('warehouse', delete_threshold => 0)"
_OLD_FILES = "call ducklake_cleanup_old_files('warehouse', cleanup_all => true)"
_ORPHANS = "call ducklake_delete_orphaned_files('warehouse', cleanup_all => true, dry_run => {dry})"
_WRITTEN = re.compile(r"/main/\w+/(day=[^/]+/)?ducklake-[0-9a-z-]+\.parquet$")  # by DuckLake
# Least and largest values of columns. When a file loses all its rows, DuckLake leaves its bounds
# with the table. Unknown ones are always right.
_BOUNDS = ("ducklake_file_column_stats", "ducklake_table_column_stats")
_UNHELD = """not exists (
    select 1 from ducklake_file_column_stats as held
    where (held.table_id, held.column_id) = (bounds.table_id, bounds.column_id)
        and held.{value} = bounds.{value}
)"""
_FORGET_BOUNDS = f"""update ducklake_table_column_stats as bounds
set min_value = null, max_value = null
where {_UNHELD.format(value="min_value")} or {_UNHELD.format(value="max_value")}"""


def erase_from_lake(
    lake: Lake, home: Path, request: Request, ready: Callable[[], None]
) -> dict[str, int]:
    """Delete a user's rows in one transaction, then their bytes; landings refuse them from then on.

    Args:
        lake: Which.
        home: Of the installation.
        request: Who, and what is noted of it.
        ready: Called when nobody else can write any more; raises to leave everything as it is.

    Returns:
        Rows that went, by table.
    """

    def erase(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
        ready()
        changes = changes_for(connection, request)
        tables = changes.by_table.items()
        for table, (_, instead) in tables:
            if instead:
                connection.execute(f"create temp table instead_of_{table} as {instead}")
        for table, (gone, instead) in tables:
            if gone:
                connection.execute(f"delete from warehouse.{table} where {gone}")
            if instead:
                rows = f"from instead_of_{table}"
                connection.execute(f"insert into warehouse.{table} by name {rows}")
        return changes.removed

    (home / _OWED).touch()
    removed = LakeDatabase(lake, home).write(list(TABLES), None, erase)
    end_erasing(lake, home)
    return removed


def end_erasing(lake: Lake, home: Path) -> None:
    """Remove the bytes of deleted rows, where an erasure still owes it.

    Files are written without them, and every snapshot but the newest ends.
    """
    if (home / _OWED).exists():
        LakeDatabase(lake, home).maintain(lambda connection: _purge(connection, lake))
        forget(lake)  # it knows the bounds of before
        (home / _OWED).unlink()


def _purge(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    connection.execute(_WITHOUT_DELETED)
    older = connection.execute(_OLDER).fetchall()[0][0]
    if older:
        versions = ", ".join(map(str, older))
        connection.execute(f"call ducklake_expire_snapshots('warehouse', versions => [{versions}])")
    connection.execute(_OLD_FILES)
    _remove_orphans(connection, lake)
    with connected(lake) as catalog, catalog.cursor() as cursor:
        cursor.execute(_FORGET_BOUNDS)
        for table in _BOUNDS:  # PostgreSQL, too, keeps deleted rows in its files
            cursor.execute(f"vacuum full {table}")


def _remove_orphans(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Delete files that killed writers left: DuckLake takes every unknown Parquet file for one."""
    orphans = connection.execute(_ORPHANS.format(dry="true")).fetchall()
    strange = sorted(path for (path,) in orphans if not _WRITTEN.search(path))
    if strange:
        raise UserError(
            f"{lake.data} holds {len(strange):,} Parquet files that are not the lake's, e.g. "
            f"{strange[0]}, and is for the lake alone; the rows are gone, their bytes are not: "
            "move these files away and erase again"
        )
    connection.execute(_ORPHANS.format(dry="false"))

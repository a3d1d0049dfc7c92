"""A user taken out of a lake: a transaction that deletes, then files and snapshots without them.

A deleted row stays in its Parquet file, in older snapshots, and as a bound of a column in the
catalog. Not here: what is theirs (erasing.py).
"""

from __future__ import annotations

import json
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

_OWED = "lake.purge"  # in the home: rows were deleted, or are about to be
_OLDER = """select list(snapshot_id) from ducklake_snapshots('warehouse')
where snapshot_id < (select max(snapshot_id) from ducklake_snapshots('warehouse'))"""
_WITHOUT_DELETED = "call ducklake_rewrite_data_files('warehouse', delete_threshold => 0)"
_OLD_FILES = "call ducklake_cleanup_old_files('warehouse', cleanup_all => true)"
_ORPHANS = "call ducklake_delete_orphaned_files('warehouse', cleanup_all => true, dry_run => {dry})"
_WRITTEN = re.compile(r"main/\w+/(day=[^/]+/)?ducklake-[0-9a-z-]+\.parquet")  # by DuckLake
# Least and largest values of columns. When a file loses all its rows, DuckLake leaves its bounds
# with the table. They may be wider than the values are; null ones would say that there are none.
_LOOSEN = """update ducklake_table_column_stats as bounds
set min_value = '', max_value = case kind when 'blob' then repeat('F', 16) else chr(1114111) end
from (select distinct table_id, column_id, column_type as kind from ducklake_column) as columns
where (columns.table_id, columns.column_id) = (bounds.table_id, bounds.column_id)
    and kind in ('varchar', 'blob') and coalesce(min_value, max_value) is not null
    and (select count(*) filter (where held.min_value = bounds.min_value) = 0
            or count(*) filter (where held.max_value = bounds.max_value) = 0
        from ducklake_file_column_stats as held
        where (held.table_id, held.column_id) = (bounds.table_id, bounds.column_id))"""
# Processes keep what they know of bounds for as long as no file is new.
_NEW_NUMBER = """update ducklake_snapshot set next_file_id = next_file_id + 1
where snapshot_id = (select max(snapshot_id) from ducklake_snapshot)"""
_NOTED = "select removed from erasures where (erased_at, user_key) = (?, ?)"
# PostgreSQL, too, keeps deleted rows in its files, and examples of values in its own statistics.
_COMPACT = (
    "vacuum (full, analyze) ducklake_file_column_stats",
    "vacuum (full, analyze) ducklake_table_column_stats",
    "vacuum full pg_statistic",
)
# Others could not compact `pg_statistic`, and _LOOSEN writes the largest character there is.
_CAN_END = """select rolsuper or pg_has_role(datdba, 'usage'), pg_encoding_to_char(encoding)
from pg_database, pg_roles where datname = current_database() and rolname = current_user"""


def erase_from_lake(
    lake: Lake, home: Path, request: Request, ready: Callable[[], None]
) -> dict[str, int]:
    """Delete a user's rows in one transaction, then their bytes; landings refuse them from then on.

    Args:
        lake: Which.
        home: Of the installation.
        request: Who, and what is noted of it.
        ready: Called when nobody else can write any more, and before the commit; raises to leave
            everything as it is.

    Returns:
        Rows that went, by table.

    Raises:
        UserError: As `require_erasable`, which should be asked before; rows may be gone then, and
            bytes of them not.
    """

    def erase(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
        ready()
        (home / _OWED).touch()
        if noted := connection.execute(_NOTED, [request.erased_at, request.user_key]).fetchone():
            return dict(json.loads(noted[0]))  # the answer to a commit was lost
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
        ready()  # reading takes no lock: texts may have been read for the judge meanwhile
        return changes.removed

    removed = LakeDatabase(lake, home).write(list(TABLES), None, erase)
    end_erasing(lake, home)
    return removed


def require_erasable(lake: Lake, home: Path) -> None:
    """Refuse what would stop an erasure, before anything is changed.

    Raises:
        UserError: The lake's folder holds files of somebody else, or its bytes could not be removed
            from the catalog.
    """
    _require_owner(lake)  # before anything is made there
    LakeDatabase(lake, home).read(lambda connection: _refuse_strange(connection, lake))


def end_erasing(lake: Lake, home: Path) -> None:
    """Remove the bytes of deleted rows, where an erasure still owes it.

    Files are written without them, and every snapshot but the newest ends.
    """
    if (home / _OWED).exists():
        LakeDatabase(lake, home).maintain(lambda connection: _purge(connection, lake))
        forget(lake)  # which knows the bounds of before
        (home / _OWED).unlink()


def _purge(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    _require_owner(lake)
    connection.execute(_WITHOUT_DELETED)
    older = connection.execute(_OLDER).fetchall()[0][0]
    if older:
        versions = ", ".join(map(str, older))
        connection.execute(f"call ducklake_expire_snapshots('warehouse', versions => [{versions}])")
    connection.execute(_OLD_FILES)
    _refuse_strange(connection, lake)
    connection.execute(_ORPHANS.format(dry="false"))
    with connected(lake) as catalog, catalog.cursor() as cursor:
        cursor.execute(f"begin; {_LOOSEN}; {_NEW_NUMBER}; commit")
        for statement in _COMPACT:
            cursor.execute(statement)


def _require_owner(lake: Lake) -> None:
    with connected(lake) as catalog, catalog.cursor() as cursor:
        cursor.execute(_CAN_END)
        ((is_owner, encoding),) = cursor.fetchall()
    if not is_owner:
        raise UserError(
            f"only the owner of the database {lake.catalog} can remove what PostgreSQL keeps of "
            "erased rows in its statistics: name them in LAST_MILE_LAKE and erase again"
        )
    if encoding != "UTF8":
        raise UserError(
            f"the database {lake.catalog} is in {encoding}, and only in UTF8 can bounds of columns "
            "be widened: move the catalog into a database in UTF8 and erase again"
        )


def _refuse_strange(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Stop before DuckLake deletes somebody's files: it takes any unknown Parquet for an orphan."""
    orphans = connection.execute(_ORPHANS.format(dry="true")).fetchall()
    paths = (str(path).removeprefix(lake.data) for (path,) in orphans)
    strange = sorted(path for path in paths if not _WRITTEN.fullmatch(path))
    if strange:
        raise UserError(
            f"{lake.data} holds {len(strange):,} Parquet files that are not the lake's, e.g. "
            f"{strange[0]}, and is for the lake alone: move them away and erase again"
        )

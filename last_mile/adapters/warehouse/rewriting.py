"""A user taken out of the warehouse file, by writing it anew: what is not copied leaves no bytes.

DuckDB keeps deleted rows in free blocks of its file. Not here: what is theirs (erasing.py).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from last_mile.adapters.file_lock import locked
from last_mile.adapters.warehouse.database import AS_NEW, opened
from last_mile.adapters.warehouse.erasing import Request, changes_for
from last_mile.errors import UserError

_DRAFT = ".duckdb.draft"
_ATTACH = f"attach '{{path}}' as fresh ({AS_NEW})"
_ROOM = 1.1  # of the file's size: what the new one may take


def erase_from_file(path: Path, request: Request, ready: Callable[[], None]) -> dict[str, int]:
    """Write the file anew without a user; landings refuse them from then on.

    Args:
        path: The database file.
        request: Who, and what is noted of it.
        ready: Called when nobody else can open the file any more; raises to leave it as it is.

    Returns:
        Rows that went, by table.

    Raises:
        UserError: The disk has no room for a second file.
    """
    with _rewritten(path) as connection:
        ready()
        changes = changes_for(connection, request)
        for table, (gone, instead) in changes.by_table.items():
            stays = f" where not coalesce({gone}, false)" if gone else ""
            for rows in (f"from warehouse.{table}{stays}", *([instead] if instead else [])):
                connection.execute(f"insert into fresh.{table} by name {rows}")
    return changes.removed


@contextmanager
def _rewritten(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the database `warehouse` and to an empty one of the same tables, `fresh`.

    At the end the file of `fresh` takes the place of the other by one rename, under the lock that
    every opening waits for. Before it, whatever happens, nothing has changed.

    Raises:
        UserError: The disk has no room for a second file.
    """
    draft = path.with_suffix(_DRAFT)
    with opened(path) as connection:
        _make_room(path)
        connection.execute(_ATTACH.format(path=str(draft).replace("'", "''")))
        try:
            connection.execute("copy from database warehouse to fresh (schema)")
            yield connection
            _swap(connection, draft, path)
        finally:
            _remove(draft)


def _swap(connection: duckdb.DuckDBPyConnection, draft: Path, path: Path) -> None:
    for database in ("fresh", "warehouse"):  # what stands in their logs goes into the files
        connection.execute(f"checkpoint {database}")
    connection.execute("use memory")
    for database in ("fresh", "warehouse"):
        connection.execute(f"detach {database}")
    for log in (_log(draft), _log(path)):  # a log beside a file it is not of would be replayed
        if log.exists():
            raise RuntimeError(f"{log.name} was not taken into its file")
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def require_room(path: Path) -> None:
    """Refuse to write a file anew for which the disk has no room.

    Raises:
        UserError: That is so.
    """
    with locked(path.with_suffix(".duckdb.lock")):
        _make_room(path)


def _make_room(path: Path) -> None:
    """Remove what killed processes left, a draft and spilled rows; refuse if that is too little."""
    _remove(path.with_suffix(_DRAFT))
    for spilled in path.with_suffix(".duckdb.tmp").glob("*"):  # the folder is of living ones, too
        if spilled.is_file():
            spilled.unlink(missing_ok=True)
    size, free = path.stat().st_size, shutil.disk_usage(path.parent).free
    if free < size * _ROOM:
        raise UserError(
            f"{path} is written anew without the user, which takes {size / 1e9:.1f} GB; "
            f"{path.parent} has {free / 1e9:.1f} GB left: make room, nothing was changed"
        )


def _remove(draft: Path) -> None:
    for file in (draft, _log(draft)):
        file.unlink(missing_ok=True)


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")

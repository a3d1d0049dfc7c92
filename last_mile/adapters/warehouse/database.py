"""Opens the database file: under a lock, with every table in place, closed whatever happens.

DuckDB admits one process at a time, readers included, so every window is short and nothing else is
awaited inside it.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import duckdb

from last_mile.adapters.file_lock import locked
from last_mile.adapters.sql_files import table_columns, table_definitions
from last_mile.adapters.warehouse.drift import drift, make_anew, refuse_drift, renew_views
from last_mile.adapters.warehouse.engine import kept_engine, new_engine
from last_mile.adapters.warehouse.slices import Days
from last_mile.errors import PassingError, UserError

T = TypeVar("T")
Connection = duckdb.DuckDBPyConnection
Work = Callable[[Connection], T]

_VALUES = re.compile(r"'.*'", re.DOTALL)
_QUOTE = re.compile(r"[\"']")
_QUOTED, _FROM_A_QUOTE = re.compile(r"[\"'](.*[\"']|.*)"), re.compile(r"[\"'].*")
_STATEMENT = re.compile(r"\n+LINE \d+:.*", re.DOTALL)  # the query, which DuckDB shows at the end
_OF_NAMES = (  # in double quotes they have tables, columns and files
    duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException, duckdb.IOException,
)  # fmt: skip
# DuckDB 1.5 ends the process when the last 4 KB of a commit's log find no room, though all before
# did, and a key was deleted and added again: taking that back breaks the key's index. Logs of more
# than this room may still meet it, where they end within 4 KB of the last free byte.
LEAST_ROOM = 64 << 20
_PATIENCE_S = 60.0  # how long another program may hold the database open
# A row group is held in memory until it is written: 16,384 conversations of 8 KB are 134 MB,
# DuckDB's own 122,880 are 1 GB.
_AS_IT_IS = "row_group_size 16384"
# Made so that DuckDB reads it from 1.2 on. What 1.0 reads takes twice as long to attach.
AS_NEW = f"{_AS_IT_IS}, storage_version 'v1.2.0'"
_ATTACH = "attach '{path}' as warehouse ({options}); use warehouse"
_COLUMNS = "select table_name, column_name from duckdb_columns() where database_name = 'warehouse'"
_LOOSENED = (  # they admit more than they once did
    "outcome_logs", "outcome_events", "outcomes", "judge_skipped",
)  # fmt: skip
_MADE_AGAIN = (  # by the next run of evidence or release, from all days
    "sft_examples", "dpo_pairs", "kto_examples", "release_comparison",
)  # fmt: skip
_SETTINGS = (  # and those that landing.py has changed for itself
    "set timezone = 'UTC'; set memory_limit = '3GB'; set enable_progress_bar = false; "
    "reset threads; reset disabled_compression_methods"
)

_UP_TO_DATE: set[tuple[int, int, Path]] = set()  # files of this process


@contextmanager
def opened(
    path: Path, *, as_found: bool = False, alone: bool = True
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose database is the file.

    Args:
        path: The file.
        as_found: Leave its tables as they are, whatever they are: to copy or to mend them.
        alone: In a DuckDB of its own: other databases may be attached, and this one detached.

    Raises:
        UserError: Another program has the file open, an earlier version made it, or its tables are
            not those of sql/.
        duckdb.Error: What is done with the connection fails; values are taken out of the message.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    spilled = path.with_suffix(".duckdb.tmp")
    with (
        locked(path.with_suffix(".duckdb.lock")),
        (new_engine if alone else kept_engine)(spilled) as connection,
    ):
        try:
            _attach(connection, path)
            connection.execute(_SETTINGS)
            if not as_found:
                _bring_up_to_date(connection, path)
            yield connection
            if not alone:
                connection.execute("use memory")
                # Detached it is, and what was committed stands in its log, if no checkpoint fits.
                with suppress(duckdb.IOException):
                    connection.execute("detach warehouse")
        except duckdb.Error as error:  # values in its message may be what people wrote
            raise type(error)(without_values(error)) from None


class FileDatabase:
    """The tables of an installation in one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, work: Work[T]) -> T:
        """Do some reads in one window."""
        with opened(self.path, alone=False) as connection:
            return work(connection)

    def write(self, tables: list[str], days: Days | None, work: Work[T]) -> T:
        """Do some work in a transaction; nobody else has the file meanwhile.

        Raises:
            OSError: The disk has less room than a commit may take; nothing was changed.
            duckdb.TransactionException: It became full meanwhile; likewise.
        """
        with opened(self.path, alone=False) as connection:
            connection.execute("begin")
            try:
                done = work(connection)
                self._require_room()
                connection.execute("commit")
            except BaseException:
                with suppress(duckdb.Error):  # a commit that failed has ended the transaction
                    connection.execute("rollback")
                raise
            return done

    def _require_room(self) -> None:
        folder = self.path.parent
        if shutil.disk_usage(folder).free < LEAST_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def without_values(error: duckdb.Error) -> str:
    """Its message without what stands in quotes; without its other lines, which repeat values."""
    if isinstance(error, _OF_NAMES):
        return _VALUES.sub("'…'", str(error))
    line, _, more = _STATEMENT.sub("", str(error)).partition("\n")
    goes_on = _QUOTE.search(more)  # then no quote of this line is known to be the last one
    return (_FROM_A_QUOTE if goes_on else _QUOTED).sub("…", line)


def _attach(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Attach the database file, waiting a while for another program that has it open."""
    deadline = time.monotonic() + _PATIENCE_S
    options = _AS_IT_IS if path.exists() else AS_NEW
    while True:
        try:
            connection.execute(_ATTACH.format(path=str(path).replace("'", "''"), options=options))
            return
        except duckdb.IOException as error:
            if "lock" not in str(error):
                raise
            if time.monotonic() > deadline:
                raise PassingError(
                    f"{path} is open in another program; close it there and run this again"
                ) from None
            time.sleep(0.05)


def _bring_up_to_date(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Create what is not there, once in a process for each file; refuse what differs otherwise."""
    status = path.stat()
    file = (status.st_dev, status.st_ino, path)
    if file not in _UP_TO_DATE:
        _refuse_older(connection, path)
        if found := drift(connection):
            # first, for a column that was renamed in sql/ would be added, empty
            unknown = (one for one in found if one.what == "extra column")
            refuse_drift(path, [one for one in unknown if one.table not in _MADE_AGAIN])
            _create_tables(connection)
            for table in {one.table for one in found if one.what == "constraint"}:
                if table in _LOOSENED:
                    make_anew(connection, table)
            refuse_drift(path, [one for one in drift(connection) if one.stops])
        renew_views(connection)
        _UP_TO_DATE.add(file)


def _refuse_older(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """A home of a version that landed lines without their byte offsets cannot be gone on with."""
    query = "select count(*), count(*) filter (column_name = 'policy') from duckdb_columns() "
    row = connection.execute(query + "where table_name = 'log_files'").fetchone()
    if row and row[0] and not row[1]:
        raise UserError(
            f"{path} was made by an earlier version of last_mile; give the drops a new --home, "
            "everything but paid verdicts is built again from them"
        )


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is not there; a table of an earlier version gets its new columns, empty."""
    present: dict[str, set[str]] = {}
    for table, column in connection.execute(_COLUMNS).fetchall():
        present.setdefault(table, set()).add(column)
    for table, columns in table_columns().items():
        missing = [name for name in columns if table in present and name not in present[table]]
        if missing and table in _LOOSENED:
            make_anew(connection, table)
            continue
        if missing and table in _MADE_AGAIN:
            connection.execute(f"drop table {table}")
            connection.execute(table_definitions()[table])
            continue
        for name in missing:
            connection.execute(f'alter table {table} add column "{name}" {columns[name]}')
    connection.execute("begin")  # all at once: a commit for each takes longer than the rest
    for table, statement in table_definitions().items():
        if table not in present:
            connection.execute(statement)
    connection.execute("commit")

"""Opens a lake: its catalog in PostgreSQL is attached once in a process, work is tried again.

A transaction that met another one, a server that restarts or a store that refuses a request is
tried again, whole. Not here: the statement that attaches it (lake_attaching.py), its tables
(lake_tables.py), its locks (lake_locks.py).
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import duckdb

from last_mile.adapters.lake_address import Lake, note_lake
from last_mile.adapters.sql_files import TABLES
from last_mile.adapters.warehouse.database import T, Work
from last_mile.adapters.warehouse.lake_attaching import attachment, make_ready, quoted
from last_mile.adapters.warehouse.lake_locks import Lock, held, locks_for
from last_mile.adapters.warehouse.lake_tables import bring_up_to_date
from last_mile.adapters.warehouse.lake_tries import Tries
from last_mile.adapters.warehouse.slices import Days
from last_mile.errors import PassingError, UserError

_WRITTEN = ", data_inlining_row_limit 0"  # else columns may not be called row_id
_SETTINGS = (  # of landing.py, which changes some of them for a moment
    "set timezone = 'UTC'; set memory_limit = '3GB'; set enable_progress_bar = false; "
    "reset threads; use warehouse"
)
_HAS_TABLES = "select count(*) from duckdb_tables() where database_name = 'warehouse'"
_ANY_ROW = "select 1 from {table} where day >= ? and day < ? limit 1"
_SNAPSHOT = "from ducklake_current_snapshot('warehouse')"
_ATTACHED: dict[tuple[Lake, int | None], duckdb.DuckDBPyConnection] = {}
_INHERITED = list[duckdb.DuckDBPyConnection]()  # closed, they would end the parent's sessions
_GATE = threading.Lock()


class LakeDatabase:
    """The tables of an installation in a lake.

    Attributes:
        snapshot: Of the lake: its tables as they were then, to be read only; None: as they are.
        notes: Whether the home notes that its tables are here.
        tries: Of the last piece of work.
    """

    def __init__(
        self, lake: Lake, home: Path, snapshot: int | None = None, *, notes: bool = True
    ) -> None:
        self.lake, self.home, self.snapshot, self.notes = lake, home, snapshot, notes
        self.tries = Tries()

    def read(self, work: Work[T]) -> T:
        """Do some reads; again, from the beginning, where the lake was away."""
        return self._tried(lambda: self._with_connection(work))

    def write(self, tables: list[str], days: Days | None, work: Work[T]) -> T:
        """Do some work in a transaction; again, from the beginning, where it met another one.

        Args:
            tables: What it writes.
            days: Of these days alone; None: anywhere.
            work: Given a connection inside of the transaction. Done twice it is as done once.
        """
        if self.snapshot is not None:
            raise UserError(f"snapshot {self.snapshot} of the lake can only be read")

        def once() -> T:
            # DuckLake lets a writer of rows fail when another one deleted any of the table
            # meanwhile: who replaces rows has the table alone, and who met such a one.
            meets = self.tries.conflicts or (days and self._have_rows(tables, days))
            return self._locked(locks_for(tables, None if meets else days), work)

        return self._tried(once)

    def maintain(self, work: Work[T]) -> T:
        """Do some work while nobody writes any table, each statement a transaction of its own."""
        locks = locks_for(list(TABLES), None)

        def once() -> T:
            with held(self.lake, locks):
                return self._with_connection(work)

        return self._tried(once)

    def current_snapshot(self) -> int:
        """Number of the newest snapshot, or of the one that is read."""
        if self.snapshot is not None:
            return self.snapshot
        return int(self.read(lambda connection: connection.execute(_SNAPSHOT).fetchall()[0][0]))

    def _have_rows(self, tables: list[str], days: Days) -> bool:
        def look(connection: duckdb.DuckDBPyConnection) -> bool:
            return any(
                connection.execute(_ANY_ROW.format(table=table), days).fetchall()
                for table in tables
            )

        return self._with_connection(look)

    def _tried(self, once: Callable[[], T]) -> T:
        self.tries = Tries()
        while True:
            try:
                return once()
            except (duckdb.Error, PassingError) as error:
                pause = self.tries.pause_after(error)
                if pause is None:
                    if isinstance(error, (duckdb.FatalException, duckdb.InternalException)):
                        forget(self.lake)  # DuckDB gives up such a database for good
                    raise self.tries.told(error, self.lake) from None
                if self.tries.away:
                    forget(self.lake)  # a connection that broke does not mend itself
                time.sleep(pause)

    def _locked(self, locks: list[Lock], work: Work[T]) -> T:
        with held(self.lake, locks) as guard:

            def transact(connection: duckdb.DuckDBPyConnection) -> T:
                connection.execute("begin")
                try:
                    done = work(connection)
                    with guard.cursor() as cursor:  # a lock that was lost protects nothing
                        cursor.execute("select 1")
                    connection.execute("commit")
                except BaseException:
                    with suppress(duckdb.Error):  # a commit that failed has ended it
                        connection.execute("rollback")
                    raise
                return done

            return self._with_connection(transact)

    def _with_connection(self, work: Work[T]) -> T:
        connection = self._attached().cursor()
        try:
            connection.execute(_SETTINGS)
            return work(connection)
        finally:
            connection.close()

    def _attached(self) -> duckdb.DuckDBPyConnection:
        """The connection of this process: attaching takes as long as ten short reads."""
        key = (self.lake, self.snapshot)
        with _GATE:
            if key not in _ATTACHED:
                for other in [one for one in _ATTACHED if one[1] is not None]:  # earlier snapshots
                    _ATTACHED.pop(other)
                _ATTACHED[key] = self._attach()
            return _ATTACHED[key]

    def _attach(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:")
        connection.execute(f"set temp_directory = '{quoted(tempfile.gettempdir())}/last_mile'")
        make_ready(connection, self.lake)
        if self.snapshot is not None:
            self._attach_snapshot(connection)
            return connection
        # DuckLake makes its own tables at the first attaching, and two at once fail
        with held(self.lake, [Lock("tables of the lake", shared=False)]):
            connection.execute(attachment(self.lake, "warehouse", _WRITTEN))
            connection.execute("use warehouse")
            bring_up_to_date(connection, self.lake)
        if self.notes:
            note_lake(self.home, self.lake)
        return connection

    def _attach_snapshot(self, connection: duckdb.DuckDBPyConnection) -> None:
        try:
            options = f", read_only, snapshot_version {self.snapshot}"
            connection.execute(attachment(self.lake, "warehouse", options))
        except duckdb.InvalidInputException as error:
            if "snapshot" not in str(error):
                raise
            raise UserError(
                f"the lake {self.lake.catalog} has no snapshot {self.snapshot} any more, or never "
                "had"
            ) from None
        if not connection.execute(_HAS_TABLES).fetchall()[0][0]:
            raise UserError(
                f"in snapshot {self.snapshot} the lake {self.lake.catalog} had no tables"
            )


def forget(lake: Lake) -> None:
    """Close what this process has open of a lake."""
    with _GATE:
        for key in [one for one in _ATTACHED if one[0] == lake]:
            with suppress(duckdb.Error):
                _ATTACHED.pop(key).close()


def _begin_anew() -> None:
    """In a process that was forked: nothing of the parent's is used, or closed."""
    global _GATE  # noqa: PLW0603 - it may have been held at the fork
    _INHERITED.extend(_ATTACHED.values())
    _ATTACHED.clear()
    _GATE = threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)

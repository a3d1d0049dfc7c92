"""Opens a lake: its catalog in PostgreSQL is attached once in a process, work is tried again.

A transaction that met another one, a server that restarts or a store that refuses a request is
tried again, whole. Not here: what the tables are there (lake_tables.py), locks (lake_locks.py).
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from last_mile.adapters.lake_address import ENDPOINT, Lake, note_lake
from last_mile.adapters.sql_files import TABLES
from last_mile.adapters.warehouse.database import T, Work
from last_mile.adapters.warehouse.extensions import load_extensions
from last_mile.adapters.warehouse.lake_locks import Lock, address_of, held, locks_for
from last_mile.adapters.warehouse.lake_tables import bring_up_to_date
from last_mile.adapters.warehouse.lake_tries import Tries
from last_mile.adapters.warehouse.slices import Days
from last_mile.errors import PassingError, UserError

_ATTACH = "attach 'ducklake:postgres:{catalog}' as {name} (data_path '{data}'{options})"
_WRITTEN = ", data_inlining_row_limit 0"  # else columns may not be called row_id
_SETTINGS = (  # of landing.py, which changes some of them for a moment
    "set timezone = 'UTC'; set memory_limit = '3GB'; set enable_progress_bar = false; "
    "reset threads; use warehouse"
)
_RETRIES = (
    "set enable_progress_bar = false; set ducklake_max_retry_count = 50; "
    "set http_retries = 8; set http_retry_wait_ms = 50"
)
_BEFORE = """select max(snapshot_id) from ducklake_snapshots('present')
where snapshot_time at time zone 'UTC' < ? and snapshot_id > 0"""
_HAS_TABLES = "select count(*) from duckdb_tables() where database_name = 'warehouse'"
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
        locks, alone = locks_for(tables, days), locks_for(tables, None)
        # DuckLake lets a writer of rows fail when another one deleted any of the table meanwhile
        return self._tried(lambda: self._locked(alone if self.tries.conflicts else locks, work))

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
        connection.execute(f"set temp_directory = '{_quoted(tempfile.gettempdir())}/last_mile'")
        _make_ready(connection, self.lake)
        if self.snapshot is not None:
            self._attach_snapshot(connection)
            return connection
        # DuckLake makes its own tables at the first attaching, and two at once fail
        with held(self.lake, [Lock("tables of the lake", shared=False)]):
            connection.execute(_attachment(self.lake, "warehouse", _WRITTEN))
            connection.execute("use warehouse")
            bring_up_to_date(connection, self.lake)
        if self.notes:
            note_lake(self.home, self.lake)
        return connection

    def _attach_snapshot(self, connection: duckdb.DuckDBPyConnection) -> None:
        try:
            options = f", read_only, snapshot_version {self.snapshot}"
            connection.execute(_attachment(self.lake, "warehouse", options))
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


def attach_lake(connection: duckdb.DuckDBPyConnection, lake: Lake, before: datetime) -> None:
    """Attach a lake, read only, as the database `present` of a connection.

    Args:
        connection: Any.
        lake: Which.
        before: As its newest snapshot before this moment (UTC) was; as it is if it has none.
    """
    _make_ready(connection, lake)
    try:
        connection.execute(_attachment(lake, "present", ", read_only"))
    except duckdb.Error as error:
        raise Tries().told(error, lake) from None
    row = connection.execute(_BEFORE, [before]).fetchone()
    if row and row[0] is not None:
        connection.execute("detach present")
        connection.execute(_attachment(lake, "present", f", read_only, snapshot_version {row[0]}"))


def _make_ready(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    load_extensions(connection)
    connection.execute(_RETRIES)
    if lake.password:  # in a secret: what stands in an address stands in messages
        connection.execute(f"create secret (type postgres, password '{_quoted(lake.password)}')")
    if lake.data.startswith("s3://"):
        connection.execute(_secret())


def _attachment(lake: Lake, name: str, options: str) -> str:
    catalog, data = _quoted(address_of(lake)), _quoted(lake.data)
    return _ATTACH.format(catalog=catalog, name=name, data=data, options=options)


def forget(lake: Lake) -> None:
    """Close what this process has open of a lake."""
    with _GATE:
        for key in [one for one in _ATTACHED if one[0] == lake]:
            with suppress(duckdb.Error):
                _ATTACHED.pop(key).close()


def _secret() -> str:
    """The secret of the store, from the variables that every S3 client reads."""
    given = {
        "key_id": os.environ.get("AWS_ACCESS_KEY_ID"),
        "secret": os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "session_token": os.environ.get("AWS_SESSION_TOKEN"),
        "region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
    }
    if not given["key_id"] or not given["secret"]:
        raise UserError(
            "the lake's store needs a key: set $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY"
        )
    if endpoint := os.environ.get(ENDPOINT):
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise UserError(f"${ENDPOINT} is no address: write http://host:port or https://host")
        given |= {"endpoint": parts.netloc, "url_style": "path"}
    options = [f"{name} '{_quoted(value)}'" for name, value in given.items() if value]
    if endpoint and endpoint.startswith("http://"):
        options.append("use_ssl false")
    return f"create secret lake_store (type s3, {', '.join(options)})"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _begin_anew() -> None:
    """In a process that was forked: nothing of the parent's is used, or closed."""
    global _GATE  # noqa: PLW0603 - it may have been held at the fork
    _INHERITED.extend(_ATTACHED.values())
    _ATTACHED.clear()
    _GATE = threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)

"""The DuckDB of a thread, kept from window to window: to start one takes longer than a short read.

Not here: which file is attached to it (database.py), lakes, which stay attached (lake.py).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from dagster_duckdb import DuckDBResource


@dataclass(frozen=True, slots=True)
class _Engine:
    """A DuckDB without tables."""

    connection: duckdb.DuckDBPyConnection
    spills_to: Path  # which cannot be changed once it was used
    process: int
    ending: ExitStack


class _Kept(threading.local):
    engine: _Engine | None = None


_KEPT = _Kept()
_INHERITED = list[_Engine]()  # closed, they would wait for threads that only the parent has


@contextmanager
def kept_engine(spills_to: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for one window, which is to detach what it attaches.

    Its DuckDB is kept for the next window of this thread, unless this one fails.

    Args:
        spills_to: Folder for what does not fit into memory.
    """
    found, _KEPT.engine = _KEPT.engine, None
    if found and found.process != os.getpid():
        _INHERITED.append(found)
        found = None
    if found and found.spills_to != spills_to:
        found.ending.close()
        found = None
    found = found or _start(spills_to)
    try:
        with found.connection.cursor() as connection:  # temporary tables and views end with it
            yield connection
    except BaseException:
        found.ending.close()
        raise
    _KEPT.engine = found


@contextmanager
def new_engine(spills_to: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a DuckDB of its own, which ends with it.

    Args:
        spills_to: See `kept_engine`.
    """
    with DuckDBResource(database=":memory:").get_connection() as connection:
        try:
            quoted = str(spills_to).replace("'", "''")
            connection.execute(f"set temp_directory = '{quoted}'")
            yield connection
        finally:
            connection.close()  # the resource itself does not, when an exception passes


def _start(spills_to: Path) -> _Engine:
    ending = ExitStack()
    connection = ending.enter_context(new_engine(spills_to))
    return _Engine(connection, spills_to, os.getpid(), ending)

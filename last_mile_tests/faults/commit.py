"""One commit that meets a full disk, as a process: DuckDB may end it. Not here: the disk.

python -m last_mile_tests.faults.commit HOME BALLAST N LEFT
"""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from pathlib import Path

import duckdb

from last_mile.adapters.warehouse.database import FileDatabase


def commit_on_a_full_disk(home: Path, ballast: Path, n: int, left: int) -> None:
    """Delete n keys and add them again; before the commit the disk has so many bytes left."""
    database = FileDatabase(home / "warehouse.duckdb")

    def add(connection: duckdb.DuckDBPyConnection) -> None:
        keys = f"select 'key-' || i, repeat('v', 100) from range({n}) as numbers (i)"
        connection.execute("create table if not exists keyed (key varchar primary key, v varchar)")
        connection.execute("delete from keyed")
        connection.execute(f"insert into keyed {keys}")

    def add_and_fill(connection: duckdb.DuckDBPyConnection) -> None:
        add(connection)
        with ballast.open("wb", buffering=0) as filled, suppress(OSError):
            while shutil.disk_usage(home).free > left:
                filled.write(bytes(4096))

    database.write([], None, add)
    try:
        database.write([], None, add_and_fill)
    except OSError as error:
        sys.stdout.write(f"{error.strerror}\n")
    ballast.unlink()
    database.write([], None, add)


if __name__ == "__main__":
    commit_on_a_full_disk(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))

"""Copies of the warehouse file, made while other processes wait for it; what a copy holds.

Not here: what else belongs to a backup (adapters/backup/).
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import duckdb

from last_mile.adapters.warehouse.database import opened
from last_mile.errors import UserError

# A file system that can share blocks between files copies in no time.
_COPY = ("cp", "--reflink=auto") if sys.platform == "linux" else ("cp",)
_TABLES = "select table_name from duckdb_tables() where database_name = 'warehouse' order by 1"
_ERASED_USERS = """with users as (
    select user_id from conversation_logs union select user_id from outcome_logs
    union select annotator from label_logs
)
select user_id from users
where sha256((select any_value(salt) from erasures) || '/user/' || user_id)
    in (select key from erased_keys)
order by 1"""


def copy_warehouse(path: Path, target: Path) -> float:
    """Copy the database file as it is between two transactions.

    The copy is made by another process: were the file opened and closed in this one, the system
    would take DuckDB's lock on it away.

    Returns:
        Seconds for which every other process waited.

    Raises:
        OSError: The copy could not be written.
    """
    with opened(path, as_found=True) as connection:
        begun = time.monotonic()
        connection.execute("checkpoint warehouse")
        if path.with_name(f"{path.name}.wal").exists():
            raise RuntimeError(f"{path.name}.wal was not taken into its file")
        done = subprocess.run(
            [*_COPY, "--", str(path), str(target)], capture_output=True, check=False, text=True
        )
    held = time.monotonic() - begun
    if done.returncode:
        raise OSError(done.stderr.strip())
    return held


def rows_by_table(path: Path) -> dict[str, int]:
    """How many rows every table of a database file has that nobody else uses.

    Raises:
        OSError: It could not be written when it was opened.
    """
    try:
        with opened(path, as_found=True) as connection:
            tables = [row[0] for row in connection.execute(_TABLES).fetchall()]
            counts = [f"select '{t}', count(*) from \"{t}\"" for t in tables]
            return dict(connection.execute(" union all ".join(counts)).fetchall())
    except duckdb.IOException as error:
        raise OSError(str(error)) from None
    finally:
        path.with_suffix(".duckdb.lock").unlink(missing_ok=True)
        with suppress(OSError):
            path.with_suffix(".duckdb.tmp").rmdir()


def take_over_erasures(path: Path, newer: Path) -> list[str]:
    """Note in a warehouse which users a newer one had erased.

    Args:
        path: The warehouse file.
        newer: That of a newer backup, or of a home that was moved away; nothing in it changes.

    Returns:
        Ids of erased users of whom the warehouse has rows, as they are stored.

    Raises:
        UserError: The newer one cannot be read, or its erased users are noted with another salt.
    """
    with opened(path) as connection:
        attached = str(newer).replace("'", "''")
        try:
            connection.execute(f"attach '{attached}' as newer (read_only)")
        except duckdb.Error:
            raise UserError(
                f"{newer} cannot be read for who was erased: it is damaged, or open in another "
                "program"
            ) from None
        salts = "select salt from erasures union select salt from newer.erasures"
        if len(connection.execute(salts).fetchall()) > 1:
            raise UserError(
                f"{newer} is of another installation, or was restored without the erasures before; "
                "to restore without its erasures move the backup into a folder of its own"
            )
        for table in ("erasures", "erased_keys"):
            connection.execute(f"insert or ignore into {table} by name from newer.{table}")
        connection.execute("detach newer")
        return [row[0] for row in connection.execute(_ERASED_USERS).fetchall()]

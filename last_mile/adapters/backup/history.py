"""Dagster's history, copied while a daemon writes to it; if it is elsewhere, how to keep it.

Not here: what else a backup holds (writing.py).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from last_mile.adapters.backup.files import FILE_MODE, FOLDER_MODE
from last_mile.adapters.installation import Installation

_WAIT_S = 60.0  # for a daemon that is writing
_INSTANCE = "dagster.yaml"


def history_elsewhere(installation: Installation) -> str | None:
    """How to keep the history of runs, when a backup does not; None when it does."""
    given = os.environ.get("DAGSTER_HOME")
    folder = Path(given).absolute() if given else installation.dagster_home
    try:
        instance = (folder / _INSTANCE).read_text("utf-8")
    except OSError:
        instance = ""
    if "postgres" in instance:
        return f"in PostgreSQL, by {folder / _INSTANCE}: pg_dump --format=custom keeps it"
    if folder != installation.dagster_home:
        return f"in {folder} ($DAGSTER_HOME): copy it with that folder's own backup"
    return None


def copy_history(dagster_home: Path, target: Path) -> None:
    """Copy the SQLite files of an instance, each as it is between two transactions.

    What steps printed (`storage/`) stays behind.
    """
    for file in sorted(dagster_home.rglob("*.db")):
        copy = target / file.relative_to(dagster_home)
        copy.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        try:
            _copy_database(file, copy)
        except sqlite3.OperationalError:
            if file.exists():
                raise
            copy.unlink(missing_ok=True)  # its run was deleted meanwhile


def _copy_database(file: Path, copy: Path) -> None:
    uri = f"{file.absolute().as_uri()}?mode=rw"  # `connect` alone would make a missing file
    with (
        closing(sqlite3.connect(uri, uri=True, timeout=_WAIT_S)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        target.execute("pragma journal_mode = delete")  # one file, without a log beside it
    copy.chmod(FILE_MODE)

"""What Dagster's storage says of single conversations: ids, as examples of what broke a check.

Not here: Dagster's instance (run/runs.py). It is read as the SQLite files it is, so that nothing of
a history that another version wrote has to be understood.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

# As the checks and DuckDB write them, inside JSON: text after text with escapes, once or twice.
_EXAMPLES = re.compile(
    r"""(?P<before>rows,\ e\.g\.\ )(?P<named>(?:[^"\\]|\\+[^"\\])*)
                         | (?P<start>Duplicate\ key\ \\*")(?P<key>.*?)(?=\\*"\ violates)""",
    re.X,
)
_GONE = "erased"
_WAIT_S = 60.0  # for a daemon that is writing


def forget(dagster_home: Path, names: Sequence[str]) -> int:
    """Take ids out of the history of runs and checks.

    Args:
        dagster_home: Folder of the instance; it need not exist.
        names: Ids.

    Returns:
        Rows of the history that named one.
    """
    if not names:
        return 0
    spellings = sorted({spelt for name in names for spelt in (name, json.dumps(name)[1:-1])})
    files = sorted(dagster_home.rglob("*.db")) if dagster_home.is_dir() else []
    return sum(_forget_in(file, spellings) for file in files)


def _forget_in(file: Path, names: Sequence[str]) -> int:
    with closing(sqlite3.connect(file, timeout=_WAIT_S, isolation_level=None)) as database:
        changed = sum(
            _forget_column(database, table, column, names)
            for (table,) in database.execute("select name from sqlite_master where type = 'table'")
            .fetchall()
            for _, column, *_ in database.execute(f'pragma table_info("{table}")').fetchall()
        )  # fmt: skip
        if changed:
            database.execute("vacuum")  # a row that was changed stays in free pages
            database.execute("pragma wal_checkpoint(truncate)")
    return changed


def _forget_column(
    database: sqlite3.Connection, table: str, column: str, names: Sequence[str]
) -> int:
    found = database.execute(
        f'select rowid, "{column}" from "{table}" '
        f"where typeof(\"{column}\") = 'text' and (instr(\"{column}\", 'rows, e.g. ') > 0 "
        f"or instr(\"{column}\", 'Duplicate key') > 0)"
    ).fetchall()
    changed = [(without, row) for row, text in found if (without := _without(text, names)) != text]
    database.executemany(f'update "{table}" set "{column}" = ? where rowid = ?', changed)
    return len(changed)


def _without(text: str, names: Sequence[str]) -> str:
    def replaced(found: re.Match[str]) -> str:
        if not any(name in found[0] for name in names):
            return found[0]
        return (found["before"] or found["start"]) + _GONE

    return _EXAMPLES.sub(replaced, text)

"""Copies what had arrived by a moment into a warehouse of its own, to be built and reported there.

What is not dated by arrival goes by its day. Not here: building and reporting (run/past.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from last_mile.adapters.file_lock import locked
from last_mile.adapters.installation import Installation
from last_mile.adapters.lake_address import lake_of
from last_mile.adapters.sql_files import past_text
from last_mile.adapters.warehouse.database import opened
from last_mile.adapters.warehouse.lake_attaching import attach_lake

_BY_RULE = ("log_files", "conversation_logs", "outcome_logs", "label_logs")
_BY_DAY = (
    "conversations", "duplicate_lines", "rejected_lines", "heuristic_flags", "judge_verdicts",
    "judge_calls", "judge_skipped", "judge_samples", "judge_bridge_samples",
    "judge_flags", "quality_tiers",
)  # fmt: skip
_WHOLE = (
    "lift_seen", "label_plan", "judge_batches", "judge_grouping", "judge_epochs", "release_links",
)  # fmt: skip


def copy_known(present: Installation, past: Path, as_of: datetime) -> None:
    """Fill an empty file with what an installation knew.

    A lake is read as its newest snapshot before that moment was, if it has one: what a drop file
    said before it was rewritten is then what counts.

    Args:
        present: Whose tables are read; nothing in them changes.
        past: The file to fill.
        as_of: What arrived at or after it is left out.
    """
    with opened(past) as connection, _attached(connection, present, as_of):
        connection.execute("begin")
        for table in _BY_RULE:
            _copy(connection, table, past_text(table), as_of)
        for table in _BY_DAY:
            _copy(connection, table, f"from present.{table} where day < $as_of", as_of)
        for table in _WHOLE:
            connection.execute(f"insert into {table} by name from present.{table}")
        connection.execute("commit")


@contextmanager
def _attached(
    connection: duckdb.DuckDBPyConnection, present: Installation, as_of: datetime
) -> Iterator[None]:
    """The tables of an installation as the database `present` of a connection."""
    if lake := lake_of(present.home):
        attach_lake(connection, lake, as_of)
        yield
    else:
        path = str(present.warehouse).replace("'", "''")
        with locked(present.warehouse.with_suffix(".duckdb.lock")):
            connection.execute(f"attach '{path}' as present (read_only)")
            yield
            connection.execute("detach present")


def _copy(connection: duckdb.DuckDBPyConnection, table: str, rows: str, as_of: datetime) -> None:
    connection.execute(f"insert into {table} by name {rows}", {"as_of": as_of})

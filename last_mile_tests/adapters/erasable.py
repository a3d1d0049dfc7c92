"""An installation with landed and built rows of two users, one of whom is to be erased.

Not here: tests, the lines themselves (scenario.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.landing import land
from last_mile.adapters.log_drop import find_drop_files
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.expectation.history import LANDING_CHECKS
from last_mile_tests.scenario import LAST_DAY, conversation, label, message, outcome, write_drop

Rows = Sequence[Mapping[str, Any]]
EVER = Days(date(2015, 1, 1), date(2100, 1, 1))
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC).replace(tzinfo=None)
USER, OTHER = "u-4711-mine", "u-4712-theirs"
SECRET = "q7Zk0vXw3RbNn5eTgYhU8jMiLo2PaSdF6xCtVrEwQz"
BUILT = ("conversations", "duplicate_lines", "rejected_lines", "outcome_events")
CHECKS = (  # query, days, and the columns that must be equal
    ("logs__lines_reconcile", None,
     ("lines_read", "lines_landed", "records_read", "records_landed", "records_sorted")),
    ("conversations__lines_reconcile", EVER, ("records_in", "records_accounted_for")),
    ("rejected_lines__complete", EVER, ("lines_refused", "lines_kept")),
)  # fmt: skip


def said(text: str) -> list[dict[str, Any]]:
    """Messages with a text of the user and a draft."""
    return [message("user", text), message("assistant", "Dear client, I can start today.")]


MINE = conversation("mine-1", user_id=USER, task_id="t1", messages=said(SECRET))
THEIRS = conversation("theirs-1", user_id=OTHER, task_id="t1")
OUTCOMES = [
    outcome("mine-1"),
    outcome("theirs-1"),
    outcome("", user_id=USER, task_id="t1"),
    outcome("", user_id=OTHER, task_id="t1"),
]
LABELS = [label("mine-1"), label("theirs-1")]


def two_users(folder: Path) -> Installation:
    """An installation of both users: `mine-1` was logged twice; each has outcomes and a label."""
    return home_with(folder, [MINE, MINE, THEIRS], OUTCOMES, LABELS)


def home_with(
    folder: Path,
    conversations: Rows,
    outcomes: Rows = (),
    labels: Rows = (),
    more: bytes = b"",
    **settings: Any,
) -> Installation:
    """An installation with these rows landed and built; `more` ends the file of conversations."""
    drops = write_drop(folder / "drops", conversations, outcomes, labels)
    with (drops / "conversations.jsonl").open("ab") as file:
        file.write(more)
    home = Installation.at(folder / "home")
    home.save(Settings(drops=str(drops), **settings))
    land_again(home)
    return home


def land_again(home: Installation, **over: Any) -> Warehouse:
    """Land what has changed in the drop folder, and build all days."""
    warehouse, settings = Warehouse(home=str(home.home)), home.settings()
    drops = Path(settings.drops)
    for kind in ("conversations", "outcomes", "labels"):
        if any(file.kind == kind for file in find_drop_files(drops)):
            land(warehouse, drops, kind, settings.reading(LAST_DAY), **over)
    for table in BUILT:
        warehouse.build(table, EVER)
    return warehouse


def judge_call(conversation_id: str, call_id: str = "a", **over: Any) -> dict[str, Any]:
    """A row of `judge_calls`."""
    return {
        "call_id": call_id, "run": "r", "epoch": "e1", "judge": "m",
        "mode": "batch" if "batch_id" in over else "online", "batch_id": None,
        "content_hash": f"h of {conversation_id}", "conversation_id": conversation_id,
        "day": date(2026, 1, 5), "panel": 0, "attempt": 1, "sent_at": NOW, "cut_characters": 0,
        "reserved_nano": 9, "cost_nano": 0, **over,
    }  # fmt: skip


def held_in(home: Installation, *names: str) -> set[str]:
    """Names that stand in the bytes of any file of the home."""
    files = [path.read_bytes() for path in home.home.rglob("*") if path.is_file()]
    return {name for name in names if any(name.encode() in data for data in files)}


def unequal(
    warehouse: Warehouse, query: str, days: Days | None, columns: Sequence[str]
) -> list[dict[str, Any]]:
    """Rows of a check whose columns are not all equal."""
    each = [check.fragments for check in LANDING_CHECKS if check.query == query] or [{}]
    rows = [row for parts in each for row in warehouse.read(query, days, parts).to_dicts()]
    assert rows
    return [row for row in rows if len({row[name] for name in columns}) > 1]


def warehouse_of(home: Installation) -> Warehouse:
    """The warehouse of an installation."""
    return Warehouse(home=str(home.home))


def rows_of(home: Installation) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables, in a file or in a lake."""

    def read(connection: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, Any]]]:
        tables = connection.execute(
            "from duckdb_tables() select table_name where database_name = 'warehouse'"
        ).fetchall()
        return {name: connection.execute(f"from {name}").pl().to_dicts() for (name,) in tables}

    return warehouse_of(home).look(read)


def copied(made: Installation, folder: Path) -> Installation:
    """An installation and its drop folder once more."""
    settings = made.settings()
    drops = shutil.copytree(settings.drops, folder / "drops")
    home = Installation.at(shutil.copytree(made.home, folder / "home"))
    home.save(replace(settings, drops=str(drops)))
    return home


def naming(home: Installation, *names: str) -> set[tuple[str, str]]:
    """Tables and names: where any value of any row says one of them."""
    rows = rows_of(home).items()
    return {(table, name) for table, held in rows for name in names if name in repr(held)}

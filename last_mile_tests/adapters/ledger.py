"""Landed outcomes and what becomes of them, day by day or all days at once.

Not here: tests, the lines themselves (scenario.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from last_mile.adapters.landing import land
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.expectation import check_fragments
from last_mile.core.fragments import outcome_fragments, wide_columns, wide_fragments
from last_mile.core.rubric import Rubric
from last_mile_tests.scenario import READING, conversation, json_lines, outcome, write_file

EVER = Days(date(2026, 1, 1), date(2026, 4, 1))
Rows = Sequence[Mapping[str, Any]]


class Ledger:
    """A warehouse with a drop folder and a rubric.

    Args:
        folder: An empty folder.
        rubric: Its outcome kinds are built.
    """

    def __init__(self, folder: Path, rubric: Rubric) -> None:
        self.warehouse = Warehouse(home=str(folder / "home"))
        self.rubric = rubric
        self._drops = folder / "drops"
        self._files = 0

    def land(self, conversations: Rows = (), outcomes: Rows = (), *, rewrite: bool = False) -> None:
        """Land rows in new files, later than those before, or in place of the last."""
        self._files += not rewrite
        number = f"{self._files:03}"
        write_file(self._drops, f"conversations-{number}.jsonl", json_lines(conversations), rewrite)
        land(self.warehouse, self._drops, "conversations", READING)
        if outcomes:
            write_file(self._drops, f"outcomes-{number}.jsonl", json_lines(outcomes), rewrite)
            land(self.warehouse, self._drops, "outcomes", READING)

    def build(self, days: Days = EVER, *, only: Sequence[str] = ()) -> None:
        """Build the tables of some days at once."""
        fragments = {
            "outcomes": outcome_fragments(self.rubric),
            "labeled_conversations": wide_fragments(self.rubric),
        }
        columns = {"labeled_conversations": wide_columns(self.rubric)}
        for table in ("conversations", "outcome_events", "outcomes", "labeled_conversations"):
            if not only or table in only:
                self.warehouse.build(table, days, fragments.get(table), columns.get(table))

    def build_by_day(self) -> None:
        """Build every day alone, the newest first, as a run does."""
        for day in self.warehouse.read("days_to_build")["day"]:
            self.build(Days(day, day + timedelta(days=1)))

    def rows(self, table: str = "outcomes") -> pl.DataFrame:
        """A table in a fixed order."""
        frame = self.warehouse.read(table)
        keys = [name for name in ("source_file", "source_line", "conversation_id", "outcome")
                if name in frame.columns]  # fmt: skip
        return frame.sort(keys)

    def states(self, outcome: str = "hired") -> dict[str, str]:
        """State by conversation."""
        return dict(
            self.rows().filter(outcome=outcome).select("conversation_id", "state").iter_rows()
        )

    def row(self, conversation_id: str, outcome: str = "hired") -> dict[str, Any]:
        """One row of outcomes."""
        found = self.rows().filter(conversation_id=conversation_id, outcome=outcome)
        return found.row(0, named=True)

    def read_as_of(self, as_of: str) -> None:
        """Build the outcomes as they were known at a moment."""
        with closing(duckdb.connect(self.warehouse.installation.warehouse)) as connection:
            connection.execute(
                f"create or replace view known_up_to as select timestamp '{as_of}' as as_of"
            )
        self.build(only=["outcomes"])

    def check(self, query: str, days: Days = EVER) -> pl.DataFrame:
        """What a check looks at."""
        return self.warehouse.read(query, days, check_fragments(self.rubric))

    def open_days(self) -> dict[tuple[int, str], int]:
        """Number of the newest landing that opened each (day of January, work)."""
        rows = self.warehouse.read("day_changes").select("day", "work", "change").iter_rows()
        return {(day.day, work): change for day, work, change in rows}


def known_up_to(moment: str) -> dict[str, Any]:
    """A row of another outcome, about nobody, that says up to when outcomes are known."""
    return outcome("nobody", outcome="other", occurred_at=moment)


def of_task(
    conversation_id: str, day: int, task: str = "t1", user: str = "u1", **over: Any
) -> dict[str, Any]:
    """A conversation of a user about a task, at 10:00 on a day of January."""
    at = f"2026-01-{day:02}T10:00:00Z"
    return conversation(conversation_id, user_id=user, task_id=task, started_at=at, **over)


def about_task(day: int, task: str = "t1", user: str = "u1", **over: Any) -> dict[str, Any]:
    """An event that names a user and a task, at 12:00 on a day of January."""
    at = {"occurred_at": f"2026-01-{day:02}T12:00:00Z"}
    row = outcome(user_id=user, task_id=task, **{**at, **over})
    return {name: value for name, value in row.items() if name != "conversation_id"}


utc = datetime.fromisoformat  # a UTC time without a zone, as the tables hold it

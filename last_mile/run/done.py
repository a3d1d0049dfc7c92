"""What a command has done, as one report: every run with its day, its end and its rows.

Not here: making the runs (runs.py), showing the report (cli/done_view.py).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from last_mile.adapters.installation import Installation
from last_mile.errors import UserError


@dataclass(frozen=True, slots=True)
class Done:
    """One run that has ended.

    Attributes:
        job: Name of its job.
        day: Its partition, or None.
        seconds: How long it took.
        rows: Rows written, by table.
        failure: Why it stopped, in a sentence; None: it did not.
        stops: The error that stops the command with it.
    """

    job: str
    day: date | None
    seconds: float
    rows: dict[str, int]
    failure: str | None = None
    stops: UserError | OSError | None = None

    @property
    def what(self) -> str:
        """The run, for a message."""
        return f"day {self.day}" if self.day else self.job

    @property
    def builds_a_day(self) -> bool:
        """Whether it builds a day of conversations: not outcome events alone, nor all days."""
        return self.job == "daily"


def report_of(command: str, done: Sequence[Done], asked: dict[str, Any]) -> dict[str, Any]:
    """The report of a command: what was asked, days by their end, rows by table, every run.

    Args:
        command: Its id, the tag `last_mile/run` of its runs.
        done: Its runs, in the order they ended.
        asked: What the command was given.
    """
    days = [item for item in done if item.day]
    rows: Counter[str] = Counter()
    for item in done:
        rows.update(item.rows)
    return {
        "command": command,
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "asked": asked,
        "days_built": sum(item.builds_a_day and not item.failure for item in days),
        "days_failed": {str(item.day): item.failure for item in days if item.failure},
        "rows_written": dict(rows),
        "seconds_of_runs": round(sum(item.seconds for item in done), 1),
        "runs": [_shown(item) for item in done],
    }


def _shown(done: Done) -> dict[str, Any]:
    shown = asdict(replace(done, stops=None)) | {"day": str(done.day) if done.day else None}
    del shown["stops"]
    return shown


def save_report(installation: Installation, report: dict[str, Any]) -> Path:
    """Write a report to `<home>/backfills/<command>.json`, whole or not at all."""
    folder = installation.home / "backfills"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report['command']}.json"
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)
    return path

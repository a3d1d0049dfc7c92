"""Builders of log lines, outcomes, labels and rubrics. Not here: tests, what one test needs."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from last_mile.adapters.drop_reading import Reading
from last_mile.adapters.landing import land
from last_mile.adapters.log_drop import DropFile, find_drop_files
from last_mile.adapters.rubric_file import SHIPPED
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.rubric import Metric, Rubric

DAY = date(2026, 1, 5)
DAYS = Days(DAY, date(2026, 1, 6))
LAST_DAY = date(2026, 12, 31)  # days after it are in the future: a year of room
READING = Reading(last_day=LAST_DAY)


def message(role: str, content: str | None, **over: Any) -> dict[str, Any]:
    """One message of a log line."""
    return {"role": role, "content": content, **over}


def conversation(conversation_id: str = "c1", **over: Any) -> dict[str, Any]:
    """One line of a native conversation log: a request and a draft, on DAY."""
    return {
        "conversation_id": conversation_id,
        "user_id": f"user of {conversation_id}",
        "model": "m1",
        "started_at": "2026-01-05T10:00:00Z",
        "messages": [
            message("user", "Write a proposal for this job."),
            message("assistant", "Dear client, I can start today."),
        ],
        **over,
    }


def outcome(conversation_id: str = "c1", **over: Any) -> dict[str, Any]:
    """One row of an outcome drop: hired, two days after DAY."""
    row = {"outcome": "hired", "value": "1", "occurred_at": "2026-01-07T10:00:00Z"}
    return {"conversation_id": conversation_id, **row, **over}


def label(conversation_id: str = "c1", **over: Any) -> dict[str, Any]:
    """One row of a label drop: a person finds it robotic."""
    row = {"metric": "robotic", "annotator": "ann", "annotator_kind": "human", "value": "1"}
    return {"conversation_id": conversation_id, **row, **over}


def json_lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as JSON lines."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def write_drop(
    folder: Path,
    conversations: Sequence[Mapping[str, Any]] = (),
    outcomes: Sequence[Mapping[str, Any]] = (),
    labels: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """Write conversations.jsonl, outcomes.csv and labels.csv; the last two when not empty."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conversations.jsonl").write_bytes(json_lines(conversations))
    for name, rows in (("outcomes.csv", outcomes), ("labels.csv", labels)):
        if rows:
            with (folder / name).open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(dict.fromkeys(k for row in rows for k in row)))
                writer.writeheader()
                writer.writerows(rows)
    return folder


def write_file(folder: Path, name: str, content: bytes = b"", seconds: int = 0) -> Path:
    """Write a file of a drop whose last change was some seconds after that of another."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (1_767_600_000 + seconds, 1_767_600_000 + seconds))  # 5 January 2026, 08:00
    return path


def drop_file(folder: Path, name: str, content: bytes) -> DropFile:
    """The one file of that name, written into a drop folder and found there."""
    write_drop(folder)
    write_file(folder, name, content)
    return next(file for file in find_drop_files(folder) if file.name == name)


def landed(home: Path, drops: Path) -> Warehouse:
    """A warehouse into which all files of a drop folder were landed."""
    warehouse = Warehouse(home=str(home))
    for kind in sorted({file.kind for file in find_drop_files(drops)}):
        land(warehouse, drops, kind, READING)
    return warehouse


def metric(metric_id: str = "robotic", **over: Any) -> Metric:
    """One judged metric that was expected to hurt."""
    prior = {"sign": -1, "author": "team", "date": "2025-12-01"}
    entry = {"id": metric_id, "kind": "judge", "question": f"Is it {metric_id}?", "prior": prior}
    return Metric.model_validate({**entry, **over})


def rubric(**over: Any) -> Rubric:
    """A rubric of one heuristic and two judged metrics, two outcomes and two tiers."""
    helps = {"sign": 1, "author": "team", "date": "2025-12-01"}
    rule = {"kind": "heuristic", "rule": "entry_point_is", "params": {"value": "own_draft"}}
    hired = {"id": "hired", "horizon_days": 10, "primary": True}
    fields: dict[str, Any] = {
        "name": "small",
        "version": 1,
        "outcomes": [hired, {"id": "interviewed", "horizon_days": 5}],
        "metrics": [
            metric("own_draft", prior=helps, **rule),
            metric(),
            metric("polite", prior=helps),
        ],
        "tiers": [
            {"tier": "best", "when": "own_draft and not robotic", "train": "desirable"},
            {"tier": "poor", "when": "robotic", "train": "undesirable"},
        ],
    }
    return Rubric.model_validate({**fields, **over})


def lenient_rubric(folder: Path) -> Path:
    """The shipped rubric without its lock: no small world proves every tier."""
    text = (SHIPPED / "proposals.yaml").read_text("utf-8")
    file = folder / "lenient.yaml"
    file.write_text(text.replace("unproven: lock", "unproven: warn"), encoding="utf-8")
    return file

"""Lands changed drop files in the warehouse: each physical line once, accepted or refused.

Not here: how a line is understood (core/), which days are then rebuilt (defs/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.adapters.log_drop import DropFile, Kind, Row, find_drop_files, read_lines, read_rows
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.conversation_line import (
    CONVERSATION_SCHEMA,
    FIRST_DAY,
    RefusedLineError,
    conversation_row,
)
from last_mile.core.event_row import LABEL_SCHEMA, OUTCOME_SCHEMA, label_row, outcome_row

_TABLES = {
    "conversations": ("conversation_logs", CONVERSATION_SCHEMA),
    "outcomes": ("outcome_logs", OUTCOME_SCHEMA),
    "labels": ("label_logs", LABEL_SCHEMA),
}
_ENTRY: dict[str, pl.DataType | type[pl.DataType]] = {
    "file": pl.String, "kind": pl.String, "size_bytes": pl.Int64, "modified_ns": pl.Int64,
    "path_day": pl.Date, "default_day": pl.Date, "file_day": pl.Date,
    "lines": pl.Int64, "accepted": pl.Int64, "rejected": pl.Int64,
}  # fmt: skip
_CHUNK = 20_000  # lines turned into a frame at a time


@dataclass(frozen=True, slots=True)
class Landed:
    """What one landing did."""

    files: int  # files read now
    unchanged: int  # files already landed
    lines: int
    rejected: int


def land(warehouse: Warehouse, folder: Path, kind: Kind, default_day: date | None) -> Landed:
    """Read every new or changed file of a kind and replace its rows, file by file.

    Rows of files that have left the folder stay: an archived log is not a deleted one.

    Args:
        warehouse: Where the rows go.
        folder: The drop folder.
        kind: Which files.
        default_day: Day of conversations without a time, in files without a day in their path.

    Returns:
        Counts of this landing.

    Raises:
        UserError: A file cannot be read; files before it are landed, nothing of it is.
    """
    files = [file for file in find_drop_files(folder) if file.kind == kind]
    known = _fingerprints(warehouse)
    changed = [f for f in files if known.get(f.name) != (f.size_bytes, f.modified_ns, default_day)]
    group: list[tuple[DropFile, pl.DataFrame]] = []
    lines = rejected = 0
    try:
        for file in changed:
            frame = landed_frame(file, default_day)
            lines, rejected = lines + frame.height, rejected + frame["reject_reason"].count()
            group.append((file, frame))
            if sum(frame.height for _, frame in group) >= _CHUNK:
                _store(warehouse, kind, group, default_day)
                group = []
    finally:  # files before one that cannot be read are landed all the same
        _store(warehouse, kind, group, default_day)
    return Landed(len(changed), len(files) - len(changed), lines, rejected)


def _store(
    warehouse: Warehouse,
    kind: Kind,
    group: list[tuple[DropFile, pl.DataFrame]],
    default_day: date | None,
) -> None:
    """Replace the rows of some files; their entry in log_files comes last, so a crash re-reads."""
    if not group:
        return
    names = {"file": [file.name for file, _ in group]}
    entries = pl.DataFrame(
        [_entry(file, frame, default_day) for file, frame in group], schema=_ENTRY
    )
    warehouse.replace(_TABLES[kind][0], pl.concat([frame for _, frame in group]), keys=names)
    warehouse.replace("log_files", entries, keys=names)


def inspect_drops(folder: Path, default_day: date | None) -> list[dict[str, Any]]:
    """What a landing would do, without doing it: one entry per kind of file.

    Raises:
        UserError: A file cannot be read.
    """
    files = find_drop_files(folder)
    entries = []
    for kind, (_, schema) in _TABLES.items():
        frames = [landed_frame(file, default_day) for file in files if file.kind == kind]
        frame = pl.concat([pl.DataFrame(schema=schema), *frames])
        refused = frame["reject_reason"].drop_nulls()
        entries.append(
            {
                "kind": kind,
                "files": len(frames),
                "lines": frame.height,
                "accepted": frame.height - len(refused),
                "rejected": len(refused),
                "first": frame["day"].min(),
                "last": frame["day"].max(),
                "reasons": dict(refused.value_counts(sort=True).iter_rows()),
            }
        )
    return entries


def landed_frame(file: DropFile, default_day: date | None) -> pl.DataFrame:
    """All lines of a file as rows of its landing table.

    Raises:
        UserError: The file cannot be read to its end.
    """
    _, schema = _TABLES[file.kind]
    last_day = datetime.now(UTC).date()  # the newest partition there is
    frames, rows = [], []
    for row in _rows(file, file.path_day or default_day, last_day):
        rows.append({"file": file.name, **row})
        if len(rows) == _CHUNK:
            frames.append(pl.DataFrame(rows, schema=schema))
            rows = []
    frame = pl.concat([*frames, pl.DataFrame(rows, schema=schema)])
    return frame.with_columns(pl.col("day").fill_null(_file_day(file, frame, default_day)))


def _rows(file: DropFile, fallback_day: date | None, last_day: date) -> Iterator[dict[str, Any]]:
    if file.kind == "conversations":
        for line, raw in read_lines(file):
            parse = partial(conversation_row, raw, fallback_day, last_day)
            yield _landed(line, raw, parse)
        return
    for row in read_rows(file):
        yield _landed(row.line, row.raw, partial(_event, file, row, last_day))


def _event(file: DropFile, row: Row, last_day: date) -> dict[str, Any]:
    if row.fields is None:
        raise RefusedLineError("unreadable_row" if row.raw.strip() else "empty_line")
    if file.kind == "outcomes":
        return outcome_row(row.fields, file.path_day, last_day)
    return label_row(row.fields)


def _landed(line: int, raw: bytes, parse: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return {"line": line, **parse()}
    except RefusedLineError as refusal:
        return {"line": line, "reject_reason": refusal.reason, "raw": raw}


def _file_day(file: DropFile, frame: pl.DataFrame, default_day: date | None) -> date:
    """The day a file's refused lines are kept under."""
    first: Any = frame["day"].min()
    days = (file.path_day, default_day, first, file.modified_day)
    today = datetime.now(UTC).date()
    return next((day for day in days if day and FIRST_DAY <= day <= today), today)


def _entry(file: DropFile, frame: pl.DataFrame, default_day: date | None) -> dict[str, Any]:
    rejected = frame["reject_reason"].count()
    return {
        "file": file.name,
        "kind": file.kind,
        "size_bytes": file.size_bytes,
        "modified_ns": file.modified_ns,
        "path_day": file.path_day,
        "default_day": default_day,
        "file_day": _file_day(file, frame, default_day),
        "lines": frame.height,
        "accepted": frame.height - rejected,
        "rejected": rejected,
    }


def _fingerprints(warehouse: Warehouse) -> dict[str, tuple[int, int, date | None]]:
    known = warehouse.read("log_files").select("file", "size_bytes", "modified_ns", "default_day")
    return {name: (size, modified, day) for name, size, modified, day in known.iter_rows()}

"""Lands changed drop files in the warehouse: each physical line once, accepted or refused.

Not here: how a file is read (drop_reading/), which days are then rebuilt (defs/).
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from last_mile.adapters.drop_reading import Bundle, FileRead, Reading, inspect, staged
from last_mile.adapters.file_lock import locked
from last_mile.adapters.log_drop import DropFile, Kind, find_drop_files
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.conversation import to_json
from last_mile.core.drop_watch import Seen
from last_mile.core.times import FIRST_DAY

_File = TypeVar("_File", DropFile, Seen)

_GROUP_BYTES = 256 << 20  # of staged rows taken in one transaction
_ENTRY: dict[str, pl.DataType | type[pl.DataType]] = {
    "file": pl.String, "kind": pl.String, "status": pl.String, "error": pl.String,
    "format": pl.String, "size_bytes": pl.Int64, "modified_ns": pl.Int64, "policy": pl.String,
    "path_day": pl.Date, "file_day": pl.Date, "lines": pl.Int64, "records": pl.Int64,
    "accepted": pl.Int64, "rejected": pl.Int64, "redactions": pl.String, "time_sources": pl.String,
}  # fmt: skip


@dataclass(slots=True)
class Landed:
    """What one landing did."""

    files: int = 0  # files read now
    unchanged: int = 0  # files already landed
    lines: int = 0
    rejected: int = 0
    ignored: list[str] = field(default_factory=list)  # files that are no conversation log
    unreadable: list[str] = field(default_factory=list)
    formats: Counter[str] = field(default_factory=Counter)  # files by format
    redacted: Counter[str] = field(default_factory=Counter)  # replaced texts by kind
    time_sources: Counter[str] = field(default_factory=Counter)


def land(
    warehouse: Warehouse,
    folder: Path,
    kind: Kind,
    reading: Reading,
    *,
    leave: Collection[str] = (),
    again: Collection[str] = (),
) -> Landed:
    """Read every new or changed file of a kind and replace its rows, bundle by bundle.

    Rows of files that have left the folder stay: an archived log is not a deleted one. A file that
    cannot be read keeps the rows it had, and its days fail until it can be.

    Args:
        warehouse: Where the rows go.
        folder: The drop folder.
        kind: Which files.
        reading: How they are read; another policy than before reads all of them again.
        leave: Names of files to leave alone, such as those still being written.
        again: Names of files to read although they have not changed.

    Returns:
        Counts of this landing.

    Raises:
        UserError: The folder is missing, or a worker was killed.
    """
    home = warehouse.installation.home
    with locked(home / "landing.lock"):  # a second landing would read the same files
        files = [file for file in find_drop_files(folder) if file.kind == kind]
        _forget_gone(warehouse, {file.name for file in files}, kind)
        known, again = _known(warehouse), {*again, *warehouse.read("files_of_the_future")["file"]}
        due = [
            file
            for file in files
            if file.name not in leave
            and (file.name in again or known.get(file.name) != _fingerprint(file, reading))
        ]
        landed = Landed(unchanged=len(files) - len(due))
        waiting = home / "landing"
        shutil.rmtree(waiting, ignore_errors=True)  # of a landing that was killed
        waiting.mkdir(parents=True)
        try:
            for group in _groups(staged(due, reading, waiting)):
                pairs = [pair for b in group for pair in zip(b.files, b.reads, strict=True)]
                warehouse.land(kind, [b.path for b in group], _entries(pairs, reading))
                for bundle in group:
                    bundle.path.unlink()
                for _, read in pairs:
                    _count(landed, read)
        finally:
            shutil.rmtree(waiting, ignore_errors=True)
    return landed


def _groups(bundles: Iterable[Bundle]) -> Iterator[list[Bundle]]:
    """Bundles taken in one transaction: rows added in many small ones are written twice."""
    group: list[Bundle] = []
    size = 0
    for bundle in bundles:
        group.append(bundle)
        size += bundle.path.stat().st_size
        if size >= _GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _forget_gone(warehouse: Warehouse, present: set[str], kind: Kind) -> None:
    """A file that could not be read and has left the folder fails no day any more."""
    failed = warehouse.read("log_files").filter(pl.col("status") == "unreadable", kind=kind)
    gone = failed.filter(~pl.col("file").is_in(present))
    if not gone.is_empty():
        kept = gone.filter(pl.col("records") > 0).with_columns(
            pl.lit("landed").alias("status"), pl.lit(None, pl.String).alias("error")
        )
        warehouse.replace("log_files", kept, keys={"file": gone["file"].to_list()})


def inspect_drops(folder: Path, reading: Reading) -> list[dict[str, Any]]:
    """What a landing would do, without doing it: one entry per kind of file.

    Raises:
        UserError: The folder is missing or holds no conversation log.
    """
    files = find_drop_files(folder)
    return [
        _inspected(kind, [(file, inspect(file, reading)) for file in files if file.kind == kind])
        for kind in ("conversations", "outcomes", "labels")
    ]


def _inspected(kind: str, pairs: Sequence[tuple[DropFile, FileRead]]) -> dict[str, Any]:
    reads = [read for _, read in pairs if read.status == "landed"]
    refused = sum((read.refused for read in reads), Counter[str]())
    records = sum(read.records for read in reads)
    return {
        "kind": kind,
        "files": len(reads),
        "formats": dict(Counter(read.format_name or "unknown" for read in reads)),
        "lines": sum(read.lines for read in reads),
        "accepted": records - refused.total(),
        "rejected": refused.total(),
        "first": min((read.first_day for read in reads if read.first_day), default=None),
        "last": max((read.last_day for read in reads if read.last_day), default=None),
        "reasons": dict(refused.most_common()),
        "ignored": [read.name for _, read in pairs if read.status == "ignored"],
        "errors": [read.error for _, read in pairs if read.error],
    }


def _count(landed: Landed, read: FileRead) -> None:
    landed.files += 1
    landed.lines += read.lines
    landed.rejected += read.rejected
    if read.status == "ignored":
        landed.ignored.append(read.name)
    if read.status == "unreadable":
        landed.unreadable.append(read.name)
    if read.format_name:
        landed.formats[read.format_name] += 1
    landed.redacted += read.redacted
    landed.time_sources += read.time_sources


def _entries(pairs: Sequence[tuple[DropFile, FileRead]], reading: Reading) -> pl.DataFrame:
    """The files' rows of `log_files`."""
    rows = [
        {
            "file": file.name,
            "kind": file.kind,
            "status": read.status,
            "error": read.error,
            "format": read.format_name,
            "size_bytes": file.size_bytes,
            "modified_ns": file.modified_ns,
            "policy": reading.policy,
            "path_day": file.path_day,
            "file_day": _file_day(file, read, reading),
            "lines": read.lines,
            "records": read.records,
            "accepted": read.records - read.rejected,
            "rejected": read.rejected,
            "redactions": to_json(read.redacted),
            "time_sources": to_json(read.time_sources),
        }
        for file, read in pairs
    ]
    return pl.DataFrame(rows, schema=_ENTRY)


def _file_day(file: DropFile, read: FileRead, reading: Reading) -> date:
    """The day a file's refused lines are kept under, or that fails when it cannot be read."""
    days = (file.path_day, reading.default_day, read.first_day, file.modified_day)
    today = datetime.now(UTC).date()
    return next((day for day in days if day and FIRST_DAY <= day <= today), today)


def _fingerprint(file: DropFile, reading: Reading) -> tuple[int, int, str]:
    return file.size_bytes, file.modified_ns, reading.policy


def _known(warehouse: Warehouse) -> dict[str, tuple[int, int, str]]:
    """Fingerprints of files that need not be read again; an unreadable one is tried each time."""
    readable = warehouse.read("log_files").filter(pl.col("status") != "unreadable")
    known = readable.select("file", "size_bytes", "modified_ns", "policy")
    return {name: (size, modified, policy) for name, size, modified, policy in known.iter_rows()}


def not_landed(warehouse: Warehouse, files: Sequence[_File]) -> list[_File]:
    """Of the files of the drop folder those that no landing has read as they are."""
    known = warehouse.read("log_files").select("file", "size_bytes", "modified_ns")
    read = set(known.iter_rows())
    return [file for file in files if (file.name, file.size_bytes, file.modified_ns) not in read]

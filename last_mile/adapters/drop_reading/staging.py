"""Rows of drop files as Parquet files that wait to be taken into the warehouse.

Not here: what a row is (parsing.py, events.py), who takes them (adapters/landing.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import pyarrow.parquet as pq
from isal.isal_zlib import crc32

from last_mile.adapters.drop_reading.containers import records
from last_mile.adapters.drop_reading.events import EventParser
from last_mile.adapters.drop_reading.lines import UNREADABLE_ROW, Record
from last_mile.adapters.drop_reading.parsing import Parsed, Parser
from last_mile.adapters.drop_reading.reading import FileRead, Reading
from last_mile.adapters.drop_reading.sheets import ConversationSheet, EventSheet
from last_mile.adapters.log_drop import DropFile, Kind
from last_mile.core.formats import FORMATS, Format, detected
from last_mile.errors import UserError

_SNIFFED = 50  # records that a file's format is detected by
_BATCH_BYTES = 6 << 20  # raw bytes turned into one batch of rows


class Staging:
    """One Parquet file of rows, written as they come; without a path, rows are only counted."""

    def __init__(self, kind: Kind, path: Path | None) -> None:
        self.sheet = ConversationSheet() if kind == "conversations" else EventSheet(kind)
        self._path = path
        self._writer: pq.ParquetWriter | None = None
        self.waiting = 0  # raw bytes of the rows in the sheet

    def __enter__(self) -> Self:
        if self._path:
            self._writer = pq.ParquetWriter(
                self._path, self.sheet.schema, compression="none", use_dictionary=False,
                write_statistics=False,
            )  # fmt: skip
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.flush()
        if self._writer:
            self._writer.close()

    def flush(self) -> None:
        """Write the rows of the sheet."""
        self.waiting = 0
        for batch in self.sheet.batches():
            if self._writer:
                self._writer.write_batch(batch)


def stage(files: Sequence[DropFile], reading: Reading, path: Path | None) -> list[FileRead]:
    """Read files of one kind; rows of a file that turns out unreadable are to be ignored.

    Args:
        files: Files of one kind.
        reading: How.
        path: The Parquet file to write; None: only count.

    Returns:
        What came of each file, in order.
    """
    with Staging(files[0].kind, path) as staging:
        return [_read(file, reading, staging) for file in files]


def inspect(file: DropFile, reading: Reading) -> FileRead:
    """What a landing of the file would come to; nothing is written."""
    return stage([file], reading, None)[0]


def _read(file: DropFile, reading: Reading, staging: Staging) -> FileRead:
    read = FileRead(file.name)
    try:
        if isinstance(staging.sheet, ConversationSheet):
            _read_conversations(file, reading, staging, staging.sheet, read)
        else:
            _read_events(file, reading, staging, staging.sheet, read)
    except UserError as error:
        return FileRead(file.name, error=str(error), status="unreadable")
    return read


def _read_conversations(
    file: DropFile, reading: Reading, staging: Staging, sheet: ConversationSheet, read: FileRead
) -> None:
    found = records(file, reading.max_line_bytes)
    known, found = _format_of(reading, found)
    if known is None and not file.says_conversations:
        read.status = "ignored"
        return
    read.format_name = known.name if known else None
    parse = Parser(reading, reading.fallback(file.path_day), known)
    name = file.name
    counted = len(sheet.accepted), len(sheet.refused)  # rows of files before it in the sheet
    for record in found:
        read.lines += 1
        line, offset, raw, size, _ = record
        for row in parse(record):
            place = name, line, row[0], offset, size, crc32(raw)
            if isinstance(row, Parsed):
                sheet.places.append(place)
                sheet.accepted.append(row)
            else:
                sheet.refused.append((place, row))
        staging.waiting += size
        if staging.waiting >= _BATCH_BYTES:
            _count(read, sheet, counted)
            staging.flush()
            counted = 0, 0
    _count(read, sheet, counted)
    read.redacted = parse.redacted


def _read_events(
    file: DropFile, reading: Reading, staging: Staging, sheet: EventSheet, read: FileRead
) -> None:
    parse = EventParser(reading, file.path_day, is_outcome=file.kind == "outcomes")
    headed = False
    for record in records(file, reading.max_line_bytes):
        if not headed and isinstance(record.value, dict):
            headed = parse.is_headed(record.value)
        if not headed and isinstance(record.value, dict):
            raise UserError(
                f"{file.name}, line 1: its header has no conversation_id; name the column so, "
                "nothing of it was taken"
            )
        read.lines += 1
        read.records += 1
        values = parse(record)
        if values.get("reject_reason"):
            read.refused[values["reject_reason"]] += 1
        place = file.name, record.line, 0, record.offset, record.size, crc32(record.raw)
        sheet.add(place, values)
        staging.waiting += record.size
        if staging.waiting >= _BATCH_BYTES:
            staging.flush()
    read.redacted = parse.redacted


def _count(read: FileRead, sheet: ConversationSheet, counted: tuple[int, int]) -> None:
    """Note what the rows of a file that stand in the sheet come to, after those counted before."""
    rows, refusals = sheet.accepted[counted[0] :], sheet.refused[counted[1] :]
    read.records += len(rows) + len(refusals)
    read.refused.update(refused.reason for _, refused in refusals)
    if not rows:
        return
    days = [row.started_at.date() for row in rows]
    first, last = min(days), max(days)
    read.first_day = min(first, read.first_day or first)
    read.last_day = max(last, read.last_day or last)
    read.time_sources.update(row.time_source for row in rows)


def _format_of(reading: Reading, found: Iterator[Record]) -> tuple[Format | None, Iterator[Record]]:
    """The file's format, by name or by its first records, and all its records."""
    if reading.format_name:
        return FORMATS[reading.format_name], found
    head: list[Record] = []
    for record in found:
        head.append(record)
        if len(head) == _SNIFFED or sum(len(one.raw) for one in head) > _BATCH_BYTES:
            break
    return detected(filter(None, map(_fields, head))), chain(head, found)


def _fields(record: Record) -> dict[str, Any] | None:
    if record.value is UNREADABLE_ROW:
        return None
    try:
        value = msgspec.json.decode(record.raw) if record.value is None else record.value
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None

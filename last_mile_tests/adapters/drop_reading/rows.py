"""Raw lines as rows, the way a landing makes them. Not here: tests, files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from last_mile.adapters.drop_reading.lines import Record
from last_mile.adapters.drop_reading.parsing import Parsed, Parser, Refused
from last_mile.adapters.drop_reading.sheets import ConversationSheet
from last_mile.core.formats import FORMATS
from last_mile_tests.scenario import READING

_PLACE = ("conversations.jsonl", 1, 0, 0, 0, 0)


def native_parser(path_day: date | None = None) -> Parser:
    """The parser of a native log that lies under a day."""
    return Parser(READING, READING.fallback(path_day), FORMATS["native"])


def record(raw: bytes) -> Record:
    """The first line of a file."""
    return Record(1, 0, raw, len(raw))


def as_rows(parts: Iterable[Parsed | Refused]) -> list[dict[str, Any]]:
    """Parts of a record as rows of `conversation_logs`."""
    sheet = ConversationSheet()
    for part in parts:
        if isinstance(part, Parsed):
            sheet.places.append(_PLACE)
            sheet.accepted.append(part)
        else:
            sheet.refused.append((_PLACE, part))
    return [row for batch in sheet.batches() for row in batch.to_pylist()]


def row_of(raw: bytes, path_day: date | None = None) -> dict[str, Any]:
    """The one row of a native line."""
    (row,) = as_rows(native_parser(path_day)(record(raw)))
    return row

"""Rows as columns: the schemas of the landing tables as Arrow, and batches in them.

Not here: how rows come about (parsing.py, events.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any

import msgspec
import pyarrow as pa
from msgspec.structs import astuple

from last_mile.adapters.drop_reading.parsing import Parsed, Refused
from last_mile.core.conversation import Conversation, Document, Message

_TEXT = pa.string()
_PLACE = [
    ("file", _TEXT), ("line", pa.int64()), ("part", pa.int32()), ("byte_offset", pa.int64()),
    ("n_bytes", pa.int64()), ("line_crc", pa.int64()), ("day", pa.date32()),
    ("reject_reason", _TEXT), ("raw", pa.binary()), ("conversation_id", _TEXT),
]  # fmt: skip
_TEXTS = ("user_id", "model", "final_output", "surface", "task_id", "category", "entry_point")
CONVERSATIONS = pa.schema([
    *_PLACE,
    ("holds", _TEXT), ("position", pa.int32()), ("started_at", pa.timestamp("us")),
    ("time_source", _TEXT),
    ("messages", pa.list_(pa.struct([(name, _TEXT) for name in Message.__struct_fields__]))),
    ("n_messages", pa.int32()),
    ("context", pa.list_(pa.struct([(name, _TEXT) for name in Document.__struct_fields__]))),
    *((name, _TEXT) for name in _TEXTS),
    ("attributes", _TEXT),
])  # fmt: skip
EVENTS = {
    "outcomes": pa.schema([
        *_PLACE, ("user_id", _TEXT), ("task_id", _TEXT), ("outcome", _TEXT), ("event_id", _TEXT),
        ("status", _TEXT), ("value", pa.float64()), ("value_kind", _TEXT),
        ("occurred_at", pa.timestamp("us")), ("arrived_at", pa.timestamp("us")),
        ("attributes", _TEXT),
    ]),
    "labels": pa.schema([
        *_PLACE, ("turn", pa.int32()), ("metric", _TEXT), ("annotator", _TEXT),
        ("annotator_kind", _TEXT), ("value", _TEXT), ("confidence", pa.float64()),
    ]),
}  # fmt: skip
_encode = msgspec.json.Encoder(order="deterministic", enc_hook=str).encode


# Where a row comes from: a plain tuple, there is one for every line of every file.
Place = tuple[str, int, int, int | None, int, int]
_PLACE_NAMES = ("file", "line", "part", "byte_offset", "n_bytes", "line_crc")


class ConversationSheet:
    """Rows of `conversation_logs`, accepted and refused."""

    schema = CONVERSATIONS

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.accepted: list[Parsed] = []
        self.refused: list[tuple[Place, Refused]] = []

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, which are then gone from the sheet."""
        if self.accepted:
            columns = _columns(_PLACE_NAMES, self.places) | _accepted_columns(self.accepted)
            yield _batch(CONVERSATIONS, columns, len(self.accepted))
        if self.refused:
            columns = _columns(_PLACE_NAMES, [place for place, _ in self.refused])
            columns["reject_reason"] = [refused.reason for _, refused in self.refused]
            columns["raw"] = [refused.raw for _, refused in self.refused]
            yield _batch(CONVERSATIONS, columns, len(self.refused))
        self.places, self.accepted, self.refused = [], [], []


class EventSheet:
    """Rows of `outcome_logs` or `label_logs`."""

    def __init__(self, kind: str) -> None:
        self.schema = EVENTS[kind]
        self._rows: list[dict[str, Any]] = []

    def add(self, place: Place, values: dict[str, Any]) -> None:
        """Add a row; its day is that of its file."""
        self._rows.append({**dict(zip(_PLACE_NAMES, place, strict=True)), **values})

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows, which are then gone from the sheet."""
        if self._rows:
            yield pa.RecordBatch.from_pylist(self._rows, self.schema)
        self._rows = []


def _columns(names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _accepted_columns(rows: list[Parsed]) -> dict[str, Any]:
    parsed = _columns(Parsed._fields, rows)
    found = _columns(Conversation.__struct_fields__, map(astuple, parsed["conversation"]))
    return found | {
        "day": [at.date() for at in parsed["started_at"]],
        "started_at": parsed["started_at"],
        "time_source": parsed["time_source"],
        "holds": parsed["holds"],
        "position": parsed["position"],
        "messages": _structs(found["messages"], Message.__struct_fields__),
        "n_messages": list(map(len, found["messages"])),
        "context": _structs([part or () for part in found["context"]], Document.__struct_fields__),
        "attributes": [_encode(held or {}).decode() for held in found["attributes"]],
    }


def _structs(lists: list[Any], names: tuple[str, ...]) -> pa.ListArray:
    """Lists of structs out of lists of objects, column by column: that is where the time goes."""
    columns = [pa.nulls(0, _TEXT) for _ in names]
    items = [item for part in lists for item in part]
    if items:
        columns = [pa.array(column, _TEXT) for column in zip(*map(astuple, items), strict=True)]
    offsets = pa.array(accumulate(map(len, lists), initial=0), pa.int32())
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(columns, list(names)))


def _batch(schema: pa.Schema, columns: dict[str, Any], rows: int) -> pa.RecordBatch:
    arrays = [
        columns[field.name]
        if isinstance(columns.get(field.name), pa.Array)
        else pa.array(columns[field.name], field.type)
        if field.name in columns
        else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)

"""One line of a native conversation log: its schema, its reasons for refusal, its row.

Not here: files and their line numbers (adapters/log_drop.py), other formats.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

FIRST_DAY = date(2015, 1, 1)  # the first daily partition; earlier times are taken for errors

RejectReason = Literal[
    "empty_line", "invalid_utf8", "invalid_json", "not_an_object", "missing_conversation_id",
    "no_messages", "unknown_role", "wrong_type", "no_start_time", "invalid_time",
    "time_out_of_range", "missing_field", "not_a_number", "unreadable_row",
]  # fmt: skip

_MESSAGE = pl.Struct(
    dict.fromkeys(("role", "content", "at", "name", "tool_calls", "tool_call_id"), pl.String)
)
CONVERSATION_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "file": pl.String, "line": pl.Int64, "day": pl.Date, "reject_reason": pl.String,
    "raw": pl.Binary, "conversation_id": pl.String, "user_id": pl.String, "model": pl.String,
    "started_at": pl.Datetime("us"), "messages": pl.List(_MESSAGE), "n_messages": pl.Int32,
    "context": pl.List(pl.Struct({"doc_id": pl.String, "text": pl.String})),
    "final_output": pl.String, "surface": pl.String, "task_id": pl.String, "category": pl.String,
    "entry_point": pl.String, "attributes": pl.String, "content_hash": pl.String,
}  # fmt: skip

_Id = Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class RefusedLineError(Exception):
    """A line cannot become a row. Carries the reason, never the text."""

    def __init__(self, reason: RejectReason) -> None:
        super().__init__(reason)
        self.reason: RejectReason = reason


class _Line(BaseModel):
    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True)


class _Message(_Line):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | None = None
    at: str | None = None
    name: str | None = None
    tool_calls: Any = None
    tool_call_id: str | None = None


class _Document(_Line):
    doc_id: str | None = None
    text: str


class _Conversation(_Line):
    conversation_id: _Id
    user_id: str | None = None
    model: str | None = None
    started_at: datetime | None = None
    messages: list[_Message] = Field(min_length=1)
    context: list[_Document] | None = None
    final_output: str | None = None
    surface: str | None = None
    task_id: str | None = None
    category: str | None = None
    entry_point: str | None = None
    attributes: dict[str, Any] | None = None


def conversation_row(raw: bytes, fallback_day: date | None, last_day: date) -> dict[str, Any]:
    """Turn one line into the fields of a `conversation_logs` row.

    Args:
        raw: The line's bytes without its line end.
        fallback_day: UTC day used when the line has no `started_at`.
        last_day: Days after it are out of range.

    Returns:
        Column values, without file and line.

    Raises:
        RefusedLineError: With the reason.
    """
    if not raw.strip():
        raise RefusedLineError("empty_line")
    try:
        parsed = _Conversation.model_validate_json(raw)
    except ValidationError as error:
        raise RefusedLineError(_reason(raw, error)) from None
    started_at = utc(parsed.started_at) if parsed.started_at else _midnight(fallback_day)
    if not FIRST_DAY <= started_at.date() <= last_day:
        raise RefusedLineError("time_out_of_range")
    messages = [_message(message) for message in parsed.messages]
    context = [{"doc_id": doc.doc_id, "text": doc.text} for doc in parsed.context or ()]
    hashed = [parsed.conversation_id, messages, context, parsed.final_output]
    return {
        "day": started_at.date(), "reject_reason": None, "raw": None,
        "conversation_id": parsed.conversation_id, "user_id": parsed.user_id,
        "model": parsed.model, "started_at": started_at, "messages": messages,
        "n_messages": len(messages), "context": context, "final_output": parsed.final_output,
        "surface": parsed.surface,
        "task_id": parsed.task_id, "category": parsed.category,
        "entry_point": parsed.entry_point, "attributes": to_json(_attributes(parsed)),
        "content_hash": hashlib.sha256(to_json(hashed).encode()).hexdigest(),
    }  # fmt: skip


def utc(moment: datetime) -> datetime:
    """The moment in UTC without a time zone; a naive time is taken to be UTC.

    Raises:
        RefusedLineError: The moment in UTC lies outside the years 1 to 9999.
    """
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError:
        raise RefusedLineError("time_out_of_range") from None


def to_json(value: object) -> str:
    """Compact JSON with sorted keys, so that equal values have equal text.

    Raises:
        RefusedLineError: A number in it is not one of JSON.
    """
    try:
        return json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        )
    except ValueError:  # NaN, infinity or a number of thousands of digits: not JSON
        raise RefusedLineError("invalid_json") from None


def _midnight(day: date | None) -> datetime:
    if day is None:
        raise RefusedLineError("no_start_time")
    return datetime.combine(day, time())


def _message(message: _Message) -> dict[str, str | None]:
    calls = message.tool_calls
    return {
        "role": message.role,
        "content": message.content,
        "at": message.at,
        "name": message.name,
        "tool_calls": to_json(calls) if calls else None,
        "tool_call_id": message.tool_call_id,
    }


def _attributes(parsed: _Conversation) -> dict[str, Any]:
    """`attributes` and every field the schema does not know; those of parts by their index."""
    given, unknown = parsed.attributes or {}, parsed.model_extra or {}
    extras = {
        "line_fields": {name: value for name, value in unknown.items() if name in given},
        "message_fields": _extras(parsed.messages),
        "context_fields": _extras(parsed.context or []),
    }
    return {**unknown, **given, **{name: found for name, found in extras.items() if found}}


def _extras(parts: Sequence[_Line]) -> dict[str, Any]:
    return {str(i): part.model_extra for i, part in enumerate(parts) if part.model_extra}


def _reason(raw: bytes, error: ValidationError) -> RejectReason:
    """The closed-set reason behind the first validation error."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    field = first["loc"][0] if first["loc"] else None
    if first["type"] == "json_invalid":
        return _broken_json(raw)
    if field is None:
        return "not_an_object"
    if field == "conversation_id":
        return "missing_conversation_id"
    if field == "messages" and (len(first["loc"]) == 1 or first["type"] == "too_short"):
        return "no_messages" if first["type"] in {"missing", "too_short"} else "wrong_type"
    if first["loc"][-1] == "role":
        return "unknown_role"
    return "invalid_time" if field == "started_at" else "wrong_type"


def _broken_json(raw: bytes) -> RejectReason:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return "invalid_utf8"
    return "invalid_json"

"""One conversation as logged: its schema, and how a record of any format becomes one.

Every format (formats/) ends in the field names of the native one; what they may hold is decided
here once. Not here: bytes and files (adapters/), which version of a conversation counts (sql/).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Literal

import msgspec

from last_mile.core.refusal import RefusedLineError
from last_mile.core.roles import ROLES, Role, role_of
from last_mile.core.times import Moment, TimeSource, in_range, moment

# What one record holds of its conversation: all of it as it stood, one call of the model with the
# history that was sent, or one turn.
Holds = Literal["conversation", "call", "turn"]

_TEXTS = ("user_id", "model", "final_output", "surface", "task_id", "category", "entry_point")
_FIELDS = {
    "conversation_id", "messages", "started_at", "context", "attributes", "holds",
    *_TEXTS,
}  # fmt: skip
_MESSAGE_FIELDS = {"role", "content", "at", "name", "tool_calls", "tool_call_id"}
_LONGEST_ID = 1024
_FALLBACK: tuple[TimeSource, ...] = ("path_day", "default_day")


class Message(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One message; `tool_calls` is JSON text."""

    role: Role
    content: str | None = None
    at: str | None = None
    name: str | None = None
    tool_calls: str | None = None
    tool_call_id: str | None = None


class Document(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One context document."""

    text: str
    doc_id: str | None = None


class Conversation(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The fields of one accepted record, before its time is known to be usable."""

    conversation_id: str
    messages: list[Message]
    started_at: str | None = None
    user_id: str | None = None
    model: str | None = None
    context: list[Document] | None = None
    final_output: str | None = None
    surface: str | None = None
    task_id: str | None = None
    category: str | None = None
    entry_point: str | None = None
    attributes: dict[str, Any] | None = None


class Fallback(msgspec.Struct, frozen=True):
    """The day of records without a time."""

    path_day: date | None
    default_day: date | None
    last_day: date  # days after it are in the future


def conversation_from(fields: Mapping[str, Any]) -> tuple[Conversation, Moment | None]:
    """Check and normalise the fields of a record in native field names.

    Unknown fields are kept in `attributes`, those of messages and documents under their index.

    Returns:
        The conversation and its own start time, if it has one.

    Raises:
        RefusedLineError: With the first reason found.
    """
    conversation_id = _id(fields.get("conversation_id"))
    messages, message_extras = _messages(fields.get("messages"))
    context, context_extras = _context(fields.get("context"))
    given = fields.get("attributes")
    if given is not None and not isinstance(given, dict):
        raise RefusedLineError("wrong_type")
    known = _FIELDS | {"position"} if fields.get("holds") == "turn" else _FIELDS
    unknown = {str(name): value for name, value in fields.items() if name not in known}
    given = given or {}
    extras = {
        "line_fields": {name: value for name, value in unknown.items() if name in given},
        "message_fields": message_extras,
        "context_fields": context_extras,
    }
    found = Conversation(
        conversation_id,
        messages,
        context=context,
        attributes={**unknown, **given, **{name: kept for name, kept in extras.items() if kept}},
    )
    for name in _TEXTS:
        setattr(found, name, _text(fields.get(name)))
    started = fields.get("started_at")
    return found, None if started is None else moment(started)


def started(own: Moment | None, fallback: Fallback) -> tuple[datetime, TimeSource]:
    """The start of a record: its own time, else the midnight of its file's or the default day.

    Returns:
        The start in UTC, and where it is known from.

    Raises:
        RefusedLineError: There is none, or its day is no partition.
    """
    if own is not None:
        source: TimeSource = "zoned" if own.zoned else "naive"
        return in_range(own.utc, fallback.last_day), source
    for source, day in zip(_FALLBACK, (fallback.path_day, fallback.default_day), strict=True):
        if day is not None:
            at = datetime.combine(day, time())
            return in_range(at, fallback.last_day), source
    raise RefusedLineError("no_start_time")


def to_json(value: object) -> str:
    """Compact JSON with sorted keys, so that equal values have equal text.

    Raises:
        RefusedLineError: Something in it is not JSON.
    """
    try:
        return json.dumps(
            value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False,
            default=str,
        )  # fmt: skip
    except (ValueError, TypeError):  # NaN, infinity, a number of thousands of digits, mixed keys
        raise RefusedLineError("invalid_json") from None


def _id(value: object) -> str:
    text = _text(value) if not isinstance(value, (list, dict)) else None
    if not text or len(text) > _LONGEST_ID:
        raise RefusedLineError("missing_conversation_id")
    return text


def _text(value: object) -> str | None:
    """Text, or a number's; anything else is a wrong type."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise RefusedLineError("wrong_type")


def _messages(value: object) -> tuple[list[Message], dict[str, Any]]:
    if value is None:
        raise RefusedLineError("no_messages")
    if not isinstance(value, list):
        raise RefusedLineError("wrong_type")
    if not value:
        raise RefusedLineError("no_messages")
    messages, extras = [], {}
    for index, fields in enumerate(value):
        if not isinstance(fields, dict):
            raise RefusedLineError("wrong_type")
        message, extra = _message(fields)
        messages.append(message)
        if extra:
            extras[str(index)] = extra
    return messages, extras


def _message(fields: Mapping[str, Any]) -> tuple[Message, dict[str, Any]]:
    extra = {str(k): v for k, v in fields.items() if k not in _MESSAGE_FIELDS}
    spelling = fields.get("role")
    role: Role = spelling if spelling in ROLES else role_of(spelling)
    if role != spelling:
        extra["role_as_logged"] = spelling
    content, other_parts = _content(fields.get("content"))
    if other_parts:
        extra["content_parts"] = other_parts
    calls = fields.get("tool_calls")
    message = Message(
        role,
        content,
        _text(fields.get("at")),
        _text(fields.get("name")),
        calls if isinstance(calls, str) else to_json(calls) if calls else None,
        _text(fields.get("tool_call_id")),
    )
    return message, extra


def _content(value: object) -> tuple[str | None, list[Any]]:
    """A message's text, and the parts of a list of parts that are not text (images, files)."""
    if not isinstance(value, list):
        return _text(value), []
    if not value or not all(isinstance(part, (str, dict)) for part in value):
        raise RefusedLineError("wrong_type")
    texts, others = [], []
    for part in value:
        text = part if isinstance(part, str) else part.get("text", part.get("content"))
        if isinstance(text, str):
            texts.append(text)
        else:
            others.append(part)
    return ("\n".join(texts) if texts else None), others


def _context(value: object) -> tuple[list[Document], dict[str, Any]]:
    if value is None:
        return [], {}
    if not isinstance(value, list):
        raise RefusedLineError("wrong_type")
    documents, extras = [], {}
    for index, fields in enumerate(value):
        text = _text(fields.get("text")) if isinstance(fields, dict) else None
        if text is None:
            raise RefusedLineError("wrong_type")
        documents.append(Document(text, _text(fields.get("doc_id"))))
        extra = {str(k): v for k, v in fields.items() if k not in {"doc_id", "text"}}
        if extra:
            extras[str(index)] = extra
    return documents, extras

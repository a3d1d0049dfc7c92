"""What a log format is, and the small readers formats share. Not here: any one format.

A format turns one record (the JSON object of a line, a CSV or Parquet row as names and values)
into fields with the native names of core/conversation.py, which checks them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from last_mile.core.conversation import to_json
from last_mile.core.refusal import RefusedLineError

Record = Mapping[str, Any]
CONVERSATION_IDS = ("conversation_id", "session_id", "thread_id", "conversationId", "sessionId")
TIMES = ("started_at", "created_at", "timestamp", "start_time", "startTime", "created", "time")


def _whole(record: Record) -> list[Record]:
    return [record]


@dataclass(frozen=True, slots=True)
class Format:
    """One log format.

    Attributes:
        name: What `--format` calls it.
        looks_like: Whether a record shows the marks of this format.
        read: One part of a record as native fields; `holds` says what it holds of its
            conversation. Raises RefusedLineError with the reason.
        parts: What a record is made of, where it may belong to several conversations.
    """

    name: str
    looks_like: Callable[[Record], bool]
    read: Callable[[Record], dict[str, Any]]
    parts: Callable[[Record], list[Record]] = _whole


def first(record: Record, names: Iterable[str]) -> Any:
    """The first value that is there and not empty, or None."""
    found = (record.get(name) for name in names)
    return next((value for value in found if value is not None and value != ""), None)


def mapping(value: object) -> Record:
    """The value, when it is an object; else an empty one."""
    return value if isinstance(value, dict) else {}


def rest(record: Record, used: Iterable[str]) -> dict[str, Any]:
    """Fields the format has no use for: they are kept in `attributes`."""
    taken = set(used)
    return {name: value for name, value in record.items() if name not in taken}


def as_messages(value: object, role: str) -> list[Any]:  # noqa: PLR0911 - one per shape
    """Messages out of what tools log as an input or an output.

    Args:
        value: A text, a message, a list of either, an object with `messages` or `choices`, or None.
        role: Who said a text that does not say it itself.

    Raises:
        RefusedLineError: `wrong_type` for anything else.
    """
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [{"role": role, "content": value}]
    if isinstance(value, list):
        return [message for item in value for message in as_messages(item, role)]
    if not isinstance(value, dict):
        raise RefusedLineError("wrong_type")
    for name in ("messages", "choices"):
        if isinstance(value.get(name), list):
            return as_messages(value[name], role)
    if isinstance(value.get("message"), dict):  # one of `choices`
        return [{"role": role, **value["message"]}]
    if "role" in value:
        return [value]
    if "content" in value or "tool_calls" in value:
        return [{"role": role, **value}]
    return [{"role": role, "content": to_json(value)}]


def opening_id(user: object, messages: list[Any]) -> str:
    """An id for a conversation whose log gives none: a hash of its user and its opening.

    The opening is everything up to the first answer, so later calls that send the history again
    have the same one.
    """
    roles = [mapping(message).get("role") for message in messages]
    end = roles.index("assistant") + 1 if "assistant" in roles else len(roles)
    said = [[mapping(m).get("role"), _joined(mapping(m).get("content"))] for m in messages[:end]]
    return "opening-" + hashlib.sha256(to_json([user, said]).encode()).hexdigest()[:32]


def _joined(content: object) -> object:
    """Text, whether it was logged as such or in parts: the history of the next call may differ."""
    parts = content if isinstance(content, list) else []
    texts = [mapping(part).get("text") for part in parts]
    return "\n".join(text for text in texts if isinstance(text, str)) if parts else content

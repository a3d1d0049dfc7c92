"""Turns: one row per message, with its conversation, its place in it and who said it. Mostly CSV.

Rows of a conversation may stand in any order and in several files; sql/conversations.sql puts them
together by `turn`, or by time and line where there is no such column.
"""

from typing import Any

from last_mile.core.formats.format import CONVERSATION_IDS, TIMES, Format, Record, first, rest
from last_mile.core.refusal import RefusedLineError

_PLACES = ("turn", "turn_index", "message_index", "position", "index", "seq")
_ROLES = ("role", "speaker", "author", "from")
_TEXTS = ("content", "text", "message", "value", "body")
_LARGEST = 2**31 - 1


def looks_like(record: Record) -> bool:
    """A conversation, a role and a text."""
    return all(any(n in record for n in names) for names in (CONVERSATION_IDS, _ROLES, _TEXTS))


def read(record: Record) -> dict[str, Any]:
    """One turn."""
    used = {
        *CONVERSATION_IDS,
        *TIMES,
        *_PLACES,
        *_ROLES,
        *_TEXTS,
        "name",
        "tool_call_id",
        "tool_calls",
    }
    at = first(record, TIMES)
    message = {
        "role": first(record, _ROLES),
        "content": first(record, _TEXTS),
        "at": None if at is None else str(at),
        "name": first(record, ("name",)),
        "tool_call_id": first(record, ("tool_call_id",)),
        "tool_calls": first(record, ("tool_calls",)),
    }
    others = {name: value for name, value in rest(record, used).items() if value not in (None, "")}
    return {
        **others,
        "holds": "turn",
        "position": _position(first(record, _PLACES)),
        "conversation_id": first(record, CONVERSATION_IDS),
        "started_at": at,
        "messages": [message],
    }


def _position(value: object) -> int | None:
    if value is None:
        return None
    text = str(value).strip().removesuffix(".0")
    if not text.isascii() or not text.isdigit() or int(text) > _LARGEST:
        raise RefusedLineError("not_a_number")
    return int(text)


FORMAT = Format("turns", looks_like, read)

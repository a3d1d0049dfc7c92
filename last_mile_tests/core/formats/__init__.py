"""Tests of log formats, one file per format, and how they read one record. Not here: files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from last_mile.core.conversation import Conversation, conversation_from
from last_mile.core.formats import FORMATS, detected
from last_mile.core.refusal import RefusedLineError

utc = datetime.fromisoformat  # a UTC time without a zone, as the tables hold it


class Read(NamedTuple):
    """One accepted part of a record."""

    holds: str
    position: int | None
    conversation: Conversation
    started_at: datetime | None

    @property
    def said(self) -> list[tuple[str, str | None]]:
        """Role and text of every message."""
        return [(message.role, message.content) for message in self.conversation.messages]

    @property
    def who(self) -> tuple[str, str | None, str | None]:
        """The ids: of the conversation, its user and its model."""
        found = self.conversation
        return found.conversation_id, found.user_id, found.model


def parts(name: str, record: Mapping[str, Any]) -> list[Read | str]:
    """Every part of a record as its format reads it; a refused one is its reason."""
    return [_part(name, part) for part in FORMATS[name].parts(record)]


def read(name: str, record: Mapping[str, Any]) -> Read:
    """The one accepted part of a record."""
    (part,) = parts(name, record)
    assert isinstance(part, Read), part
    return part


def refusal(name: str, record: Mapping[str, Any]) -> str:
    """Why the one part of a record is refused."""
    (part,) = parts(name, record)
    assert isinstance(part, str), part
    return part


def detected_name(*records: Mapping[str, Any]) -> str | None:
    """The name of the format that a file of these records is taken for."""
    found = detected(records)
    return found.name if found else None


def calls_of(read: Read) -> list[Any]:
    """The tool calls of every message: what its JSON text says, or None."""
    calls = [message.tool_calls for message in read.conversation.messages]
    return [None if text is None else json.loads(text) for text in calls]


def _part(name: str, part: Mapping[str, Any]) -> Read | str:
    try:
        fields = FORMATS[name].read(part)
        found, own = conversation_from(fields)
    except RefusedLineError as refused:
        return refused.reason
    return Read(fields["holds"], fields.get("position"), found, own.utc if own else None)

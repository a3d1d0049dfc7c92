"""Conversations as the training code reads them, by way of a log line. Not here: tests."""

from __future__ import annotations

from typing import Any

import msgspec

from last_mile.core.conversation import conversation_from
from last_mile_tests.scenario import DAY, conversation, message

ASK = message("user", "Write a proposal for this job.")
DRAFT = message("assistant", "Dear client, I can start today.")
CHANGE = message("user", "Shorter, please.")
REVISION = message("assistant", "Dear client, I can start now.")
REVISED = (ASK, DRAFT, CHANGE, REVISION)


def talk(*messages: dict[str, Any], **over: Any) -> dict[str, Any]:
    """A row of reads/pool_conversations.sql; the last answer is the final output."""
    said = [m["content"] for m in messages if m["role"] == "assistant" and m["content"]]
    line = conversation(messages=messages, final_output=said[-1] if said else None)
    row = msgspec.to_builtins(conversation_from({**line, "messages": list(messages)})[0])
    return {**row, "day": DAY, "contrast": None, **over}

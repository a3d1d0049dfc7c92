"""ShareGPT: `{"id", "conversations": [{"from": "human" | "gpt" | …, "value"}], ...}`."""

from typing import Any

from last_mile.core.formats.format import CONVERSATION_IDS, TIMES, Format, Record, first, rest
from last_mile.core.refusal import RefusedLineError

_IDS = ("id", *CONVERSATION_IDS)


def looks_like(record: Record) -> bool:
    """A list called conversations."""
    return isinstance(record.get("conversations"), list)


def read(record: Record) -> dict[str, Any]:
    """The whole conversation; `system` is its first message."""
    said = record.get("conversations")
    if said is None:
        raise RefusedLineError("no_messages")
    if not isinstance(said, list) or not all(isinstance(turn, dict) for turn in said):
        raise RefusedLineError("wrong_type")
    told = record.get("system")
    system = [{"role": "system", "content": told}] if isinstance(told, str) and told else []
    return {
        **rest(record, ("conversations", "system", *_IDS, *TIMES)),
        "holds": "conversation",
        "conversation_id": first(record, _IDS),
        "started_at": first(record, TIMES),
        "messages": [*system, *(_message(turn) for turn in said)],
    }


def _message(turn: Record) -> dict[str, Any]:
    spelling = first(turn, ("from", "role"))
    role = "assistant" if spelling == "function_call" else spelling
    return {
        **rest(turn, ("from", "value")),
        "role": role,
        "content": turn.get("value", turn.get("content")),
    }


FORMAT = Format("sharegpt", looks_like, read)

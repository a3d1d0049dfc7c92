"""LangSmith runs: one run per line. Runs of type `llm` are calls; other types are refused.

Messages may be OpenAI's, LangChain's serialised objects (`{"id": [..., "HumanMessage"],
"kwargs"}`), its `{"type": "human", "data"}` or pairs of role and text. The conversation is the
thread in the run's metadata, else the trace.
"""

from typing import Any

from last_mile.core.formats.format import CONVERSATION_IDS, Format, Record, first, mapping
from last_mile.core.refusal import RefusedLineError

_USERS = ("user_id", "userId", "user")
_PAIR = 2


def looks_like(record: Record) -> bool:
    """A run type with inputs."""
    return "run_type" in record and "inputs" in record


def read(record: Record) -> dict[str, Any]:
    """One model call: its inputs, then its outputs."""
    if record.get("run_type") != "llm":
        raise RefusedLineError("not_a_model_call")
    extra = mapping(record.get("extra"))
    metadata = mapping(extra.get("metadata"))
    asked = mapping(extra.get("invocation_params"))
    return {
        "holds": "call",
        "conversation_id": first(metadata, CONVERSATION_IDS)
        or first(record, ("thread_id", "trace_id", "id")),
        "user_id": first(metadata, _USERS),
        "model": metadata.get("ls_model_name") or first(asked, ("model", "model_name")),
        "started_at": record.get("start_time"),
        "messages": [
            *_messages(record.get("inputs"), "user"),
            *_messages(record.get("outputs"), "assistant"),
        ],
        "attributes": {
            "run_id": record.get("id"), "tags": record.get("tags"), "metadata": dict(metadata)
        },
    }  # fmt: skip


def _messages(value: object, role: str) -> list[dict[str, Any]]:  # noqa: PLR0911 - one per shape
    """Messages wherever LangChain and OpenAI put them in a run's inputs or outputs."""
    if isinstance(value, str):
        return [{"role": role, "content": value}]
    if isinstance(value, list):
        if len(value) == _PAIR and all(isinstance(item, str) for item in value):
            return [{"role": value[0], "content": value[1]}]
        return [message for item in value for message in _messages(item, role)]
    held = mapping(value)
    if not held:
        return []
    for name in ("messages", "generations", "choices", "message", "output", "input", "prompts"):
        if held.get(name) is not None:
            return _messages(held[name], role)
    if "text" in held and "content" not in held and "role" not in held:
        return [{"role": role, "content": held["text"]}]
    return [_message(held, role)]


def _message(held: Record, role: str) -> dict[str, Any]:
    kwargs = mapping(held.get("kwargs")) or mapping(held.get("data")) or held
    named = held.get("id")
    kind = named[-1] if isinstance(named, list) and named and "kwargs" in held else None
    if kind == "ChatMessage":  # its role is among its arguments
        kind = None
    calls = kwargs.get("tool_calls") or mapping(kwargs.get("additional_kwargs")).get("tool_calls")
    found = {
        "role": kind or first(kwargs, ("role", "type")) or first(held, ("role", "type")) or role,
        "content": kwargs.get("content"),
        "name": kwargs.get("name"),
        "tool_call_id": kwargs.get("tool_call_id"),
    }
    return found | ({"tool_calls": calls} if calls else {})


FORMAT = Format("langsmith", looks_like, read)

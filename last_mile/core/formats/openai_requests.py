"""OpenAI request logs: one JSON object per API call, with the history sent and the answer.

Shapes: `{"request": {"messages"}, "response": {"choices"}}`, `{"body": …, "response": {"body": …}}`
and the flat `{"messages", "choices" | "response"}`; chat completions and the Responses API. Calls
of one conversation are merged by sql/conversations.sql. Without an id of the conversation, its
opening is its id.
"""

from typing import Any

from last_mile.core.formats.format import (
    CONVERSATION_IDS,
    TIMES,
    Format,
    Record,
    as_messages,
    first,
    mapping,
    opening_id,
)
from last_mile.core.refusal import RefusedLineError

_USERS = ("user", "user_id", "end_user")


def looks_like(record: Record) -> bool:
    """A request with messages, and an answer or an envelope of its own."""
    sent = _sent(record)
    enveloped = sent is not record or "response" in record or "choices" in record
    return enveloped and ("messages" in sent or "input" in sent)


def read(record: Record) -> dict[str, Any]:
    """One call: the messages sent, then the answer, if there was one."""
    sent, answer = _sent(record), _answer(record)
    history = _history(sent)
    if not history:
        raise RefusedLineError("no_messages")
    messages = [*history, *_replies(answer)]
    metadata = {**mapping(sent.get("metadata")), **mapping(record.get("metadata"))}
    user = first(sent, _USERS) or first(record, _USERS) or first(metadata, _USERS)
    given = first(record, CONVERSATION_IDS) or first(metadata, CONVERSATION_IDS)
    calls = {
        "call_id": answer.get("id") or record.get("id"),
        "custom_id": record.get("custom_id"),
        "status": answer.get("status"),
    }
    return {
        "holds": "call",
        "conversation_id": given or opening_id(user, messages),
        "user_id": user,
        "model": answer.get("model") or sent.get("model"),
        "started_at": first(record, TIMES) or first(answer, ("created", "created_at")),
        "messages": messages,
        "attributes": {**metadata, **{name: value for name, value in calls.items() if value}},
    }


def _sent(record: Record) -> Record:
    return mapping(record.get("request")) or mapping(record.get("body")) or record


def _answer(record: Record) -> Record:
    given = record.get("response")
    answer: Record = {"content": given} if isinstance(given, str) and given else mapping(given)
    return mapping(answer.get("body")) or answer or record


def _history(sent: Record) -> list[Any]:
    told = as_messages(sent.get("instructions"), "system")
    if "messages" in sent:
        if not isinstance(sent["messages"], list):
            raise RefusedLineError("wrong_type")
        return [*told, *sent["messages"]]
    return [*told, *_items(sent.get("input"), "user")]


def _replies(answer: Record) -> list[Any]:
    """The first choice of a chat completion, or the output items of a response."""
    if isinstance(answer.get("choices"), list):
        return as_messages(answer["choices"][:1], "assistant")
    if "role" in answer or "content" in answer:  # the message itself
        return as_messages(answer, "assistant")
    return _items(answer.get("output"), "assistant")


def _items(value: object, role: str) -> list[Any]:
    """Items of the Responses API: messages, tool calls and their results."""
    if not isinstance(value, list):
        return as_messages(value, role)
    found: list[Any] = []
    for item in value:
        kind = mapping(item).get("type")
        if kind == "function_call":
            call = {"name": item.get("name"), "arguments": item.get("arguments")}
            calls = [{"id": item.get("call_id"), "type": "function", "function": call}]
            found.append({"role": "assistant", "content": None, "tool_calls": calls})
        elif kind == "function_call_output":
            result = {"content": item.get("output"), "tool_call_id": item.get("call_id")}
            found.append({"role": "tool", **result})
        elif kind in {None, "message"}:
            found += as_messages(item, role)
    return found


FORMAT = Format("openai_requests", looks_like, read)

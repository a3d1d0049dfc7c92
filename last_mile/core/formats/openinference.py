"""OpenInference spans as Phoenix exports them: one span per line or row, in any order.

Attributes may be nested, dotted (`llm.input_messages.0.message.role`) or columns
(`attributes.llm.input_messages`). An LLM span is a call of the model; the session is the
conversation, else the trace. Spans of other kinds are refused as `not_a_model_call`.
"""

from typing import Any

import msgspec

from last_mile.core.formats.format import Format, Record, first, mapping
from last_mile.core.formats.spans import expanded
from last_mile.core.refusal import RefusedLineError

_MARKS = ("openinference", "llm.", "attributes.llm.", "attributes.openinference", "span_kind")


def looks_like(record: Record) -> bool:
    """A span with a kind or with attributes about a model, attributes not in OTLP's list form."""
    attributes = record.get("attributes")
    names = [*record, *(attributes if isinstance(attributes, dict) else ())]
    span = any("trace_id" in name or "traceId" in name for name in [*record, *_context(record)])
    return span and not isinstance(attributes, list) and any(n.startswith(_MARKS) for n in names)


def read(record: Record) -> dict[str, Any]:
    """One LLM span: the messages sent, then those that came back."""
    span = mapping(expanded(record))
    attributes = mapping(span.get("attributes"))
    model = mapping(attributes.get("llm"))
    kind = mapping(mapping(attributes.get("openinference")).get("span")).get("kind")
    if str(kind or span.get("span_kind") or "LLM").upper() != "LLM":
        raise RefusedLineError("not_a_model_call")
    messages = [
        *_messages(model.get("input_messages")),
        *_messages(model.get("output_messages")),
    ]
    if not messages:
        raise RefusedLineError("no_messages" if kind or model else "not_a_model_call")
    context = mapping(span.get("context"))
    trace = first(context, ("trace_id", "traceId")) or first(span, ("trace_id", "traceId"))
    return {
        "holds": "call",
        "conversation_id": mapping(attributes.get("session")).get("id") or trace,
        "user_id": mapping(attributes.get("user")).get("id"),
        "model": model.get("model_name"),
        "started_at": first(span, ("start_time", "startTime", "startTimeUnixNano")),
        "messages": messages,
        "attributes": {
            "trace_id": trace,
            "span_id": first(context, ("span_id", "spanId")) or first(span, ("span_id", "spanId")),
            "metadata": attributes.get("metadata"),
        },
    }


def _context(record: Record) -> Record:
    return mapping(record.get("context"))


def _messages(value: object) -> list[dict[str, Any]]:
    if isinstance(value, str):  # CSV exports hold JSON
        try:
            value = expanded({"held": msgspec.json.decode(value)})["held"]
        except (ValueError, RecursionError):  # msgspec refuses half a surrogate pair; json does not
            raise RefusedLineError("invalid_json") from None
    items = value if isinstance(value, list) else []
    return [_message(mapping(mapping(item).get("message")) or mapping(item)) for item in items]


def _message(message: Record) -> dict[str, Any]:
    content = message.get("content")
    if content is None and isinstance(message.get("contents"), list):
        parts = [mapping(mapping(p).get("message_content")) or p for p in message["contents"]]
        content = parts or None
    calls = [mapping(mapping(c).get("tool_call")) or c for c in message.get("tool_calls") or ()]
    found = {"role": message.get("role"), "content": content, "name": message.get("name")}
    found["tool_call_id"] = message.get("tool_call_id")
    return found | ({"tool_calls": calls} if calls else {})


FORMAT = Format("openinference", looks_like, read)

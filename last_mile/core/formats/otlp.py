"""OpenTelemetry GenAI spans as OTLP JSON: one export request, or one span, per line.

Messages are read from `gen_ai.input.messages` and `gen_ai.output.messages` (attributes, or those of
a span event), or from the older `gen_ai.prompt.N.*`. A span of OpenInference is read as one.
"""

import json
import re
from typing import Any

import msgspec

from last_mile.core.formats import openinference
from last_mile.core.formats.format import Format, Record, first, mapping
from last_mile.core.formats.spans import expanded
from last_mile.core.refusal import RefusedLineError

_WHOLE = re.compile(r"-?[0-9]{1,20}")
_OPENINFERENCE = ("openinference.", "llm.input_messages", "llm.output_messages")
_CALLS = {"chat", "text_completion", "generate_content"}


def looks_like(record: Record) -> bool:
    """Resource spans, or a span whose attributes are a list of keys and values."""
    span = "traceId" in record and isinstance(record.get("attributes"), list)
    return "resourceSpans" in record or "resource_spans" in record or span


def parts(record: Record) -> list[Record]:
    """Every span of an export request, attributes of its resource included."""
    resources = record.get("resourceSpans", record.get("resource_spans"))
    if resources is None:
        return [{"span": record, "attributes": _attributes(record)}]
    found = []
    for resource in _objects(resources):
        shared = _attributes(mapping(resource.get("resource")))
        for scope in _objects(resource.get("scopeSpans", resource.get("scope_spans"))):
            found += [
                {"span": span, "attributes": shared | _attributes(span)}
                for span in _objects(scope.get("spans"))
            ]
    return list(found) or [{"span": {}, "attributes": {}}]


def read(record: Record) -> dict[str, Any]:
    """One model call: system instructions, the messages sent, the messages that came back."""
    span, attributes = mapping(record["span"]), mapping(record["attributes"])
    if any(name.startswith(_OPENINFERENCE) for name in attributes):
        return openinference.read({**span, "attributes": attributes})
    for event in _objects(span.get("events")):
        attributes = {**attributes, **_attributes(event)}
    sent = [
        *_messages(
            [{"role": "system", "parts": _json(attributes.get("gen_ai.system_instructions"))}]
        ),
        *_messages(_json(attributes.get("gen_ai.input.messages"))),
        *_numbered(attributes, "prompt"),
    ]
    back = [
        *_messages(_json(attributes.get("gen_ai.output.messages"))),
        *_numbered(attributes, "completion"),
    ]
    if attributes.get("gen_ai.operation.name", "chat") not in _CALLS or not (sent or back):
        raise RefusedLineError("not_a_model_call")
    model = first(attributes, ("gen_ai.response.model", "gen_ai.request.model"))
    return {
        "holds": "call",
        "conversation_id": first(attributes, ("gen_ai.conversation.id", "session.id"))
        or span.get("traceId"),
        "user_id": first(attributes, ("user.id", "enduser.id")),
        "model": model,
        "started_at": span.get("startTimeUnixNano"),
        "messages": [*sent, *back],
        "attributes": {
            "service": attributes.get("service.name"),
            "trace_id": span.get("traceId"),
            "span_id": span.get("spanId"),
        },
    }


def _objects(value: object) -> list[Record]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _attributes(holder: Record) -> dict[str, Any]:
    pairs = _objects(holder.get("attributes"))
    return {str(pair.get("key")): _value(pair.get("value")) for pair in pairs}


def _value(value: object) -> Any:
    """The value of OTLP's `{"stringValue": …}` and its kin."""
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((kind, held),) = value.items()
    if kind == "intValue":
        return int(held) if _WHOLE.fullmatch(str(held)) else held
    if kind == "arrayValue":
        return [_value(item) for item in mapping(held).get("values") or ()]
    if kind == "kvlistValue":
        pairs = _objects(mapping(held).get("values"))
        return {str(pair.get("key")): _value(pair.get("value")) for pair in pairs}
    return held


def _json(value: object) -> Any:
    """Structured attributes are logged as JSON text by most exporters."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (ValueError, RecursionError):  # msgspec refuses half a surrogate pair; json does not
        raise RefusedLineError("invalid_json") from None


def _messages(value: object) -> list[dict[str, Any]]:
    """Messages of the semantic conventions: a role and parts."""
    found = []
    for message in _objects(value):
        given = message.get("parts", message.get("content"))
        parts = _objects(given)
        if isinstance(given, str):
            parts = [{"type": "text", "content": given}]
        if not parts and given is None:
            continue
        texts = [p.get("content") for p in parts if p.get("type") in {"text", None}]
        calls = [_call(p) for p in parts if p.get("type") == "tool_call"]
        results = [p for p in parts if p.get("type") == "tool_call_response"]
        found += [_result(message, part) for part in results]
        if texts or calls or not results:
            content = "\n".join(text for text in texts if isinstance(text, str)) if texts else None
            one = {"role": message.get("role"), "content": content, "name": message.get("name")}
            found.append(one | ({"tool_calls": calls} if calls else {}))
    return found


def _call(part: Record) -> dict[str, Any]:
    arguments = part.get("arguments")
    text = arguments if isinstance(arguments, str) or arguments is None else json.dumps(arguments)
    function = {"name": part.get("name"), "arguments": text}
    return {"id": part.get("id"), "type": "function", "function": function}


def _result(message: Record, part: Record) -> dict[str, Any]:
    held = part.get("response", part.get("result"))
    text = held if isinstance(held, str) or held is None else json.dumps(held)
    return {"role": message.get("role"), "content": text, "tool_call_id": part.get("id")}


def _numbered(attributes: Record, side: str) -> list[dict[str, Any]]:
    """`gen_ai.prompt.0.role`, `gen_ai.prompt.0.content`, …: how OpenLLMetry logs messages."""
    prefix = f"gen_ai.{side}."
    own = {k.removeprefix(prefix): v for k, v in attributes.items() if k.startswith(prefix)}
    found = expanded(own)
    return [
        {
            "role": message.get("role"),
            "content": message.get("content"),
            "tool_calls": [_call(call) for call in _objects(message.get("tool_calls"))],
            "tool_call_id": message.get("tool_call_id"),
        }
        for message in _objects(found)
    ]


FORMAT = Format("otlp", looks_like, read, parts)

"""OTLP JSON exports of GenAI spans: structure, ids and messages of the semantic conventions.

Not here: the numbered attributes of OpenLLMetry (test_openllmetry.py).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from last_mile_tests.core.formats import Read, calls_of, detected_name, parts, read, refusal, utc

TEXT = {"type": "text", "content": "Weather in Paris?"}
CALL = {"type": "tool_call", "id": "call_1", "name": "weather", "arguments": {"city": "Paris"}}
RESULT = {"type": "tool_call_response", "id": "call_1", "response": "18"}
OUTPUT = [
    {
        "role": "assistant",
        "parts": [{"type": "text", "content": "18 degrees."}],
        "finish_reason": "stop",
    }
]
INPUT = [
    {"role": "user", "parts": [TEXT]},
    {"role": "assistant", "parts": [CALL]},
    {"role": "tool", "parts": [RESULT]},
]
CONTENTS = ("gen_ai.input.messages", "gen_ai.output.messages")
SAID = [
    ("user", "Weather in Paris?"),
    ("assistant", None),
    ("tool", "18"),
    ("assistant", "18 degrees."),
]


def _structured(value: Any) -> dict[str, Any]:
    """A value in OTLP's own types."""
    if isinstance(value, list):
        return {"arrayValue": {"values": [_structured(item) for item in value]}}
    if isinstance(value, dict):
        pairs = [{"key": name, "value": _structured(held)} for name, held in value.items()]
        return {"kvlistValue": {"values": pairs}}
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}


def _as_json_text(value: Any) -> dict[str, Any]:
    """A structured value as most exporters write it: JSON in a string."""
    return {"stringValue": json.dumps(value)}


def _pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    """Attributes as OTLP lists them; what is an object here is taken as the value it is."""
    return [
        {"key": name, "value": held if isinstance(held, dict) else _structured(held)}
        for name, held in attributes.items()
    ]


def _span(attributes: dict[str, Any] | None = None, **over: Any) -> dict[str, Any]:
    given = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.conversation.id": "conv-1",
        "user.id": "u1",
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.input.messages": _as_json_text(INPUT),
        "gen_ai.output.messages": _as_json_text(OUTPUT),
        **(attributes or {}),
    }
    return {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": "chat gpt-4o",
        "kind": 3,
        "startTimeUnixNano": "1767607200123456789",
        "endTimeUnixNano": "1767607202000000000",
        "attributes": _pairs({name: held for name, held in given.items() if held is not None}),
        "status": {},
        **over,
    }


def _export(*spans: dict[str, Any]) -> dict[str, Any]:
    resource = {"attributes": _pairs({"service.name": "shop"})}
    scope = {"scope": {"name": "genai"}, "spans": list(spans)}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}


@pytest.mark.parametrize("written", [_structured, _as_json_text])
def test_messages_as_structured_values_and_as_json_text_are_the_same(written: Any) -> None:
    span = _span(
        {"gen_ai.input.messages": written(INPUT), "gen_ai.output.messages": written(OUTPUT)}
    )
    found = read("otlp", _export(span))
    assert found.holds == "call"
    assert found.who == ("conv-1", "u1", "gpt-4o-2024-08-06")
    assert found.started_at == utc("2026-01-05T10:00:00.123456")
    assert found.said == SAID
    function = {"name": "weather", "arguments": '{"city": "Paris"}'}
    call = {"id": "call_1", "type": "function", "function": function}
    assert calls_of(found) == [None, [call], None, None]
    assert found.conversation.messages[2].tool_call_id == "call_1"
    assert (found.conversation.attributes or {})["service"] == "shop"


@pytest.mark.parametrize("written", [_structured, _as_json_text])
def test_system_instructions_come_first(written: Any) -> None:
    told = written([{"type": "text", "content": "Be brief."}])
    found = read("otlp", _span({"gen_ai.system_instructions": told}))
    assert found.said == [("system", "Be brief."), *SAID]


def test_messages_of_a_span_event() -> None:
    held = dict(zip(CONTENTS, (INPUT, OUTPUT), strict=True))
    event = {
        "timeUnixNano": "1767607201000000000",
        "name": "gen_ai.client.inference.operation.details",
        "attributes": _pairs({name: _structured(value) for name, value in held.items()}),
    }
    assert read("otlp", _span(dict.fromkeys(CONTENTS), events=[event])).said == SAID


def test_parts_that_are_no_text_do_not_become_text() -> None:
    parts_given = [{"type": "reasoning", "content": "hm"}, TEXT, {"type": "text", "content": "Now"}]
    messages = _as_json_text([{"role": "user", "parts": parts_given}])
    found = read("otlp", _span({"gen_ai.input.messages": messages}))
    assert found.said[0] == ("user", "Weather in Paris?\nNow")


def test_messages_with_a_plain_content_are_read_too() -> None:
    messages = _as_json_text([{"role": "user", "content": "Weather in Paris?"}])
    found = read("otlp", _span({"gen_ai.input.messages": messages}))
    assert found.said == [SAID[0], SAID[-1]]


@pytest.mark.parametrize(
    ("attributes", "who"),
    [
        ({"gen_ai.conversation.id": None, "session.id": "s-1"}, ("s-1", "u1")),
        ({"gen_ai.conversation.id": None}, ("5b8efff798038103d269b633813fc60c", "u1")),
        ({"user.id": None, "enduser.id": "u2"}, ("conv-1", "u2")),
        ({"user.id": None}, ("conv-1", None)),
    ],
)
def test_ids_are_found_under_their_names(
    attributes: dict[str, Any], who: tuple[str, str | None]
) -> None:
    assert read("otlp", _span(attributes)).who[:2] == who


def test_every_span_of_an_export_is_a_part_of_its_line() -> None:
    tool = _span({"gen_ai.operation.name": "execute_tool"})
    database = _span(dict.fromkeys(CONTENTS))
    found = parts("otlp", _export(_span(), tool, database, _span({"gen_ai.conversation.id": "c2"})))
    assert [part.who[0] if isinstance(part, Read) else part for part in found] == [
        "conv-1", "not_a_model_call", "not_a_model_call", "c2",
    ]  # fmt: skip


def test_names_of_older_exporters_in_snake_case() -> None:
    scope = {"spans": [_span()]}
    assert read("otlp", {"resource_spans": [{"scope_spans": [scope]}]}).said == SAID


def test_a_span_of_openinference_in_an_export_is_read_as_one() -> None:
    attributes = {
        "openinference.span.kind": "LLM",
        "llm.model_name": "gpt-4o",
        "session.id": "s-1",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "Hello",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "Hi",
    }
    found = read("otlp", _export(_span() | {"attributes": _pairs(attributes)}))
    assert found.who == ("s-1", None, "gpt-4o")
    assert found.said == [("user", "Hello"), ("assistant", "Hi")]
    assert found.started_at == utc("2026-01-05T10:00:00.123456")
    chain = attributes | {"openinference.span.kind": "CHAIN"}
    assert refusal("otlp", _span() | {"attributes": _pairs(chain)}) == "not_a_model_call"


def test_it_is_told_by_resource_spans_or_by_a_list_of_attributes() -> None:
    records: list[dict[str, Any]] = [_export(_span()), _export(), _span(), {"resource_spans": []}]
    for record in records:
        assert detected_name(record) == "otlp"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (_export(), "not_a_model_call"),
        ({"resourceSpans": None}, "not_a_model_call"),
        (_span({"gen_ai.operation.name": "embeddings"}), "not_a_model_call"),
        (_span({"gen_ai.operation.name": "execute_tool"}), "not_a_model_call"),
        # content is not captured by default
        (_span(dict.fromkeys(CONTENTS)), "not_a_model_call"),
        (_span({"gen_ai.conversation.id": None}, traceId=""), "missing_conversation_id"),
        (_span({"gen_ai.input.messages": "[{"}), "invalid_json"),
        (_span({"gen_ai.input.messages": '[{"role": "\\ud800"}]'}), "invalid_json"),
        (_span({"gen_ai.input.messages": '[{"role": "oracle", "parts": []}]'}), "unknown_role"),
        (_span(startTimeUnixNano="soon"), "invalid_time"),
    ],
)  # fmt: skip
def test_what_is_refused(record: dict[str, Any], reason: str) -> None:
    assert refusal("otlp", record) == reason

"""OpenInference spans: Phoenix's nested and dotted JSON, its data frames, CSV of those."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from last_mile_tests.core.formats import calls_of, detected_name, read, refusal, utc

FUNCTION = {"name": "weather", "arguments": '{"city": "Paris"}'}
SAID = [
    ("user", "Weather in Paris?"),
    ("assistant", None),
    ("tool", "18"),
    ("assistant", "18 degrees."),
]
# One model call, in the flat names that instrumentation sets on a span.
DOTTED: dict[str, Any] = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "gpt-4o",
    "llm.token_count.prompt": 12,
    "session.id": "s-1",
    "user.id": "u1",
    "metadata": '{"plan": "pro"}',
    "input.value": "…",
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.content": "Weather in Paris?",
    "llm.input_messages.1.message.role": "assistant",
    "llm.input_messages.1.message.tool_calls.0.tool_call.id": "call_1",
    "llm.input_messages.1.message.tool_calls.0.tool_call.function.name": "weather",
    "llm.input_messages.1.message.tool_calls.0.tool_call.function.arguments": FUNCTION["arguments"],
    "llm.input_messages.2.message.role": "tool",
    "llm.input_messages.2.message.content": "18",
    "llm.input_messages.2.message.tool_call_id": "call_1",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "18 degrees.",
}
FLAT_CALL = {"tool_call.id": "call_1"} | {
    f"tool_call.function.{name}": held for name, held in FUNCTION.items()
}
# The columns of get_spans_dataframe hold lists of objects with dotted names.
FRAME_INPUT: list[dict[str, Any]] = [
    {"message.role": "user", "message.content": "Weather in Paris?"},
    {"message.role": "assistant", "message.tool_calls": [FLAT_CALL]},
    {"message.role": "tool", "message.content": "18", "message.tool_call_id": "call_1"},
]  # fmt: skip
FRAME_OUTPUT = [{"message.role": "assistant", "message.content": "18 degrees."}]
NESTED_LLM = {
    "model_name": "gpt-4o",
    "input_messages": [
        {"message": {"role": "user", "content": "Weather in Paris?"}},
        {
            "message": {
                "role": "assistant",
                "tool_calls": [{"tool_call": {"id": "call_1", "function": FUNCTION}}],
            }
        },
        {"message": {"role": "tool", "content": "18", "tool_call_id": "call_1"}},
    ],
    "output_messages": [{"message": {"role": "assistant", "content": "18 degrees."}}],
}
NESTED = {
    "openinference": {"span": {"kind": "LLM"}},
    "llm": NESTED_LLM,
    "session": {"id": "s-1"},
    "user": {"id": "u1"},
}


def _span(attributes: dict[str, Any], **over: Any) -> dict[str, Any]:
    """A span as Phoenix exports it as JSON."""
    return {
        "name": "ChatCompletion",
        "context": {"trace_id": "t-1", "span_id": "sp-1"},
        "span_kind": "LLM",
        "parent_id": None,
        "start_time": "2026-01-05T10:00:00.250000+00:00",
        "end_time": "2026-01-05T10:00:02+00:00",
        "status_code": "OK",
        "attributes": attributes,
        "events": [],
        **over,
    }


def _frame_row(**over: Any) -> dict[str, Any]:
    """A row of the frame of spans, as its Parquet file gives it."""
    return {
        "context.span_id": "sp-1",
        "context.trace_id": "t-1",
        "name": "ChatCompletion",
        "span_kind": "LLM",
        "start_time": datetime(2026, 1, 5, 10, 0, 0, 250_000, tzinfo=UTC),
        "attributes.openinference.span.kind": "LLM",
        "attributes.llm.model_name": "gpt-4o",
        "attributes.session.id": "s-1",
        "attributes.user.id": "u1",
        "attributes.llm.input_messages": FRAME_INPUT,
        "attributes.llm.output_messages": FRAME_OUTPUT,
        **over,
    }


EMPTY_CELLS = dict.fromkeys(("message.content", "message.tool_calls", "message.tool_call_id"))
SHAPES: dict[str, dict[str, Any]] = {
    "dotted": _span(DOTTED),
    "dotted, backwards": _span(dict(reversed(DOTTED.items()))),
    "nested": _span(NESTED),
    "half nested": _span(
        {**{k: v for k, v in DOTTED.items() if "_messages" not in k}, "llm": NESTED_LLM}
    ),
    "frame": _frame_row(),
    "frame with empty cells": _frame_row(**{
        "parent_id": None,
        "attributes.llm.input_messages": [EMPTY_CELLS | said for said in FRAME_INPUT],
    }),
    "CSV of the frame": _frame_row(**{
        "start_time": "2026-01-05 10:00:00.250000+00:00",
        "attributes.llm.input_messages": json.dumps(FRAME_INPUT),
        "attributes.llm.output_messages": json.dumps(FRAME_OUTPUT),
    }),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_call_in_every_shape(shape: str) -> None:
    record = SHAPES[shape]
    assert detected_name(record) == "openinference"
    found = read("openinference", record)
    assert found.holds == "call"
    assert found.who == ("s-1", "u1", "gpt-4o")
    assert found.started_at == utc("2026-01-05T10:00:00.250000")
    assert found.said == SAID
    assert calls_of(found) == [None, [{"id": "call_1", "function": FUNCTION}], None, None]
    assert found.conversation.messages[2].tool_call_id == "call_1"


def test_a_message_of_several_contents_is_the_text_of_them() -> None:
    image = {"image": {"image": {"url": "https://example.org/a.png"}}, "type": "image"}
    contents = [{"type": "text", "text": "What is"}, image, {"type": "text", "text": "this?"}]
    held = [{"message_content": part} for part in contents]
    message = {"message": {"role": "user", "contents": held}}
    span = _span(NESTED | {"llm": {"input_messages": [message]}})
    assert read("openinference", span).said == [("user", "What is\nthis?")]


def test_without_a_session_the_trace_is_the_conversation() -> None:
    lonely = {name: held for name, held in DOTTED.items() if name != "session.id"}
    assert read("openinference", _span(lonely)).who[0] == "t-1"
    row = _frame_row(**{"attributes.session.id": None})
    assert read("openinference", row).who[0] == "t-1"


def test_a_kind_is_read_from_the_span_when_the_attributes_lack_it() -> None:
    row = _frame_row(**{"attributes.openinference.span.kind": None})
    assert read("openinference", row).said == SAID
    assert refusal("openinference", row | {"span_kind": "AGENT"}) == "not_a_model_call"


def test_it_is_told_by_a_kind_and_a_trace_and_not_taken_for_otlp() -> None:
    chain = _span({"openinference.span.kind": "CHAIN", "input.value": "Hi"}, span_kind="CHAIN")
    assert detected_name(chain) == "openinference"
    assert detected_name({"span_kind": "LLM", "name": "no trace"}) is None
    assert detected_name(_span(DOTTED) | {"traceId": "t", "attributes": []}) == "otlp"


@pytest.mark.parametrize("kind", ["CHAIN", "TOOL", "RETRIEVER", "EMBEDDING", "AGENT", "tool"])
def test_a_span_of_another_kind_is_no_model_call(kind: str) -> None:
    span = _span({**DOTTED, "openinference.span.kind": kind}, span_kind=kind)
    assert refusal("openinference", span) == "not_a_model_call"


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (_span({"openinference.span.kind": "LLM"}), "no_messages"),  # content is hidden
        (_frame_row() | {"attributes.llm.input_messages": "[{"}, "invalid_json"),
        (_span(DOTTED | {"llm.input_messages.0.message.role": "oracle"}), "unknown_role"),
        (_span(DOTTED | {"session.id": ""}, context={}), "missing_conversation_id"),
        (_span(DOTTED, start_time="soon"), "invalid_time"),
    ],
)
def test_what_is_refused(record: dict[str, Any], reason: str) -> None:
    assert refusal("openinference", record) == reason

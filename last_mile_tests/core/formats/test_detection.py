"""Which format a file is taken for: a record of each kind, mixtures, and what is no log at all."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile.core.formats import FORMATS
from last_mile_tests.core.formats import detected_name

SAID = [{"role": "user", "content": "Hi"}]
ATTRIBUTE = [{"key": "gen_ai.system", "value": {"stringValue": "openai"}}]
SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "our own log": ("native", {"conversation_id": "c", "messages": SAID}),
    "a chat": ("openai_chat", {"id": "c", "model": "m", "messages": SAID}),
    "a chat of a session": ("openai_chat", {"session_id": "c", "messages": SAID}),
    "request and response": ("openai_requests", {"request": {"messages": SAID}, "response": {}}),
    "messages and choices": ("openai_requests", {"messages": SAID, "choices": []}),
    "a request of a known conversation": (
        "openai_requests", {"conversation_id": "c", "messages": SAID, "response": {"choices": []}},
    ),
    "a batch request": ("openai_requests", {"custom_id": "r", "body": {"messages": SAID}}),
    "a Responses API call": ("openai_requests", {"request": {"input": "Hi"}, "response": {}}),
    "ShareGPT": ("sharegpt", {"id": "c", "conversations": [{"from": "human", "value": "Hi"}]}),
    "a Langfuse trace": ("langfuse", {"id": "t", "sessionId": None, "input": "Hi"}),
    "a Langfuse trace and its observations": ("langfuse", {"id": "t", "observations": []}),
    "a Langfuse observation": (
        "langfuse", {"id": "o", "traceId": "t", "type": "GENERATION", "input": SAID},
    ),
    "an OTLP export": ("otlp", {"resourceSpans": [{"scopeSpans": []}]}),
    "an OTLP span": ("otlp", {"traceId": "t", "spanId": "s", "attributes": ATTRIBUTE}),
    "a Phoenix span": (
        "openinference", {"context": {"trace_id": "t"}, "attributes": {"llm.model_name": "m"}},
    ),
    "a row of Phoenix spans": (
        "openinference", {"context.trace_id": "t", "attributes.openinference.span.kind": "LLM"},
    ),
    "a LangSmith run": (
        "langsmith", {"run_type": "llm", "trace_id": "t", "inputs": {"messages": [SAID]}},
    ),
    "a turn": ("turns", {"conversation_id": "c", "turn": "0", "role": "user", "content": "Hi"}),
    "a turn of a session": ("turns", {"session_id": "c", "speaker": "bot", "text": "Hi"}),
}  # fmt: skip
NO_LOGS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "an outcome": {"conversation_id": "c", "outcome": "hired", "value": "1"},
    "a label": {"conversation_id": "c", "metric": "robotic", "annotator": "ann", "value": "1"},
    "a keystroke": {"eventName": "text-insert", "eventSource": "user", "eventTimestamp": 1670953},
    "a preference pair": {"chosen": "\n\nHuman: Hi\n\nAssistant: Hi", "rejected": "\n\nHuman: Hi"},
    "a web request": {"timestamp": "2026-01-05", "method": "GET", "path": "/", "status": 200},
    "a span of a web server": {"trace_id": "t", "name": "GET /", "attributes": {"http.route": "/"}},
    "a count of conversations": {"day": "2026-01-05", "conversations": 12, "messages": 40},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_told_from_all_others(shape: str) -> None:
    name, record = SHAPES[shape]
    assert detected_name(record) == name


def test_every_format_is_detected_but_parquet_which_is_asked_for() -> None:
    assert {name for name, _ in SHAPES.values()} | {"parquet"} == set(FORMATS)


@pytest.mark.parametrize("shape", NO_LOGS)
def test_what_is_no_log_shows_no_format(shape: str) -> None:
    record = NO_LOGS[shape]
    assert detected_name(record) is None
    assert [name for name, known in FORMATS.items() if known.looks_like(record)] == []


def test_the_format_of_most_records_counts_and_records_without_one_do_not() -> None:
    chat, turn = SHAPES["a chat"][1], SHAPES["a turn"][1]
    assert detected_name(chat, turn, turn) == "turns"
    assert detected_name(turn, chat, chat) == "openai_chat"
    assert detected_name({}, {"x": 1}, {"y": 2}, chat) == "openai_chat"
    assert detected_name() is None


@pytest.mark.parametrize("held", [None, 7, "text", [], {}, [None], [[]]])
def test_no_value_anywhere_keeps_a_format_from_deciding(held: Any) -> None:
    names = {name for _, record in SHAPES.values() for name in record}
    for known in FORMATS.values():
        assert known.looks_like({}) is False
        assert known.looks_like(dict.fromkeys(names, held)) in {True, False}

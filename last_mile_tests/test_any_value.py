"""No value in any place of any format's record ends a landing: each line becomes rows.

Not here: bytes that are no JSON (test_reconciliation.py), what each format reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.drop_reading import Reading
from last_mile.adapters.drop_reading.staging import stage
from last_mile.core.formats import FORMATS
from last_mile_tests.scenario import LAST_DAY, conversation, drop_file, label, message, outcome

STRANGE: tuple[Any, ...] = (
    None, True, -1, 0.5, 1e300, -70_000_000_000, 2**40, 10**30, "", " ", "first", "²", "9" * 400,
    "9" * 5000, "\0", "2026-01-05T10:00+00Z", "[1", '{"a": null}', [], [None], [[]], ["x", 1],
    {}, {"": None}, {"values": None}, {"role": {}}, [{"role": "user", "content": [{}]}],
)  # fmt: skip
CALLS = [{"id": "t1", "function": {"name": "f", "arguments": "{}"}}]
SAID = [message("user", "Hi"), message("assistant", None, tool_calls=CALLS)]
TURN = {
    "conversation_id": "c1",
    "turn": 0,
    "role": "user",
    "content": "Hi",
    "timestamp": 1767607200,
}
SPAN = {
    "traceId": "t1", "startTimeUnixNano": "1767607200000000000", "events": [{"attributes": []}],
    "attributes": [
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": "gen_ai.input.messages", "value": {"stringValue": json.dumps(
            [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}])}},
        {"key": "gen_ai.prompt.0.role", "value": {"stringValue": "user"}},
        {"key": "n", "value": {"intValue": "7"}},
        {"key": "a", "value": {"arrayValue": {"values": [{"stringValue": "x"}]}}},
        {"key": "k", "value": {"kvlistValue": {"values": [{"key": "y", "value": {"n": 1}}]}}},
    ],
}  # fmt: skip
RECORDS: dict[str, dict[str, Any]] = {
    "native": conversation(
        messages=SAID, context=[{"doc_id": "d", "text": "t", "names": ["Ann"]}], final_output="x",
        attributes={"a": 1}, position=1, holds="turn", more={"b": [2]},
    ),
    "openai_chat": {"id": "c1", "user": "u", "created": 1767607200, "messages": SAID},
    "openai_requests": {
        "session_id": "c1", "created": 1767607200, "request": {
            "messages": SAID, "metadata": {"user_id": "u"}, "instructions": "Be kind"},
        "response": {"body": {"id": "r", "model": "m", "choices": [{"message": SAID[1]}]}},
    },
    "sharegpt": {"id": "c1", "system": "s", "conversations": [{"from": "human", "value": "Hi"}]},
    "langfuse": {
        "id": "t1", "sessionId": "s1", "metadata": {"model": "m"}, "observations": [
            {"type": "GENERATION", "input": {"messages": SAID}, "output": SAID[1], "model": "m",
             "startTime": "2026-01-05T10:00:00Z"}],
    },
    "langsmith": {
        "id": "r", "run_type": "llm", "trace_id": "t1", "start_time": "2026-01-05T10:00:00",
        "inputs": {"messages": [[{"id": ["x", "HumanMessage"], "kwargs": {"content": "Hi"}}]]},
        "outputs": {"generations": [[{"text": "Ho", "message": {"type": "ai", "data": SAID[1]}}]]},
        "extra": {"metadata": {"thread_id": "c1"}, "invocation_params": {"model": "m"}},
    },
    "openinference": {
        "context": {"trace_id": "t1"}, "start_time": "2026-01-05T10:00:00Z", "attributes": {
            "openinference.span.kind": "LLM", "session": {"id": "s"}, "llm": {
                "model_name": "m", "input_messages": [{"message": {
                    "role": "user", "contents": [{"message_content": {"text": "Hi"}}],
                    "tool_calls": [{"tool_call": CALLS[0]}]}}]},
            "llm.output_messages.0.message.role": "assistant"},
    },
    "otlp": {"resourceSpans": [
        {"resource": {"attributes": SPAN["attributes"]}, "scopeSpans": [{"spans": [SPAN]}]}]},
    "turns": TURN,
    "parquet": {**TURN, "tool_calls": CALLS, "name": "Ann"},
}  # fmt: skip
EVENTS = {
    "outcomes": outcome(kind="binary", arrived_at="2026-01-08", note="x"),
    "labels": label(turn=1),
}


def _variants(value: Any) -> Iterator[Any]:
    """The value with each part of it replaced by each strange value, and with each part missing."""
    yield from STRANGE
    if isinstance(value, dict):
        for key, held in value.items():
            rest = {name: inner for name, inner in value.items() if name != key}
            yield rest
            yield from ({**rest, key: variant} for variant in _variants(held))
    if isinstance(value, list):
        for index, held in enumerate(value):
            before, after = value[:index], value[index + 1 :]
            yield [*before, *after]
            yield from ([*before, variant, *after] for variant in _variants(held))


def _lands_every_line(folder: Path, name: str, record: dict[str, Any], **how: Any) -> None:
    lines = [json.dumps(record), *map(json.dumps, _variants(record)), json.dumps(record)]
    file = drop_file(folder / "drops", name, "\n".join(lines).encode())
    reading = Reading(last_day=LAST_DAY, default_day=date(2026, 1, 5), **how)
    (read,) = stage([file], reading, folder / "rows.parquet")
    assert (read.error, read.lines) == (None, len(lines))
    rows = pl.read_parquet(folder / "rows.parquet").sort("line", "part")
    assert rows["line"].unique().to_list() == list(range(1, len(lines) + 1))
    assert rows["reject_reason"][0] is None
    assert rows["reject_reason"][-1] is None


def test_every_format_has_a_record_here() -> None:
    assert RECORDS.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("how", [{}, {"redacts": True, "salt": b"salt"}], ids=["open", "private"])
def test_no_value_in_a_conversation_record_ends_the_landing(
    name: str, how: dict[str, Any], tmp_path: Path
) -> None:
    _lands_every_line(tmp_path, "conversations.jsonl", RECORDS[name], format_name=name, **how)


@pytest.mark.parametrize("kind", EVENTS)
def test_no_value_in_an_event_record_ends_the_landing(kind: str, tmp_path: Path) -> None:
    _lands_every_line(tmp_path, f"{kind}.jsonl", EVENTS[kind], redacts=True, salt=b"salt")

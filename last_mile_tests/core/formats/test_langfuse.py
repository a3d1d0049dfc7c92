"""Langfuse: traces with their observations, traces alone, and observations alone."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile_tests.core.formats import Read, calls_of, detected_name, parts, read, refusal, utc

USER = {"role": "user", "content": "Weather in Paris?"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "content": "18", "tool_call_id": "call_1"}


def _observation(number: int = 1, **over: Any) -> dict[str, Any]:
    return {
        "id": f"obs-{number}",
        "traceId": "t-1",
        "type": "GENERATION",
        "name": "chat",
        "startTime": f"2026-01-05T10:0{number}:00.000Z",
        "endTime": f"2026-01-05T10:0{number}:03.000Z",
        "completionStartTime": None,
        "model": "gpt-4o",
        "modelParameters": {"temperature": 1},
        "input": [USER],
        "output": {"role": "assistant", "content": "18 degrees."},
        "usageDetails": {"input": 12, "output": 4},
        "level": "DEFAULT",
        "parentObservationId": None,
        **over,
    }


def _trace(*observations: dict[str, Any], **over: Any) -> dict[str, Any]:
    return {
        "id": "t-1",
        "projectId": "p-1",
        "name": "chat",
        "timestamp": "2026-01-05T09:59:00.000Z",
        "environment": "production",
        "tags": ["beta"],
        "release": None,
        "userId": "u1",
        "sessionId": "s-1",
        "public": False,
        "input": "Weather in Paris?",
        "output": "18 degrees.",
        "metadata": {"model": "gpt-4o-mini"},
        "scores": [],
        "observations": list(observations),
        **over,
    }


def test_a_generation_is_a_call_of_the_session_of_its_trace() -> None:
    found = read("langfuse", _trace(_observation()))
    assert found.holds == "call"
    assert found.who == ("s-1", "u1", "gpt-4o")
    assert found.started_at == utc("2026-01-05T10:01:00")
    assert found.said == [("user", "Weather in Paris?"), ("assistant", "18 degrees.")]
    assert found.conversation.attributes == {
        "trace_id": "t-1",
        "tags": ["beta"],
        "environment": "production",
        "metadata": {"model": "gpt-4o-mini"},
    }


def test_every_generation_of_a_trace_is_a_call_and_spans_are_not() -> None:
    trace = _trace(
        _observation(1, output=CALLED),
        _observation(2, type="SPAN", name="weather", input={"city": "Paris"}, output="18"),
        _observation(3, type="EVENT", input=None, output=None),
        _observation(4, input=[USER, CALLED, RESULT]),
    )
    first, last = parts("langfuse", trace)
    assert isinstance(first, Read)
    assert isinstance(last, Read)
    assert first.said == [("user", "Weather in Paris?"), ("assistant", None)]
    assert calls_of(first) == [None, [CALL]]
    assert [role for role, _ in last.said] == ["user", "assistant", "tool", "assistant"]
    assert last.conversation.messages[:2] == first.conversation.messages
    assert last.started_at == utc("2026-01-05T10:04:00")


def test_one_bad_generation_does_not_take_the_others_with_it() -> None:
    bad = _observation(1, input=[{"role": "oracle", "content": "?"}])
    refused, accepted = parts("langfuse", _trace(bad, _observation(2)))
    assert refused == "unknown_role"
    assert isinstance(accepted, Read)


@pytest.mark.parametrize("observations", [[], None, ["obs-1"], [_observation(type="SPAN")]])
def test_a_trace_without_generations_is_one_call_by_its_own_input_and_output(
    observations: Any,
) -> None:
    found = read("langfuse", _trace() | {"observations": observations})
    assert found.said == [("user", "Weather in Paris?"), ("assistant", "18 degrees.")]
    assert found.started_at == utc("2026-01-05T09:59:00")
    assert found.who == ("s-1", "u1", "gpt-4o-mini")


@pytest.mark.parametrize("session", [None, ""])
def test_without_a_session_the_trace_is_the_conversation(session: str | None) -> None:
    assert read("langfuse", _trace(_observation(), sessionId=session)).who[0] == "t-1"


def test_an_observation_exported_alone_is_a_call_of_its_trace() -> None:
    found = read("langfuse", _observation(2, userId="u1"))
    assert found.who == ("t-1", "u1", "gpt-4o")
    assert found.started_at == utc("2026-01-05T10:02:00")
    assert read("langfuse", _observation(sessionId="s-1")).who[0] == "s-1"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Hello", [("user", "Hello")]),
        ({"role": "user", "content": "Hello"}, [("user", "Hello")]),
        ({"messages": [USER], "tools": []}, [("user", "Weather in Paris?")]),
        ({"content": "Hello"}, [("user", "Hello")]),
        ({"question": "Hello", "k": 3}, [("user", '{"k":3,"question":"Hello"}')]),
        (["Hello", "there"], [("user", "Hello"), ("user", "there")]),
        (None, []),
    ],
)  # fmt: skip
def test_inputs_come_in_many_shapes(given: object, said: list[tuple[str, str]]) -> None:
    assert read("langfuse", _observation(input=given)).said[:-1] == said


@pytest.mark.parametrize(
    "given",
    [
        "18 degrees.",
        {"content": "18 degrees."},
        {"choices": [{"index": 0, "message": {"role": "assistant", "content": "18 degrees."}}]},
        [{"role": "assistant", "content": "18 degrees."}],
    ],
)
def test_outputs_come_in_many_shapes(given: object) -> None:
    assert read("langfuse", _observation(output=given)).said[1:] == [("assistant", "18 degrees.")]


def test_it_is_told_by_observations_a_session_or_a_type_of_observation() -> None:
    for record in (_trace(_observation()), _trace(), _observation(), _observation(type="SPAN")):
        assert detected_name(record) == "langfuse"
    alone = {name: value for name, value in _trace().items() if name != "observations"}
    assert detected_name(alone) == "langfuse"
    assert detected_name({"id": "s", "traceId": "t-1", "name": "helpful", "value": 1}) is None


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (_observation(type="SPAN"), "not_a_model_call"),
        (_observation(type="TOOL"), "not_a_model_call"),
        (_observation(traceId=None, id=None), "missing_conversation_id"),
        (_trace(input=None, output=None), "no_messages"),
        (_trace(_observation(input=[], output=None)), "no_messages"),
        (_trace(_observation(input=7)), "wrong_type"),
        (_trace(_observation(input=[{"role": "oracle", "content": "?"}])), "unknown_role"),
        (_trace(_observation(startTime="soon")), "invalid_time"),
    ],
)
def test_what_is_refused(record: dict[str, Any], reason: str) -> None:
    assert refusal("langfuse", record) == reason

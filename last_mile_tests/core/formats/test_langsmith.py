"""LangSmith runs: LangChain's serialised messages, and those of a wrapped OpenAI client."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile_tests.core.formats import calls_of, detected_name, read, refusal, utc

CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}


def _serialised(kind: str, content: Any, **kwargs: Any) -> dict[str, Any]:
    """A message as LangChain's tracer writes it."""
    names = ["langchain", "schema", "messages", kind]
    return {"lc": 1, "type": "constructor", "id": names, "kwargs": {"content": content, **kwargs}}


def _run(**over: Any) -> dict[str, Any]:
    """A run of a LangChain chat model, as list_runs and the API give it."""
    asked = [
        _serialised("SystemMessage", "Be brief.", type="system"),
        _serialised("HumanMessage", "Weather in Paris?", type="human"),
    ]
    answer = _serialised("AIMessage", "18 degrees.", type="ai", tool_calls=[])
    generation = {"text": "18 degrees.", "type": "ChatGeneration", "message": answer}
    return {
        "id": "run-1",
        "name": "ChatOpenAI",
        "run_type": "llm",
        "session_id": "project-1",  # of the project, not of the conversation
        "trace_id": "trace-1",
        "parent_run_id": "run-0",
        "start_time": "2026-01-05T10:00:00.123456",
        "end_time": "2026-01-05T10:00:02.000000",
        "tags": ["seq:step:2"],
        "extra": {
            "invocation_params": {"model": "gpt-4o", "_type": "openai-chat"},
            "metadata": {"thread_id": "thread-1", "user_id": "u1", "ls_model_name": "gpt-4o"},
        },
        "inputs": {"messages": [asked]},
        "outputs": {
            "generations": [[generation]], "llm_output": {"model_name": "gpt-4o"}, "run": None,
            "type": "LLMResult",
        },
        **over,
    }  # fmt: skip


def _openai_run(**over: Any) -> dict[str, Any]:
    """A run of an OpenAI client wrapped by LangSmith."""
    message = {"role": "assistant", "content": "18 degrees.", "refusal": None, "tool_calls": None}
    asked = {"role": "user", "content": "Weather in Paris?"}
    return _run(
        name="ChatOpenAI",
        inputs={"messages": [asked], "model": "gpt-4o", "stream": False},
        outputs={
            "id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o-2024-08-06",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        },
        **over,
    )  # fmt: skip


def test_serialised_messages_of_langchain() -> None:
    found = read("langsmith", _run())
    assert found.holds == "call"
    assert found.who == ("thread-1", "u1", "gpt-4o")
    assert found.started_at == utc("2026-01-05T10:00:00.123456")
    assert found.said == [
        ("system", "Be brief."),
        ("user", "Weather in Paris?"),
        ("assistant", "18 degrees."),
    ]


def test_messages_of_a_wrapped_openai_client() -> None:
    found = read("langsmith", _openai_run())
    assert found.said == [("user", "Weather in Paris?"), ("assistant", "18 degrees.")]
    assert found.who == ("thread-1", "u1", "gpt-4o")


@pytest.mark.parametrize(
    ("kind", "kwargs", "role"),
    [
        ("HumanMessage", {}, "user"),
        ("SystemMessage", {}, "system"),
        ("AIMessage", {}, "assistant"),
        ("AIMessageChunk", {}, "assistant"),
        ("ToolMessage", {"tool_call_id": "call_1"}, "tool"),
        ("FunctionMessage", {"name": "weather"}, "function"),
        ("ChatMessage", {"role": "user"}, "user"),  # its role is a field
    ],
)
def test_every_class_of_message_has_a_role(kind: str, kwargs: dict[str, str], role: str) -> None:
    run = _run(inputs={"messages": [[_serialised(kind, "text", **kwargs)]]})
    assert read("langsmith", run).said[0] == (role, "text")


@pytest.mark.parametrize(
    "message",
    [
        {"type": "human", "data": {"content": "Hello", "additional_kwargs": {}}},
        {"type": "human", "content": "Hello", "example": False},
        {"role": "user", "content": "Hello"},
        ["human", "Hello"],
        ["user", "Hello"],
    ],
)
def test_other_ways_to_write_a_message(message: Any) -> None:
    assert read("langsmith", _run(inputs={"messages": [message]})).said[0] == ("user", "Hello")


def test_a_tool_call_without_text_in_either_shape() -> None:
    called = _serialised("AIMessage", None, additional_kwargs={"tool_calls": [CALL]})
    serialised = _run(outputs={"generations": [[{"text": "", "message": called}]]})
    message = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    plain = _openai_run() | {"outputs": {"choices": [{"index": 0, "message": message}]}}
    for run in (serialised, plain):
        found = read("langsmith", run)
        assert found.said[-1] == ("assistant", None)
        assert calls_of(found)[-1] == [CALL]


def test_a_completion_model_has_prompts_and_texts() -> None:
    outputs = {"generations": [[{"text": "a time", "type": "Generation"}]]}
    run = _run(inputs={"prompts": ["Once upon"]}, outputs=outputs)
    assert read("langsmith", run).said == [("user", "Once upon"), ("assistant", "a time")]


@pytest.mark.parametrize("outputs", [None, {}])
def test_a_run_that_failed_keeps_what_was_asked(outputs: Any) -> None:
    found = read("langsmith", _run(outputs=outputs, error="RateLimitError()"))
    assert [role for role, _ in found.said] == ["system", "user"]


@pytest.mark.parametrize(
    ("metadata", "over", "conversation_id"),
    [
        ({"session_id": "s-1"}, {}, "s-1"),
        ({"conversation_id": "c-1"}, {}, "c-1"),
        ({"thread_id": "t-1"}, {}, "t-1"),
        ({}, {"thread_id": "t-2"}, "t-2"),
        ({}, {}, "trace-1"),
        ({}, {"trace_id": None}, "run-1"),
    ],
)
def test_the_conversation_is_the_thread_else_the_trace_never_the_project(
    metadata: dict[str, str], over: dict[str, Any], conversation_id: str
) -> None:
    run = _run(extra={"metadata": metadata}, **over)
    assert read("langsmith", run).who[0] == conversation_id


def test_it_is_told_by_a_run_type_and_inputs() -> None:
    for run in (_run(), _openai_run(), _run(run_type="chain", inputs={"question": "Hi"})):
        assert detected_name(run) == "langsmith"


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"run_type": "chain"}, "not_a_model_call"),
        ({"run_type": "tool"}, "not_a_model_call"),
        ({"run_type": "retriever"}, "not_a_model_call"),
        ({"extra": None, "trace_id": None, "id": None}, "missing_conversation_id"),
        ({"inputs": {}, "outputs": None}, "no_messages"),
        ({"inputs": {"messages": [{"role": "oracle", "content": "?"}]}}, "unknown_role"),
        ({"start_time": "soon"}, "invalid_time"),
    ],
)
def test_what_is_refused(over: dict[str, Any], reason: str) -> None:
    assert refusal("langsmith", _run(**over)) == reason

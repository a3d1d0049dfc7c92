"""OTLP spans of OpenLLMetry: messages as numbered attributes like `gen_ai.prompt.0.role`."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile_tests.core.formats import calls_of, detected_name, read, refusal, utc

MESSAGES = {
    "gen_ai.prompt.0.role": "system",
    "gen_ai.prompt.0.content": "Be brief.",
    "gen_ai.prompt.1.role": "user",
    "gen_ai.prompt.1.content": "Weather in Paris?",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "18 degrees.",
    "gen_ai.completion.0.finish_reason": "stop",
}
SAID = [("system", "Be brief."), ("user", "Weather in Paris?"), ("assistant", "18 degrees.")]
ARGUMENTS = '{"city": "Paris"}'


def _span(attributes: dict[str, str]) -> dict[str, Any]:
    given = {"gen_ai.system": "OpenAI", "gen_ai.request.model": "gpt-4o", **attributes}
    return {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": "openai.chat",
        "startTimeUnixNano": "1767607200000000000",
        "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in given.items()],
    }


def test_numbered_messages_are_read_in_the_order_of_their_numbers() -> None:
    found = read("otlp", _span(MESSAGES))
    assert found.who == ("5b8efff798038103d269b633813fc60c", None, "gpt-4o")
    assert found.started_at == utc("2026-01-05T10:00:00")
    assert found.said == SAID
    assert read("otlp", _span(dict(reversed(MESSAGES.items())))).said == SAID


def test_the_tenth_message_comes_after_the_ninth() -> None:
    said = {f"gen_ai.prompt.{n}.content": f"text {n}" for n in range(12)}
    roles = {f"gen_ai.prompt.{n}.role": "user" for n in range(12)}
    found = read("otlp", _span(said | roles))
    assert [text for _, text in found.said] == [f"text {n}" for n in range(12)]


@pytest.mark.parametrize(
    "mark",
    [
        {"llm.request.type": "chat"},
        {"llm.usage.total_tokens": "14"},
        {"llm.is_streaming": "false"},
        {"llm.request.functions.0.name": "weather"},
    ],
)
def test_its_own_attributes_about_the_model_do_not_make_it_openinference(
    mark: dict[str, str],
) -> None:
    span = _span(MESSAGES | mark)
    assert detected_name(span) == "otlp"
    assert read("otlp", span).said == SAID


def test_tool_calls_and_their_results_are_kept() -> None:
    attributes = {
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "Weather in Paris?",
        "gen_ai.prompt.1.role": "assistant",
        "gen_ai.prompt.1.tool_calls.0.id": "call_1",
        "gen_ai.prompt.1.tool_calls.0.name": "weather",
        "gen_ai.prompt.1.tool_calls.0.arguments": ARGUMENTS,
        "gen_ai.prompt.2.role": "tool",
        "gen_ai.prompt.2.content": "18",
        "gen_ai.prompt.2.tool_call_id": "call_1",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "18 degrees.",
    }
    found = read("otlp", _span(attributes))
    assert found.said == [
        ("user", "Weather in Paris?"),
        ("assistant", None),
        ("tool", "18"),
        ("assistant", "18 degrees."),
    ]
    function = {"name": "weather", "arguments": ARGUMENTS}
    call = {"id": "call_1", "type": "function", "function": function}
    assert calls_of(found) == [None, [call], None, None]
    assert found.conversation.messages[2].tool_call_id == "call_1"


def test_a_span_without_captured_content_is_refused() -> None:
    assert refusal("otlp", _span({})) == "not_a_model_call"

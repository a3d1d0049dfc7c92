"""OpenAI request logs: chat completions, the Responses API, batch files, LiteLLM's payload."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile_tests.core.formats import calls_of, detected_name, read, refusal, utc

FUNCTION = {"name": "get_weather", "arguments": '{"city":"Paris"}'}
CALL = {"id": "call_1", "type": "function", "function": FUNCTION}
ASKED = {"role": "user", "content": "Weather in Paris?"}


def _completion(message: dict[str, Any], **over: Any) -> dict[str, Any]:
    """The body of an answer of POST /v1/chat/completions."""
    answer = {"role": "assistant", "content": None, "refusal": None, "annotations": [], **message}
    return {
        "id": "chatcmpl-9",
        "object": "chat.completion",
        "created": 1767607200,  # 2026-01-05 10:00:00
        "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "message": answer, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14},
        **over,
    }


def _logged(**over: Any) -> dict[str, Any]:
    """Request and response of one call, side by side."""
    request = {"model": "gpt-4o", "messages": [ASKED], "user": "u1", "metadata": {"plan": "pro"}}
    answer = _completion({"content": "18 degrees."})
    return {"session_id": "c1", "request": request, "response": answer, **over}


def _batch_input(**over: Any) -> dict[str, Any]:
    body = {"model": "gpt-4o", "messages": [ASKED]}
    line = {"custom_id": "r-1", "method": "POST", "url": "/v1/chat/completions", "body": body}
    return {**line, **over}


def _batch_output() -> dict[str, Any]:
    body = _completion({"content": "18 degrees."})
    answer = {"status_code": 200, "request_id": "req_1", "body": body}
    return {"id": "batch_req_1", "custom_id": "r-1", "response": answer, "error": None}


def _litellm(**over: Any) -> dict[str, Any]:
    """LiteLLM's standard logging payload."""
    answer = _completion({"content": "18 degrees.", "tool_calls": None, "function_call": None})
    return {
        "id": "chatcmpl-9",
        "trace_id": "t-1",
        "call_type": "acompletion",
        "stream": False,
        "response_cost": 0.00012,
        "status": "success",
        "custom_llm_provider": "openai",
        "total_tokens": 14,
        "startTime": 1767607200.25,
        "endTime": 1767607201.5,
        "model": "gpt-4o",
        "api_base": "https://api.example.org/v1/",
        "metadata": {"user_api_key_hash": "88dc", "user_api_key_end_user_id": "u1"},
        "end_user": "u1",
        "messages": [ASKED],
        "response": answer,
        "error_str": None,
        **over,
    }


def _responses(**over: Any) -> dict[str, Any]:
    """A logged call of POST /v1/responses."""
    text = {"type": "output_text", "text": "18 degrees.", "annotations": []}
    answer = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1767607200,
        "status": "completed",
        "model": "gpt-4.1-2025-04-14",
        "output": [
            {"id": "rs_1", "type": "reasoning", "summary": []},
            {"id": "msg_1", "type": "message", "role": "assistant", "content": [text]},
        ],
    }
    request = {"model": "gpt-4.1", "instructions": "Be brief.", "input": "Weather in Paris?"}
    return {"conversation_id": "c1", "request": request, "response": answer, **over}


def test_a_call_holds_the_history_and_then_the_answer() -> None:
    found = read("openai_requests", _logged())
    assert found.holds == "call"
    assert found.who == ("c1", "u1", "gpt-4o-2024-08-06")
    assert found.started_at == utc("2026-01-05T10:00:00")
    assert found.said == [("user", "Weather in Paris?"), ("assistant", "18 degrees.")]
    assert (found.conversation.attributes or {})["plan"] == "pro"
    assert (found.conversation.attributes or {})["call_id"] == "chatcmpl-9"


def test_a_tool_call_has_no_text_and_its_result_follows_in_the_next_call() -> None:
    asked = read("openai_requests", _logged(response=_completion({"tool_calls": [CALL]})))
    assert asked.said == [("user", "Weather in Paris?"), ("assistant", None)]
    assert calls_of(asked) == [None, [CALL]]
    result = {"role": "tool", "tool_call_id": "call_1", "content": "18"}
    history = [ASKED, {"role": "assistant", "content": None, "tool_calls": [CALL]}, result]
    answered = read("openai_requests", _logged(request={"messages": history}))
    assert answered.said == [
        ("user", "Weather in Paris?"),
        ("assistant", None),
        ("tool", "18"),
        ("assistant", "18 degrees."),
    ]
    # what the first call ends in and what the second call sends are the same messages
    assert answered.conversation.messages[:2] == asked.conversation.messages


def test_of_several_choices_the_first_was_shown() -> None:
    two = [{"index": n, "message": {"role": "assistant", "content": f"{n}"}} for n in (0, 1)]
    found = read("openai_requests", _logged(response=_completion({}, choices=two)))
    assert found.said[1:] == [("assistant", "0")]


@pytest.mark.parametrize("response", [None, {}, {"error": {"code": "rate_limit_exceeded"}}])
def test_a_call_that_failed_keeps_what_was_asked(response: object) -> None:
    found = read("openai_requests", _logged(response=response, timestamp="2026-01-05T10:00:00Z"))
    assert found.said == [("user", "Weather in Paris?")]
    assert found.started_at == utc("2026-01-05T10:00:00")
    assert found.who == ("c1", "u1", "gpt-4o")


@pytest.mark.parametrize("answer", ["18 degrees.", {"role": "assistant", "content": "18 degrees."}])
def test_an_answer_logged_as_a_text_or_a_message_is_not_lost(answer: object) -> None:
    line = {"session_id": "c1", "model": "m", "messages": [ASKED], "response": answer}
    assert detected_name(line) == "openai_requests"
    found = read("openai_requests", line)
    assert found.said == [("user", "Weather in Paris?"), ("assistant", "18 degrees.")]


def test_a_flat_line_with_messages_and_choices() -> None:
    line = {"session_id": "c1", "messages": [ASKED], **_completion({"content": "18 degrees."})}
    assert detected_name(line) == "openai_requests"
    found = read("openai_requests", line)
    assert found.who == ("c1", None, "gpt-4o-2024-08-06")
    assert found.said == [("user", "Weather in Paris?"), ("assistant", "18 degrees.")]


def test_litellm_with_its_end_user_and_its_time_as_a_fraction_of_seconds() -> None:
    found = read("openai_requests", _litellm(session_id="c1"))
    assert found.who == ("c1", "u1", "gpt-4o-2024-08-06")
    assert found.started_at == utc("2026-01-05T10:00:00.250000")
    assert found.said == [("user", "Weather in Paris?"), ("assistant", "18 degrees.")]


def test_a_batch_input_line_holds_what_will_be_asked_and_has_no_time() -> None:
    found = read("openai_requests", _batch_input())
    assert found.said == [("user", "Weather in Paris?")]
    assert found.started_at is None
    assert found.who[0].startswith("opening-")


def test_a_batch_line_joined_with_its_output_is_a_call() -> None:
    found = read("openai_requests", {**_batch_input(), **_batch_output()})
    assert found.said == [("user", "Weather in Paris?"), ("assistant", "18 degrees.")]
    assert found.started_at == utc("2026-01-05T10:00:00")
    assert found.who[2] == "gpt-4o-2024-08-06"


def test_batch_output_alone_does_not_say_what_was_asked() -> None:
    assert detected_name(_batch_output()) is None
    assert refusal("openai_requests", _batch_output()) == "no_messages"


def test_the_responses_api_with_instructions_and_a_text_as_input() -> None:
    found = read("openai_requests", _responses())
    assert found.who == ("c1", None, "gpt-4.1-2025-04-14")
    assert found.started_at == utc("2026-01-05T10:00:00")
    assert found.said == [
        ("system", "Be brief."),
        ("user", "Weather in Paris?"),
        ("assistant", "18 degrees."),
    ]
    assert (found.conversation.attributes or {})["status"] == "completed"


def test_the_responses_api_with_items_as_input() -> None:
    items = [
        {"role": "user", "content": [{"type": "input_text", "text": "Weather in Paris?"}]},
        {"id": "fc_1", "type": "function_call", "call_id": "call_1", **FUNCTION},
        {"type": "function_call_output", "call_id": "call_1", "output": "18"},
    ]  # fmt: skip
    found = read("openai_requests", _responses(request={"model": "gpt-4.1", "input": items}))
    assert found.said == [
        ("user", "Weather in Paris?"),
        ("assistant", None),
        ("tool", "18"),
        ("assistant", "18 degrees."),
    ]
    assert calls_of(found) == [None, [CALL], None, None]
    assert found.conversation.messages[2].tool_call_id == "call_1"


def test_detection_of_every_shape() -> None:
    for line in (_logged(), _litellm(), _responses(), _batch_input(), _logged(response=None)):
        assert detected_name(line) == "openai_requests"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (_logged(request={"model": "gpt-4o", "messages": []}), "no_messages"),
        (_logged(request={"model": "text-embedding-3-small"}), "no_messages"),
        (_logged(request={"messages": {"role": "user"}}), "wrong_type"),
        (_logged(request={"messages": [{"role": "oracle", "content": "?"}]}), "unknown_role"),
        (_litellm(messages="redacted-by-litellm"), "wrong_type"),
        (_logged(session_id={"a": 1}), "missing_conversation_id"),
        (_logged(timestamp="now"), "invalid_time"),
    ],
)
def test_what_is_refused(line: dict[str, Any], reason: str) -> None:
    assert refusal("openai_requests", line) == reason

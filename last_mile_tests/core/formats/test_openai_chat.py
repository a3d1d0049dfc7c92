"""OpenAI chat messages: one object per conversation, as chat apps and fine-tuning files hold it."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile_tests.core.formats import calls_of, detected_name, read, refusal, utc

CALL = {
    "id": "call_abc",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'},
}


def _chat(**over: Any) -> dict[str, Any]:
    return {
        "id": "conv-1",
        "user": "u-7",
        "model": "gpt-4o",
        "created_at": "2026-01-05T10:00:00Z",
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "Weather in Paris?"},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call_abc", "content": "18 degrees"},
            {"role": "assistant", "content": "It is 18 degrees."},
        ],
        "metadata": {"team": "growth"},
        **over,
    }


def test_a_whole_conversation_with_a_tool_call_whose_content_is_null() -> None:
    found = read("openai_chat", _chat())
    assert found.holds == "conversation"
    assert found.who == ("conv-1", "u-7", "gpt-4o")
    assert found.started_at == utc("2026-01-05T10:00:00")
    assert found.said == [
        ("developer", "Be brief."),
        ("user", "Weather in Paris?"),
        ("assistant", None),
        ("tool", "18 degrees"),
        ("assistant", "It is 18 degrees."),
    ]
    assert calls_of(found) == [None, None, [CALL], None, None]
    assert found.conversation.messages[3].tool_call_id == "call_abc"
    assert found.conversation.attributes == {"metadata": {"team": "growth"}}


def test_text_parts_are_one_text_and_other_parts_are_kept_beside_it() -> None:
    image = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    parts = [{"type": "text", "text": "What is"}, image, {"type": "text", "text": "this?"}]
    found = read("openai_chat", _chat(messages=[{"role": "user", "content": parts}]))
    assert found.said == [("user", "What is\nthis?")]
    attributes = found.conversation.attributes or {}
    assert attributes["message_fields"] == {"0": {"content_parts": [image]}}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("created", 1767607200),  # chat.completion objects
        ("created_at", 1767607200),  # stored completions
        ("timestamp", "2026-01-05 10:00:00"),
        ("started_at", "2026-01-05T11:00:00+01:00"),
    ],
)
def test_the_start_is_found_under_its_usual_names(field: str, value: object) -> None:
    line = {name: held for name, held in _chat().items() if name != "created_at"}
    assert read("openai_chat", {**line, field: value}).started_at == utc("2026-01-05T10:00:00")


@pytest.mark.parametrize("field", ["id", "conversation_id", "session_id", "thread_id", "sessionId"])
def test_the_id_is_found_under_its_usual_names(field: str) -> None:
    line = {name: held for name, held in _chat().items() if name != "id"}
    assert read("openai_chat", {**line, field: "c9"}).who[0] == "c9"


def test_a_line_without_a_time_has_none_of_its_own() -> None:
    assert read("openai_chat", _chat(created_at=None)).started_at is None


def test_it_is_told_by_its_list_of_messages() -> None:
    assert detected_name(_chat()) == "openai_chat"
    assert detected_name({"messages": _chat()["messages"]}) == "openai_chat"
    assert detected_name(_chat(messages="Hi")) is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        # a line of a fine-tuning file says nothing of whose conversation it is
        ({"messages": [{"role": "user", "content": "Hi"}]}, "missing_conversation_id"),
        (_chat(id=""), "missing_conversation_id"),
        (_chat(id={"$oid": "65a"}), "missing_conversation_id"),
        (_chat(messages=[]), "no_messages"),
        (_chat(messages=None), "no_messages"),
        (_chat(messages=["Hi"]), "wrong_type"),
        (_chat(messages=[{"role": "user", "content": {"a": 1}}]), "wrong_type"),
        (_chat(messages=[{"content": "Hi"}]), "unknown_role"),
        (_chat(messages=[{"role": "critic", "content": "Hi"}]), "unknown_role"),
        (_chat(created_at="soon"), "invalid_time"),
    ],
)
def test_what_is_refused(line: dict[str, Any], reason: str) -> None:
    assert refusal("openai_chat", line) == reason

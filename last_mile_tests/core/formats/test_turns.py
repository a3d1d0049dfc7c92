"""Turns: one row per message, as database dumps and spreadsheets write them."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile_tests.core.formats import calls_of, detected_name, read, refusal, utc


def _turn(**over: Any) -> dict[str, Any]:
    """A CSV row: every value is text, an empty one is the empty text."""
    return {
        "conversation_id": "c1",
        "turn": "3",
        "role": "assistant",
        "content": "I can start today.",
        "created_at": "2026-01-05 10:00:00",
        "user_id": "u1",
        "model": "m1",
        "channel": "web",
        "note": "",
        **over,
    }


def test_a_row_is_one_message_at_its_place() -> None:
    found = read("turns", _turn())
    assert (found.holds, found.position) == ("turn", 3)
    assert found.who == ("c1", "u1", "m1")
    assert found.started_at == utc("2026-01-05T10:00:00")
    assert found.said == [("assistant", "I can start today.")]
    assert found.conversation.messages[0].at == "2026-01-05 10:00:00"
    assert found.conversation.attributes == {"channel": "web"}


@pytest.mark.parametrize(
    "row",
    [
        {"session_id": "c1", "turn_index": 3, "speaker": "bot", "text": "Hello"},
        {"thread_id": "c1", "seq": "3", "author": "AI", "body": "Hello"},
        {"sessionId": "c1", "message_index": 3.0, "from": "gpt", "value": "Hello"},
        {"conversationId": "c1", "position": " 3 ", "role": "Agent", "message": "Hello"},
    ],
)
def test_columns_are_found_under_their_usual_names(row: dict[str, Any]) -> None:
    assert detected_name(row) == "turns"
    found = read("turns", row)
    assert (found.who[0], found.position, found.said) == ("c1", 3, [("assistant", "Hello")])


def test_a_row_without_a_place_and_a_time_has_neither() -> None:
    found = read("turns", _turn(turn="", created_at=""))
    assert (found.position, found.started_at) == (None, None)
    assert found.conversation.messages[0].at is None


def test_a_tool_call_without_text_and_its_result() -> None:
    asked = read("turns", _turn(content="", tool_calls='[{"id":"call_1"}]'))
    assert asked.said == [("assistant", None)]
    assert calls_of(asked) == [[{"id": "call_1"}]]
    assert asked.conversation.attributes == {"channel": "web"}  # not kept a second time
    answer = read("turns", _turn(role="tool", content="18", name="weather", tool_call_id="call_1"))
    message = answer.conversation.messages[0]
    assert (message.role, message.name, message.tool_call_id) == ("tool", "weather", "call_1")


def test_text_with_line_breaks_and_quotes_is_kept() -> None:
    text = 'Dear "client",\n\n- one\r\n- two'
    assert read("turns", _turn(content=text)).said == [("assistant", text)]


def test_it_is_told_by_a_conversation_a_role_and_a_text() -> None:
    assert detected_name(_turn()) == "turns"
    for needed in ("conversation_id", "role", "content"):
        row = {name: value for name, value in _turn().items() if name != needed}
        assert detected_name(row) is None


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"conversation_id": ""}, "missing_conversation_id"),
        ({"role": ""}, "unknown_role"),
        ({"role": "supervisor"}, "unknown_role"),
        ({"turn": "two"}, "not_a_number"),
        ({"turn": "-1"}, "not_a_number"),
        ({"turn": "1.5"}, "not_a_number"),
        ({"turn": str(2**31)}, "not_a_number"),
        ({"created_at": "05.01.2026"}, "invalid_time"),
        ({"content": {"text": "Hello"}}, "wrong_type"),  # a Parquet struct
    ],
)
def test_what_is_refused(over: dict[str, Any], reason: str) -> None:
    assert refusal("turns", _turn(**over)) == reason

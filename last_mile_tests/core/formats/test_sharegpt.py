"""ShareGPT: exports of chat pages, and the training files that took over their shape."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile_tests.core.formats import detected_name, read, refusal, utc

CALL = '{"name": "get_weather", "arguments": {"city": "Paris"}}'


def _shared(*said: tuple[str, Any], **over: Any) -> dict[str, Any]:
    turns = said or (("human", "Hello"), ("gpt", "Hi, how can I help?"))
    return {
        "id": "QWJhYvA_0",
        "conversations": [{"from": who, "value": text} for who, text in turns],
        **over,
    }


def test_a_human_and_gpt_are_a_user_and_an_assistant() -> None:
    found = read("sharegpt", _shared())
    assert found.holds == "conversation"
    assert found.who == ("QWJhYvA_0", None, None)
    assert found.started_at is None
    assert found.said == [("user", "Hello"), ("assistant", "Hi, how can I help?")]


@pytest.mark.parametrize(
    ("spelling", "role"),
    [
        ("human", "user"),
        ("user", "user"),
        ("gpt", "assistant"),
        ("chatgpt", "assistant"),
        ("assistant", "assistant"),
        ("system", "system"),
        ("tool", "tool"),
        ("observation", "tool"),
    ],
)
def test_every_usual_speaker_has_a_role(spelling: str, role: str) -> None:
    found = read("sharegpt", _shared((spelling, "text")))
    assert found.said == [(role, "text")]
    as_logged = {"message_fields": {"0": {"role_as_logged": spelling}}} if role != spelling else {}
    assert found.conversation.attributes == as_logged


def test_a_function_call_is_said_by_the_assistant_and_answered_by_an_observation() -> None:
    said = [
        ("human", "Weather in Paris?"),
        ("function_call", CALL),
        ("observation", "18"),
        ("gpt", "18 degrees."),
    ]
    assert read("sharegpt", _shared(*said)).said == [
        ("user", "Weather in Paris?"),
        ("assistant", CALL),
        ("tool", "18"),
        ("assistant", "18 degrees."),
    ]


def test_the_system_prompt_beside_the_turns_is_the_first_message() -> None:
    assert read("sharegpt", _shared(system="Be kind.")).said[0] == ("system", "Be kind.")
    assert len(read("sharegpt", _shared(system="")).said) == 2
    assert len(read("sharegpt", _shared(system=None)).said) == 2


def test_a_gpt_that_begins_and_an_empty_turn_stay_as_they_were() -> None:
    found = read("sharegpt", _shared(("gpt", "I was saying"), ("human", ""), ("gpt", "Anyway")))
    assert found.said == [("assistant", "I was saying"), ("user", ""), ("assistant", "Anyway")]


def test_turns_with_role_and_content_are_read_too() -> None:
    turns = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]
    assert read("sharegpt", _shared(conversations=turns)).said == [
        ("user", "Hello"),
        ("assistant", "Hi"),
    ]


def test_other_fields_of_the_record_and_of_a_turn_are_kept() -> None:
    turns = [{"from": "human", "value": "Hello", "weight": 0}]
    found = read("sharegpt", _shared(conversations=turns, model="gpt-4", lang="en", created_at=0))
    assert found.who == ("QWJhYvA_0", None, "gpt-4")
    assert found.started_at == utc("1970-01-01T00:00:00")
    assert found.conversation.attributes == {
        "lang": "en",
        "message_fields": {"0": {"role_as_logged": "human", "weight": 0}},
    }


def test_it_is_told_by_its_list_of_conversations() -> None:
    assert detected_name(_shared()) == "sharegpt"
    assert detected_name({"conversations": []}) == "sharegpt"
    assert detected_name({"id": "x", "conversations": 3}) is None  # a count of something


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (_shared(id=None), "missing_conversation_id"),
        (_shared(conversations=[]), "no_messages"),
        (_shared(conversations=None), "no_messages"),
        (_shared(conversations="Hello"), "wrong_type"),
        (_shared(conversations=["Hello"]), "wrong_type"),
        (_shared(("human", ["a", 1])), "wrong_type"),
        (_shared(("narrator", "Night fell.")), "unknown_role"),
        (_shared(conversations=[{"value": "Hello"}]), "unknown_role"),
    ],
)
def test_what_is_refused(line: dict[str, Any], reason: str) -> None:
    assert refusal("sharegpt", line) == reason

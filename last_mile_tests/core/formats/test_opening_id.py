"""The id of a conversation whose request log gives none: its user and its opening."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile_tests.core.formats import read

OPENING = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi, who is it?"}]
SECOND = [*OPENING, {"role": "user", "content": "Ann"}]


def _id(history: list[dict[str, Any]], answer: str, **over: Any) -> str:
    """The id of a call that sent a history and got an answer."""
    request = {"model": "gpt-4o", "messages": history, "user": "u1", **over}
    choices = [{"message": {"role": "assistant", "content": answer, "refusal": None}}]
    return read("openai_requests", {"request": request, "response": {"choices": choices}}).who[0]


def _response_id(items: Any, answer: str) -> str:
    """The same of a call of the Responses API."""
    content = [{"type": "output_text", "text": answer, "annotations": []}]
    output = [{"type": "message", "role": "assistant", "content": content}]
    line = {"request": {"input": items, "user": "u1"}, "response": {"output": output}}
    return read("openai_requests", line).who[0]


def test_later_calls_of_a_conversation_have_the_id_of_its_first() -> None:
    first = _id(OPENING[:1], "Hi, who is it?")
    assert first.startswith("opening-")
    assert _id(SECOND, "Welcome, Ann.") == first


@pytest.mark.parametrize(
    ("history", "answer", "over"),
    [
        (OPENING[:1], "Hi, who is it?", {"user": "u2"}),  # somebody else's
        (OPENING[:1], "Good morning.", {}),  # another answer
        ([{"role": "user", "content": "Hallo"}], "Hi, who is it?", {}),
    ],
)
def test_another_user_or_opening_is_another_conversation(
    history: list[dict[str, Any]], answer: str, over: dict[str, Any]
) -> None:
    assert _id(history, answer, **over) != _id(OPENING[:1], "Hi, who is it?")


def test_an_id_that_is_given_counts_instead() -> None:
    assert _id(OPENING[:1], "Hi, who is it?", metadata={"thread_id": "t9"}) == "t9"


def test_the_responses_api_sends_back_as_text_what_it_answered_in_parts() -> None:
    first = _response_id("Hello", "Hi, who is it?")
    assert _response_id(SECOND, "Welcome, Ann.") == first

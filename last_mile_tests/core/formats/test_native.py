"""The native log: what it is told by, and that its fields are taken as they are."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile_tests.core.formats import detected_name, read, refusal, utc
from last_mile_tests.scenario import conversation


def test_a_native_line_is_a_whole_conversation_with_the_fields_it_has() -> None:
    line = conversation(surface="web", context=[{"doc_id": "d1", "text": "The job."}], plan="pro")
    found = read("native", line)
    assert found.holds == "conversation"
    assert found.position is None
    assert found.who == ("c1", "user of c1", "m1")
    assert found.started_at == utc("2026-01-05T10:00:00")
    assert found.said == [
        ("user", "Write a proposal for this job."),
        ("assistant", "Dear client, I can start today."),
    ]
    assert found.conversation.surface == "web"
    assert [(d.doc_id, d.text) for d in found.conversation.context or ()] == [("d1", "The job.")]
    assert found.conversation.attributes == {"plan": "pro"}


def test_a_native_line_is_told_by_its_id_and_messages_even_when_they_are_no_good() -> None:
    assert detected_name(conversation()) == "native"
    assert detected_name(conversation(messages=None)) == "native"
    assert detected_name({"conversation_id": "c1"}) is None


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"conversation_id": None}, "missing_conversation_id"),
        ({"conversation_id": ""}, "missing_conversation_id"),
        ({"messages": []}, "no_messages"),
        ({"messages": None}, "no_messages"),
        ({"messages": "Hi"}, "wrong_type"),
        ({"messages": [{"role": "narrator", "content": "Hi"}]}, "unknown_role"),
        ({"started_at": "yesterday"}, "invalid_time"),
    ],
)
def test_what_is_refused(over: dict[str, Any], reason: str) -> None:
    assert refusal("native", conversation(**over)) == reason

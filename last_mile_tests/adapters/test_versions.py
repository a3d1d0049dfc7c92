"""Turns put in order, versions of whole conversations chosen. Not here: calls (test_merging.py)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from last_mile_tests.adapters.test_merging import Build, build, in_every_order, utc
from last_mile_tests.scenario import conversation, message

__all__ = ["build"]  # a fixture


def _turn(place: int | None, text: str, at: str | None = None, **over: Any) -> dict[str, Any]:
    """A turn; even places are the user's."""
    role = "assistant" if (place or 0) % 2 else "user"
    row = {"conversation_id": "c1", "turn": place, "role": role, "content": text}
    return {**row, "created_at": at or f"2026-01-05T10:0{place or 0}:00Z", **over}


TURNS = [_turn(n, text) for n, text in enumerate(["q0", "a1", "q2", "a3"])]


def _whole(*texts: str, **over: Any) -> dict[str, Any]:
    return conversation(messages=[message("user", text) for text in texts], **over)


def test_turns_in_any_order_and_over_two_files_give_the_same(build: Build) -> None:
    a, b = in_every_order(TURNS, "conversation_id")
    built = build(a=a, b=b)
    (row,) = built.alike()
    assert [said["content"] for said in row["messages"]] == ["q0", "a1", "q2", "a3"]
    assert (row["started_at"], row["final_output"]) == (utc("2026-01-05T10:00:00"), "a3")
    assert built.duplicates() == []


def test_turns_over_midnight_stand_on_the_first_day(build: Build) -> None:
    before = [_turn(0, "q0", "2026-01-05T23:59:00Z"), _turn(1, "a1", "2026-01-05T23:59:59Z")]
    after = [_turn(2, "q2", "2026-01-06T00:00:00Z"), _turn(3, "a3", "2026-01-07T00:00:00Z")]
    built = build(a=after, b=before)
    assert built.texts() == ["q0", "a1", "q2", "a3"]
    assert built.one()["day"] == date(2026, 1, 5)
    assert built.sources() == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]


def test_a_place_counts_more_than_a_time(build: Build) -> None:
    early = _turn(3, "a3", "2026-01-05T09:00:00Z")
    assert build(a=[*TURNS[:3], early]).texts() == ["q0", "a1", "q2", "a3"]


def test_turns_without_a_place_stand_by_their_time_then_by_their_line(build: Build) -> None:
    def turn(minute: int, text: str) -> dict[str, Any]:
        return _turn(None, text, f"2026-01-05T10:0{minute}:00Z")

    rows = [turn(2, "third"), turn(0, "first"), turn(2, "fourth"), turn(1, "second")]
    built = build(a=rows)
    assert built.texts() == ["first", "second", "third", "fourth"]


def test_a_turn_logged_again_with_another_text_counts_as_the_later_line(build: Build) -> None:
    edited = build("file", a=TURNS, b=[_turn(1, "a1, edited")])
    assert edited.texts() == ["q0", "a1, edited", "q2", "a3"]
    assert edited.duplicates() == [("a", 2, "other_content", "b", 1)]
    in_one_file = build("line", a=[TURNS[0], _turn(1, "draft"), *TURNS[1:]])
    assert in_one_file.texts() == ["q0", "a1", "q2", "a3"]
    assert in_one_file.duplicates() == [("a", 2, "other_content", "a", 5)]


def test_a_turn_logged_twice_counts_once_and_is_of_the_same_content(build: Build) -> None:
    built = build(a=TURNS, b=[TURNS[1]])
    assert built.texts() == ["q0", "a1", "q2", "a3"]
    assert built.duplicates() == [("a", 2, "same_content", "b", 1)]


def test_a_turn_without_a_place_logged_twice_counts_once(build: Build) -> None:
    once = _turn(None, "q0", "2026-01-05T10:00:00Z")
    built = build(a=[once, _turn(None, "q1", "2026-01-05T10:01:00Z"), once])
    assert built.texts() == ["q0", "q1"]
    assert built.duplicates() == [("a", 1, "same_content", "a", 3)]


def test_turns_of_one_time_give_the_same_row_in_any_order(build: Build) -> None:
    at = "2026-01-05T10:00:00Z"  # as when a file has only a day
    said = [(0, "q0", "m0"), (1, "a1", "m1"), (2, "q2", "m2"), (3, "a3", "m3")]
    turns = [_turn(n, text, at, model=model, note=f"note {n}") for n, text, model in said]
    a, b = in_every_order(turns, "conversation_id")
    rows = build(a=a, b=b).alike()
    assert {row["model"] for row in rows} == {"m3"}  # of the last turn
    assert len(rows) == 1


def test_of_two_versions_the_one_with_most_messages_counts(build: Build) -> None:
    built = build(a=[_whole("x", "y", "z")], b=[_whole("x", "y")])
    assert built.texts() == ["x", "y", "z"]
    assert built.sources() == [("a", 1)]
    assert built.duplicates() == [("b", 1, "other_content", "a", 1)]


def test_of_versions_as_long_the_last_line_of_the_last_file_counts(build: Build) -> None:
    built = build(a=[_whole("1"), _whole("2")], b=[_whole("3"), _whole("4")])
    assert built.texts() == ["4"]
    assert built.duplicates() == [
        ("a", 1, "other_content", "b", 2),
        ("a", 2, "other_content", "b", 2),
        ("b", 1, "other_content", "b", 2),
    ]


@pytest.mark.parametrize(
    ("over", "relation"),
    [
        ({}, "same_content"),
        ({"user_id": "somebody"}, "same_content"),  # who, not what
        ({"context": [{"text": "The job."}]}, "other_content"),
        ({"final_output": "another"}, "other_content"),
        ({"messages": [message("user", "other"), message("assistant", "a")]}, "other_content"),
    ],
)
def test_a_duplicate_says_whether_its_content_differs(
    build: Build, over: dict[str, Any], relation: str
) -> None:
    built = build(a=[conversation(**over)], b=[conversation()])
    assert built.duplicates() == [("a", 1, relation, "b", 1)]


def test_a_longer_version_of_another_day_takes_the_conversation_there(build: Build) -> None:
    later = "2026-01-06T10:00:00Z"
    newer = build("newer", a=[_whole("x")], b=[_whole("x", "y", started_at=later)])
    assert newer.one()["day"] == date(2026, 1, 6)
    assert newer.duplicates() == [("a", 1, "other_content", "b", 1)]
    older = build("older", a=[_whole("x", started_at=later)], b=[_whole("x", "y")])
    assert older.one()["day"] == date(2026, 1, 5)
    assert older.duplicates() == [("a", 1, "other_content", "b", 1)]

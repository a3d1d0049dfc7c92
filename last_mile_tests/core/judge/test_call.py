"""A call as a line of the journal: how it ends, and which calls have not ended."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from last_mile.core.judge.call import Call, JournalLine, open_calls
from last_mile.core.judge.money import Usage
from last_mile.core.judge.reply import Verdict


def _call(call_id: str = "w1-0000001", **over: Any) -> Call:
    fields: dict[str, Any] = {
        "run": "r1", "epoch": "e1", "judge": "openai/gpt-4o-mini", "mode": "online",
        "content_hash": "h1", "conversation_id": "c1", "day": date(2026, 1, 5), "panel": 0,
        "attempt": 1, "sent_at": datetime(2026, 1, 6, 10, tzinfo=UTC), "cut_characters": 0,
        "reserved_nano": 459_600,
    }  # fmt: skip
    return Call(call_id=call_id, **{**fields, **over})


def test_an_answered_call_keeps_what_it_was_and_has_its_cost_tokens_and_latency() -> None:
    ended = _call().ended(
        "answered", cost_nano=480, usage=Usage(3_000, 2_000, 300), latency_ms=812.5
    )
    assert ended == _call(
        result="answered", cost_nano=480, prompt_tokens=3_000, cached_tokens=2_000,
        completion_tokens=300, latency_ms=812.5,
    )  # fmt: skip


def test_tokens_nobody_counted_are_missing_and_not_zero() -> None:
    ended = _call().ended("answered", cost_nano=459_600)
    assert (ended.prompt_tokens, ended.cached_tokens, ended.completion_tokens) == (None, None, None)


def test_a_failed_call_costs_nothing() -> None:
    ended = _call().ended("failed", fault="InternalServerError, status 500")
    assert (ended.result, ended.cost_nano) == ("failed", 0)
    assert ended.fault == "InternalServerError, status 500"


def test_a_call_whose_end_is_not_known_counts_as_paid_in_full() -> None:
    assert _call().lost("killed") == _call(result="in_doubt", cost_nano=459_600, fault="killed")


def test_a_pending_call_of_a_batch_forgets_what_it_reserved_when_it_ends() -> None:
    pending = _call(mode="batch", result="pending", cost_nano=459_600)
    assert pending.ended("failed", fault="the batch ended without it").cost_nano == 0


def test_ending_a_call_leaves_the_sent_one_as_it_was() -> None:
    sent = _call()
    sent.ended("answered", cost_nano=1)
    assert sent == _call()


def test_open_calls_are_those_sent_and_not_ended_in_the_order_they_were_sent() -> None:
    one, two, three = (_call(f"w1-{i}") for i in (1, 2, 3))
    lines = [JournalLine(one), JournalLine(two), JournalLine(three), JournalLine(two.lost("x"))]
    assert open_calls(lines) == [one, three]
    assert open_calls([]) == []


def test_a_call_that_only_its_end_is_known_of_is_not_open() -> None:
    assert open_calls([JournalLine(_call().ended("answered"))]) == []


@pytest.mark.parametrize(
    "line",
    [
        JournalLine(_call()),
        JournalLine(
            _call().ended("partial", cost_nano=480, usage=Usage(10, 0, 5), latency_ms=1.5),
            [
                Verdict("robotic", "true", "judged", 0.9, 2, "\u20ac 5,\n\U0001f600", "exact"),
                Verdict("polite", "unscored", "off_menu"),
            ],
        ),
    ],
    ids=["sent", "ended"],
)
def test_a_line_of_the_journal_survives_its_json(line: JournalLine) -> None:
    text = msgspec.json.encode(line)
    assert b"\n" not in text
    assert msgspec.json.decode(text, type=JournalLine) == line


def test_a_call_holds_no_text_of_the_conversation() -> None:
    assert set(Call.__struct_fields__).isdisjoint({"messages", "prompt", "reply", "text", "quote"})

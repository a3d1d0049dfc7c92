"""Conversations the provider does not accept: rejected, refused, too long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from last_mile.errors import UserError
from last_mile_tests.adapters.judge.world import (
    NEXT_DAYS,
    assert_books_balance,
    calls,
    flags,
    judge,
    judged_world,
    reasons,
    said,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer, honest
from last_mile_tests.judge_server.replies import Answer
from last_mile_tests.scenario import message


def _rejecting_the_first(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
    """A provider that has something against one conversation."""
    if shown["messages"][0]["content"].endswith(" 0"):
        raise ValueError("not this one")  # the server answers with a 400
    return honest(ids, shown)


def _long(thousands: int) -> dict[str, Any]:
    """A conversation of so many messages of 1,000 characters."""
    told = [message("user", "x" * 1_000) for _ in range(thousands)]
    return said(0, messages=[*told, message("assistant", "short")])


def test_a_request_that_is_rejected_before_any_answer_stops_the_run(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 3)
    server.faults = ["bad_request"] * 9
    with pytest.raises(UserError, match="the provider refuses every call"):
        judge(warehouse)
    assert server.calls == 2  # of two conversations: one alone may be to blame itself


def test_a_conversation_that_alone_is_rejected_is_unscored_and_the_others_are_judged(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 3, in_flight=1)
    server.faults = ["honest", "bad_request"]
    judge(warehouse)
    assert (
        verdicts(warehouse)["reason"].to_list()
        == ["judged"] * 2 + ["rejected"] * 2 + ["judged"] * 2
    )
    assert_books_balance(warehouse, server)


def test_a_first_conversation_that_alone_is_rejected_does_not_stop_the_run(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 4, in_flight=1)
    server.answerer = _rejecting_the_first
    judge(warehouse)
    assert verdicts(warehouse).filter(reason="judged")["conversation_id"].n_unique() == 3
    assert set(verdicts(warehouse).filter(conversation_id="c000")["reason"]) == {"rejected"}
    assert_books_balance(warehouse, server)


def test_a_judge_that_has_answered_in_an_earlier_run_is_not_given_up_for_one_conversation(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 1, lines=[said(1, day=6)])
    judge(warehouse)
    server.faults = ["bad_request"] * 9
    judge(warehouse, "r2", NEXT_DAYS)
    assert set(verdicts(warehouse).filter(conversation_id="d6-001")["reason"]) == {"rejected"}
    assert server.calls == 2


@pytest.mark.parametrize("fault", ["policy", "refusal", "filtered"])
def test_a_refused_conversation_is_unscored_with_that_reason(
    tmp_path: Path, server: JudgeServer, fault: str
) -> None:
    warehouse = judged_world(tmp_path, 1)
    server.faults = [fault]
    judge(warehouse)
    assert reasons(warehouse) == {"polite": "refused", "wordy": "refused"}
    assert set(flags(warehouse)["flag"]) == {"unscored"}
    assert judge(warehouse, "r2").calls == 0
    assert_books_balance(warehouse, server)


def test_a_conversation_too_long_for_the_model_is_cut_shorter_until_it_fits(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 0, lines=[_long(30)])
    server.faults = ["too_long", "too_long"]
    judge(warehouse)
    shown = [prompt[-1]["content"].count("x") for prompt in server.prompts]
    # 60,000 characters are allowed: all is shown; then half of that, and half of that
    assert shown == pytest.approx([30_000, 15_000, 7_500], rel=0.1)
    sent = calls(warehouse)
    assert sent["result"].to_list() == ["too_long", "too_long", "answered"]
    assert sent["cut_characters"].to_list() == pytest.approx([0, 15_000, 22_500], rel=0.1)
    assert set(verdicts(warehouse)["cut_characters"]) == {sent["cut_characters"][-1]}
    assert_books_balance(warehouse, server)


@pytest.mark.parametrize(("thousands", "asked"), [(30, 4), (1, 1)])
def test_a_conversation_that_stays_too_long_is_unscored_after_three_cuts(
    tmp_path: Path, server: JudgeServer, thousands: int, asked: int
) -> None:
    warehouse = judged_world(tmp_path, 0, lines=[_long(thousands)])
    server.faults = ["too_long"] * 9
    judge(warehouse)
    assert server.calls == asked  # below 1,000 characters nothing is left to judge
    assert reasons(warehouse) == {"polite": "too_long", "wordy": "too_long"}
    assert_books_balance(warehouse, server)

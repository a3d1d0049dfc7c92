"""What follows a call that failed: again, shorter, unscored, unanswered or stop, with limits."""

from __future__ import annotations

from typing import get_args

import pytest

from last_mile.core.judge.policy import Breaker, Fault, Kind, Tries, after_fault


def _steps(kind: Kind, times: int, **over: float) -> list[tuple[str, float]]:
    """Steps and pauses after the same fault some times in a row."""
    tries, fault = Tries(), Fault(kind, "a fault", **over)
    return [after_fault(fault, tries, all_rejected=False) for _ in range(times)]


@pytest.mark.parametrize("kind", ["failed", "network", "overloaded"])
def test_a_passing_fault_is_tried_six_times_with_doubling_pauses(kind: Kind) -> None:
    assert _steps(kind, 6) == [
        ("again", 0.5), ("again", 1.0), ("again", 2.0), ("again", 4.0), ("again", 8.0),
        ("unanswered", 16.0),
    ]  # fmt: skip


def test_a_call_in_doubt_is_tried_twice_as_each_may_be_paid() -> None:
    assert [step for step, _ in _steps("in_doubt", 2)] == ["again", "unanswered"]


def test_passing_faults_and_doubt_have_limits_of_their_own() -> None:
    tries = Tries()
    steps = [
        after_fault(Fault(kind, ""), tries, all_rejected=False)
        for kind in ("failed", "in_doubt", "failed", "in_doubt")
    ]
    # the pause doubles over both: 0.5 x 2^0, 2^1, 2^2
    assert steps[:3] == [("again", 0.5), ("again", 1.0), ("again", 2.0)]
    assert steps[3][0] == "unanswered"
    assert (tries.passing, tries.in_doubt) == (2, 2)


def test_a_rate_limit_waits_as_long_as_the_provider_says_and_hardly_ends() -> None:
    steps = _steps("rate_limited", 200, retry_after_s=7.0)
    assert set(steps[:199]) == {("again", 7.0)}
    assert steps[199][0] == "unanswered"


@pytest.mark.parametrize("said", [0.0, 0.2, 300.0])
def test_the_pause_of_a_rate_limit_is_the_providers_word_also_none_and_does_not_double(
    said: float,
) -> None:
    assert _steps("rate_limited", 3, retry_after_s=said) == [("again", said)] * 3


def test_a_rate_limit_without_retry_after_pauses_its_item_twice_as_long_each_time() -> None:
    # 0.5 x 2^n: 16 at n = 5, then half a minute
    assert _steps("rate_limited", 9) == [
        ("again", pause) for pause in (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0)
    ]
    assert _steps("rate_limited", 200)[198:] == [("again", 30.0), ("unanswered", 30.0)]


def test_a_rate_limit_does_not_use_up_the_tries_of_other_faults() -> None:
    tries = Tries()
    for _ in range(50):
        after_fault(Fault("rate_limited", ""), tries, all_rejected=False)
    assert after_fault(Fault("failed", ""), tries, all_rejected=False) == ("again", 0.5)


def test_a_conversation_that_is_too_long_is_cut_three_times_then_unscored() -> None:
    assert [step for step, _ in _steps("too_long", 4)] == ["shorter"] * 3 + ["unscored"]


@pytest.mark.parametrize("kind", ["refused", "rejected"])
def test_what_is_about_this_conversation_leaves_it_unscored_at_once(kind: Kind) -> None:
    assert _steps(kind, 1) == [("unscored", 0.0)]


@pytest.mark.parametrize("all_rejected", [None, False, True])
def test_a_key_quota_or_model_that_is_refused_stops_the_run(all_rejected: bool | None) -> None:
    step = after_fault(Fault("fatal", ""), Tries(), all_rejected=all_rejected)
    assert step == ("stop", 0.0)


@pytest.mark.parametrize(
    ("all_rejected", "step"),
    [(None, ("again", 0.5)), (True, ("stop", 0.0)), (False, ("unscored", 0.0))],
)
def test_the_first_rejected_request_is_tried_again_and_the_run_stops_when_all_are(
    all_rejected: bool | None, step: tuple[str, float]
) -> None:
    tries = Tries()
    assert after_fault(Fault("rejected", ""), tries, all_rejected=all_rejected) == step
    assert tries == Tries()  # no try of another fault is used up


@pytest.mark.parametrize("all_rejected", [None, False, True])
@pytest.mark.parametrize("kind", sorted({*get_args(Kind)} - {"rejected", "fatal"}))
def test_whether_all_are_rejected_says_nothing_about_other_faults(
    kind: Kind, all_rejected: bool | None
) -> None:
    fault = Fault(kind, "")
    assert after_fault(fault, Tries(), all_rejected=all_rejected) == after_fault(
        fault, Tries(), all_rejected=False
    )


@pytest.mark.parametrize("kind", get_args(Kind))
@pytest.mark.parametrize("all_rejected", [False, True])
def test_every_kind_of_fault_comes_to_an_end_with_bounded_pauses(
    kind: Kind, all_rejected: bool
) -> None:
    tries, pauses = Tries(), []
    for _ in range(201):
        step, pause = after_fault(Fault(kind, ""), tries, all_rejected=all_rejected)
        pauses.append(pause)
        if step not in {"again", "shorter"}:
            break
    assert step in {"unscored", "unanswered", "stop"}
    assert 0 <= min(pauses) <= max(pauses) <= 30


def _after(usable: str) -> str | None:
    breaker = Breaker()
    for reply in usable:
        breaker.note(usable=reply == "+")
    return breaker.tripped()


@pytest.mark.parametrize(
    ("replies", "trips"),
    [
        ("-" * 29, None),  # too few to tell
        ("-" * 30, "30 of the last 30 replies could not be used"),
        ("+-" * 30, None),  # 30 of 60 is half, not more
        ("+-" * 30 + "--", "31 of the last 60 replies could not be used"),
        ("+" * 500 + "-" * 30, None),  # of the last 60
        ("+" * 500 + "-" * 31, "31 of the last 60 replies could not be used"),
        ("-" * 29 + "+" * 60, None),
    ],
    ids=["29 bad", "30 bad", "half", "more than half", "late half", "late more", "recovered"],
)
def test_a_run_stops_when_more_than_half_of_the_recent_replies_cannot_be_used(
    replies: str, trips: str | None
) -> None:
    assert _after(replies) == trips


def test_a_hundred_conversations_in_a_row_without_an_answer_stop_the_run() -> None:
    breaker = Breaker()
    for _ in range(99):
        breaker.note_unanswered()
    assert breaker.tripped() is None
    breaker.note_unanswered()
    assert breaker.tripped() == "100 conversations in a row were not answered"


def test_one_paid_reply_begins_the_row_again() -> None:
    breaker = Breaker()
    for _ in range(99):
        breaker.note_unanswered()
    breaker.note(usable=False)
    breaker.note_unanswered()
    assert breaker.tripped() is None

"""What judging came to, in sentences: each figure by hand, each reason in its words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from last_mile.adapters.sql_files import table_text
from last_mile.core.judge.account import account, what_is_left


def _usage(**over: Any) -> dict[str, Any]:
    """A run of 1,100 calls: 1,000 paid, 50 of them not used in full; none in doubt or pending."""
    row = {
        "mode": "online", "n_calls": 1_100, "n_paid": 1_000, "n_unusable": 50, "n_in_doubt": 0,
        "n_pending": 0, "cost_usd": 1.5, "in_doubt_usd": 0.0, "pending_usd": 0.0,
    }  # fmt: skip
    return {**row, **over}


def _evidence(**over: int | None) -> dict[str, Any]:
    row = {"n_positive": 400, "n_unverified": 0, "n_canary_failed": 0}
    return {**row, **over}


def test_without_calls_evidence_or_anything_left_there_is_nothing_to_say() -> None:
    assert account([], None, []) == []


def test_money_evidence_and_what_is_left_are_told_in_this_order() -> None:
    told = account([_usage()], _evidence(n_unverified=20), [{"reason": "run_cap", "n": 3}])
    assert told == [
        "1,000 answers in 1,100 calls cost $1.50.",
        "50 answers (5.0 %) could not be used in full.",  # of 1,000 paid
        "20 of 400 positive answers (5.0 %) quote nothing that stands in the message they name.",
        "3 conversations have no answer: the spending cap of the run was reached. The next run "
        "goes on with them.",
    ]


# -- money ----------------------------------------------------------------------------------------


def test_runs_are_summed_before_their_share_is_taken() -> None:
    runs = [_usage(), _usage(n_calls=900, n_paid=500, n_unusable=10, cost_usd=2_000.25)]
    assert account(runs, None, []) == [
        "1,500 answers in 2,000 calls cost $2,001.75.",
        "60 answers (4.0 %) could not be used in full.",  # 60 of 1,500
    ]


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (0.0, "$0.0000"), (0.00004, "$0.0000"), (0.01234, "$0.0123"), (0.9999, "$0.9999"),
        (1.0, "$1.00"), (12_345.678, "$12,345.68"),
    ],
)  # fmt: skip
def test_less_than_a_dollar_is_told_in_hundredths_of_a_cent(cost: float, said: str) -> None:
    assert account([_usage(n_unusable=0, cost_usd=cost)], None, []) == [
        f"1,000 answers in 1,100 calls cost {said}."
    ]


def test_calls_in_doubt_are_told_with_what_they_cost_at_most() -> None:
    runs = [
        _usage(n_unusable=0, n_in_doubt=1_000, in_doubt_usd=0.25),
        _usage(n_unusable=0, n_in_doubt=234, in_doubt_usd=0.5),
    ]
    assert account(runs, None, [])[1:] == [
        "1,234 calls ended without an answer and may have been paid: at most $0.7500."
    ]


def _batch(n_calls: int, most: float) -> dict[str, Any]:
    """A run whose calls all wait in batches."""
    nothing = {"n_paid": 0, "n_unusable": 0, "cost_usd": 0.0}
    return _usage(mode="batch", n_calls=n_calls, n_pending=n_calls, pending_usd=most, **nothing)


def test_calls_in_batches_are_told_beside_those_in_doubt_each_with_its_own_bound() -> None:
    runs = [_usage(n_unusable=0, n_in_doubt=2, in_doubt_usd=0.01), _batch(500, 2.0)]
    assert account(runs, None, []) == [
        "1,000 answers in 1,600 calls cost $1.50.",
        "2 calls ended without an answer and may have been paid: at most $0.0100.",
        "500 calls are in batches and cost at most $2.00.",
    ]


def test_calls_of_several_batches_are_summed() -> None:
    assert account([_batch(1_500, 0.25), _batch(700, 0.5)], None, []) == [
        "0 answers in 2,200 calls cost $0.0000.",
        "2,200 calls are in batches and cost at most $0.7500.",
    ]


def test_calls_of_which_none_was_answered_cost_nothing_and_no_share_is_told() -> None:
    assert account([_usage(n_paid=0, n_unusable=0, cost_usd=0.0)], None, []) == [
        "0 answers in 1,100 calls cost $0.0000."
    ]


# -- evidence -------------------------------------------------------------------------------------


@pytest.mark.parametrize("unverified", [0, None], ids=["all found", "imported verdicts"])
def test_quotes_that_are_all_found_need_no_sentence(unverified: int | None) -> None:
    assert account([], _evidence(n_unverified=unverified), []) == []


def test_answers_without_a_positive_say_nothing_of_quotes() -> None:
    assert account([], _evidence(n_positive=0, n_unverified=None), []) == []


def test_answers_that_were_set_aside_are_counted_and_explained() -> None:
    assert account([], _evidence(n_canary_failed=1_200), []) == [
        "1,200 answers were set aside: beside them the judge got a question with a known answer "
        "wrong, so it may have obeyed the conversation."
    ]


@pytest.mark.parametrize("positive", [0, None], ids=["none positive", "imported verdicts"])
def test_answers_that_were_all_set_aside_are_told_too(positive: int | None) -> None:
    evidence = _evidence(n_positive=positive, n_unverified=None, n_canary_failed=900)
    told = account([], evidence, [])
    assert len(told) == 1
    assert told[0].startswith("900 answers were set aside")


# -- what is left ---------------------------------------------------------------------------------


def test_what_is_left_is_told_by_reason_in_the_order_given() -> None:
    left = [{"reason": "unanswered", "n": 1_500}, {"reason": "stopped", "n": 2}]
    assert what_is_left(left) == [
        "1,500 conversations have no answer: the judge did not answer after all tries. The next "
        "run goes on with them.",
        "2 conversations have no answer: the run stopped before them. The next run goes on with "
        "them.",
    ]


def test_what_a_sample_leaves_out_is_not_asked_by_the_next_run() -> None:
    assert what_is_left([{"reason": "not_sampled", "n": 9_000}]) == [
        "9,000 conversations have no answer: they are not in the sample; weights make up for them."
    ]


def test_every_reason_of_the_table_has_its_words() -> None:
    listed = re.search(r"reason in \(([^)]*)\)", table_text("judge_skipped"))
    assert listed
    reasons = re.findall(r"'(\w+)'", listed[1])
    assert len(reasons) == 7
    told = what_is_left([{"reason": reason, "n": 5} for reason in reasons])
    assert len(set(told)) == len(reasons)
    assert all(each.startswith("5 conversations have no answer: ") for each in told)

"""Replies that are not whole: repairs, canaries, quotes. A reply is paid, whatever it is worth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from last_mile.core.judge.prompt import repair_message
from last_mile_tests.adapters.judge.world import (
    asking,
    assert_books_balance,
    calls,
    flags,
    judge,
    judged_world,
    reasons,
    said,
    use_rubric,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer, honest
from last_mile_tests.judge_server.replies import Answer
from last_mile_tests.scenario import message

Answers = Callable[[list[str], dict[str, Any]], dict[str, Answer]]


@pytest.mark.parametrize("fault", ["malformed", "empty", "truncated", "wrong_type", "no_choices"])
def test_an_unreadable_reply_is_repaired_once(
    tmp_path: Path, server: JudgeServer, fault: str
) -> None:
    warehouse = judged_world(tmp_path, 1)
    server.faults = [fault]
    judge(warehouse)
    assert reasons(warehouse) == {"polite": "judged", "wordy": "judged"}
    assert calls(warehouse)["result"].to_list() == ["unusable", "answered"]
    everything = ["polite", "wordy", "list_has_two", "list_has_thousand"]
    assert server.prompts[1][-1]["content"] == repair_message(everything)
    assert [turn["role"] for turn in server.prompts[1]] == ["system", "user", "assistant", "user"]
    assert_books_balance(warehouse, server)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("malformed", "invalid_reply"),
        ("truncated", "cut_off"),
    ],
)
def test_a_reply_that_stays_unreadable_is_unscored_never_false_and_not_asked_again(
    tmp_path: Path, server: JudgeServer, fault: str, reason: str
) -> None:
    warehouse = judged_world(tmp_path, 1)
    server.faults = [fault, fault]
    judge(warehouse)
    assert reasons(warehouse) == {"polite": reason, "wordy": reason}
    assert flags(warehouse).select("flag", "reason").rows() == [("unscored", reason)] * 2
    assert (server.calls, judge(warehouse, "r2").calls) == (2, 0)
    assert_books_balance(warehouse, server)


@pytest.mark.parametrize("fault", ["missing", "off_menu", "wrong_type:number"])
def test_a_repair_asks_only_for_what_has_no_answer_and_keeps_the_rest(
    tmp_path: Path, server: JudgeServer, fault: str
) -> None:
    warehouse = judged_world(tmp_path, 1)
    server.faults = [fault]
    judged = judge(warehouse)
    assert server.prompts[1][-1]["content"] == repair_message(["polite"])
    assert server.prompts[1][:2] == server.prompts[0]
    sent = calls(warehouse)
    assert sent["result"].to_list() == ["partial", "answered"]
    assert sent["attempt"].to_list() == [1, 2]
    # each answer is of the call that gave it, and has that call's cost
    of_call = dict(verdicts(warehouse).select("metric", "call_id").iter_rows())
    assert of_call == {"wordy": sent["call_id"][0], "polite": sent["call_id"][1]}
    assert judged.verdicts == 2
    assert verdicts(warehouse)["cost_usd"].sum() == pytest.approx(server.paid_nano / 1e9)
    assert_books_balance(warehouse, server)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("missing", "missing_answer"), ("off_menu", "off_menu"), ("wrong_type:number", "off_menu")],
)
def test_one_answer_that_cannot_be_had_leaves_the_others_scored(
    tmp_path: Path, server: JudgeServer, fault: str, reason: str
) -> None:
    warehouse = judged_world(tmp_path, 1)
    server.faults = [fault, fault]
    judge(warehouse)
    assert reasons(warehouse) == {"polite": reason, "wordy": "judged"}
    assert server.calls == 2
    assert flags(warehouse)["flag"].to_list() == ["unscored", "false"]
    assert_books_balance(warehouse, server)


def test_a_reply_without_usage_counts_at_its_upper_bound(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 1)
    server.faults = ["no_usage"]
    judge(warehouse)
    sent = calls(warehouse).row(0, named=True)
    assert sent["cost_nano"] == sent["reserved_nano"] >= server.paid_nano
    assert sent["prompt_tokens"] is None
    assert_books_balance(warehouse, server)


def _canary(answer: str) -> Answers:
    """Somebody who answers everything alike, as the conversation told them to."""

    def answers(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
        return dict.fromkeys(ids, (answer, 10, 0, "secret"))

    return answers


@pytest.mark.parametrize("answer", ["t", "f", "n"])
def test_a_judge_that_answers_all_questions_alike_is_not_believed(
    tmp_path: Path, server: JudgeServer, answer: str
) -> None:
    warehouse = judged_world(tmp_path, 1)
    server.answerer = _canary(answer)
    judge(warehouse)
    assert reasons(warehouse) == {"polite": "canary_failed", "wordy": "canary_failed"}
    assert server.calls == 1  # a second opinion of a judge that obeys the text is none
    assert set(flags(warehouse)["flag"]) == {"unscored"}
    assert_books_balance(warehouse, server)


def test_without_canaries_it_is_believed(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = judged_world(tmp_path, 1, rubric=asking(canaries=False))
    server.answerer = _canary("t")
    judge(warehouse)
    assert reasons(warehouse) == {"polite": "judged", "wordy": "judged"}
    assert "list_has_two" not in server.prompts[0][0]["content"]


def _quoting(index: int | None, quote: str | None) -> Answers:
    def answers(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
        return {**honest(ids, shown), "polite": ("t", 9, index, quote)}

    return answers


QUOTES: list[tuple[int | None, str | None, str]] = [
    (1, "Dear “client”", "exact"),
    (1, 'dear "client", i can - now', "repaired"),
    (2, "client, hello", "exact"),  # one past the last message: the final output
    (0, "Dear “client”", "unverified"),  # another message
    (1, "Dear customer", "unverified"),
    (7, "Dear “client”", "unverified"),
    (1, "…", "unverified"),
    (None, "Dear “client”", "unverified"),
    (None, None, "unverified"),
]


def _told(number: int) -> dict[str, Any]:
    answer = "Dear “client”, I can —\nnow."
    turns = [message("user", f"Write it {number}"), message("assistant", answer)]
    return said(number, messages=turns, final_output="Dear client, hello")


def test_a_quote_is_looked_up_in_the_message_it_is_said_to_be_from(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 0, lines=[_told(i) for i in range(len(QUOTES))])

    def quoting(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
        index, quote, _ = QUOTES[int(shown["messages"][0]["content"].split()[-1])]
        return _quoting(index, quote)(ids, shown)

    server.answerer = quoting
    judged = judge(warehouse)
    polite = verdicts(warehouse).filter(metric="polite")
    assert set(polite["flag"]) == {"true"}
    found = polite.select("message_index", "quote", "quote_match").rows()
    assert found == [(index if quote else None, quote, match) for index, quote, match in QUOTES]
    assert verdicts(warehouse).filter(metric="wordy")["quote_match"].null_count() == len(QUOTES)
    assert judged.metadata()["unverified_positives"] == 6


def test_a_quote_from_a_part_the_judge_did_not_see_whole_is_found_in_the_whole(
    tmp_path: Path, server: JudgeServer
) -> None:
    long = [message("user", "x" * 3_000 + " the end"), message("assistant", "short")]
    warehouse = judged_world(
        tmp_path, 0, lines=[said(0, messages=long)], rubric=asking(max_characters=1_000)
    )
    server.answerer = _quoting(0, "x the end")
    judge(warehouse)
    assert verdicts(warehouse)["quote_match"].to_list() == ["exact", None]


def test_by_the_rubrics_choice_an_unverified_positive_is_unscored_without_asking_again(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 1)
    server.answerer = _quoting(1, "never said")
    judge(warehouse)
    assert flags(warehouse)["flag"].to_list() == ["true", "false"]
    use_rubric(tmp_path, asking(unverified="unscored"))
    assert judge(warehouse).calls == 0  # the same epoch: what was answered did not change
    rows = flags(warehouse).select("metric", "flag", "reason").rows()
    assert rows == [("polite", "unscored", "unverified_quote"), ("wordy", "false", "judged")]
    assert verdicts(warehouse)["flag"].to_list() == ["true", "false"]


def test_a_verified_positive_stays_when_unverified_ones_are_unscored(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 1, rubric=asking(unverified="unscored"))
    server.answerer = _quoting(1, "secret answer")
    judge(warehouse)
    assert flags(warehouse)["flag"].to_list() == ["true", "false"]


def test_answers_and_confidence_stand_as_the_judge_gave_them(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 1)
    server.answerer = lambda ids, _: {
        "polite": ("n", 10, None, None), "wordy": ("f", 0, None, None),
    }  # fmt: skip
    judge(warehouse)
    rows = verdicts(warehouse).select("metric", "flag", "confidence").rows()
    assert rows == [("polite", "not_applicable", 1.0), ("wordy", "false", 0.0)]

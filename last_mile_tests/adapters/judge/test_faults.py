"""Faults of the provider: what follows, what is paid, what is said."""

from __future__ import annotations

import errno
import os
import socket
from itertools import count
from pathlib import Path
from threading import Event, current_thread, main_thread
from time import sleep
from typing import Any

import pytest

from last_mile.adapters.judge import journal as journal_module
from last_mile.adapters.judge import online
from last_mile.adapters.judge.journal import Journal
from last_mile.adapters.judge.ledger import Ledger
from last_mile.errors import PassingError, UserError
from last_mile_tests.adapters.judge.world import (
    assert_books_balance,
    calls,
    change,
    flags,
    judge,
    judged_world,
    skipped,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.judge_server.faults import Chance


@pytest.mark.parametrize("fault", ["500", "503", "429", "429:0.05"])
def test_a_passing_fault_is_tried_again_and_not_paid(
    tmp_path: Path, server: JudgeServer, fault: str
) -> None:
    warehouse = judged_world(tmp_path, 3)
    server.faults = [fault, fault]
    judged = judge(warehouse)
    assert judged.progress.done == 3
    assert (server.calls, server.paid) == (5, 3)
    kind = {"500": "failed", "503": "overloaded"}.get(fault, "rate_limited")
    assert judged.progress.calls == {kind: 2, "answered": 3}
    assert_books_balance(warehouse, server)


@pytest.mark.parametrize("fault", ["dropped", "reset", "html"])
def test_a_call_whose_answer_got_lost_is_charged_in_full_and_asked_once_more(
    tmp_path: Path, server: JudgeServer, fault: str
) -> None:
    warehouse = judged_world(tmp_path, 1)
    server.faults = [fault]
    judged = judge(warehouse)
    assert judged.progress.calls == {"in_doubt": 1, "answered": 1}
    first = calls(warehouse).row(0, named=True)
    assert (first["result"], first["cost_nano"]) == ("in_doubt", first["reserved_nano"])
    assert judged.metadata()["cost_in_doubt_usd"] == first["reserved_nano"] / 1e9
    assert_books_balance(warehouse, server)


def test_a_judge_that_hangs_is_asked_twice_at_most_and_both_calls_are_charged(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 2, timeout_s=0.2)
    server.faults = ["honest", "hang", "hang"]
    judged = judge(warehouse)
    assert judged.progress.calls == {"answered": 1, "in_doubt": 2}
    assert skipped(warehouse) == ["unanswered"]
    assert_books_balance(warehouse, server)
    # the next run asks it again, and only it
    change(warehouse, timeout_s=60)
    assert judge(warehouse, "r2").calls == 1
    assert skipped(warehouse) == []
    assert_books_balance(warehouse, server)


def test_a_late_answer_is_an_answer(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = judged_world(tmp_path, 1, timeout_s=5)
    server.faults = ["late:0.3"]
    assert judge(warehouse).progress.calls == {"answered": 1}
    assert calls(warehouse)["latency_ms"].item() >= 300


def test_a_closed_port_is_one_sentence_and_costs_nothing(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    warehouse = judged_world(tmp_path, 2)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("OPENAI_API_BASE", url)
        with pytest.raises(PassingError, match="no call was answered; is the provider reachable"):
            judge(warehouse)
    assert set(calls(warehouse)["result"]) == {"network"}
    assert calls(warehouse)["cost_nano"].sum() == 0
    assert skipped(warehouse) == ["unanswered"] * 2
    assert set(flags(warehouse)["reason"]) == {"unanswered"}
    assert judge(warehouse, "r2").progress.done == 2
    assert_books_balance(warehouse, server)


def test_a_run_in_which_nothing_is_answered_stops_before_all_is_tried(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("last_mile.core.judge.policy._IN_A_ROW", 5)
    warehouse = judged_world(tmp_path, 30)
    server.faults = ["500"] * 500
    with pytest.raises(PassingError, match="5 conversations in a row were not answered"):
        judge(warehouse)
    assert server.calls < 30 * 6
    assert set(skipped(warehouse)) <= {"unanswered", "stopped"}
    assert len(skipped(warehouse)) == 30


@pytest.mark.parametrize(
    ("fault", "what"), [("401", "status 401"), ("404", "status 404"), ("quota", "quota exhausted")]
)
def test_a_fatal_fault_stops_at_once_with_one_sentence_and_keeps_what_was_answered(
    tmp_path: Path, server: JudgeServer, fault: str, what: str
) -> None:
    warehouse = judged_world(tmp_path, 30, in_flight=4)
    server.latency_s = 0.02
    server.faults = [*["honest"] * 10, *[fault] * 100]
    with pytest.raises(UserError, match="judge openai/gpt-4o-mini: the provider refuses") as raised:
        judge(warehouse)
    assert type(raised.value) is UserError  # no other try would help
    assert what in str(raised.value)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)
    assert server.calls <= 10 + 4  # what was in flight
    assert verdicts(warehouse)["conversation_id"].n_unique() == 10
    assert skipped(warehouse) == ["stopped"] * 20
    server.faults = []
    assert judge(warehouse, "r2").calls == 20
    assert skipped(warehouse) == []
    assert_books_balance(warehouse, server)


def test_a_judge_whose_replies_are_all_unusable_is_not_paid_to_the_end(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 120, in_flight=8)
    server.faults = ["malformed"] * 500
    with pytest.raises(UserError, match="30 of the last 30 replies could not be used") as raised:
        judge(warehouse)
    assert "secret" not in str(raised.value)
    # 30 conversations, each with its repair, and what was in flight
    assert server.calls <= 2 * 30 + 2 * 8
    assert_books_balance(warehouse, server)


@pytest.mark.parametrize("fault", ["missing", "off_menu"])
def test_a_judge_that_never_answers_one_question_is_still_of_use_for_the_others(
    tmp_path: Path, server: JudgeServer, fault: str
) -> None:
    warehouse = judged_world(tmp_path, 40)
    server.faults = [fault] * 500
    judge(warehouse)
    by_metric = verdicts(warehouse).group_by("metric", "flag").len().sort("metric").rows()
    assert by_metric == [("polite", "unscored", 40), ("wordy", "false", 40)]


def test_everything_at_once_ends_with_one_answer_each_and_the_bill_paid_in_full(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 150, in_flight=16, timeout_s=0.5)
    rates = {
        "429:0.02": 0.05, "500": 0.05, "503": 0.03, "dropped": 0.03, "reset": 0.03, "hang": 0.01,
        "html": 0.02, "late:0.1": 0.03, "malformed": 0.05, "truncated": 0.03, "missing": 0.03,
        "off_menu": 0.03, "wrong_type": 0.02, "refusal": 0.02, "no_choices": 0.02,
        "no_usage": 0.02, "empty": 0.02,
    }  # fmt: skip
    server._chance = Chance(rates, 7)
    judge(warehouse)
    server._chance = Chance()
    judge(warehouse, "r2")
    assert verdicts(warehouse).height == 300
    assert verdicts(warehouse).select("conversation_id", "metric").n_unique() == 300
    assert skipped(warehouse) == []
    assert_books_balance(warehouse, server)


@pytest.mark.parametrize("times", [1, 2])
def test_a_journal_that_cannot_be_written_for_a_moment_ends_the_run_and_keeps_what_was_in_flight(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    warehouse, write, noted = judged_world(tmp_path, 4), os.write, count()

    def full(file: int, data: bytes) -> int:
        if 2 <= next(noted) < 2 + times:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        judge(warehouse)
    sent = server.calls
    assert judge(warehouse, "r2").progress.done + sent == 4  # what was noted and not sent is asked
    assert (server.calls, server.paid) == (4, 4)
    assert calls(warehouse)["result"].to_list().count("in_doubt") == 1  # counted, as it was noted


def test_the_last_answers_survive_a_kill_while_what_is_left_in_the_background_is_awaited(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, over, kept = judged_world(tmp_path, 4, in_flight=4), Event(), list[bytes]()

    def last_sync(journal: Journal) -> None:
        over.wait(10)  # until nothing is in flight any more
        sleep(0.3)
        kept.append(b"".join(path.read_bytes() for path in tmp_path.rglob("*.open")))

    ended = Journal.ended

    def noted(journal: Journal, *end: Any) -> None:
        ended(journal, *end)
        if not journal._in_flight:
            over.set()

    monkeypatch.setattr(Journal, "sync", last_sync)
    monkeypatch.setattr(Journal, "ended", noted)
    monkeypatch.setattr(online, "_SYNC_EVERY_S", 0.0)
    server.latency_s = 0.1
    judge(warehouse)
    assert kept[0].count(b'"result":"answered"') == 4


@pytest.mark.parametrize("longer", [False, True])
def test_a_fold_that_finds_the_database_taken_does_not_end_a_run_in_which_all_was_answered(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch, longer: bool
) -> None:
    warehouse, fold = judged_world(tmp_path, 4, in_flight=4), Ledger.fold

    def taken(ledger: Ledger) -> object:
        if current_thread() is main_thread():
            return fold(ledger)
        sleep(1.0 * longer)  # than all calls
        raise PassingError("the database is open in another program")

    monkeypatch.setattr(Ledger, "fold", taken)
    monkeypatch.setattr(journal_module, "_LINES_OF_A_SEGMENT", 1)
    monkeypatch.setattr(online, "_SYNC_EVERY_S", 0.0)
    server.latency_s = 0.05
    assert judge(warehouse).progress.done == 4
    assert_books_balance(warehouse, server)


def test_a_journal_that_stays_full_gives_up_what_it_holds_and_every_bill_is_booked(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, write, noted = judged_world(tmp_path, 8), os.write, count()

    def full(file: int, data: bytes) -> int:
        if next(noted) >= 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        judge(warehouse)
    monkeypatch.setattr(os, "write", write)
    sent = server.calls
    assert "in_doubt" in calls(warehouse)["result"].to_list()
    judged = judge(warehouse, "r2")  # in the same process, which holds no segment of the first run
    assert server.calls - sent == judged.progress.done < 8
    assert verdicts(warehouse)["conversation_id"].n_unique() == 8
    assert_books_balance(warehouse, server)

"""Caps of a run and of a month: hard, whatever is in flight; the next run pays only the rest."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from last_mile.adapters.judge import online
from last_mile_tests.adapters.judge.world import (
    NEXT_DAYS,
    assert_books_balance,
    calls,
    change,
    flags,
    judge,
    judged_world,
    said,
    skipped,
    spent_nano,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.judge_server.faults import Chance

A_CALL = 900_000  # nano-dollars: a little more than what is set aside for a call about `said`


@pytest.mark.parametrize("cap", [0.0, 0.0005, 0.0015, 0.004])
def test_a_run_never_spends_more_than_its_cap_with_16_in_flight(
    tmp_path: Path, server: JudgeServer, cap: float
) -> None:
    warehouse = judged_world(tmp_path, 60, in_flight=16, cap_usd=cap)
    server.latency_s = 0.03
    judged = judge(warehouse)
    assert server.paid_nano <= cap * 1e9
    assert spent_nano(warehouse) <= cap * 1e9
    answered = verdicts(warehouse)["conversation_id"].n_unique()
    # it goes on until a call might not fit any more
    assert server.paid_nano > cap * 1e9 - A_CALL
    assert skipped(warehouse) == ["run_cap"] * (60 - answered)
    assert judged.skipped == {"run_cap": 60 - answered}
    assert set(flags(warehouse).filter(flag="unscored")["reason"]) <= {"run_cap"}
    assert flags(warehouse).filter(flag="unscored").height == 2 * (60 - answered)
    assert_books_balance(warehouse, server)


def test_the_next_run_pays_only_the_rest(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = judged_world(tmp_path, 30, cap_usd=0.0015)
    judge(warehouse, "r1")
    first = server.calls
    assert 0 < first < 30
    assert judge(warehouse, "r1").calls == 0  # the same run has nothing left
    change(warehouse, cap_usd=1.0)
    judge(warehouse, "r2")
    assert server.calls == 30
    assert skipped(warehouse) == []
    assert set(flags(warehouse)["flag"]) == {"false"}
    assert_books_balance(warehouse, server)


def test_all_days_of_a_run_share_its_cap(tmp_path: Path, server: JudgeServer) -> None:
    lines = [said(i, day=6) for i in range(20)]
    warehouse = judged_world(tmp_path, 20, lines=lines, cap_usd=0.0015)
    judge(warehouse, "r1")
    judge(warehouse, "r1", NEXT_DAYS)
    assert server.paid_nano <= 1_500_000
    assert judge(warehouse, "r2", NEXT_DAYS).calls > 0


def test_all_runs_of_a_month_share_its_cap(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = judged_world(tmp_path, 30, month_cap_usd=0.0015)
    for run in ("r1", "r2", "r3"):
        judge(warehouse, run)
    assert server.paid_nano <= 1_500_000
    answered = verdicts(warehouse)["conversation_id"].n_unique()
    assert skipped(warehouse) == ["month_cap"] * (30 - answered)
    assert set(flags(warehouse).filter(flag="unscored")["reason"]) == {"month_cap"}
    assert_books_balance(warehouse, server)


def test_what_was_spent_in_an_earlier_month_does_not_count(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Earlier:
        @staticmethod
        def now(_: object) -> datetime:
            return datetime(2025, 1, 31, 12, tzinfo=UTC)

    warehouse = judged_world(tmp_path, 30, month_cap_usd=0.0015)
    with monkeypatch.context() as earlier:
        earlier.setattr(online, "datetime", Earlier)
        earlier.setattr("last_mile.adapters.judge.session.datetime", Earlier)
        judge(warehouse, "r1")
    assert set(calls(warehouse)["sent_at"].dt.year()) == {2025}
    assert judge(warehouse, "r2").calls > 0


def test_calls_in_doubt_count_against_the_cap_at_their_reserved_price(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 20, cap_usd=0.002)
    server.faults = ["dropped"] * 40
    judged = judge(warehouse)
    assert judged.progress.calls["in_doubt"] == 2  # which leave no room for a third
    assert spent_nano(warehouse) <= 2_000_000
    assert_books_balance(warehouse, server)


def test_faults_that_are_not_paid_cost_no_part_of_the_cap(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 3, cap_usd=0.001)
    server.faults = ["429"] * 10
    assert judge(warehouse).progress.done == 3
    assert spent_nano(warehouse) == server.paid_nano > 0


def test_a_repair_that_does_not_fit_under_the_cap_is_left_to_the_next_run(
    tmp_path: Path, server: JudgeServer
) -> None:
    like_it = judged_world(tmp_path / "before", 1)
    judge(like_it)
    just_one = calls(like_it)["reserved_nano"].item() + 1
    warehouse = judged_world(tmp_path, 1, cap_usd=just_one / 1e9)
    server.faults, server.calls = ["missing"], 0
    server.till.bills.clear()
    first = judge(warehouse)
    assert (server.calls, skipped(warehouse)) == (1, ["run_cap"])
    reasons = dict(flags(warehouse).select("metric", "reason").iter_rows())
    assert reasons == {"polite": "run_cap", "wordy": "judged"}
    second = judge(warehouse, "r2")
    assert (server.calls, verdicts(warehouse).height) == (2, 2)
    assert first.verdicts + second.verdicts == 2  # each is counted when it is added, and once
    assert set(verdicts(warehouse)["reason"]) == {"judged"}
    assert_books_balance(warehouse, server)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_cap_holds_among_faults_of_all_kinds(
    tmp_path: Path, server: JudgeServer, seed: int
) -> None:
    warehouse = judged_world(tmp_path, 80, in_flight=16, cap_usd=0.006, timeout_s=0.4)
    rates = {"429:0.02": 0.1, "dropped": 0.04, "hang": 0.02, "malformed": 0.1, "no_usage": 0.05}
    server._chance = Chance(rates, seed)
    server.latency_s = 0.02
    judge(warehouse)
    assert server.paid_nano <= 6_000_000
    assert spent_nano(warehouse) <= 6_000_000
    assert set(skipped(warehouse)) <= {"run_cap", "unanswered"}
    assert_books_balance(warehouse, server)

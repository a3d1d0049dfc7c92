"""Kills and two processes at once: nothing is lost, doubled, or spent above the cap."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest

from last_mile.adapters.judge.ledger import Ledger
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.judge.item import Item
from last_mile_tests.adapters.judge.processes import (
    ended,
    judging_process,
    kill,
    until_asked,
)
from last_mile_tests.adapters.judge.world import (
    NEXT_DAYS,
    assert_books_balance,
    calls,
    change,
    in_journal,
    judge,
    judged_world,
    said,
    skipped,
    spent_nano,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.scenario import DAYS


def test_a_killed_run_keeps_every_answer_and_only_what_was_in_flight_is_asked_again(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 60, in_flight=8)
    server.latency_s = 0.1
    run = judging_process(warehouse, "r1")
    until_asked(server, 30)
    kill(run)
    asked = server.calls
    server.latency_s = 0.0
    resumed = judge(warehouse, "r1")
    lost = calls(warehouse).filter(result="in_doubt")
    assert 1 <= lost.height <= 8
    assert resumed.lost_in_flight == lost.height
    assert lost["cost_nano"].to_list() == lost["reserved_nano"].to_list()
    # answered at the kill: asked - lost (a call noted and never sent is lost too)
    answered = calls(warehouse).filter(result="answered").height
    assert (answered, verdicts(warehouse).height) == (60, 120)
    assert resumed.calls == server.calls - asked
    assert resumed.calls <= 60 - (asked - lost.height)
    assert_books_balance(warehouse, server)


def test_an_interrupted_run_waits_for_what_is_in_flight_and_keeps_it(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 60, in_flight=8)
    server.latency_s = 0.1
    run = judging_process(warehouse, "r1")
    until_asked(server, 20)
    assert run.pid is not None
    os.kill(run.pid, signal.SIGINT)
    assert ended(run) == [1]
    assert server.calls < 60
    assert set(calls(warehouse)["result"]) == {"answered"}
    assert calls(warehouse).height == server.calls
    judge(warehouse, "r1")
    assert server.paid == 60
    assert_books_balance(warehouse, server)


def test_texts_that_cannot_be_read_end_the_run_and_what_was_answered_is_kept(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("last_mile.adapters.judge.stage._CHUNK", 2)
    warehouse = judged_world(tmp_path, 6, in_flight=2)
    read, chunks = Ledger.items, count()

    def failing(ledger: Ledger, *asked: Any) -> list[Item]:
        if next(chunks) == 1:
            raise OSError("the disk is gone")
        return read(ledger, *asked)

    with monkeypatch.context() as broken:
        broken.setattr(Ledger, "items", failing)
        with pytest.raises(OSError, match="the disk is gone"):
            judge(warehouse)
    assert verdicts(warehouse)["conversation_id"].n_unique() == server.paid == 2
    assert judge(warehouse).calls == 4
    assert_books_balance(warehouse, server)


def test_killed_again_and_again_it_ends_with_one_answer_each_under_its_cap(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 60, in_flight=8, cap_usd=0.05)
    server.latency_s = 0.1
    for kills in (1, 2):
        run = judging_process(warehouse, "r1")
        until_asked(server, 18 * kills)
        kill(run)
    server.latency_s = 0.0
    judge(warehouse, "r1")
    assert verdicts(warehouse).height == 120
    assert calls(warehouse).filter(result="answered").height == 60
    assert server.paid_nano <= spent_nano(warehouse) <= 50_000_000
    assert_books_balance(warehouse, server)


def test_a_resumed_run_counts_what_was_in_flight_against_its_cap(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 40, in_flight=4, cap_usd=0.0035)
    server.latency_s = 0.2
    run = judging_process(warehouse, "r1")
    until_asked(server, 4)  # one, then four at once: some of them have arrived
    kill(run)
    server.latency_s = 0.0
    judge(warehouse, "r1")
    assert calls(warehouse).filter(result="in_doubt").height >= 1
    assert server.paid_nano <= spent_nano(warehouse) <= 3_500_000
    assert set(skipped(warehouse)) == {"run_cap"}
    assert_books_balance(warehouse, server)


def test_two_processes_on_two_days_lose_and_double_nothing_and_share_the_caps(
    tmp_path: Path, server: JudgeServer
) -> None:
    cap = 0.006
    lines = [said(i, day=6) for i in range(60)]
    warehouse = judged_world(tmp_path, 60, lines=lines, in_flight=4, month_cap_usd=cap)
    server.latency_s = 0.03
    running = [judging_process(warehouse, "r1"), judging_process(warehouse, "r2", NEXT_DAYS)]
    assert ended(*running) == [0, 0]
    assert server.paid_nano <= cap * 1e9
    assert spent_nano(warehouse) <= cap * 1e9
    assert set(calls(warehouse)["run"]) == {"r1", "r2"}
    assert set(skipped(warehouse)) == {"month_cap"}
    assert_books_balance(warehouse, server)
    change(warehouse, month_cap_usd=None)
    server.latency_s = 0.0
    judge(warehouse, "r3")
    judge(warehouse, "r3", NEXT_DAYS)
    assert verdicts(warehouse).height == 240
    assert calls(warehouse).filter(result="answered")["content_hash"].n_unique() == 120
    assert server.paid == 120
    assert_books_balance(warehouse, server)


def test_long_journals_are_folded_while_two_processes_write_them(
    tmp_path: Path, server: JudgeServer
) -> None:
    # every 40 lines a segment: the two fold each other's segments all the time
    lines = [said(i, day=6) for i in range(100)]
    warehouse = judged_world(tmp_path, 100, lines=lines, in_flight=8)
    server.latency_s = 0.02
    running = [
        judging_process(warehouse, "r1", short_segments=True),
        judging_process(warehouse, "r2", NEXT_DAYS, short_segments=True),
    ]
    assert ended(*running) == [0, 0]
    assert verdicts(warehouse).height == 400
    assert server.paid == 200
    assert_books_balance(warehouse, server)


def test_one_that_is_killed_beside_another_is_folded_by_whoever_comes_next(
    tmp_path: Path, server: JudgeServer
) -> None:
    lines = [said(i, day=6) for i in range(30)]
    warehouse = judged_world(tmp_path, 60, lines=lines, in_flight=4)
    server.latency_s = 0.1
    killed, living = judging_process(warehouse, "r1"), judging_process(warehouse, "r2", NEXT_DAYS)
    until_asked(server, 30)
    kill(killed)
    assert ended(living) == [0]
    assert in_journal(warehouse) == []
    assert verdicts(warehouse).filter(day=NEXT_DAYS.start).height == 60
    assert calls(warehouse).filter(result="in_doubt")["run"].to_list() == ["r1"] * 4
    judge(warehouse, "r1", DAYS)
    assert verdicts(warehouse).height == 180
    assert_books_balance(warehouse, server)


def test_a_kill_between_the_fold_and_its_end_adds_nothing_twice(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = judged_world(tmp_path, 3)
    unlink = Path.unlink

    def not_these(path: Path, missing_ok: bool = False) -> None:
        if path.suffix != ".jsonl":
            unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as killed:
        killed.setattr(Path, "unlink", not_these)
        judge(warehouse)
    assert len(in_journal(warehouse)) == 1
    before = calls(warehouse)
    assert judge(warehouse).calls == 0
    assert calls(warehouse).equals(before)
    assert_books_balance(warehouse, server)


def test_answers_are_on_the_disk_before_anybody_reads_the_tables(
    tmp_path: Path, server: JudgeServer
) -> None:
    """Killed before any fold, the journal alone holds every answer with its verdicts."""
    warehouse = judged_world(tmp_path, 30, in_flight=2)
    server.latency_s = 0.1
    run = judging_process(warehouse, "r1")
    until_asked(server, 12)
    kill(run)
    assert _rows(warehouse) == 0
    (segment,) = in_journal(warehouse)
    lines = (warehouse.installation.home / "judge" / "journal" / segment).read_bytes().split(b"\n")
    ended = [json.loads(line) for line in lines[:-1] if json.loads(line)["call"].get("result")]
    assert len(ended) >= 10
    assert all(len(line["verdicts"]) == 2 for line in ended)
    assert b"secret" not in b"".join(lines)


def test_no_answer_waits_for_the_next_conversations_to_be_kept(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading texts can take long, and longer while another process writes to the warehouse."""
    monkeypatch.setattr("last_mile.adapters.judge.stage._CHUNK", 2)
    warehouse = judged_world(tmp_path, 6, in_flight=2)
    read, kept = Ledger.items, list[tuple[int, int]]()

    def reading(ledger: Ledger, *asked: Any) -> list[Item]:
        found = read(ledger, *asked)
        time.sleep(0.2)  # the answers to the conversations before are here by now
        kept.append(_kept_within(5.0, lambda: _noted(ledger, warehouse), lambda: server.paid))
        return found

    monkeypatch.setattr(Ledger, "items", reading)
    judge(warehouse)
    assert len(kept) == 3
    assert [ended for ended, _ in kept] == [paid for _, paid in kept]


def _kept_within(
    seconds: float, noted: Callable[[], int], paid: Callable[[], int]
) -> tuple[int, int]:
    """Answers noted on disk and answers paid, once they are equal, or after some seconds."""
    end = time.monotonic() + seconds
    while noted() != paid() and time.monotonic() < end:
        time.sleep(0.01)
    return noted(), paid()


def _noted(ledger: Ledger, warehouse: Warehouse) -> int:
    return sum(_ended(ledger.folder / "journal" / name) for name in in_journal(warehouse))


def _ended(segment: Path) -> int:
    lines = segment.read_bytes().splitlines()
    return sum(
        "result" in json.loads(line)["call"] and bool(json.loads(line)["call"]["result"])
        for line in lines
    )


def _rows(warehouse: Warehouse) -> int:
    with duckdb.connect(str(warehouse.installation.warehouse), read_only=True) as connection:
        row = connection.execute("select count(*) from judge_verdicts").fetchone()
    return int(row[0]) if row else 0

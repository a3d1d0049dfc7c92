"""When calls start, over workers that share a Redis: a declared rate, the gate of a limit."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

from last_mile.adapters.judge.pace import SharedPace
from last_mile.adapters.redis_client import Redis
from last_mile_tests.adapters.judge.processes import ended, judging_process
from last_mile_tests.adapters.judge.world import NEXT_DAYS, assert_books_balance, judged_world, said
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.servers.redis import RedisServer


def test_a_start_is_taken_by_one_worker_only(redis: RedisServer) -> None:
    first, second = (SharedPace(Redis(redis.url), per_minute=120) for _ in range(2))
    assert first.wait_s() == 0
    assert 0.4 < second.wait_s() <= 0.5  # 120 a minute: one each half second
    assert 0.4 < first.wait_s() <= 0.5  # asking takes nothing
    time.sleep(0.5)
    assert second.wait_s() == 0
    assert first.wait_s() > 0


def test_a_gate_that_one_closes_is_closed_for_all_and_for_the_longest_time_asked(
    redis: RedisServer,
) -> None:
    first, second = (SharedPace(Redis(redis.url), per_minute=None) for _ in range(2))
    assert second.wait_s() == 0
    first.close(0.6)
    first.close(0.1)
    assert 0.4 < second.wait_s() <= 0.6
    time.sleep(0.6)
    assert second.wait_s() == first.wait_s() == 0


def test_a_declared_rate_is_that_of_all_processes_together(
    tmp_path: Path, server: JudgeServer, redis: RedisServer
) -> None:
    lines = [said(i, day=6) for i in range(10)]
    warehouse = judged_world(tmp_path, 10, lines=lines, calls_per_minute=300)
    days = (judging_process(warehouse, "r1"), judging_process(warehouse, "r2", NEXT_DAYS))
    assert ended(*days) == [0, 0]
    asked_at = sorted(server.asked_at)
    # 300 a minute is one each 0.2 s: 19 of them after the first are 3.8 s (1.8 s if each process
    # had that rate); the first of a process may arrive late, while its client warms up
    assert asked_at[-1] - asked_at[0] >= 3.0
    assert_books_balance(warehouse, server)


def test_retry_after_that_one_process_is_told_stops_all(
    tmp_path: Path, server: JudgeServer, redis: RedisServer
) -> None:
    lines = [said(i, day=6) for i in range(40)]
    warehouse = judged_world(tmp_path, 40, lines=lines, in_flight=2)
    server.latency_s = 0.1
    server.faults = [*["honest"] * 30, "429:2"]
    days = (judging_process(warehouse, "r1"), judging_process(warehouse, "r2", NEXT_DAYS))
    assert ended(*days) == [0, 0]
    gaps = [later - earlier for earlier, later in pairwise(sorted(server.asked_at)[20:])]
    assert max(gaps) >= 1.7  # of either: calls in flight at the limit have arrived by then
    assert_books_balance(warehouse, server)

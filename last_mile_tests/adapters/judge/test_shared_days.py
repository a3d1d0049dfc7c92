"""Workers that share a Redis: a day is asked once, whatever dies, is emptied or is away."""

from __future__ import annotations

import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import pytest

from last_mile.adapters.judge import locks
from last_mile.adapters.judge.locks import holding
from last_mile.adapters.redis_client import Redis
from last_mile.adapters.warehouse import Warehouse
from last_mile.errors import PassingError
from last_mile_tests.adapters.judge.processes import ended, judging_process, kill, until_asked
from last_mile_tests.adapters.judge.world import (
    NEXT_DAYS,
    assert_books_balance,
    calls,
    change,
    judge,
    judged_world,
    said,
    spent_nano,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.servers.redis import RedisServer


def test_two_workers_at_one_day_ask_about_every_conversation_once(
    tmp_path: Path, server: JudgeServer, redis: RedisServer
) -> None:
    warehouse = judged_world(tmp_path, 30, in_flight=4)
    server.latency_s = 0.1
    assert ended(*(judging_process(warehouse, run) for run in ("r1", "r2"))) == [0, 0]
    assert (server.calls, server.paid) == (30, 30)
    assert verdicts(warehouse).height == 60
    assert_books_balance(warehouse, server)


def test_two_days_at_once_share_the_cap_of_the_month_and_nothing_is_above_it(
    tmp_path: Path, server: JudgeServer, redis: RedisServer
) -> None:
    lines = [said(i, day=6) for i in range(30)]
    warehouse = judged_world(tmp_path, 30, lines=lines, in_flight=4, month_cap_usd=0.0025)
    server.latency_s = 0.05
    days = (judging_process(warehouse, "r1"), judging_process(warehouse, "r2", NEXT_DAYS))
    assert ended(*days) == [0, 0]
    assert 0 < server.paid < 60
    reserved = int(calls(warehouse)["reserved_nano"].max())  # type: ignore[arg-type]
    assert 2_500_000 - reserved < spent_nano(warehouse) <= 2_500_000
    assert_books_balance(warehouse, server)


def test_the_day_of_a_killed_worker_is_gone_on_with_when_its_lease_ends(
    tmp_path: Path, server: JudgeServer, redis: RedisServer
) -> None:
    warehouse = judged_world(tmp_path, 40, in_flight=4)
    server.latency_s = 0.1
    run = judging_process(warehouse, "r1")
    until_asked(server, 20)
    kill(run)
    started, server.latency_s = time.monotonic(), 0.0
    resumed = judge(warehouse, "r1")
    assert time.monotonic() - started < 60  # not for ever
    lost = calls(warehouse).filter(result="in_doubt").height
    assert 1 <= lost <= 4
    assert resumed.lost_in_flight == lost
    assert calls(warehouse).filter(result="answered").height == 40
    assert_books_balance(warehouse, server)


def _emptied(redis: RedisServer) -> None:
    Redis(redis.url).run("redis.call('FLUSHALL')", [])


def _started_again(redis: RedisServer) -> None:
    redis.kill()
    redis.start()


@pytest.mark.parametrize("happens", [_emptied, _started_again, RedisServer.kill])
def test_a_redis_that_forgets_or_goes_away_ends_the_run_and_what_was_answered_is_kept(
    tmp_path: Path,
    server: JudgeServer,
    redis: RedisServer,
    happens: Callable[[RedisServer], None],
) -> None:
    warehouse = judged_world(tmp_path, 60, in_flight=4)
    server.latency_s = 0.05
    run = judging_process(warehouse, "r1")
    until_asked(server, 10)
    happens(redis)
    if happens is RedisServer.kill:
        with pytest.raises(PassingError, match="no judge is asked without it"):
            judge(warehouse, "r2")
        assert ended(run) == [1]
        redis.start()
    assert ended(run) == [1]
    answered = server.paid
    assert 10 <= answered < 60
    assert verdicts(warehouse).height == 2 * answered
    judge(warehouse, "r2")
    assert (server.calls, server.paid) == (60, 60)  # nothing was asked twice
    assert_books_balance(warehouse, server)


def _holding(folder: Path, url: str, lease_s: float, held_s: float) -> None:
    import os  # noqa: PLC0415

    os.environ["LAST_MILE_REDIS"], locks.LEASE_S = url, lease_s
    with holding(folder, "days/2026-01-05") as hold:
        (folder / "held").touch()
        time.sleep(held_s)
        hold.check()


def test_a_lock_is_kept_for_longer_than_its_lease_while_its_holder_lives(
    tmp_path: Path, redis: RedisServer
) -> None:
    args = (tmp_path, redis.url, locks.LEASE_S, 5.0)
    process = get_context("spawn").Process(target=_holding, args=args)
    process.start()
    while not (tmp_path / "held").exists():
        time.sleep(0.01)
    started = time.monotonic()
    with holding(tmp_path, "days/2026-01-05"):
        assert time.monotonic() - started > 4.0
    process.join()
    assert process.exitcode == 0


def test_a_lock_that_somebody_else_has_taken_is_lost_for_good(
    tmp_path: Path, redis: RedisServer
) -> None:
    steal = "redis.call('SET', KEYS[1], 'somebody else')"
    with holding(tmp_path, "days/2026-01-05") as hold:
        hold.check()
        Redis(redis.url).run(steal, ["lock:days/2026-01-05"])
        time.sleep(1.0)
        for _ in range(2):
            with pytest.raises(PassingError, match="days/2026-01-05: the lease in Redis was lost"):
                hold.check()
            Redis(redis.url).run("redis.call('DEL', KEYS[1])", ["lock:days/2026-01-05"])
            time.sleep(1.0)


def test_a_stage_whose_day_is_lost_asks_no_more(
    tmp_path: Path, server: JudgeServer, redis: RedisServer
) -> None:
    warehouse = judged_world(tmp_path, 60, in_flight=2)
    server.latency_s = 0.1
    run = judging_process(warehouse, "r1")
    until_asked(server, 10)
    steal = "redis.call('SET', KEYS[1], 'somebody else', 'PX', 1000)"
    Redis(redis.url).run(steal, ["lock:days/2026-01-05"])
    assert ended(run) == [1]
    assert 10 <= server.paid < 60
    assert verdicts(warehouse).height == 2 * server.paid
    _gone_on_with(warehouse, server)


def _gone_on_with(warehouse: Warehouse, server: JudgeServer) -> None:
    change(warehouse, in_flight=16)
    judge(warehouse, "r2")
    assert (server.calls, server.paid) == (60, 60)
    assert_books_balance(warehouse, server)

"""The purse in Redis: one budget over processes, kills, and a Redis that forgets or is away."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest

from last_mile.adapters.judge import locks
from last_mile.adapters.judge.locks import Hold
from last_mile.adapters.judge.purse import Caps
from last_mile.adapters.judge.shared_purse import SharedPurse, others_judge
from last_mile.adapters.redis_client import REDIS, Redis, prefixed
from last_mile.errors import PassingError, UserError
from last_mile_tests.servers.redis import RedisServer

JANUARY = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 1, 0, 1, tzinfo=UTC)
LATER = 4.0  # leases of three seconds have ended


def joined(
    folder: Path, url: str, caps: Caps, run: str = "r1", spent: tuple[int, int] = (0, 0)
) -> SharedPurse:
    """A purse whose run has begun, the tables saying what was spent."""
    purse = SharedPurse(folder, run, caps, Redis(url), Hold())
    with purse.starting():
        if purse.alone(others_write=False):
            purse.set_spent(*spent, JANUARY)
        else:
            purse.set_run_spent(spent[0])
    return purse


def test_what_is_reserved_counts_until_it_is_settled(tmp_path: Path, redis: RedisServer) -> None:
    purse = joined(tmp_path, redis.url, Caps(run_nano=100))
    assert purse.reserve(60, JANUARY) is None
    assert purse.reserve(60, JANUARY) == "run_cap"
    purse.settle(60, 10, JANUARY)
    assert purse.reserve(90, JANUARY) is None  # 10 + 90 = 100
    assert purse.reserve(1, JANUARY) == "run_cap"
    purse.folded()


def test_runs_of_one_month_share_its_cap_have_their_own_and_leave_no_trace_when_refused(
    tmp_path: Path, redis: RedisServer
) -> None:
    caps = Caps(run_nano=70, month_nano=100)
    first, second = (joined(tmp_path, redis.url, caps, run) for run in ("r1", "r2"))
    assert first.reserve(70, JANUARY) is None
    assert first.reserve(1, JANUARY) == "run_cap"
    assert second.reserve(31, JANUARY) == "month_cap"
    assert second.reserve(30, JANUARY) is None
    assert second.reserve(40, FEBRUARY) is None  # 30 + 40 = 70: the refused 31 are not in the run
    first.settle(70, 0, JANUARY)
    assert second.reserve(1, FEBRUARY) == "run_cap"
    assert first.reserve(70, JANUARY) is None
    for purse in (first, second):
        purse.folded()


def test_money_is_whole_numbers_beyond_what_a_float_holds(
    tmp_path: Path, redis: RedisServer
) -> None:
    cap = 2**62 + 1  # a float of it is 2**62
    purse = joined(tmp_path, redis.url, Caps(run_nano=cap), spent=(2**62 - 1, 0))
    assert purse.reserve(3, JANUARY) == "run_cap"
    assert purse.reserve(2, JANUARY) is None
    assert purse.reserve(1, JANUARY) == "run_cap"
    assert purse.reserve(0, JANUARY) is None  # a judge that costs nothing
    purse.folded()


def _spend(folder: Path, url: str, lease_s: float) -> tuple[int, int]:
    """In a process of its own: reserve 7 a thousand times, settle every other one at 5."""
    os.environ[REDIS], locks.LEASE_S = url, lease_s
    purse = joined(folder, url, Caps(run_nano=5_000))
    (folder / f"joined-{os.getpid()}").touch()
    while len(list(folder.glob("joined-*"))) < 2:  # else the other finds everything spent
        time.sleep(0.01)
    reserved = spent = 0
    for number in range(1_000):
        if purse.reserve(7, JANUARY) is not None:
            continue
        reserved += 1
        cost = 5 if number % 2 else 7
        purse.settle(7, cost, JANUARY)
        spent += cost
    time.sleep(1)  # until the other has ended too: who is alone sets the counters anew
    purse.close()
    return reserved, spent


def test_two_processes_share_a_cap_exactly_and_all_money_is_accounted_for(
    tmp_path: Path, redis: RedisServer
) -> None:
    first = joined(tmp_path, redis.url, Caps())  # keeps the others from being alone
    with get_context("spawn").Pool(2) as pool:
        args = (tmp_path, redis.url, locks.LEASE_S)
        ends = [pool.apply_async(_spend, args) for _ in range(2)]
        done = [end.get(timeout=60) for end in ends]
    spent = sum(money for _, money in done)
    assert 5_000 - 7 < spent <= 5_000  # no room for one more, and never above
    assert all(calls for calls, _ in done)
    assert _counter(redis, joined(tmp_path, redis.url, Caps())) == spent
    first.folded()


def _counter(redis: RedisServer, purse: SharedPurse) -> int:
    script = "return redis.call('HGET', KEYS[1], ARGV[1])"
    found = int(Redis(redis.url).run(script, ["purse"], purse._run))
    purse.folded()
    return found


def _killed(folder: Path, url: str, lease_s: float) -> None:
    os.environ[REDIS], locks.LEASE_S = url, lease_s
    purse = joined(folder, url, Caps(month_nano=100))
    assert purse.reserve(80, JANUARY) is None
    os.kill(os.getpid(), 9)


@pytest.mark.parametrize("shares_its_home", [True, False])
def test_what_a_killed_worker_held_counts_until_the_tables_know_better(
    tmp_path: Path, redis: RedisServer, shares_its_home: bool
) -> None:
    caps = Caps(month_nano=100)
    process = get_context("spawn").Process(
        target=_killed, args=(tmp_path / "a", redis.url, locks.LEASE_S)
    )
    process.start()
    process.join()
    assert process.exitcode == -9
    assert others_judge()
    home = tmp_path / ("a" if shares_its_home else "b")
    beside = joined(home, redis.url, caps, "r2")  # within its lease: not alone
    assert beside.reserve(21, JANUARY) == "month_cap"
    beside.folded()
    time.sleep(LATER)
    assert not others_judge()
    later = joined(home, redis.url, caps, "r3", spent=(0, 30))  # what the tables say
    # of a worker with a home of its own the tables say nothing: its 80 count on, 30 + 80 > 100
    assert later.reserve(70, JANUARY) == (None if shares_its_home else "month_cap")
    later.folded()
    at_its_home = joined(tmp_path / "a", redis.url, caps, "r4", spent=(0, 30))
    assert at_its_home.reserve(70, JANUARY) is None
    at_its_home.folded()


def _flushed(redis: RedisServer) -> None:
    Redis(redis.url).run("redis.call('FLUSHALL')", [])


def _started_again(redis: RedisServer) -> None:
    redis.kill()
    redis.start()


@pytest.mark.parametrize("forget", [_flushed, _started_again])
def test_a_redis_that_forgot_refuses_until_all_have_ended_and_the_tables_are_read(
    tmp_path: Path, redis: RedisServer, forget: object
) -> None:
    caps = Caps(month_nano=100)
    old = joined(tmp_path / "a", redis.url, caps)
    assert old.reserve(60, JANUARY) is None
    assert callable(forget)
    forget(redis)
    with pytest.raises(PassingError, match="does not hold what workers have set aside"):
        old.reserve(1, JANUARY)
    with pytest.raises(PassingError, match="until all of them have ended"):
        joined(tmp_path / "b", redis.url, caps, "r2")  # the old one has told that it lives
    old.settle(60, 50, JANUARY)
    old.folded()
    new = joined(tmp_path / "b", redis.url, caps, "r2", spent=(0, 50))
    assert new.reserve(51, JANUARY) == "month_cap"
    assert new.reserve(50, JANUARY) is None
    new.folded()


def test_a_worker_that_was_not_heard_of_asks_no_more_and_what_it_holds_counts_again(
    tmp_path: Path, redis: RedisServer
) -> None:
    caps = Caps(month_nano=100)
    silent = joined(tmp_path / "a", redis.url, caps)
    assert silent.reserve(60, JANUARY) is None
    silent.close()  # as if it was stopped: no sign of life
    _flushed(redis)
    new = joined(tmp_path / "b", redis.url, caps, "r2")  # nobody said they hold anything
    assert new.reserve(30, JANUARY) is None
    assert not silent._beat()  # it wakes
    assert new.reserve(11, JANUARY) == "month_cap"  # 30 + 60 + 11 > 100
    with pytest.raises(PassingError, match="not heard of for too long"):
        silent.reserve(1, JANUARY)
    for purse in (silent, new):
        purse.folded()


def test_without_redis_nothing_is_set_aside_and_the_sentence_says_where_without_the_password(
    tmp_path: Path, redis: RedisServer
) -> None:
    purse = joined(tmp_path, redis.url.replace("redis://", "redis://:hush@"), Caps())
    redis.kill()
    with pytest.raises(PassingError, match=rf"127.0.0.1:{redis.port} does not answer") as told:
        purse.reserve(1, JANUARY)
    assert "hush" not in str(told.value)
    assert told.value.__cause__ is None
    purse.settle(1, 1, JANUARY)  # calls in flight are settled all the same
    purse.folded()


@pytest.mark.parametrize("address", ["nonsense:hush", "redis://host:port:hush"])
def test_an_address_that_is_none_is_a_sentence_without_the_password(address: str) -> None:
    with pytest.raises(UserError, match="is no address of a Redis") as told:
        Redis(address)
    assert "hush" not in str(told.value)


def test_those_that_reserve_at_once_in_threads_never_exceed_the_cap(
    tmp_path: Path, redis: RedisServer
) -> None:
    purses = [joined(tmp_path, redis.url, Caps(run_nano=1_000)) for _ in range(4)]

    def reserved(purse: SharedPurse) -> int:
        return sum(purse.reserve(7, JANUARY) is None for _ in range(100))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(reserved, purses)) == 142  # 142 * 7 = 994, and 143 * 7 > 1000
    for purse in purses:
        purse.folded()
    accounts = f"return #redis.call('KEYS', '{prefixed('account:')}*')"
    assert Redis(redis.url).run(accounts, []) == 0

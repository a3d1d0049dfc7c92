"""Judging in a process of its own, for tests that kill it or start two.

A process is forked from a clean one that has imported what is slow to import. Not here: tests.
"""

from __future__ import annotations

import functools
import os
import time
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess

from last_mile.adapters.judge import journal, locks, online
from last_mile.adapters.judge.client import litellm
from last_mile.adapters.judge.stage import judge_days
from last_mile.adapters.redis_client import REDIS
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.scenario import DAYS


def judging_process(
    warehouse: Warehouse, run: str, days: Days = DAYS, *, short_segments: bool = False
) -> ForkServerProcess:
    """Start judging; what it raises stands on its standard error, and its exit code is 1."""
    url = os.environ["OPENAI_API_BASE"]
    redis = os.environ.get(REDIS, "")
    asked = (warehouse.home, days, run, url, short_segments, redis, locks.LEASE_S)
    process = _context().Process(target=_judge, args=asked)
    process.start()
    return process


def until_asked(server: JudgeServer, n: int) -> None:
    """Wait for so many calls."""
    deadline = time.monotonic() + 60
    while server.calls < n:
        assert time.monotonic() < deadline, f"{server.calls} of {n} calls after a minute"
        time.sleep(0.005)


def kill(process: ForkServerProcess) -> None:
    """`kill -9`, and wait for it."""
    process.kill()
    process.join()
    assert process.exitcode == -9


def ended(*processes: ForkServerProcess) -> list[int | None]:
    """Wait for processes; their exit codes."""
    for process in processes:
        process.join(timeout=100)
    return [process.exitcode for process in processes]


@functools.cache
def _context() -> ForkServerContext:
    litellm()  # sets the variables under which the clean process imports it
    context = get_context("forkserver")
    context.set_forkserver_preload(["litellm", __name__])
    return context


def _judge(
    home: str, days: Days, run: str, url: str, short_segments: bool, redis: str, lease_s: float
) -> None:
    os.environ.update({"OPENAI_API_BASE": url, "OPENAI_API_KEY": "no-key", REDIS: redis})
    locks.LEASE_S = lease_s
    if short_segments:  # and the disk and the tables are seen to all the time
        journal._LINES_OF_A_SEGMENT, online._SYNC_EVERY_S = 20, 0.02
    judge_days(Warehouse(home=home), days, run)

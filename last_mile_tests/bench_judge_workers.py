"""`make bench-judge-workers`: the judge stage of many days, by 1 to 8 processes and one Redis.

The server answers after half a second and each worker has few calls in flight, so that workers are
what is short, not this machine. All are on one machine and share its cores: read the ratios.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from last_mile.adapters.judge.client import litellm
from last_mile.adapters.judge.locks import holding
from last_mile.adapters.judge.stage import judge_days
from last_mile.adapters.lake_address import CATALOG, DATA
from last_mile.adapters.redis_client import REDIS
from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.bench_judge import days_of, served, world
from last_mile_tests.servers.postgres import Postgres, postgres
from last_mile_tests.servers.redis import redis_server

LATENCY_MS, IN_FLIGHT = 500, 4
WORKERS = (1, 2, 4, 8)


def work(home: Path, days: list[int]) -> None:
    """One worker: judge these days, one after another, once a line on standard input says so."""
    litellm()
    warehouse = Warehouse(home=str(home))
    warehouse.read("day_range")
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    for day in days:
        judge_days(warehouse, days_of(day), "bench")


def seconds(home: Path, workers: int, days: int) -> float:
    """From the word until the last worker has ended; starting Python is not counted."""
    command = [sys.executable, "-m", "last_mile_tests.bench_judge_workers", "--work", str(home)]
    running = [
        subprocess.Popen(
            [*command, *(str(day) for day in range(first + 1, days + 1, workers))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for first in range(workers)
    ]  # fmt: skip
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    started = time.perf_counter()
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        assert process.wait() == 0
    return time.perf_counter() - started


def measured(workers: int, days: int, per_day: int, server: Postgres | None) -> float:
    """Calls a second; every conversation was paid once, and the shared counter is the tables'."""
    with tempfile.TemporaryDirectory() as folder:
        if server:
            os.environ[CATALOG], os.environ[DATA] = server.new_database(), f"{folder}/data"
        warehouse = world(Path(folder), days, per_day, in_flight=IN_FLIGHT)
        home = warehouse.installation.home
        with holding(home / "judge", "warm-up"):  # an empty Redis lets nobody in for a lease
            pass
        took = seconds(home, workers, days)
        answered = warehouse.read("judge_calls").filter(result="answered").height
        assert answered == days * per_day, f"{answered} of {days * per_day} were paid once"
    return days * per_day / took


def main() -> None:
    """Everything, or one worker."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--days", type=int, default=8)
    parser.add_argument("--per-day", type=int, default=100)
    parser.add_argument("--lake", action="store_true", help="tables in a lake, not in one file")
    parser.add_argument("--work", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        home, *days = given.work
        work(Path(home), [int(day) for day in days])
        return
    print(  # noqa: T201
        f"{given.days} days of {given.per_day} conversations, {LATENCY_MS} ms a call, {IN_FLIGHT} "
        f"calls in flight a worker (so {IN_FLIGHT * 1000 // LATENCY_MS} calls/s each at most), "
        f"{os.cpu_count()} cores for all"
    )
    with ExitStack() as stack:
        os.environ[REDIS] = stack.enter_context(redis_server()).url
        stack.enter_context(served(LATENCY_MS))
        server = stack.enter_context(postgres()) if given.lake else None
        one = 0.0
        for workers in WORKERS:
            rate = measured(workers, given.days, given.per_day, server)
            one = one or rate
            print(f"{workers} worker(s): {rate:6.1f} calls/s, {rate / one:.2f} x one")  # noqa: T201


if __name__ == "__main__":
    main()

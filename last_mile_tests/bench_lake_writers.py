"""`make bench-lake-writers`: processes that overwrite days of a lake at once, and faults meanwhile.

Every line says what became of the rows. All processes, PostgreSQL and the store share this machine:
read the ratios. Not here: the same as tests (lake/).
"""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import click
import polars as pl

from last_mile.adapters.lake_address import CATALOG, DATA, ENDPOINT
from last_mile.adapters.warehouse import Days, Warehouse, lake_tries
from last_mile_tests.lake.rows import FIRST, flags
from last_mile_tests.servers.postgres import Postgres, postgres
from last_mile_tests.servers.refusing import Refusing
from last_mile_tests.servers.store import new_bucket, store

ROWS = 1_000  # of a day
SPAN = [FIRST + timedelta(days=n) for n in range(4)]
_S3 = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
_PAUSE_S = 1.5  # before a worker is killed
_UP_S, _DOWN_S = 5.0, 0.5  # of a catalog that is killed again and again
Fault = Callable[[list[BaseProcess], threading.Event], None]


@dataclass(frozen=True)
class Case:
    """Workers with the days that each of them overwrites, and what happens meanwhile."""

    name: str
    workers: Sequence[Sequence[date]]
    fault: Fault | None = None


def overwrite(home: str, name: str, days: Sequence[date], times: int, go: Event) -> None:
    """One worker: replace its days over and over; noted is how often something was tried again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # DuckDB's bars of progress, of slow statements
    kinds, pause_after = Counter[str](), lake_tries.Tries.pause_after

    def counted(tries: lake_tries.Tries, error: Exception) -> float | None:
        kinds[lake_tries.kind_of(error)] += 1
        return pause_after(tries, error)

    lake_tries.Tries.pause_after = counted  # type: ignore[method-assign,assignment]
    warehouse = Warehouse(home=home)
    warehouse.last_change()
    Path(home, f"{name}.ready").touch()
    go.wait()
    for n in range(times):
        for day in days:
            rows = flags(*(f"{day}-{i}" for i in range(ROWS)), day=day, evidence=f"{name} {n}")
            warehouse.replace("heuristic_flags", rows, Days(day, day + timedelta(days=1)))
    Path(home, f"{name}.tries").write_text(json.dumps(kinds), encoding="utf-8")


def measured(case: Case, home: Path, times: int, catalog: Callable[[], int]) -> tuple[float, str]:
    """Writes a second, and a line of counts."""
    warehouse = Warehouse(home=str(home))
    warehouse.read("heuristic_flags")  # the lake is there
    context = multiprocessing.get_context("spawn")
    go, over = context.Event(), threading.Event()

    def started(n: int) -> BaseProcess:
        given = (str(home), f"w{n}", case.workers[n], times, go)
        worker = context.Process(target=overwrite, args=given, daemon=True)
        worker.start()
        return worker

    workers = [started(n) for n in range(len(case.workers))]
    while len(list(home.glob("*.ready"))) < len(workers):
        assert all(worker.is_alive() for worker in workers), f"{case.name}: a worker did not begin"
        time.sleep(0.05)
    rolled_back, began = catalog(), time.perf_counter()
    go.set()
    if case.fault:
        faults = threading.Thread(target=case.fault, args=(workers, over), daemon=True)
        faults.start()
    killed = 0
    for n, worker in enumerate(workers):
        worker.join()
        if worker.exitcode:  # as a step that is executed again
            killed += 1
            workers[n] = started(n)
            workers[n].join()
            assert not workers[n].exitcode, f"{case.name}: a worker did not end"
    over.set()
    if case.fault:
        faults.join()
    assert killed == (case.fault is _kill_a_worker), f"{case.name}: {killed} killed; more --times?"
    took = time.perf_counter() - began
    kinds = sum((Counter(json.loads(file.read_text())) for file in home.glob("*.tries")), Counter())
    rows = warehouse.read("heuristic_flags")
    keys = rows.select("conversation_id", "day").n_unique()
    expected = ROWS * len({day for days in case.workers for day in days})
    whole = rows.group_by("day").agg(pl.col("evidence").n_unique())["evidence"].to_list()
    rate = times * sum(map(len, case.workers)) / took
    return rate, (
        f"{kinds['conflict']:9} {kinds['away']:6} {max(catalog() - rolled_back, 0):12} "
        f"{expected - keys:5} {rows.height - keys:8} {sum(n != 1 for n in whole):6}"
    )


def _kill_a_worker(workers: list[BaseProcess], _over: threading.Event) -> None:
    time.sleep(_PAUSE_S)
    workers[0].kill()


def _restart(server: Postgres) -> Fault:
    def restart(_workers: list[BaseProcess], over: threading.Event) -> None:
        while not over.wait(_UP_S):
            server.kill()
            time.sleep(_DOWN_S)
            server.start()

    return restart


@click.command()
@click.option("--times", default=8, show_default=True, help="How often a worker writes its days.")
def main(times: int) -> None:
    """Print a line for each case."""
    with ExitStack() as stack:
        server, objects = stack.enter_context(postgres()), stack.enter_context(store())
        proxy = stack.enter_context(Refusing(objects, share=0.0, seed=1))
        os.environ.update(_S3)
        os.environ[ENDPOINT] = proxy.address
        each = [[day] for day in SPAN]
        cases = [
            Case("1 worker, 4 days in turn", [SPAN]),
            Case("4 workers, a day each", each),
            Case("2 workers, the same day", [SPAN[:1]] * 2),
            Case("4 workers, the same day", [SPAN[:1]] * 4),
            Case("a day each, one killed -9", each, _kill_a_worker),
            Case("a day each, catalog killed", each, _restart(server)),
            Case("a day each, store refuses 5 %", each),
        ]
        click.echo(
            f"{times} times a day of {ROWS:,} rows; tried again: conflicts here, server or store "
            "away; rolled back: in PostgreSQL"
        )
        click.echo(f"{'':30} writes/s  x one conflicts   away  rolled back  lost  doubled  mixed")
        one = 0.0
        for case in cases:
            proxy.share = 0.05 if "refuses" in case.name else 0.0
            with tempfile.TemporaryDirectory() as folder:
                os.environ[CATALOG] = server.new_database()
                os.environ[DATA] = f"s3://{new_bucket(objects)}/tables"
                home = Path(folder, "home")
                rate, counts = measured(case, home, times, lambda: _rolled_back(server))
            one = one or rate
            click.echo(f"{case.name:30} {rate:8.1f} {rate / one:6.2f} {counts}")
        click.echo(f"the store refused {proxy.refused} of {proxy.refused + proxy.passed} requests")


def _rolled_back(server: Postgres) -> int:
    """Transactions of the catalog that were rolled back; a killed server has forgotten them."""
    database = os.environ[CATALOG].rpartition("/")[2]
    query = f"select xact_rollback from pg_stat_database where datname = '{database}'"
    return int(server.rows("postgres", query)[0][0])


if __name__ == "__main__":
    main()

"""`make bench-scale`: what a core does on a lake, what two do, how large a worker gets; the sizing.

Each worker is a process bound to one core. The servers (PostgreSQL, the store) are on the same
machine and take from the same cores: rates are lower than with servers of their own.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import click

from last_mile.adapters.flag_source import SHARD, build_flags
from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.judge.planning import Planned, plan_judge
from last_mile.adapters.lake_address import CATALOG, DATA
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.demo.drops import write_drops
from last_mile.run.runs import runs_of
from last_mile_tests.bench_orchestration import BODIES, one_body
from last_mile_tests.servers.postgres import Postgres, postgres

FIRST = date(2026, 1, 5)
DAY_SIZES = (10**5, 10**7, 10**9)
BUSY_S = 8 * 3600  # of a night, in which a day is to be done
JUDGE = "gpt-4o-mini"  # of its price only
_FLAGS = "heuristic_flags"


def work(home: str, core: int, first: int, last: int) -> None:
    """A worker: on one core, the flags of rules of some days; how long, and its peak memory."""
    os.sched_setaffinity(0, {core})
    warehouse = Warehouse(home=home)
    rubric = warehouse.installation.rubric()
    warehouse.read("day_range")
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    started = time.perf_counter()
    for n in range(first, last):
        build_flags(warehouse, _days(n), rubric.heuristics, others_stay=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(time.perf_counter() - started, peak, flush=True)  # noqa: T201


def workers(home: Path, spans: list[tuple[int, int]]) -> tuple[float, float]:
    """Seconds until the last worker has ended, one a span of days; the largest peak in MB."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "last_mile_tests.bench_scale",
        "--work",
        str(home),
    ]
    running = [
        subprocess.Popen(
            [*command, str(core), str(first), str(last)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for core, (first, last) in enumerate(spans)
    ]  # fmt: skip
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    told = []
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        assert process.stdout
        told.append([float(word) for word in process.stdout.readline().split()])
        assert process.wait() == 0
    return max(seconds for seconds, _ in told), max(peak for _, peak in told)


@contextmanager
def lake(server: Postgres, conversations: int, days: int) -> Iterator[Installation]:
    """A home on an empty lake, with its drops landed and its conversations built."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ[CATALOG] = server.new_database()
        os.environ[DATA] = f"{folder}/data"
        drops = Path(folder) / "drops"
        write_drops(drops, conversations, days, 1, "confounded", FIRST)
        installation = Installation.at(Path(folder) / "home")
        installation.save(Settings(str(drops)))
        started = time.perf_counter()
        with runs_of(installation) as runs:
            runs.execute("land_drops")
        _say("landing", conversations / (time.perf_counter() - started))
        yield installation


def stages(installation: Installation, conversations: int, days: int) -> float:
    """Print the rate of every table of a day, its body called directly; seconds of all of them."""
    warehouse, took = Warehouse(home=str(installation.home)), dict[str, float]()
    for n in range(days):
        for body in BODIES:
            started = time.perf_counter()
            name = body.key.to_user_string()
            if name == "outcome_events":  # its body logs what it built, which needs a run
                warehouse.build(name, _days(n))
            else:
                one_body(warehouse, FIRST + timedelta(days=n), body)
            took[name] = took.get(name, 0.0) + time.perf_counter() - started
    for name, seconds in took.items():
        _say(name, conversations / seconds)
    return sum(took.values())


def stored(server: Postgres, folder: Path, conversations: int, days: int) -> float:
    """Print what the lake takes; bytes of Parquet a conversation."""
    files = [file for file in folder.rglob("*.parquet") if "delete" not in file.name]
    size = sum(file.stat().st_size for file in files) / conversations
    name = os.environ[CATALOG].rpartition("/")[2]
    rows = server.rows(name, "select count(*) from ducklake_snapshot")[0][0]
    click.echo(
        f"Parquet {size:,.0f} bytes a conversation; {len(files) / days:,.0f} files and "
        f"{rows / days:,.0f} transactions of the catalog a day of tables"
    )
    return size


def judged(installation: Installation, days: int) -> Planned:
    """Print what a real judge would be paid for these conversations; nothing is asked."""
    settings = replace(installation.settings(), judge=JUDGE)
    installation.save(settings)
    planned = plan_judge(Warehouse(home=str(installation.home)), _days(0, days))
    plan, model = planned.plan, planned.model
    click.echo(
        f"{JUDGE} (LiteLLM's price table): {plan.calls / plan.n_conversations:.2f} calls, "
        f"{plan.usage.prompt / plan.n_conversations:,.0f} + "
        f"{plan.usage.completion / plan.n_conversations:,.0f} tokens a conversation; as batches "
        f"{plan.usd(model.batch_price) / plan.usd(model.price):.2f} of the price"
    )
    return planned


def sizing(rate: float, size: float, planned: Planned) -> None:
    """What days of other sizes take by these figures, in proportion."""
    n_planned, calls = planned.plan.n_conversations, planned.plan.calls
    dollars = planned.plan.usd(planned.model.price) / n_planned
    click.echo(
        f"\nconversations a day   cores, to end in {BUSY_S // 3600} h   core-hours a day   "
        f"Parquet a day   calls in flight at 500 ms   {JUDGE} for all"
    )
    for n in DAY_SIZES:
        in_flight = n * calls / n_planned * 0.5 / BUSY_S
        click.echo(
            f"{n:>19,}   {n / rate / BUSY_S:>18,.1f}   {n / rate / 3600:>16,.1f}   "
            f"{n * size / 1e9:>10,.1f} GB   {in_flight:>25,.1f}   {n * dollars:>18,.0f} $"
        )


def main() -> None:
    """Everything, or one worker."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--conversations", type=int, default=8_000)
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        home, *numbers = given.work
        work(home, *(int(number) for number in numbers))
        return
    days, n = 4, given.conversations
    with postgres() as server:
        click.echo(f"{n:,} conversations of {days} days, conversations a second (rules judge):")
        with lake(server, n, days) as installation:
            rate = n / stages(installation, n, days)
            click.echo(f"all tables of a day    {rate:,.0f} on {os.cpu_count()} cores")
            size = stored(server, Path(os.environ[DATA]), n, days)
            planned = judged(installation, days)
            one, _ = workers(installation.home, [(0, days)])
            two, _ = workers(installation.home, [(0, days // 2), (days // 2, days)])
            click.echo(f"{_FLAGS} by two workers {one / two:.2f} x one, each on a core of its own")
        sizing(rate / (os.cpu_count() or 1), size, planned)
        for times in (1, 4):
            with lake(server, times * SHARD, 1) as installation:
                one_body(Warehouse(home=str(installation.home)), FIRST, BODIES[0])
                _, peak = workers(installation.home, [(0, 1)])
                click.echo(f"a day of {times * SHARD:,}: a worker's peak is {peak:,.0f} MB")


def _days(first: int, n: int = 1) -> Days:
    day = FIRST + timedelta(days=first)
    return Days(day, day + timedelta(days=n))


def _say(what: str, rate: float) -> None:
    click.echo(f"{what:22} {rate:10,.0f}")


if __name__ == "__main__":
    main()

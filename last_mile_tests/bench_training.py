"""`make bench-training`: from labelled conversations to a finished release, step by step.

The reference, in the same run: DuckDB writing the same rows as JSON lines, which examines nothing.
Not a test: it asserts nothing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import click
import duckdb
import psutil

from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.training.fragments import TABLES, tier_fragments
from last_mile.demo.drops import FIRST_DAY
from last_mile_tests.training_run import STEPS
from last_mile_tests.training_world import write_world

GIGABYTE = 1 << 30


def main() -> None:
    """Run the benchmark and print one line per step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=60)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        # in a process of its own: its memory is not what is measured
        maker = multiprocessing.get_context("spawn").Process(
            target=write_world, args=(home, options.conversations, options.days, 1, "causal")
        )
        maker.start()
        maker.join()
        if maker.exitcode:
            raise SystemExit("the world could not be made; what stopped it stands above")
        _bench(Warehouse(home=str(home)), options.conversations, options.days)


def _bench(warehouse: Warehouse, conversations: int, days: int) -> None:
    click.echo(f"{conversations:,} labelled conversations of {days} days, demo world `causal`")
    rubric, span = warehouse.installation.rubric(), Days(FIRST_DAY, FIRST_DAY + timedelta(days))
    warehouse.replace("quality_tiers", warehouse.read("quality_tiers", Days(date.min, date.min)))
    peak = multiprocessing.get_context("fork").Value("d", 0.0)
    watcher = multiprocessing.get_context("fork").Process(
        target=_watch, args=(psutil.Process().pid, peak), daemon=True
    )
    watcher.start()
    seconds = _timed(
        "quality_tiers", lambda: warehouse.build("quality_tiers", span, tier_fragments(rubric))
    )
    for asset in STEPS:
        last = _timed(asset.key.to_user_string(), partial(asset, warehouse=warehouse))
        seconds += last
    watcher.terminate()
    click.echo(f"{'labelled conversations to release':<36} {seconds:8.1f} s")
    click.echo(f"{'peak memory, all processes':<36} {peak.value / GIGABYTE:8.2f} GB")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    click.echo(f"{'  of this process':<36} {own:8.2f} GB")
    for step, n in warehouse.read("training_funnel").iter_rows():
        click.echo(f"  {step:<36} {n:>10,}")
    copied = _copied(warehouse)
    click.echo(
        f"training_release over a plain COPY of its rows ({copied:.1f} s): {last / copied:.0f} x"
    )


def _timed(name: str, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    click.echo(f"  {name:<34} {seconds:8.1f} s")
    return seconds


def _watch(pid: int, peak: object) -> None:
    """Note the most memory that a process and its children hold together."""
    process = psutil.Process(pid)
    while True:
        held = 0
        for one in (process, *process.children(recursive=True)):
            try:
                held += one.memory_info().rss
            except psutil.Error:
                continue
        peak.value = max(peak.value, held)  # type: ignore[attr-defined]
        time.sleep(0.1)


def _copied(warehouse: Warehouse) -> float:
    """Seconds that DuckDB takes to write the same rows as JSON lines."""
    started = time.perf_counter()
    path = str(warehouse.installation.warehouse)
    with tempfile.TemporaryDirectory() as out, duckdb.connect(path, read_only=True) as connection:
        for table in TABLES.values():
            answers = "chosen, rejected" if table == "dpo_pairs" else "completion"
            rows = f"select prompt, {answers} from {table} order by row_id"
            connection.execute(f"copy ({rows}) to '{out}/{table}.jsonl' (format json)")
    return time.perf_counter() - started


if __name__ == "__main__":
    main()

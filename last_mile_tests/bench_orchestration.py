"""What Dagster adds to a day: a backfill of almost empty days beside the same work called directly.

Three ways in one run: bodies and checks as plain calls, a backfill in one process, and the same
in four.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import click
import dagster as dg

from last_mile.adapters.expectations import run_check
from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.expectation import STAGE_CHECKS
from last_mile.defs import cells, conversations, outcomes, tiers
from last_mile.defs.judging import JudgeWatch
from last_mile.run.days import build_days
from last_mile.run.runs import Asked, no_progress, runs_of
from last_mile_tests.defs.watched import RUBRIC
from last_mile_tests.scenario import conversation, json_lines

FIRST = date(2026, 1, 1)
BODIES = (
    conversations.conversations, conversations.rejected_lines, conversations.heuristic_flags,
    conversations.judge_verdicts, conversations.judge_flags, outcomes.outcome_events,
    outcomes.outcomes, outcomes.labeled_conversations, cells.stat_cells, tiers.quality_tiers,
)  # fmt: skip
CONFIGURED: Mapping[str, Mapping[str, Any]] = {
    "heuristic_flags": {"config": conversations.MetricsConfig()},
    "judge_verdicts": {"config": conversations.MetricsConfig(), "judge_watch": JudgeWatch()},
    "outcome_events": {"config": outcomes.EventsConfig()},
}


@click.command()
@click.option("--days", default=30, show_default=True)
@click.option("--parallel", default=4, show_default=True)
def main(days: int, parallel: int) -> None:
    """Print seconds per day each way."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    with TemporaryDirectory() as folder:
        home = _landed(Path(folder), days)
        dates = [FIRST + timedelta(days=n) for n in range(days)]
        for day in dates[:1]:  # imports and caches
            _directly(home, day)
            _backfill(home, [day], 1)
        direct = sum(_timed(lambda day=day: _directly(home, day)) for day in dates)  # type: ignore[misc]
        backfill = _timed(lambda: _backfill(home, dates, 1))
        at_once = _timed(lambda: _backfill(home, dates, parallel))
    click.echo(f"{days} days of one conversation, {len(BODIES)} tables, {_checks()} checks a day")
    click.echo(f"bodies and checks called directly        {direct / days:6.2f} s a day")
    over = (backfill - direct) / days
    click.echo(
        f"backfill in one process                  {backfill / days:6.2f} s a day, "
        f"{over:.2f} s of it Dagster's ({backfill / direct:.2f} x)"
    )
    click.echo(
        f"backfill in {parallel} processes, start included    {at_once / days:6.2f} s a day "
        f"({at_once / backfill:.2f} x of one process)"
    )


def _landed(folder: Path, days: int) -> Installation:
    drops = folder / "drops"
    drops.mkdir()
    rows = [
        conversation(f"c{n}", started_at=f"{FIRST + timedelta(days=n)}T10:00:00Z")
        for n in range(days)
    ]
    (drops / "conversations.jsonl").write_bytes(json_lines(rows))
    (folder / "rubric.yaml").write_text(RUBRIC)
    installation = Installation.at(folder / "home")
    installation.save(Settings(str(drops), str(folder / "rubric.yaml")))
    with runs_of(installation) as runs:
        runs.execute("land_drops")
    return installation


def _directly(installation: Installation, day: date) -> None:
    """The bodies of a day's tables in order, each followed by its checks."""
    warehouse = Warehouse(home=str(installation.home))
    days = Days(day, day + timedelta(days=1))
    for body in BODIES:
        name = body.key.to_user_string()
        one_body(warehouse, day, body)
        for check in STAGE_CHECKS:
            if check.asset == name and check.daily:
                run_check(warehouse, check, days)


def one_body(warehouse: Warehouse, day: date, body: dg.AssetsDefinition) -> None:
    """The body of one table on one day, called directly."""
    context = SimpleNamespace(
        partition_key=day.isoformat(), run=SimpleNamespace(tags={}, run_id="direct")
    )
    compute = body.op.compute_fn.decorated_fn.__wrapped__  # type: ignore[union-attr]
    compute(context, warehouse=warehouse, **CONFIGURED.get(body.key.to_user_string(), {}))


def _backfill(installation: Installation, dates: list[date], parallel: int) -> None:
    with runs_of(installation) as runs:
        build_days(runs, [Asked("daily", day) for day in dates], no_progress, parallel)
        if runs.summary.failures:
            raise SystemExit(runs.summary.failures[0])


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _checks() -> int:
    return sum(check.daily for check in STAGE_CHECKS)


if __name__ == "__main__":
    main()

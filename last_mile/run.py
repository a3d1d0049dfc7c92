"""The main job as the command line runs it: which runs, in which order, on which instance.

Not here: what a run does (defs/), how its end is shown (cli.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError

from last_mile.adapters.installation import Installation
from last_mile.adapters.warehouse import Warehouse
from last_mile.definitions import defs
from last_mile.errors import UserError

Progress = Callable[[str, int, int], None]
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_PACKAGED = Path(__file__).parent / "dagster.yaml"
_INSTANCE_FILE = _PACKAGED if _PACKAGED.is_file() else Path(__file__).parents[1] / "dagster.yaml"


@dataclass(slots=True)
class RunSummary:
    """How the main job ended."""

    days: int = 0
    failures: list[str] = field(default_factory=list)  # one sentence per run that stopped


def run_everything(
    installation: Installation,
    first: date | None = None,
    last: date | None = None,
    progress: Progress = lambda _stage, _done, _total: None,
) -> RunSummary:
    """Land the drops, build every day, then the evidence and the report.

    Days are built newest first: a day's outcomes read the outcome events of the days after it.

    Args:
        installation: Where, with saved settings.
        first: Earliest conversation day to build; None for all.
        last: Latest conversation day to build.
        progress: Told the stage, runs done and runs in all.

    Returns:
        Counts, and a sentence for every run a blocking check stopped.

    Raises:
        UserError: A file, the rubric or the judge cannot be used; what was done is kept.
    """
    summary = RunSummary()
    with instance_of(installation) as instance:
        progress("landing the drops", 0, 1)
        _execute("land_drops", instance, summary)
        if summary.failures:
            raise UserError(f"the drops do not reconcile; nothing was built: {summary.failures[0]}")
        days = _days(Warehouse(home=str(installation.home)), first, last)
        for done, (day, job) in enumerate(days):
            progress(f"day {day}", done, len(days))
            _execute(job, instance, summary, day)
        summary.days = sum(job == "daily" for _, job in days)
        progress("evidence and report", len(days), len(days))
        _execute("evidence", instance, summary)
    return summary


def instance_of(installation: Installation) -> dg.DagsterInstance:
    """The Dagster instance of an installation; the UI shows the same history."""
    installation.dagster_home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_INSTANCE_FILE, installation.dagster_home / "dagster.yaml")
    return dg.DagsterInstance.from_config(str(installation.dagster_home))


def rebuild_report(installation: Installation) -> RunSummary:
    """Run the evidence job alone, on the tables as they are."""
    summary = RunSummary()
    with instance_of(installation) as instance:
        _execute("evidence", instance, summary)
    return summary


@cache
def _definitions() -> dg.Definitions:
    return defs()


def _days(warehouse: Warehouse, first: date | None, last: date | None) -> list[tuple[date, str]]:
    """Days to build, newest first, with the job of each.

    Days outside the range are built as far as their outcome events go: the range's outcomes read
    them.
    """
    jobs = []
    for day, has_lines, has_events in warehouse.read("days_to_build").iter_rows():
        wanted = (first is None or day >= first) and (last is None or day <= last)
        if has_lines and wanted:
            jobs.append((day, "daily"))
        elif has_events:
            jobs.append((day, "outcome_day"))
    return jobs


def _execute(
    job: str, instance: dg.DagsterInstance, summary: RunSummary, day: date | None = None
) -> None:
    """One Dagster run in this process; a blocking check that fails is noted, not raised."""
    home = str(Path(instance.root_directory).parent)
    resources: Mapping[str, Any] = {"warehouse": Warehouse(home=home)}
    try:
        _definitions().resolve_job_def(job).execute_in_process(
            instance=instance,
            partition_key=day.isoformat() if day else None,
            resources=resources,
            run_config=_QUIET,
        )
    except DagsterAssetCheckFailedError as error:
        where = f"day {day}" if day else job
        summary.failures.append(f"{where}: {error}")

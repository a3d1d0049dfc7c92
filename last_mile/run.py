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
from last_mile.adapters.log_drop import find_drop_files
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
        warehouse = Warehouse(home=str(installation.home))
        _require_logs(warehouse, installation)
        days = _days(warehouse, first, last)
        for done, (day, job) in enumerate(days):
            progress(f"day {day}", done, len(days))
            _execute(job, instance, summary, day)
        summary.days = sum(job == "daily" for _, job in days)
        progress("evidence and report", len(days), len(days))
        _execute("evidence", instance, summary)
    return summary


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to."""

    files: int  # read again
    gone: list[str]  # files with refused lines that are no longer in the drop folder
    before: int  # refused lines
    after: int
    summary: RunSummary


def replay_rejected(
    installation: Installation,
    reason: str | None = None,
    progress: Progress = lambda _stage, _done, _total: None,
) -> Replayed:
    """Read files with refused lines again and build the days that this changed.

    Args:
        installation: Where, with saved settings.
        reason: Only files with lines refused for this reason.
        progress: As for run_everything.

    Returns:
        Refused lines before and after, and how the runs ended.

    Raises:
        UserError: A file cannot be read.
    """
    warehouse = Warehouse(home=str(installation.home))
    refused = warehouse.read("rejected_places")
    if reason is not None:
        refused = refused.filter(refused["reason"] == reason)
    wanted = set(refused["file"])
    present = {file.name for file in find_drop_files(Path(installation.settings().drops))}
    seen = warehouse.last_change()
    summary = RunSummary()
    with instance_of(installation) as instance:
        progress("landing the drops", 0, 1)
        again = {"config": {"again": sorted(wanted & present)}}
        ops = dict.fromkeys(("conversation_logs", "outcome_logs", "label_logs"), again)
        _execute("land_drops", instance, summary, ops=ops)
        changed = warehouse.read("changed_days")
        due = changed.filter(changed["change"] > seen, changed["work"] != "recorded_labels")
        jobs = [(day, "outcome_day" if work == "events" else "daily")
                for _, day, work, _ in due.sort("work", descending=True).iter_rows()]  # fmt: skip
        for done, (day, job) in enumerate(jobs):
            progress(f"day {day}", done, len(jobs))
            _execute(job, instance, summary, day)
        if jobs:
            progress("evidence and report", len(jobs), len(jobs))
            _execute("evidence", instance, summary)
    after = warehouse.read("rejected_places").height
    return Replayed(len(wanted & present), sorted(wanted - present), refused.height, after, summary)


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


def _require_logs(warehouse: Warehouse, installation: Installation) -> None:
    """Stop when no file was recognised: an empty report would look like an answer."""
    files = warehouse.read("log_files").filter(kind="conversations")
    if not set(files["status"]) & {"landed", "unreadable"}:
        looked_at = ", ".join(files["file"][:5])
        raise UserError(
            f"no file in {installation.settings().drops} is a conversation log by its name or "
            f"content; looked at {looked_at}; say what they are with --format"
        )


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
    job: str,
    instance: dg.DagsterInstance,
    summary: RunSummary,
    day: date | None = None,
    ops: Mapping[str, Any] | None = None,
) -> None:
    """One Dagster run in this process; a blocking check that fails is noted, not raised."""
    home = str(Path(instance.root_directory).parent)
    resources: Mapping[str, Any] = {"warehouse": Warehouse(home=home)}
    try:
        _definitions().resolve_job_def(job).execute_in_process(
            instance=instance,
            partition_key=day.isoformat() if day else None,
            resources=resources,
            run_config={**_QUIET, "ops": ops or {}},
        )
    except (DagsterAssetCheckFailedError, dg.Failure) as error:
        where = f"day {day}" if day else job
        summary.failures.append(f"{where}: {error}")

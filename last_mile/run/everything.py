"""The main job: land the drops, build every day, then the evidence and a training release.

Or the evidence alone, or the release alone.

Not here: what a run does (defs/), how its end is shown (console.py).
"""

from __future__ import annotations

from datetime import date

from last_mile.adapters.installation import Installation
from last_mile.adapters.releases import NothingToReleaseError
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.tier_lift import tier_verdicts
from last_mile.errors import UserError
from last_mile.run.runs import (
    Progress,
    Runs,
    RunSummary,
    Watch,
    no_progress,
    no_watch,
    runs_of,
)


def run_everything(
    installation: Installation,
    first: date | None = None,
    last: date | None = None,
    progress: Progress = no_progress,
    watch: Watch = no_watch,
) -> RunSummary:
    """Land the drops, build every day, then evidence and report, then a training release.

    Days are built newest first: a day's outcomes read the outcome events of the days after it.

    Args:
        installation: Where, with saved settings.
        first: Earliest conversation day to build; None for all.
        last: Latest conversation day to build.
        progress: Told the stage, runs done and runs in all.
        watch: Told how far the judge is.

    Returns:
        Counts, and a sentence for every run a blocking check stopped.

    Raises:
        UserError: A file, the rubric or the judge cannot be used; what was done is kept.
    """
    with runs_of(installation, watch) as runs:
        summary = runs.summary
        progress("landing the drops", 0, 1)
        runs.execute("land_drops")
        if summary.failures:
            raise UserError(f"the drops do not reconcile; nothing was built: {summary.failures[0]}")
        warehouse = Warehouse(home=str(installation.home))
        _require_logs(warehouse, installation)
        days = _days(warehouse, first, last)
        for done, (day, job) in enumerate(days):
            progress(f"day {day}", done, len(days))
            runs.execute(job, day)
        summary.days = sum(job == "daily" for _, job in days)
        progress("evidence and report", len(days), len(days))
        runs.execute("evidence")
        progress("training release", len(days), len(days))
        _release(runs)
    return summary


def make_release(installation: Installation) -> RunSummary:
    """Make a training release of the tables as they are.

    Returns:
        In `locked`, why there is none: no tier is proven.
    """
    with runs_of(installation) as runs:
        _release(runs)
    return runs.summary


def rebuild_report(installation: Installation) -> RunSummary:
    """Run the evidence job alone, on the tables as they are."""
    with runs_of(installation) as runs:
        runs.execute("evidence")
    return runs.summary


def _release(runs: Runs) -> None:
    """Make a training release, where tiers and gates allow one; why not is no failed build."""
    failed = len(runs.summary.failures)
    try:
        runs.execute("release")
    except NothingToReleaseError as error:
        runs.summary.locked = [str(error)]
    except UserError as error:  # the evidence is there all the same
        runs.summary.refused = [str(error)]
    tiers = Warehouse(home=str(runs.installation.home)).read("tier_lift")
    verdicts = tier_verdicts(tiers.iter_rows(named=True))
    if verdicts.blocks:  # then nothing after the check ran
        del runs.summary.failures[failed:]
        runs.summary.locked = [f"{tier}: {why}" for tier, why in verdicts.locked.items()]


def _require_logs(warehouse: Warehouse, installation: Installation) -> None:
    """Stop when no file was recognised: an empty report would look like an answer."""
    files = warehouse.read("log_files").filter(kind="conversations")
    if not set(files["status"]) & {"landed", "unreadable"}:
        looked_at = ", ".join(files["file"][:5])
        raise UserError(
            f"no file in {installation.settings().drops} is a conversation log by its name or "
            f"content; looked at {looked_at}; say what they are with --format"
        )


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

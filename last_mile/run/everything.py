"""The main job: land the drops, build every day, then the evidence and a training release.

Or the evidence alone, or the release alone.

Not here: what a run does (defs/), how its end is shown (cli/done_view.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from last_mile.adapters.installation import Installation
from last_mile.adapters.releases import NothingToReleaseError
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.tier_lift import tier_verdicts
from last_mile.errors import UserError
from last_mile.run.days import build_days, events_of
from last_mile.run.done import report_of, save_report
from last_mile.run.runs import (
    Asked,
    Progress,
    Runs,
    RunSummary,
    Watch,
    no_progress,
    no_watch,
    runs_of,
)
from last_mile.run.selecting import Selected, select, tables_of

_UNPROVEN = "tier_lift: tiers_are_proven"  # ends the failure of a run that this check stopped


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of everything is built.

    Attributes:
        first: Earliest conversation day; None for all.
        last: Latest conversation day.
        parallel: Days built at once, each in a process.
        selection: Tables, as Dagster writes asset selections; None for all.
        metrics: Metric ids whose flags are made; empty for all.
    """

    first: date | None = None
    last: date | None = None
    parallel: int = 1
    selection: str | None = None
    metrics: tuple[str, ...] = ()


def run_everything(
    installation: Installation,
    wanted: Wanted | None = None,
    progress: Progress = no_progress,
    watch: Watch = no_watch,
) -> RunSummary:
    """Land the drops, build every day, then evidence and report, then a training release.

    Days are built newest first, but may be in any order. What was done is kept in a report, also
    when the command ends early.

    Args:
        installation: Where, with saved settings.
        wanted: Which part of it.
        progress: Told the stage, runs done and runs in all.
        watch: Told how far the judge is.

    Returns:
        Counts, and a sentence for every run a blocking check stopped.

    Raises:
        UserError: A file, the rubric or the judge cannot be used; what was done is kept.
    """
    wanted = wanted or Wanted()
    selected = select(installation.rubric(), wanted.selection, wanted.metrics)
    with runs_of(installation, watch) as runs, _reported(runs, wanted):
        _land(runs, progress, needed=selected is None or selected.lands)
        asked = _days(runs, wanted, selected)
        build_days(runs, asked, progress, wanted.parallel)
        progress("evidence and report", len(asked), len(asked))
        if selected is None:
            runs.execute("feedback_loop")
            progress("training release", len(asked), len(asked))
            _release(runs)
        else:
            _over_all_days(runs, selected)
    return runs.summary


def make_release(installation: Installation) -> RunSummary:
    """Make a training release of the tables as they are.

    Returns:
        In `locked`, why there is none: no tier is proven.
    """
    with runs_of(installation) as runs:
        _release(runs)
    return runs.summary


def rebuild_report(installation: Installation) -> RunSummary:
    """Run the feedback loop alone, evidence and report with it, on the tables as they are."""
    with runs_of(installation) as runs:
        runs.execute("feedback_loop")
    return runs.summary


def _release(runs: Runs, tables: Sequence[str] | None = None) -> None:
    """Make a training release, where tiers and gates allow one; why not is no failed build."""
    failures = runs.summary.failures
    failed = len(failures)
    try:
        runs.execute("release", tables=tables)
    except NothingToReleaseError as error:
        runs.summary.locked = [str(error)]
    except UserError as error:  # the evidence is there all the same
        runs.summary.refused = [str(error)]
    tiers = Warehouse(home=str(runs.installation.home)).read("tier_lift")
    verdicts = tier_verdicts(tiers.iter_rows(named=True))
    if verdicts.blocks and all(one.endswith(_UNPROVEN) for one in failures[failed:]):
        del failures[failed:]
        runs.summary.locked = [f"{tier}: {why}" for tier, why in verdicts.locked.items()]


def _land(runs: Runs, progress: Progress, *, needed: bool) -> None:
    if needed:
        progress("landing the drops", 0, 1)
        runs.execute("land_drops")
    failures = runs.summary.failures
    if failures:
        raise UserError(f"the drops do not reconcile; nothing was built: {failures[0]}")
    _require_logs(Warehouse(home=str(runs.installation.home)), runs.installation)


def _over_all_days(runs: Runs, selected: Selected) -> None:
    """Tables over all days, in the runs they belong to."""
    chosen = set(selected.over_all_days)
    training = chosen & tables_of("release") - tables_of("feedback_loop")
    after = training | (chosen & {"report"}) if training else training  # it shows the release
    if before := sorted(chosen - after):
        runs.execute("feedback_loop", tables=before)
    if after:
        _release(runs, sorted(after))


def _require_logs(warehouse: Warehouse, installation: Installation) -> None:
    """Stop when no file was recognised: an empty report would look like an answer."""
    files = warehouse.read("log_files").filter(kind="conversations")
    if not set(files["status"]) & {"landed", "unreadable"}:
        looked_at = ", ".join(files["file"][:5])
        raise UserError(
            f"no file in {installation.settings().drops} is a conversation log by its name or "
            f"content; looked at {looked_at}; say what they are with --format"
        )


def _days(runs: Runs, wanted: Wanted, selected: Selected | None) -> list[Asked]:
    """One run for days of outcome events only, which the others read; one for each other day."""
    warehouse = Warehouse(home=str(runs.installation.home))
    days, events = list[date](), list[date]()
    for day, has_lines, has_events in warehouse.read("days_to_build").iter_rows():
        is_in = (not wanted.first or day >= wanted.first) and (
            not wanted.last or day <= wanted.last
        )
        if has_lines and is_in:
            days.append(day)
        elif has_events:
            events.append(day)
    if selected is not None:
        return [Asked("daily", day, selected.ops, selected.of_days) for day in days]
    return [*events_of(events), *(Asked("daily", day) for day in days)]


@contextmanager
def _reported(runs: Runs, wanted: Wanted) -> Iterator[None]:
    """Keep a report of the runs, however they end."""

    def save() -> None:
        report = report_of(runs.command, runs.summary.done, _asked(wanted))
        runs.summary.report = save_report(runs.installation, report)

    try:
        yield
    except BaseException:
        with suppress(OSError):  # what stopped the runs is worth more than their report
            save()
        raise
    save()


def _asked(wanted: Wanted) -> dict[str, Any]:
    return {name: str(v) if isinstance(v, date) else v for name, v in asdict(wanted).items()}

"""Commands over the whole pipeline: run, demo, report, check, rejected, replay.

Not here: their options (options.py), what a run does (run/), what a report says (core/report/).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from last_mile import console
from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.judge.client import RULES
from last_mile.adapters.judge.prices import check_judge
from last_mile.adapters.rubric_file import load_rubric
from last_mile.cli import judge_view, options
from last_mile.cli.done_view import show_done
from last_mile.errors import UserError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Which behaviours of an LLM product lead to the business outcome, and how to train on them.

    Start with `last-mile run` (a demo world), then `last-mile run --drops DIR` on your own logs.
    """


@cli.command()
@options.everything
@options.part
def run(
    home: str,
    drops: str | None,
    first: datetime | None,
    last: datetime | None,
    parallel: int,
    selection: str | None,
    metrics: tuple[str, ...],
    **given: Any,
) -> None:
    """Land the drops, build every table, write the report and the training files.

    Without --drops: the drop folder of the last run in this home, or else a demo world. With --from
    and --to: a backfill of these days. What was done is shown, and kept in HOME/backfills.
    """
    from last_mile.run import Wanted, run_everything  # noqa: PLC0415 - Dagster is slow to import

    installation = Installation.at(home)
    settings = options.settings_for(installation, drops, given)
    settings.reading(datetime.now(UTC).date())  # a missing salt stops before anything is written
    loaded = load_rubric(settings.rubric)  # a broken rubric stops before anything is written
    check_judge(settings, loaded.judge.fallback)
    console.note_unknown_to_rules(loaded, settings.judge)
    moved = installation.claim(settings)
    if moved:
        console.note(f"The demo that was here moved to {moved}.")
    if settings.demo:
        _write_demo(Path(settings.drops))
    with console.progress() as shown:
        days = options.day(first), options.day(last)
        wanted = Wanted(*days, parallel, selection, metrics)
        summary = run_everything(installation, wanted, shown, judge_view.watching(shown))
    if not summary.failures and installation.report_json.exists():
        console.show_end(installation)
    show_done(summary)
    if summary.failures:
        raise UserError("; ".join(summary.failures[:3]))
    console.note_locked(summary.locked)
    if summary.refused:
        raise UserError(summary.refused[0])


@cli.command()
@click.option("--conversations", default=20_000, show_default=True, type=click.IntRange(1))
@click.option("--days", default=30, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--world",
    type=click.Choice(["confounded", "causal"]),
    default="confounded",
    show_default=True,
    help="Same headline numbers, different truth behind them.",
)
@click.option("--out", required=True, type=click.Path(file_okay=False), help="Empty folder.")
def demo(conversations: int, days: int, seed: int, world: str, out: str) -> None:
    """Write log, outcome and label drops of a made-up product whose truth is known."""
    from last_mile.demo.drops import (  # noqa: PLC0415
        FIRST_DAY,
        LONGEST_WAIT_DAYS,
        write_drops,
    )

    try:
        newest = datetime.now(UTC).date() - timedelta(days=days + LONGEST_WAIT_DAYS)
        made = write_drops(Path(out), conversations, days, seed, world, min(FIRST_DAY, newest))
    except ValueError as error:
        raise UserError(str(error)) from error
    console.note(
        f"{made.conversations:,} conversations of {made.first_day} to {made.last_day} in {out}; "
        f"outcomes are known up to {made.observed_until}.\nNext: last-mile run --drops {out}"
    )


@cli.command()
@options.home
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Rebuild it as it was at the end of this day (UTC), in a folder of its own.",
)
@click.option(
    "--snapshot",
    type=click.IntRange(min=1),
    help="Of a lake: write it of the tables as they were then, in a folder of its own.",
)
def report(home: str, as_of: datetime | None, snapshot: int | None) -> None:
    """Rebuild the evidence and the report from the tables, and show the headline."""
    from last_mile.run import rebuild_report, report_as_of, report_of_snapshot  # noqa: PLC0415

    installation = Installation.at(home)
    installation.rubric()
    if as_of is not None and snapshot is not None:
        raise UserError("--as-of and --snapshot are two ways to name a moment; give one of them")
    if snapshot is not None:
        folder = report_of_snapshot(installation, snapshot)
        console.note(f"report of snapshot {snapshot}  {folder / 'report.html'}")
        return
    if as_of is not None:
        folder = report_as_of(installation, as_of.date())
        console.note(f"report as of {as_of:%Y-%m-%d}  {folder / 'report.html'}")
        return
    summary = rebuild_report(installation)
    if summary.failures:
        raise UserError("; ".join(summary.failures))
    console.show_end(installation)


@cli.command()
@options.drops
@click.option("--rubric", default="proposals", show_default=True)
@options.default_day
@options.log_format
@options.max_line_mb
def check(drops: str | None, rubric: str, **given: Any) -> None:
    """Read a drop folder and a rubric, writing nothing: counts, and refused lines by reason."""
    from last_mile.adapters.landing import inspect_drops  # noqa: PLC0415

    loaded = load_rubric(rubric)
    kinds = f"{len(loaded.heuristics)} heuristic and {len(loaded.judged)} judged metrics"
    console.note(
        f"Rubric {loaded.name}: {kinds}, outcomes {', '.join(k.id for k in loaded.outcomes)}."
    )
    console.note_unknown_to_rules(loaded, RULES)
    if drops is None:
        return
    settings = replace(Settings(drops), **options.chosen(given))
    found = inspect_drops(Path(drops), settings.reading(datetime.now(UTC).date()))
    console.show_inspection(found)
    if not any(row["kind"] == "conversations" and row["accepted"] for row in found):
        raise UserError(f"no line of {drops} can be used; the reasons stand above")


@cli.command()
@options.home
@click.option("--reason", help="List the lines refused for this reason, one by one.")
@click.option("--raw", is_flag=True, help="With --reason: show their first bytes, escaped.")
def rejected(home: str, reason: str | None, raw: bool) -> None:
    """List refused input lines by reason: how many, in how many files, and where to look."""
    from last_mile.adapters.warehouse import Warehouse  # noqa: PLC0415

    installation = Installation.at(home)
    installation.settings()
    warehouse = Warehouse(home=str(installation.home))
    files = warehouse.read("log_files")
    if reason is None:
        console.show_rejected(warehouse.read("rejected_summary"), files)
        return
    places = warehouse.read("rejected_places")
    console.show_places(places.filter(places["reason"] == reason), raw=raw)


@cli.command()
@options.home
@click.option("--reason", help="Only files with lines refused for this reason.")
@options.log_format
@options.max_line_mb
def replay(home: str, reason: str | None, **given: Any) -> None:
    """Read files with refused lines again, after a format or a limit was fixed; build their days.

    A new --format or --max-line-mb holds from then on, for all files.
    """
    from last_mile.run import replay_rejected  # noqa: PLC0415

    installation = Installation.at(home)
    settings = replace(installation.settings(), **options.chosen(given))
    installation.save(settings)
    with console.progress() as shown:
        replayed = replay_rejected(installation, reason, shown)
    console.show_replayed(replayed)
    if replayed.summary.failures:
        raise UserError("; ".join(replayed.summary.failures[:3]))


def _write_demo(folder: Path) -> None:
    from last_mile.demo.drops import write_drops  # noqa: PLC0415

    if not folder.exists():
        console.note(f"No --drops given: writing a demo world to {folder}.")
        write_drops(folder, 20_000, 30, 1, "confounded")

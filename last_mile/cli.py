"""`last-mile …`: reads options, shows progress and the end. Thin: no decision is made here.

Not here: what a run does (run.py), what a report says (core/report.py).
"""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from last_mile import console
from last_mile.adapters.installation import DEFAULT_HOME, SALT, Installation, Settings
from last_mile.adapters.judge_model import RULES
from last_mile.adapters.log_drop import find_drop_files
from last_mile.adapters.rubric_file import load_rubric
from last_mile.core.formats import FORMATS
from last_mile.errors import UserError

_DAY = click.DateTime(["%Y-%m-%d"])
_home = click.option(
    "--home",
    type=click.Path(file_okay=False),
    envvar="LAST_MILE_HOME",
    default=DEFAULT_HOME,
    show_default=True,
    help="Folder that holds everything of one installation.",
)
_drops = click.option(
    "--drops",
    type=click.Path(file_okay=False),
    help="Folder with conversation logs, outcomes*.csv|jsonl|parquet, labels*.csv|jsonl|parquet.",
)
_default_day = click.option(
    "--default-day",
    type=_DAY,
    help="Day of conversations that have no started_at, in files without a day in their path.",
)
_format = click.option(
    "--format",
    "format_name",
    type=click.Choice(sorted(FORMATS)),
    help="Format of the conversation logs.  [default: detected file by file]",
)
_max_line_mb = click.option(
    "--max-line-mb",
    type=click.IntRange(1, 1024),
    help="Longest line, row or array element that is read.  [default: 16]",
)
_redact = click.option(
    "--redact/--no-redact",
    default=None,
    help="Replace e-mail addresses, phone and card numbers, URLs and names of the context "
    "documents before anything is stored.",
)
_hash_users = click.option(
    "--hash-users/--no-hash-users",
    default=None,
    help=f"Store user ids as hashes under the secret in ${SALT}.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Which behaviours of an LLM product lead to the business outcome, and how to train on them.

    Start with `last-mile run` (a demo world), then `last-mile run --drops DIR` on your own logs.
    """


@cli.command()
@_drops
@click.option(
    "--rubric",
    help="Rubric file, or the name of a shipped one.  [default: that of the last run here, else "
    "proposals]",
)
@_home
@click.option(
    "--judge",
    help="`rules`, `recorded`, or any LiteLLM model name with its usual key variable.  [default: "
    "that of the last run here, else rules]",
)
@click.option("--from", "first", type=_DAY, help="First day to build (YYYY-MM-DD).")
@click.option("--to", "last", type=_DAY, help="Last day to build.")
@_default_day
@_format
@_max_line_mb
@_redact
@_hash_users
def run(
    home: str, drops: str | None, first: datetime | None, last: datetime | None, **given: Any
) -> None:
    """Land the drops, build every table, write the report and the training files.

    Without --drops: the drop folder of the last run in this home, or else a demo world.
    """
    from last_mile.run import run_everything  # noqa: PLC0415 - Dagster is slow to import

    installation = Installation.at(home)
    settings = _settings(installation, drops, given)
    settings.reading(datetime.now(UTC).date())  # a missing salt stops before anything is written
    loaded = load_rubric(settings.rubric)  # a broken rubric stops before anything is written
    console.note_unknown_to_rules(loaded, settings.judge)
    moved = installation.claim(settings)
    if moved:
        console.note(f"The demo that was here moved to {moved}.")
    if settings.demo:
        _write_demo(Path(settings.drops))
    with console.progress() as shown:
        summary = run_everything(installation, _date(first), _date(last), shown)
    if summary.failures:
        raise UserError("; ".join(summary.failures[:3]))
    console.show_end(installation)


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
@_home
def report(home: str) -> None:
    """Rebuild the evidence and the report from the tables, and show the headline."""
    from last_mile.run import rebuild_report  # noqa: PLC0415

    installation = Installation.at(home)
    installation.rubric()
    summary = rebuild_report(installation)
    if summary.failures:
        raise UserError("; ".join(summary.failures))
    console.show_end(installation)


@cli.command()
@_drops
@click.option("--rubric", default="proposals", show_default=True)
@_default_day
@_format
@_max_line_mb
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
    settings = replace(Settings(drops), **_chosen(given))
    found = inspect_drops(Path(drops), settings.reading(datetime.now(UTC).date()))
    console.show_inspection(found)
    if not any(row["kind"] == "conversations" and row["accepted"] for row in found):
        raise UserError(f"no line of {drops} can be used; the reasons stand above")


@cli.command()
@_home
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
@_home
@click.option("--reason", help="Only files with lines refused for this reason.")
@_format
@_max_line_mb
def replay(home: str, reason: str | None, **given: Any) -> None:
    """Read files with refused lines again, after a format or a limit was fixed; build their days.

    A new --format or --max-line-mb holds from then on, for all files.
    """
    from last_mile.run import replay_rejected  # noqa: PLC0415

    installation = Installation.at(home)
    settings = replace(installation.settings(), **_chosen(given))
    installation.save(settings)
    with console.progress() as shown:
        replayed = replay_rejected(installation, reason, shown)
    console.show_replayed(replayed)
    if replayed.summary.failures:
        raise UserError("; ".join(replayed.summary.failures[:3]))


def main() -> None:
    """Entry point: every error is one sentence and a non-zero exit status."""
    interrupted = "Interrupted. What was built is kept; run the same command to go on."
    warnings.filterwarnings("ignore")
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _stop(interrupted, 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except UserError as error:
        _stop(f"Error: {error}", 1)
    except Exception as error:  # the last line of defence: a sentence, the rest in a file
        _stop(f"Error: unexpected {type(error).__name__}; please report it{_logged()}", 1)
    except BaseException as error:  # Dagster turns Ctrl-C inside a step into one of its own
        if type(error).__name__ != "DagsterExecutionInterruptedError":
            raise
        _stop(interrupted, 130)


def _logged() -> str:
    """Write the traceback beside the caller, if that can be written to."""
    log = Path("last-mile-error.log").absolute()
    try:
        log.write_text(traceback.format_exc(), encoding="utf-8")
    except OSError:
        return ""
    return f" with {log}"


def _stop(sentence: str, status: int) -> None:
    click.echo(sentence, err=True)
    sys.exit(status)


def _settings(installation: Installation, drops: str | None, given: Mapping[str, Any]) -> Settings:
    """What this run works with: what was given, else what the last run here was given."""
    held = installation.settings() if installation.settings_file.exists() else None
    if drops is not None:
        find_drop_files(Path(drops))  # a wrong folder stops here
        drops = str(Path(drops).absolute())
        if held and held.drops != drops:
            held = None  # another folder: nothing of the last run applies
    chosen = held or Settings(drops=str(installation.home / "demo_drops"), demo=drops is None)
    return replace(chosen, **_chosen({**given, "drops": drops}))


def _chosen(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by name out of options by name; options that were not given are left out."""
    named = {"format_name": "format"}
    return {
        named.get(name, name): _setting(name, value)
        for name, value in given.items()
        if value is not None
    }


def _setting(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if name == "rubric" and Path(value).is_file():
        return str(Path(value).absolute())
    return value


def _write_demo(folder: Path) -> None:
    from last_mile.demo.drops import write_drops  # noqa: PLC0415

    if not folder.exists():
        console.note(f"No --drops given: writing a demo world to {folder}.")
        write_drops(folder, 20_000, 30, 1, "confounded")


def _date(moment: datetime | None) -> date | None:
    return moment.date() if moment else None

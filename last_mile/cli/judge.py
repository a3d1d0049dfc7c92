"""`last-mile judge …`: what judging would cost, what it has cost, what is left, how to ask.

Not here: asking (last-mile run, adapters/judge/), how tables are shown (judge_view.py).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click

from last_mile import console
from last_mile.adapters.installation import Installation
from last_mile.adapters.rubric_file import load_rubric
from last_mile.cli import judge_view, options
from last_mile.errors import UserError


@click.group()
def judge() -> None:
    """Ask a language model for less: plan, spending, batches, grouping of questions."""


@judge.command()
@options.everything
def plan(
    home: str, drops: str | None, first: datetime | None, last: datetime | None, **given: Any
) -> None:
    """Print what judging would take, before anything is spent.

    Reads the drops and finds their conversations; asks nothing. The options hold for the next run.
    """
    from last_mile.run import prepare  # noqa: PLC0415

    installation = Installation.at(home)
    settings = options.settings_for(installation, drops, given)
    settings.reading(datetime.now(UTC).date())
    load_rubric(settings.rubric)
    installation.claim(settings)
    judge_view.show_plan(prepare(installation, options.day(first), options.day(last)))


@judge.command()
@options.home
@click.option("--list", "listed", is_flag=True, help="List the conversations without an answer.")
def status(home: str, *, listed: bool) -> None:
    """Show calls, spending, batches, and which conversations lack an answer and why."""
    from last_mile.adapters.warehouse import Warehouse  # noqa: PLC0415

    installation = Installation.at(home)
    installation.settings()
    judge_view.show_status(Warehouse(home=str(installation.home)), listed=listed)


@judge.command()
@options.home
@click.option("--wait", is_flag=True, help="Look every minute until all batches have ended.")
def collect(home: str, *, wait: bool) -> None:
    """Fetch batches that have ended, build their days and the evidence."""
    from last_mile.run import collect_batches  # noqa: PLC0415

    installation = Installation.at(home)
    installation.settings()
    with console.progress() as shown:
        collected = collect_batches(installation, shown, wait=wait)
    console.note(
        f"{collected.batches:,} batch(es) collected, {len(set(collected.days)):,} day(s) built; "
        f"{collected.waiting:,} batch(es) still with the provider."
    )
    if collected.failures:
        raise UserError("; ".join(collected.failures[:3]))


@judge.command()
@options.home
@options.judge
@options.judging
@click.option("--sample", default=200, show_default=True, type=click.IntRange(20),
              help="Conversations asked in every grouping.")  # fmt: skip
@click.option("--groups", multiple=True, type=click.IntRange(2, 100),
              help="Also this many groups of questions; may be given again.")  # fmt: skip
def grouping(home: str, sample: int, groups: tuple[int, ...], **given: Any) -> None:
    """Compare asking all questions in one call with one call each; recommend one.

    Asks the judge, within the caps. The answers are in the ledger and are not paid again.
    """
    from last_mile.adapters.judge.comparison import compare_groupings  # noqa: PLC0415
    from last_mile.adapters.warehouse import Warehouse  # noqa: PLC0415
    from last_mile.cli.grouping_view import show_grouping  # noqa: PLC0415

    installation = Installation.at(home)
    installation.save(replace(installation.settings(), **options.chosen(given)))
    now = datetime.now(UTC)
    with console.progress() as shown:
        compared = compare_groupings(
            Warehouse(home=str(installation.home)), ("all", *groups), sample,
            f"grouping-{now:%Y%m%dT%H%M%S}", now, judge_view.watching(shown),
        )  # fmt: skip
    show_grouping(compared)


@judge.command()
@options.home
@options.judge
@options.judging
@click.option("--plan/--run", "planned", default=True, show_default=True,
              help="Say what it would take, or ask the judge.")  # fmt: skip
@click.option("--from", "from_epoch", metavar="EPOCH",
              help="The older epoch.  [default: the newest besides the current one]")  # fmt: skip
@click.option("--sample", default=300, show_default=True, type=click.IntRange(30),
              help="Conversations judged under both epochs.")  # fmt: skip
def bridge(home: str, from_epoch: str | None, sample: int, *, planned: bool, **given: Any) -> None:
    """Judge a sample of an older epoch under the current one too, so that both can be compared.

    The older answers are in the ledger. With --run the judge is asked, within the caps; what has an
    answer is not paid again. The options hold for the next run, also with --plan.
    """
    from last_mile.adapters.judge.bridge import run_bridge  # noqa: PLC0415
    from last_mile.adapters.judge.bridge_plan import plan_bridge  # noqa: PLC0415
    from last_mile.adapters.warehouse import Warehouse  # noqa: PLC0415
    from last_mile.cli.bridge_view import show_bridge, show_bridge_plan  # noqa: PLC0415

    installation = Installation.at(home)
    installation.save(replace(installation.settings(), **options.chosen(given)))
    warehouse, now = Warehouse(home=str(installation.home)), datetime.now(UTC)
    if planned:
        show_bridge_plan(plan_bridge(warehouse, from_epoch, sample, now))
        return
    with console.progress() as shown:
        bridged = run_bridge(
            warehouse, from_epoch, sample, f"bridge-{now:%Y%m%dT%H%M%S}",
            judge_view.watching(shown),
        )  # fmt: skip
    show_bridge(bridged)

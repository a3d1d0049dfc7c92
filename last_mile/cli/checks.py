"""`last-mile checks …`: what is checked between the stages, and how it ended over a warehouse.

Not here: the checks (core/expectation), running them (adapters/expectations).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.markup import escape

from last_mile import console
from last_mile.adapters.installation import Installation
from last_mile.adapters.lake_address import has_tables, where_tables_are
from last_mile.adapters.warehouse import Warehouse
from last_mile.cli import options
from last_mile.core.expectation import STAGE_CHECKS, checks_page
from last_mile.core.expectation.html import results_page
from last_mile.core.expectation.page import about_what, effect
from last_mile.errors import UserError


@click.group()
def checks() -> None:
    """Data-quality checks: list them, write them down, run all of them over a warehouse."""


@checks.command(name="list")
def list_checks() -> None:
    """List what is checked where."""
    table = console.plain_table("table", "check", "of", "failing", "what holds")
    for column in table.columns:
        column.justify = "left"
    table.columns[-1].no_wrap = False
    for check in STAGE_CHECKS:
        table.add_row(
            check.asset, check.name, about_what(check), effect(check), escape(check.about)
        )
    console.show_table(table)


@checks.command()
@click.option("--out", type=click.Path(dir_okay=False), required=True, help="File to write.")
def page(out: str) -> None:
    """Write what is checked where as a page of Markdown."""
    _write(Path(out), checks_page(STAGE_CHECKS))


@checks.command()
@options.home
@click.option("--out", type=click.Path(file_okay=False), required=True, help="Folder to write to.")
def docs(home: str, out: str) -> None:
    """Run all checks over the whole warehouse and write the results as a page of HTML.

    The exit status is 1 when a check that blocks fails.
    """
    from last_mile.adapters.expectations import sweep  # noqa: PLC0415 - slow to import

    installation = Installation.at(home)
    if not has_tables(installation):
        raise UserError(f"there are no tables in {installation.home}. Next: last-mile run")
    found = list(sweep(Warehouse(home=str(installation.home))))
    now = datetime.now(UTC)
    about = f"{where_tables_are(installation)}, looked at on {now:%Y-%m-%d %H:%M} UTC."
    _write(Path(out) / "index.html", results_page(found, about))
    for item in found:
        if not item.result.passed:
            check = item.result.check
            console.note(f"{effect(check)}: {check.asset} {check.name}: {item.result.sentence()}")
    failed = sum(item.result.check.blocking and not item.result.passed for item in found)
    console.note(f"{len(found)} checks, {failed} failed")
    if failed:
        raise click.exceptions.Exit(1)


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}") from None
    console.note(str(file))

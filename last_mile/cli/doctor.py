"""`last-mile doctor`: what is wrong right now, each with its fix; a drifted table made anew.

Not here: looking (run/health.py), making a table anew (adapters/warehouse/drift.py).
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from last_mile import console
from last_mile.adapters.installation import Installation
from last_mile.adapters.lake_address import has_tables, refuse_on_lake
from last_mile.cli import options
from last_mile.errors import UserError

if TYPE_CHECKING:
    from last_mile.adapters.health import Patient


@click.command()
@options.home
@click.option("--make-anew", "table", help="Make this table as sql/ says, with its rows.")
@click.option("--column", "columns", multiple=True, metavar="OLD=NEW",
              help="With --make-anew: what a column becomes; OLD= loses it.")  # fmt: skip
def doctor(home: str, table: str | None, columns: tuple[str, ...]) -> None:
    """Say what is wrong right now, each with its fix; the exit status is 1 if anything is."""
    from last_mile.adapters.health import Patient  # noqa: PLC0415 - Dagster is slow to import
    from last_mile.adapters.warehouse.database import opened  # noqa: PLC0415
    from last_mile.adapters.warehouse.drift import make_anew  # noqa: PLC0415

    installation = Installation.at(home)
    installation.settings()
    if table is not None:
        refuse_on_lake(installation.home, "Making a table anew", "ALTER it in the lake")
        with opened(installation.warehouse, as_found=True) as connection:
            rows = make_anew(connection, table, dict(_column(text) for text in columns))
        console.note(f"{table} was made anew with its {rows:,} rows.")
        return
    if not has_tables(installation):
        raise UserError(f"{installation.home} has no tables yet; run `last-mile run`")
    patient = Patient(installation, datetime.now(UTC).replace(tzinfo=None))
    if _examine(patient):
        sys.exit(1)


def _examine(patient: Patient) -> int:
    """Show every probe; how many findings there are."""
    from last_mile.run.health import FILES_ONLY, PROBES, findings_of  # noqa: PLC0415

    shown, blocked, n = console.plain_table("what", "found"), "", 0
    for name, probe in PROBES:
        if blocked and name not in FILES_ONLY:
            shown.add_row(name, f"not looked at: {blocked}")
            continue
        findings = findings_of(probe, patient)
        n += len(findings)
        shown.add_row(name, "ok" if not findings else escape(findings[0].what))
        for number, finding in enumerate(findings):
            if number:
                shown.add_row("", escape(finding.what))
            shown.add_row("", escape(f"  → {finding.fix}"))
        if any(finding.blocks for finding in findings):
            blocked = name
    for column in shown.columns:
        column.justify, column.no_wrap = "left", False
    console.show_table(shown)
    console.note(f"\n{n} finding(s)." if n else "\nNothing is wrong.")
    return n


def _column(text: str) -> tuple[str, str | None]:
    old, equals, new = text.partition("=")
    if not equals or not old:
        raise UserError(f"--column {text}: write OLD=NEW, or OLD= to lose it")
    return old, new or None

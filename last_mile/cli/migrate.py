"""`last-mile migrate`: the tables of a file copied into a lake.

Not here: the copy (adapters/warehouse/migrating.py).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click
from rich.table import Table

from last_mile import console
from last_mile.adapters.installation import Installation
from last_mile.adapters.lake_address import CATALOG, DATA, given_lake
from last_mile.cli import options

if TYPE_CHECKING:
    from last_mile.adapters.warehouse.migrating import Copied


@click.command(
    help=f"Copy the tables of the home's file into the lake that ${CATALOG} and ${DATA} name. An "
    "interrupted copy goes on where it stopped; the file stays as it is."
)
@options.home
@click.option("--to", "target", type=click.Choice(["lake"]), required=True)
def migrate(home: str, target: str) -> None:
    """Copy a warehouse to another backend, with counts and checksums per table and day."""
    from last_mile.adapters.warehouse.migrating import migrate as copy  # noqa: PLC0415

    installation = Installation.at(home)
    installation.settings()
    lake = given_lake()
    copied = copy(installation, lambda _: None)
    console.show_table(_table(copied))
    there = sum(done.was_there for done in copied)
    console.note(
        f"\n{len(copied):,} parts (a table and a day) stand in the {target} {lake.catalog} as in "
        f"the file, by count and checksum; {there:,} of them did before.\n{installation.home} "
        f"works with the lake from now on; {installation.warehouse} is no longer read."
    )


def _table(copied: list[Copied]) -> Table:
    shown = console.plain_table("table", "days", "rows", "copied now")
    days, rows, new = Counter[str](), Counter[str](), Counter[str]()
    for done in copied:
        table = done.part.table
        days[table] += done.part.day is not None
        rows[table] += done.part.n
        new[table] += 0 if done.was_there else done.part.n
    for table in rows:
        shown.add_row(table, f"{days[table]:,}", f"{rows[table]:,}", f"{new[table]:,}")
    return shown

"""`last-mile backup` and `last-mile restore`.

Not here: copying and verifying (adapters/backup/).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from last_mile import console
from last_mile.adapters.installation import Installation
from last_mile.cli import options


@click.command()
@options.home
@click.option("--to", required=True, type=click.Path(file_okay=False),
              help="Folder of backups, apart from the home.")  # fmt: skip
@click.option(
    "--keep", type=click.IntRange(1), help="Remove all backups of this home in it but the newest N."
)
def backup(home: str, to: str, keep: int | None) -> None:
    """Copy everything that cannot be made again from the drops, while runs go on.

    Tables, paid answers, settings, rubric, training releases, report, Dagster's history. The drops
    themselves are not part of it.
    """
    from last_mile.adapters.backup import back_up  # noqa: PLC0415 - the judge's adapters are slow

    made = back_up(Installation.at(home), Path(to), datetime.now(UTC), keep)
    manifest = made.manifest
    console.note(
        f"{made.folder}: {len(manifest.files):,} files, {manifest.size / 1e6:,.1f} MB, "
        f"{sum(manifest.tables.values()):,} rows in {len(manifest.tables)} tables; others waited "
        f"{manifest.held_s:.2f} s for the database."
    )
    for what, where in manifest.outside.items():
        console.note(f"not part of it: {what}: {where}")
    for folder in made.removed:
        console.note(f"removed: {folder}")


@click.command()
@options.home
@click.option("--from", "source", required=True, type=click.Path(exists=True, file_okay=False),
              help="A backup, or a folder of backups: then the newest.")  # fmt: skip
@click.option("--erased-in", multiple=True, type=click.Path(exists=True, file_okay=False),
              help="Home or backup that knows who was erased later; newer backups beside this one "
              "are looked at anyway. May be given again.")  # fmt: skip
def restore(home: str, source: str, erased_in: tuple[str, ...]) -> None:
    """Restore a backup into a home that is empty or not there, whole or not at all."""
    from last_mile.adapters.backup import restore as restored  # noqa: PLC0415

    target = Installation.at(home)
    others = [Path(folder) for folder in erased_in]
    done = restored(Path(source), target.home, datetime.now(UTC), others)
    console.note(
        f"{target.home}: {done.manifest.size / 1e6:,.1f} MB of {done.backup.name}, every digest as "
        f"it was; {sum(done.tables.values()):,} rows in {len(done.tables)} tables."
    )
    table = console.plain_table("table", "rows")
    for name, n in done.tables.items():
        if n:
            table.add_row(name, f"{n:,}")
    console.show_table(table)
    for folder in done.erasures_from:
        console.note(f"erasures taken over from {folder}")
    if done.erased:
        console.note(f"{done.erased:,} user(s) erased since the backup were erased again.")
    for release in sorted(done.releases):
        console.note(f"delete it, it holds an erased user: {target.releases / release}")
    console.note(
        f"Erasures after {done.erasures_known_to:%Y-%m-%d %H:%M} UTC are not known here: repeat "
        "each with `last-mile erase --user ID`."
    )
    for what, where in done.manifest.outside.items():
        console.note(f"not part of it: {what}: {where}")
    console.note(f"drops are read from {done.settings.drops}\nNext: last-mile run")

"""`last-mile export`: a training release in the form a fine-tuning tool reads.

Not here: the forms (core/dialects), writing them (adapters/dialect_files.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from last_mile import console
from last_mile.adapters.installation import Installation
from last_mile.cli import options
from last_mile.core.dialects import DIALECTS, REASONS
from last_mile.core.training.validate import KINDS
from last_mile.errors import UserError

if TYPE_CHECKING:
    from last_mile.adapters.dialect_files import Exported


@click.command()
@options.home
@click.option("--dialect", type=click.Choice(sorted(DIALECTS)),
              help="Whose form.  [default: none; the dialects are listed]")  # fmt: skip
@click.option("--release", help="Id of a release, the name of its folder.  [default: the newest]")
@click.option("--out", type=click.Path(file_okay=False),
              help="A new folder.  [default: exports/RELEASE/DIALECT in the home]")  # fmt: skip
def export(home: str, dialect: str | None, release: str | None, out: str | None) -> None:
    """Write a training release as a fine-tuning tool reads it; without --dialect, list the tools.

    Rows a tool cannot take are counted by reason and named in refused.jsonl.
    """
    if dialect is None:
        _show_dialects()
        return
    from last_mile.adapters.dialect_files import export_release  # noqa: PLC0415

    installation = Installation.at(home)
    drops = Path(installation.settings().drops)
    found = _release(installation.releases, release)
    folder = Path(out or installation.home / "exports" / found.name / dialect)
    if folder.resolve().is_relative_to(drops.resolve()):
        raise UserError(f"{folder} is in the drop folder, where it would be read; change --out")
    _show(export_release(found, DIALECTS[dialect], folder), dialect)


def _release(releases: Path, release_id: str | None) -> Path:
    """Folder of the release asked for, or of the newest one."""
    from last_mile.adapters.releases import find_release, newest_release  # noqa: PLC0415

    if release_id is not None:
        return find_release(releases, release_id)
    newest = newest_release(releases)
    if newest is None:
        raise UserError(f"{releases} holds no training release; run `last-mile run` first")
    return releases / str(newest["release_id"])


def _show_dialects() -> None:
    table = console.plain_table("dialect", *KINDS, "what it is")
    table.columns[-1].justify = "left"
    for known in DIALECTS.values():
        marks = ("yes" if kind in known.kinds else "—" for kind in KINDS)
        table.add_row(known.name, *marks, known.about)
    console.show_table(table)


def _show(exported: Exported, dialect: str) -> None:
    table = console.plain_table("file", "rows", "refused")
    for file in exported.files:
        table.add_row(file.source.path, f"{file.rows:,}", f"{file.refused.total():,}")
    console.show_table(table)
    for kind, rows in exported.left_out.items():
        console.note(f"{dialect} has no {kind}: {rows:,} rows are not exported.")
    for reason, meaning in REASONS.items():
        n = sum(file.refused[reason] for file in exported.files)
        if n:
            console.note(f"refused: {reason} {n:,} ({meaning}); see refused.jsonl")
    for warning in exported.warnings:
        console.note(f"Mind: {warning}.")
    if exported.side_files:
        console.note(f"Beside them: {', '.join(exported.side_files)}.")
    console.note(f"Release {exported.release_id} as {dialect}, in {exported.out}.")

"""`last-mile erase`: take one user out, and say what holds them all the same.

Not here: the erasing (adapters/erasure.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from last_mile import console
from last_mile.adapters.installation import Installation
from last_mile.adapters.lake_address import lake_of
from last_mile.cli import options

if TYPE_CHECKING:
    from last_mile.adapters.erasure import Erased

_MOST_NAMED = 20


@click.command()
@options.home
@click.option("--user", required=True, help="Their id as logged, or as it is stored (a hash).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--even-if-unknown", is_flag=True,
              help="Refuse the records of a user of whom nothing has landed yet; on a lake its "
                   "older snapshots end.")  # fmt: skip
def erase(home: str, user: str, *, yes: bool, even_if_unknown: bool) -> None:
    """Take a user out of the warehouse and of every later release; name past releases with them.

    Records of them that arrive later, or are read again, are refused. No run may be going on.
    """
    from last_mile.adapters import erasure  # noqa: PLC0415

    installation = Installation.at(home)
    found, is_lake = erasure.look_up(installation, user), lake_of(installation.home) is not None
    if found.is_there and not yes:
        click.confirm(
            f"{found.conversations:,} conversations and {sum(found.rows.values()):,} records in "
            f"{len(found.files):,} drop files are of this user. Erase them for good?",
            abort=True,
        )
    elif is_lake and even_if_unknown and found.erased_at is None and not yes:
        click.confirm("No table holds this user. End all older snapshots of the lake?", abort=True)
    now = datetime.now(UTC).replace(tzinfo=None)
    done = erasure.erase(installation, user, now, even_if_unknown=even_if_unknown)
    _show_removed(done, is_lake=is_lake)
    _show_what_stays(installation, done)


def _show_removed(done: Erased, *, is_lake: bool) -> None:
    if not done.removed:
        earlier = done.found.erased_at
        console.note(
            f"Nothing of this user is here: they were erased on {earlier:%Y-%m-%d}."
            if earlier
            else "Nothing of this user was here. Their records will be refused."
            + (" Older snapshots of the lake ended." if is_lake else "")
        )
        return
    table = console.plain_table("table", "rows erased")
    for name, n in sorted(done.removed.items(), key=lambda item: -item[1]):
        table.add_row(name, f"{n:,}")
    console.show_table(table)
    if done.history:
        console.note(f"{done.history:,} rows of Dagster's history named one of the conversations.")
    console.note(
        "Files of the lake were written anew and its older snapshots ended: none holds what was "
        "erased."
        if is_lake
        else "The database file was written anew: no block of it holds what was erased."
    )


def _show_what_stays(installation: Installation, done: Erased) -> None:
    """What this command cannot reach, and what to do about it."""
    console.note("\nWhat holds this user all the same:")
    drops = installation.settings().drops
    _show_list(
        f"drop files in {drops}; their lines are refused from now on, delete them there "
        "(`last-mile rejected --reason erased_user` names each line)",
        done.found.files,
    )
    _show_list(
        "training releases, or made without a lineage to tell by; delete them, and what was "
        "trained on them",
        done.releases,
    )
    _show_list("exports of such releases; delete them", done.exports)
    _show_list("batches at the judge's provider; delete their files there", done.found.batches)
    if lake_of(installation.home) and installation.warehouse.exists():
        console.note(f"- the file the lake was copied from, {installation.warehouse}: delete it")
    console.note(
        "- backups and copies of this home or of the lake's catalog and store, files that `labels "
        "plan` wrote, what the judge's provider keeps"
    )
    if done.removed:
        console.note("Counts that go over all users hold them until then.\nNext: last-mile run")


def _show_list(what: str, names: Sequence[str]) -> None:
    if names:
        console.note(f"- {len(names):,} {what}:")
        for name in names[:_MOST_NAMED]:
            console.note(f"    {name}")
        if len(names) > _MOST_NAMED:
            console.note(f"    and {len(names) - _MOST_NAMED:,} more")

"""`last-mile releases …`: which training releases there are, what is in one, what changed.

Not here: reading and comparing them (adapters/releases, core/training/difference.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click
from rich.markup import escape

from last_mile import console
from last_mile.adapters.installation import Installation
from last_mile.adapters.release_links import link_release, unlink_release
from last_mile.adapters.releases import (
    all_releases,
    find_release,
    lineage_of,
    newest_release,
)
from last_mile.adapters.releases.reading import read_manifest
from last_mile.adapters.warehouse import Warehouse
from last_mile.cli import options
from last_mile.core.training.difference import MEASURED, Change, difference
from last_mile.core.training.validate import KINDS
from last_mile.errors import UserError

_LONGEST = 60  # characters of a value in a table
_TOLD_APART = {"funnel", "known_limits"}


@click.group()
def releases() -> None:
    """Training releases: list them, show one, compare two, say what was trained from one."""


@releases.command()
@options.home
@options.training
def make(home: str, **given: Any) -> None:
    """Make a training release of the tables as they are. The options hold from then on."""
    from last_mile.run import make_release  # noqa: PLC0415 - Dagster is slow to import

    installation = Installation.at(home)
    installation.save(replace(installation.settings(), **options.chosen(given)))
    summary = make_release(installation)
    if summary.locked or summary.refused or summary.failures:
        console.note_locked(summary.locked)
        failed = [*summary.refused, *summary.failures[:3]]
        raise UserError("; ".join(failed) or "no training release was made")
    made = newest_release(installation.releases)
    if made:
        console.note(f"training release  {installation.releases / made['release_id']}")


@releases.command(name="list")
@options.home
def list_releases(home: str) -> None:
    """List all training releases, the one made last first."""
    found = list(all_releases(Installation.at(home).releases))
    if not found:
        console.note("There is no training release yet. Next: last-mile run")
        return
    table = console.plain_table("release", "known up to", "files", *KINDS, "tokens")
    for manifest in found:
        files = manifest["files"]
        rows = (sum(f["rows"] for f in files if f["path"].startswith(kind)) for kind in KINDS)
        table.add_row(
            manifest["release_id"], str(manifest.get("as_of") or "—")[:10], str(len(files)),
            *(f"{n:,}" for n in rows), _tokens(manifest, sum(f.get("tokens", 0) for f in files)),
        )  # fmt: skip
    console.show_table(table)


@releases.command()
@click.argument("release_id")
@options.home
def show(release_id: str, home: str) -> None:
    """Show what a release holds and what it was made from."""
    folder = find_release(Installation.at(home).releases, release_id)
    manifest = read_manifest(folder)
    table = console.plain_table("file", "rows", "tokens", "over 1,024 tokens", "sha256")
    for file in manifest["files"]:
        over = f"{file['n_over_1024']:,}" if "n_over_1024" in file else "—"
        tokens = _tokens(manifest, file.get("tokens", 0))
        table.add_row(file["path"], f"{file['rows']:,}", tokens, over, file["sha256"][:16])
    console.show_table(table)
    if manifest.get("funnel"):
        _counts("step", [(str(step["step"]), step["n"]) for step in manifest["funnel"]])
    for name, value in manifest.items():
        if name not in _TOLD_APART and name not in set(MEASURED) - {"kto_weights"}:
            console.note(f"{name}: {_plain(value)}")
    for limit in manifest.get("known_limits", ()):
        console.note(f"- {limit}")
    console.note(str(folder))


@releases.command()
@click.argument("training_release")
@click.argument("product_release")
@options.home
@click.option("--remove", is_flag=True, help="Take the link back.")
def link(training_release: str, product_release: str, home: str, *, remove: bool) -> None:
    """Say that PRODUCT_RELEASE (`model` in the logs) was trained from TRAINING_RELEASE.

    The report then says what that training did: whether the flags its tiers name moved, whether
    the outcome followed, and what got worse.
    """
    installation = Installation.at(home)
    installation.settings()
    warehouse = Warehouse(home=str(installation.home))
    if remove:
        unlink_release(warehouse, training_release, product_release)
        console.note("link removed")
        return
    known = link_release(warehouse, training_release, product_release, datetime.now(UTC))
    console.note(f"linked: {known}. Next: last-mile report")


@releases.command()
@click.argument("before")
@click.argument("after")
@options.home
def diff(before: str, after: str, home: str) -> None:
    """Say what changed from release BEFORE to release AFTER."""
    folders = [find_release(Installation.at(home).releases, name) for name in (before, after)]
    manifests = [read_manifest(folder) for folder in folders]
    found = difference(manifests[0], manifests[1], lineage_of(folders[0]), lineage_of(folders[1]))
    _changes("made from", before, after, found.origin)
    _changes("funnel", before, after, found.funnel)
    table = console.plain_table("rows", "change", "from", "to", "n")
    for row in found.rows:
        table.add_row(row.kind, row.move, row.before or "—", row.after or "—", f"{row.n:,}")
    console.show_table(table)
    _changes("files", before, after, found.numbers)


def _changes(title: str, before: str, after: str, changes: Sequence[Change]) -> None:
    if not changes:
        console.note(f"{title}: the same")
        return
    table = console.plain_table(title, before, after)
    for change in changes:
        table.add_row(escape(change.what), *map(escape, _apart(change)))
    console.show_table(table)
    console.note("")


def _counts(title: str, rows: Sequence[tuple[str, int]]) -> None:
    console.note("")
    table = console.plain_table(title, "n")
    for name, n in rows:
        table.add_row(escape(name), f"{n:,}")
    console.show_table(table)
    console.note("")


def _tokens(manifest: Mapping[str, Any], n: int) -> str:
    counter = manifest.get("tokens")
    if not isinstance(counter, Mapping):
        return "—"
    return f"about {n:,}" if counter["estimate"] else f"{n:,}"


def _apart(change: Change) -> tuple[str, str]:
    """Both values; of long ones the part where they begin to differ."""
    before, after = _plain(change.before), _plain(change.after)
    if max(len(before), len(after)) <= _LONGEST:
        return before, after
    both = zip(before, after, strict=False)
    differs = next((i for i, (one, two) in enumerate(both) if one != two), 0)
    start = max(0, differs - _LONGEST // 3)
    return _part(before, start), _part(after, start)


def _part(text: str, start: int) -> str:
    end = start + _LONGEST
    return f"{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}"


def _plain(value: Any) -> str:
    if value is None:
        return "—"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

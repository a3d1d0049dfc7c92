"""Which product release was trained from which training release, as somebody said.

Not here: what came of it (core/report/linked.py), the folders (reading.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.adapters.releases import find_release
from last_mile.adapters.releases.reading import read_manifest
from last_mile.adapters.warehouse import Warehouse
from last_mile.errors import UserError

_TABLE = "release_links"
_LONGEST = 200  # characters of a product release's name


def link_release(
    warehouse: Warehouse, training_release: str, product_release: str, at: datetime
) -> str:
    """Note that a product release was trained from a training release; twice is once.

    Args:
        warehouse: Where it is noted.
        training_release: Id of a release folder.
        product_release: As the logs name it, or will name it.
        at: Now (UTC).

    Returns:
        What is known of the product release, as a sentence.

    Raises:
        UserError: There is no such training release, or the product release was in use on days
            that are in it.
    """
    name = product_release.strip()
    if not name or len(name) > _LONGEST or not name.isprintable():
        raise UserError(
            "the product release has no name that a log could hold: give `model` as the logs write "
            f"it, on one line, up to {_LONGEST} characters"
        )
    manifest = read_manifest(find_release(warehouse.installation.releases, training_release))
    used = warehouse.read("product_releases").filter(release=name).to_dicts()
    if used:
        _require_later(name, used[0]["first_day"], training_release, manifest)
    row = {
        "training_release": training_release, "product_release": name,
        "linked_at": at.replace(tzinfo=None),
    }  # fmt: skip
    warehouse.keep(_TABLE, pl.DataFrame([row]))
    if not used:
        return f"no conversation of {name} has arrived yet; the report compares it when they do"
    return f"{name} is in use since {used[0]['first_day']}, {used[0]['n']:,} conversations"


def unlink_release(warehouse: Warehouse, training_release: str, product_release: str) -> None:
    """Take a link back.

    Raises:
        UserError: There is none.
    """
    links = warehouse.read(_TABLE)
    gone = (pl.col("training_release") == training_release) & (
        pl.col("product_release") == product_release
    )
    if links.filter(gone).is_empty():
        pairs = links.select("training_release", "product_release").sort(pl.all()).iter_rows()
        there = ", ".join(f"{one} to {other!r}" for one, other in pairs)
        raise UserError(
            f"{training_release} is not linked to {product_release!r}; "
            + (f"linked: {there}" if there else "nothing is linked")
        )
    warehouse.replace(_TABLE, links.filter(~gone))


def linked(warehouse: Warehouse, releases: Path) -> Iterator[dict[str, Any]]:
    """Rows of `release_links`, oldest first, each with its `manifest`.

    Args:
        warehouse: Where they are noted.
        releases: Folder of training releases; of one that is no longer there `manifest` is None.
    """
    for link in warehouse.read(_TABLE).sort("linked_at", "product_release").to_dicts():
        try:
            folder = find_release(releases, link["training_release"])
            yield {**link, "manifest": read_manifest(folder)}
        except UserError:
            yield {**link, "manifest": None}


def _require_later(name: str, first: date, release: str, manifest: Mapping[str, Any]) -> None:
    last = str(manifest.get("days", {}).get("last") or "")
    if last > first.isoformat():  # of one day, the export may be of its morning
        raise UserError(
            f"{name} was in use on {first}, and {release} was made of tables with conversations up "
            f"to {last}: it was there before; name the release that came after {last}"
        )

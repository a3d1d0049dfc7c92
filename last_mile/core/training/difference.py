"""What changed from one training release to another: origin, funnel, rows, numbers.

Not here: reading releases (adapters/releases), printing (cli/releases.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

import polars as pl

# What a manifest says about the files; everything else of it says what they were made from.
MEASURED = ("release_id", "files", "others", "rows", "tokens", "lengths", "pairs", "labels",
            "kto_weights", "checks")  # fmt: skip
Move = Literal["added", "removed", "moved", "kept"]


class Change(NamedTuple):
    """One entry that differs; None on the side that does not have it."""

    what: str
    before: Any
    after: Any


class Rows(NamedTuple):
    """Rows of one kind that went the same way."""

    kind: str
    move: Move
    before: str | None  # split
    after: str | None
    n: int


class Difference(NamedTuple):
    """What changed.

    Attributes:
        origin: Settings, rules, rubric, as-of and everything else the rows were made from.
        funnel: Counts of its steps.
        rows: Rows by kind and where they went, kept ones too.
        numbers: Rows, tokens, labels, weights, balance and median lengths.
    """

    origin: list[Change]
    funnel: list[Change]
    rows: list[Rows]
    numbers: list[Change]


def difference(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    rows_before: pl.DataFrame,
    rows_after: pl.DataFrame,
) -> Difference:
    """Compare two releases.

    Args:
        before: Manifest of one release.
        after: Manifest of the other one.
        rows_before: `kind`, `split` and `row_id` of the lineage of the first.
        rows_after: The same of the other.
    """
    return Difference(
        list(_changes(_origin(before), _origin(after))),
        list(_changes(_funnel(before), _funnel(after))),
        row_moves(rows_before, rows_after),
        list(_changes(_numbers(before), _numbers(after))),
    )


def row_moves(before: pl.DataFrame, after: pl.DataFrame) -> list[Rows]:
    """Rows by kind and by the split they were in and are in; see `difference`."""
    names = ["kind", "row_id", "split"]
    joined = before.select(names).join(
        after.select(names), on=["kind", "row_id"], how="full", coalesce=True, suffix="_after"
    )
    counted = joined.group_by("kind", "split", "split_after").len()
    ordered = counted.sort("kind", "split", "split_after", nulls_last=True)
    return [Rows(kind, _move(old, new), old, new, n) for kind, old, new, n in ordered.iter_rows()]


def _move(before: str | None, after: str | None) -> Move:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    return "kept" if before == after else "moved"


def _origin(manifest: Mapping[str, Any]) -> dict[str, Any]:
    left_out = {*MEASURED, "funnel"}
    return {key: value for key, value in manifest.items() if key not in left_out}


def _funnel(manifest: Mapping[str, Any]) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    for step in manifest.get("funnel") or ():
        counts[str(step["step"])] += step["n"]
    return dict(counts)


def _numbers(manifest: Mapping[str, Any]) -> dict[str, Any]:
    counts = ("rows", "bytes", "tokens", "n_over_1024")
    return {
        "files": {
            file["path"]: {name: file[name] for name in counts if name in file}
            for file in manifest.get("files") or ()
        },
        "median": {
            file: {
                name: {unit: found["p50"] for unit, found in units.items()}
                for name, units in fields.items()
            }
            for file, fields in (manifest.get("lengths") or {}).items()
        },
        **{name: manifest.get(name) or {} for name in ("pairs", "labels", "kto_weights")},
    }


def _changes(before: Any, after: Any, at: str = "") -> Iterator[Change]:
    """Entries that differ, by their path; what only one side has is not taken apart."""
    if isinstance(before, list) and isinstance(after, list):
        before, after = (dict(enumerate(values, 1)) for values in (before, after))
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            path = f"{at}.{key}" if at else str(key)
            yield from _changes(before.get(key), after.get(key), path)
    elif before != after:
        yield Change(at, before, after)

"""The gates of a release, run over the files as they were written: the draft's, and later again.

Not here: what a line must be and measures (core/training), refusing (writing.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.adapters.releases.lineage import LINEAGE
from last_mile.adapters.releases.looking import EXAMPLES, Found, Looked, Scan, look, note
from last_mile.adapters.releases.reading import broken_files
from last_mile.adapters.releases.tokens import TokenCounter
from last_mile.core.training.pairs import LEAST_BALANCED, LONGER_SHARE
from last_mile.core.training.statistics import FileNumbers, pair_lengths
from last_mile.core.training.validate import ANSWERS, SPLITS
from last_mile.errors import UserError

GATES = ("files_equal_the_manifest", "rows_are_valid", "splits_are_disjoint",
         "lengths_do_not_tell", "no_personal_data")  # fmt: skip
_SLACK = 1e-9  # of a share


class ReleaseRefusedError(UserError):
    """A gate failed: no release is made. Says how often, never what the texts are."""


class NothingToReleaseError(ReleaseRefusedError):
    """There are no rows to write."""


@dataclass
class Examined:
    """What the files of a release are like.

    Attributes:
        broken_files: Paths whose bytes are not those the manifest names.
        errors: Of the validator, by kind.
        overlaps: Users and tasks that two splits share, by `train/test users` and so on.
        personal_data: What the scan found, by kind.
        pairs: `n`, `longer`, `n_unequal` of each split with pairs.
        numbers: Words, tokens and labels of each file.
    """

    broken_files: list[str] = field(default_factory=list)
    errors: dict[str, Found] = field(default_factory=dict)
    overlaps: dict[str, int] = field(default_factory=dict)
    personal_data: dict[str, Found] = field(default_factory=dict)
    pairs: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: dict[str, FileNumbers] = field(default_factory=dict)

    def take(self, looked: Looked) -> None:
        """Add what was seen in a part of a file."""
        for into, found in (
            (self.errors, looked.errors), (self.personal_data, looked.personal_data)
        ):  # fmt: skip
            for name, one in found.items():
                note(into, name, one.n, *one.row_ids)
        if looked.path in self.numbers:
            self.numbers[looked.path].extend(looked.numbers)
        else:
            self.numbers[looked.path] = looked.numbers

    @property
    def failed(self) -> dict[str, int]:
        """Findings of each gate; none where all are 0.

        Test and holdout may share users: neither is learned from.
        """
        leaks = (n for name, n in self.overlaps.items() if name.startswith("train/"))
        counts = (
            len(self.broken_files),
            sum(found.n for found in self.errors.values()),
            sum(leaks),
            sum(p["n_unequal"] for p in self.pairs.values()) + len(self.unbalanced),
            sum(found.n for found in self.personal_data.values()),
        )
        return dict(zip(GATES, counts, strict=True))

    @property
    def unbalanced(self) -> list[str]:
        """Splits in whose pairs length tells the chosen answer."""
        low, high = LONGER_SHARE[0] - _SLACK, LONGER_SHARE[1] + _SLACK
        return [
            split
            for split, pairs in self.pairs.items()
            if pairs["n"] >= LEAST_BALANCED and not low <= pairs["longer"] <= high
        ]

    def sentence(self) -> str:
        """What failed, in counts, kinds and row ids."""
        details = {
            "files_equal_the_manifest": self.broken_files,
            "rows_are_valid": _told(self.errors),
            "splits_are_disjoint": [f"{name} {n:,}" for name, n in self.overlaps.items() if n],
            "lengths_do_not_tell": [
                *(f"{split}: {p['n_unequal']:,} pairs of unequal length"
                  for split, p in self.pairs.items() if p["n_unequal"]),
                *(f"{split}: chosen is longer in {self.pairs[split]['longer']:.1%}"
                  for split in self.unbalanced),
            ],
            "no_personal_data": _told(self.personal_data),
        }  # fmt: skip
        failed = [name for name, n in self.failed.items() if n]
        return "; ".join(f"{name.replace('_', ' ')}: {', '.join(details[name])}" for name in failed)


def examine(
    folder: Path, manifest: Mapping[str, Any], *, scan: Scan, tokens: TokenCounter | None = None
) -> Examined:
    """Read all files of a release, finished or a draft, and hold them to the gates.

    Args:
        folder: Of the release.
        manifest: Names the `files` and their hashes.
        scan: Personal data of one text of a row.
        tokens: None: tokens are not counted, which the gates do not need.
    """
    examined = Examined(broken_files=broken_files(folder, manifest))
    paths = [file["path"] for file in manifest["files"] if (folder / file["path"]).is_file()]
    rows = [_rows({"kind": [], "split": [], "row_id": []})]
    for looked in look(folder, paths, scan, tokens):
        examined.take(looked)
        kind, split = looked.numbers.kind, Path(looked.path).stem
        rows.append(_rows({"kind": kind, "split": split, "row_id": looked.row_ids}))
    lineage = pl.read_parquet(
        folder / LINEAGE, columns=["kind", "split", "row_id", "user_keys", "task_key"]
    )
    _hold_to_lineage(examined, pl.concat(rows), lineage)
    for name, column in {"users": "user_keys", "tasks": "task_key"}.items():
        examined.overlaps |= {
            f"{splits} {name}": n for splits, n in _shared(lineage, column).items()
        }
    for path, numbers in examined.numbers.items():
        if numbers.kind == "dpo":
            words = [numbers.words[name] for name in ANSWERS["dpo"]]
            examined.pairs[Path(path).stem] = pair_lengths(*words)
    return examined


def _hold_to_lineage(examined: Examined, rows: pl.DataFrame, lineage: pl.DataFrame) -> None:
    """Every line has its lineage, every row of it its line, and nothing is there twice."""
    key = ["kind", "split", "row_id"]
    twice = [
        frame.filter(pl.struct("kind", "row_id").is_duplicated()).unique(["kind", "row_id"])
        for frame in (rows, lineage)
    ]
    findings = {
        "duplicate_row": pl.concat(frame.select(key) for frame in twice),
        "no_lineage": rows.join(lineage, on=key, how="anti"),
        "no_line": lineage.join(rows, on=key, how="anti"),
    }
    for name, found in findings.items():
        if found.height:
            first = found["row_id"].unique().sort().head(EXAMPLES)
            note(examined.errors, name, found.height, *first)


def _shared(lineage: pl.DataFrame, column: str) -> dict[str, int]:
    """How many values of a column two splits share, by `train/test`."""
    held = lineage.select("split", column)
    if lineage.schema[column] == pl.List(pl.String):
        held = held.explode(column)
    values = {s: held.filter(pl.col("split") == s)[column].drop_nulls().unique() for s in SPLITS}
    return {
        f"{one}/{two}": int(values[one].is_in(values[two].implode()).sum())
        for one, two in combinations(SPLITS, 2)
    }


def _told(found: Mapping[str, Found]) -> list[str]:
    most_first = sorted(found.items(), key=lambda item: -item[1].n)
    return [f"{name} {one.n:,} (first row {one.row_ids[0]})" for name, one in most_first]


def _rows(columns: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))

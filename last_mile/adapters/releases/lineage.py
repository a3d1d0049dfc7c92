"""Where every row of a release is from: lineage.parquet, and which releases hold a user.

Not here: what is in the columns (defs/training.py).
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import polars as pl

from last_mile.adapters.releases.reading import release_folders
from last_mile.errors import UserError

LINEAGE = "lineage.parquet"
LINEAGE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "row_id": pl.String, "kind": pl.String, "split": pl.String,
    "conversation_ids": pl.List(pl.String), "message_indices": pl.List(pl.Int32),
    "user_keys": pl.List(pl.String), "task_key": pl.String, "tier": pl.String,
    "reason": pl.String, "rule": pl.String, "margin": pl.Float64, "label": pl.Boolean,
    "flags": pl.String, "epoch": pl.String, "outcome": pl.String,
    "outcome_states": pl.List(pl.String), "outcome_as_of": pl.Datetime("us"),
}  # fmt: skip
_ROW_GROUP = 100_000  # fixed, with the order: the same rows are the same bytes


def write_lineage(file: Path, lineage: pl.DataFrame) -> None:
    """Write the lineage of all rows, byte for byte the same for the same rows.

    Args:
        file: To be written.
        lineage: Columns of LINEAGE_SCHEMA, one row per line of the files, in any order.
    """
    rows = lineage.select(pl.col(name).cast(dtype) for name, dtype in LINEAGE_SCHEMA.items())
    rows.sort("kind", "split", "row_id", "conversation_ids").rechunk().write_parquet(
        file, compression="zstd", compression_level=3, row_group_size=_ROW_GROUP
    )


def lineage_of(release: Path) -> pl.DataFrame:
    """`kind`, `split` and `row_id` of a release's rows.

    Raises:
        UserError: The release has no lineage.
    """
    if not (release / LINEAGE).is_file():
        raise UserError(
            f"training release {release.name} has no {LINEAGE}: an earlier version made it; "
            "`last-mile run` makes one that can be compared"
        )
    return pl.read_parquet(release / LINEAGE, columns=["kind", "split", "row_id"])


def releases_with_user(releases: Path, keys: Collection[str]) -> list[str]:
    """Ids of the releases that hold rows of a user, oldest first.

    A release without a lineage counts: it cannot be ruled out.

    Args:
        releases: Folder of all releases.
        keys: The user's keys, as `user_keys` of the lineage has them.
    """
    return [folder.name for folder in release_folders(releases) if _holds(folder, list(keys))]


def _holds(release: Path, keys: list[str]) -> bool:
    file = release / LINEAGE
    if not file.is_file():
        return True
    users = pl.scan_parquet(file).select(pl.col("user_keys").explode(empty_as_null=False))
    return bool(users.select(pl.col("user_keys").is_in(keys).any()).collect().item())

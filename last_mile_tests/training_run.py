"""All training assets on a warehouse, one after the other. Not here: worlds, tests, timing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.adapters.releases import LINEAGE, newest_release
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.training.validate import KINDS, SPLITS
from last_mile.defs import tiers, training

STEPS = (
    tiers.tier_lift, training.training_splits, training.training_pool, training.training_texts,
    training.evaluation_texts, training.training_overlaps, training.pair_candidates,
    training.sft_examples, training.dpo_pairs, training.kto_examples, training.training_release,
)  # fmt: skip


def release_of(warehouse: Warehouse) -> Path:
    """Materialize every asset from tiers to the release; gives its folder."""
    for asset in STEPS:
        asset(warehouse=warehouse)
    releases = warehouse.installation.releases
    manifest = newest_release(releases)
    assert manifest is not None
    return releases / str(manifest["release_id"])


def lines_of(release: Path) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The rows of every file, by kind and split."""
    return {(kind, split): _rows(release, kind, split) for kind in KINDS for split in SPLITS}


def lineage_of(release: Path) -> pl.DataFrame:
    """All of lineage.parquet."""
    return pl.read_parquet(release / LINEAGE)


def _rows(release: Path, kind: str, split: str) -> list[dict[str, Any]]:
    file = release / kind / f"{split}.jsonl"
    lines = file.read_text("utf-8").split("\n") if file.is_file() else []
    return [json.loads(line) for line in lines if line]

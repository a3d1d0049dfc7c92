"""Makes the flags of rules from the texts of a day, read in shards so that memory stays bounded.

Not here: the rules (core/heuristics/), the asset (defs/conversations.py).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.heuristics import heuristic_flags
from last_mile.core.rubric import Metric

SHARD = 20_000  # conversations whose texts are held at once, about


def build_flags(
    warehouse: Warehouse, days: Days, metrics: Sequence[Metric], *, others_stay: bool
) -> int:
    """Replace the flags of rules on some days, in one transaction.

    Args:
        warehouse: The tables.
        days: Whose conversations; one day.
        metrics: Whose flags.
        others_stay: Flags of other metrics are left as they are; the day is then read at once.

    Returns:
        Rows written.
    """
    n = warehouse.read("conversation_count", days).item()
    shards = max(1, -(-n // SHARD))
    if shards == 1 or others_stay:
        frame = _flags(warehouse, days, metrics, 0, 1)
        keys = {"metric": [metric.id for metric in metrics]} if others_stay else None
        return warehouse.replace("heuristic_flags", frame, days, keys)
    folder = Path(tempfile.mkdtemp(prefix="last_mile-flags-"))
    try:
        files = [folder / f"{shard}.parquet" for shard in range(shards)]
        for shard, file in enumerate(files):
            _flags(warehouse, days, metrics, shard, shards).write_parquet(file)
        return warehouse.replace_by_files("heuristic_flags", files, days)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _flags(
    warehouse: Warehouse, days: Days, metrics: Sequence[Metric], shard: int, shards: int
) -> pl.DataFrame:
    parts = {"shard": str(shard), "shards": str(shards)}
    texts = warehouse.read("texts_of_shard", days, parts)
    asked = [(metric.id, metric.rule or metric.id, metric.params) for metric in metrics]
    hashes = {metric.id: metric.definition_hash for metric in metrics}
    return heuristic_flags(texts, asked).with_columns(
        pl.lit(days.start).alias("day"),
        pl.col("metric").replace_strict(hashes, return_dtype=pl.String).alias("definition_hash"),
    )

"""The two assets over a warehouse: read, choose, replace, count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import polars as pl

from last_mile.adapters.installation import Settings
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import wide_columns
from last_mile.defs import evidence
from last_mile_tests.scenario import DAY

CONVERSATIONS = 6000


def _materialized(home: Path, hire_chance: float) -> tuple[Warehouse, dict[str, Any]]:
    """Own drafts are a quarter and hired by that chance, the others in 2 of 100 cases."""
    warehouse = Warehouse(home=str(home))
    warehouse.installation.save(Settings(drops="drops"))
    rubric = warehouse.installation.rubric()
    warehouse.add_columns("labeled_conversations", wide_columns(rubric))
    rng = np.random.default_rng(1)
    own = rng.random(CONVERSATIONS) < 0.25
    hired = rng.random(CONVERSATIONS) < np.where(own, hire_chance, 0.02)
    rows = pl.DataFrame(
        {
            "conversation_id": [f"c{i}" for i in range(CONVERSATIONS)],
            "own_draft_proofread": own,
            "sounds_robotic": rng.random(CONVERSATIONS) < 0.5,
            "hired": hired,
            "interviewed": hired,
        }
    ).with_columns(day=pl.lit(DAY), judge_weight=pl.lit(1.0))
    warehouse.replace("labeled_conversations", rows)
    result = dg.materialize(
        [evidence.segment_lift, evidence.composite_lift],
        resources={"warehouse": warehouse},
        instance=dg.DagsterInstance.ephemeral(),
    )
    (reported,) = result.asset_materializations_for_node("segment_lift")
    return warehouse, {name: value.value for name, value in reported.metadata.items()}


def test_a_segment_is_written_with_the_counts_of_its_search(tmp_path: Path) -> None:
    warehouse, reported = _materialized(tmp_path, 0.2)
    rows = warehouse.read("segment_lift")
    assert rows["segment"].to_list() == ["own_draft_proofread"]
    assert reported["dagster/row_count"] == reported["chosen"] - reported["not_confirmed"] == 1
    # m and not m of two flags, and their four pairs
    assert (reported["patterns"], reported["tried"]) == (8, 8)


def test_the_composite_has_a_row_per_outcome(tmp_path: Path) -> None:
    warehouse, _ = _materialized(tmp_path, 0.2)
    rows = warehouse.read("composite_lift").sort("outcome")
    assert rows["outcome"].to_list() == ["hired", "interviewed"]
    assert rows["best_metric"].to_list() == ["own_draft_proofread"] * 2
    assert all(high < 0 for high in rows["difference_high"])  # one coin beside the flag that knows


def test_without_an_effect_the_table_is_emptied(tmp_path: Path) -> None:
    _materialized(tmp_path, 0.2)
    warehouse, reported = _materialized(tmp_path, 0.02)
    assert warehouse.read("segment_lift").is_empty()
    assert reported["dagster/row_count"] == 0

"""The two assets about product releases over a warehouse: read, compare, replace, count."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import polars as pl

from last_mile.adapters.installation import Settings
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import wide_columns
from last_mile.defs import releases
from last_mile_tests.scenario import DAY

CONVERSATIONS = 6000


def _materialized(home: Path, gain: float) -> tuple[Warehouse, dict[str, Any]]:
    """Of two releases, one a day later; the new one adds `gain` to a rate of 0.1."""
    warehouse = Warehouse(home=str(home))
    warehouse.installation.save(Settings(drops="drops"))
    rubric = warehouse.installation.rubric()
    warehouse.add_columns("labeled_conversations", wide_columns(rubric))
    rng = np.random.default_rng(1)
    new = np.arange(CONVERSATIONS) % 2 == 1
    own = rng.random(CONVERSATIONS) < 0.25
    hired = rng.random(CONVERSATIONS) < np.where(new, 0.1 + gain, 0.1)
    rows = pl.DataFrame(
        {
            "conversation_id": [f"c{i}" for i in range(CONVERSATIONS)],
            "model": np.where(new, "m2", "m1"),
            "day": [DAY + timedelta(days=int(one)) for one in new],
            "own_draft_proofread": own,
            "hired": hired,
            "interviewed": hired,
        }
    ).with_columns(judge_weight=pl.lit(1.0))
    warehouse.replace("labeled_conversations", rows)
    result = dg.materialize(
        [releases.release_comparison, releases.outcome_effects],
        resources={"warehouse": warehouse},
        instance=dg.DagsterInstance.ephemeral(),
    )
    (reported,) = result.asset_materializations_for_node("release_comparison")
    return warehouse, {name: value.value for name, value in reported.metadata.items()}


def test_a_better_release_has_improved_and_stands_beside_engagement(tmp_path: Path) -> None:
    warehouse, reported = _materialized(tmp_path, 0.1)
    rows = warehouse.read("release_comparison").filter(release="m2", kind="outcome")
    assert rows["verdict"].to_list() == ["improved", "improved"]
    assert "improved" in str(reported["verdicts"])
    assert "tasks_not_named" in str(reported["basis"])
    assert "hidden_regressions" not in reported
    effects = warehouse.read("outcome_effects").filter(outcome="hired")
    causes = dict(effects.select("cause", "rd").iter_rows())
    assert causes["m2"] > 0.05 > abs(causes["own_draft_proofread"])


def test_a_release_that_changes_nothing_has_no_evidence_and_replaces_what_was_there(
    tmp_path: Path,
) -> None:
    _materialized(tmp_path, 0.1)
    warehouse, _ = _materialized(tmp_path, 0.0)
    rows = warehouse.read("release_comparison").filter(release="m2")
    assert set(rows["verdict"]) == {"no_evidence"}
    rubric = warehouse.installation.rubric()
    assert rows.height == len(rubric.metrics) + len(rubric.outcomes)

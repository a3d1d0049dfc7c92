"""The asset about failures that no flag explains, over a warehouse with a planted phrase."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import polars as pl
import pytest

from last_mile.adapters import failure_source
from last_mile.adapters.erasure import erase
from last_mile.adapters.installation import Settings
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import wide_columns
from last_mile.defs import failures
from last_mile_tests.scenario import DAY

N = 6_000
PHRASE = "plain gazelle"
PER_USER = 3


def _warehouse(home: Path, harm: float) -> Warehouse:
    """Conversations of which one of four ends with the phrase, and is hired less by `harm`."""
    warehouse = Warehouse(home=str(home))
    warehouse.installation.save(Settings(drops="drops"))
    rubric = warehouse.installation.rubric()
    warehouse.add_columns("labeled_conversations", wide_columns(rubric))
    rng = np.random.default_rng(4)
    has, robotic = rng.random(N) < 0.25, rng.random(N) < 0.4
    rate = np.where(robotic, 0.1, 0.4) * np.where(has, 1 - harm, 1.0)
    ids = [f"c{i:05d}" for i in range(N)]
    users = [f"u{i // PER_USER}" for i in range(N)]
    words = rng.choice(["alder", "birch", "cedar", "elm"], (N, 6))
    texts = [" ".join([*row, PHRASE] if one else row) for row, one in zip(words, has, strict=True)]
    schema = warehouse.read("conversations").schema
    warehouse.replace("conversations", pl.DataFrame(
        {
            "conversation_id": ids, "user_id": users, "final_output": texts, "content_hash": ids,
            "messages": [[{"role": "user", "content": "please write it"}]] * N,
        }
    ).with_columns(
        day=pl.lit(DAY), started_at=pl.lit(DAY).cast(schema["started_at"]), n_after_outcome=0,
        attributes=pl.lit("{}"), context=pl.lit([], dtype=schema["context"]),
        sources=pl.lit([], dtype=schema["sources"]),
    ))  # fmt: skip
    warehouse.replace("labeled_conversations", pl.DataFrame(
        {
            "conversation_id": ids, "user_id": users, "sounds_robotic": robotic,
            "hired": rng.random(N) < rate, "category": "design",
        }
    ).with_columns(day=pl.lit(DAY), judge_weight=1.0))  # fmt: skip
    lift = {
        "metric": "sounds_robotic", "outcome": "hired", "scope": "all", "n": N, "n_matured": N,
        "n_scored": N, "n_true": N // 2, "events_true": 1, "events_false": 1, "weighted": False,
        "prevalence": 0.4, "measured_sign": -1, "exploratory": False, "horizon_days": 45,
        "epoch": "e",
    }  # fmt: skip
    warehouse.replace("metric_lift", pl.DataFrame([lift]))
    return warehouse


def _materialized(warehouse: Warehouse) -> dict[str, Any]:
    result = dg.materialize(
        [failures.failure_modes], resources={"warehouse": warehouse},
        instance=dg.DagsterInstance.ephemeral(),
    )  # fmt: skip
    (event,) = result.asset_materializations_for_node("failure_modes")
    return {name: value.value for name, value in event.metadata.items()}


def test_a_phrase_that_lowers_the_outcome_is_proposed_and_its_failures_are_named(
    tmp_path: Path,
) -> None:
    warehouse = _warehouse(tmp_path, 0.6)
    told = _materialized(warehouse)
    [row] = warehouse.read("failure_modes").filter(state="proposed").to_dicts()
    assert row["part"] == "final_output"
    assert row["feature"] in {PHRASE, "plain", "gazelle"}
    assert row["rr_high"] < 1
    assert "rule: mentions" in row["proposal"]
    examples = warehouse.read("failure_examples").filter(failure_id=row["failure_id"])
    assert examples.height == 5
    of = warehouse.read("labeled_conversations").join(examples, on="conversation_id")
    assert of["hired"].any() is False
    assert of["sounds_robotic"].any() is False
    assert of["user_id"].n_unique() == 5
    assert told["n_unexplained"] > 0
    assert "gazelle" not in str(told)  # words of users stand in the table alone


def test_without_harm_nothing_is_proposed_and_former_rows_go(tmp_path: Path) -> None:
    _materialized(_warehouse(tmp_path, 0.6))
    warehouse = _warehouse(tmp_path, 0.0)
    _materialized(warehouse)
    assert "proposed" not in set(warehouse.read("failure_modes")["state"])


def test_of_many_conversations_a_share_is_read_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failure_source, "MOST", 1_800)
    warehouse = _warehouse(tmp_path, 0.6)
    tables = []
    for _ in range(2):
        _materialized(warehouse)
        tables.append(warehouse.read("failure_modes").sort("failure_id"))
    assert tables[0].equals(tables[1])
    assert 0.4 < tables[0]["sampled"][0] < 0.6  # 1,800 of about 3,600 without the flag


def test_an_erased_user_is_no_example(tmp_path: Path) -> None:
    warehouse = _warehouse(tmp_path, 0.6)
    _materialized(warehouse)
    named = warehouse.read("failure_examples")["conversation_id"]
    rows = warehouse.read("conversations").filter(pl.col("conversation_id").is_in(named.to_list()))
    user = rows["user_id"][0]
    erase(warehouse.installation, user, datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None))
    left = set(warehouse.read("failure_examples")["conversation_id"])
    gone = set(rows.filter(user_id=user)["conversation_id"])
    assert gone
    assert left == set(named) - gone

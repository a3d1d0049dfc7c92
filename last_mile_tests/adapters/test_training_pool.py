"""Who may become training data, and which filter takes out the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import wide_columns
from last_mile.core.training.fragments import pair_fragments, pool_fragments
from last_mile_tests.adapters.training_tables import (
    CONTRAST,
    fill,
    labeled,
    on,
    pooled,
    small_rubric,
    tier,
)
from last_mile_tests.scenario import metric, rubric


def _pool(warehouse: Warehouse) -> dict[str, Any]:
    rows = warehouse.read("training_pool")
    return {row["conversation_id"]: row for row in rows.iter_rows(named=True)}


def _dropped(warehouse: Warehouse) -> dict[str, str | None]:
    return {name: row["dropped"] for name, row in _pool(warehouse).items()}


def test_tiers_say_how_a_conversation_is_trained_on(tmp_path: Path) -> None:
    conversations = [labeled("a"), labeled("b", robotic=True), labeled("c", robotic=None)]
    pool = _pool(
        pooled(tmp_path, conversations, [tier("a"), tier("b", "poor"), tier("c", "ordinary")])
    )
    assert {name: row["label"] for name, row in pool.items()} == {"a": True, "b": False}
    assert {row["dropped"] for row in pool.values()} == {None}
    assert {row["contrast"] for row in pool.values()} == {None}  # nobody else had their tasks
    assert pool["a"]["rule"] == "rule of best"


def test_a_locked_tier_is_out_and_others_of_its_name_are_not(tmp_path: Path) -> None:
    conversations = [labeled("a"), labeled("b", robotic=True), labeled("c", robotic=True)]
    tiers = [tier("a"), tier("b", "poor", reason="rude"), tier("c", "poor", reason="wrong")]
    warehouse = pooled(tmp_path, conversations, tiers)
    lift = {"rule": "rule of poor", "train": "undesirable", "n": 1, "n_matured": 1, "events": 0,
            "n_reference": 1, "events_reference": 0, "reference": "ordinary", "level": 0.999,
            "state": "underpowered", "outcome": "hired", "horizon_days": 10}  # fmt: skip
    rows = [
        {**lift, "tier": "poor", "reason": "rude", "period": "later", "unlocked": False},
        {**lift, "tier": "poor", "reason": "rude", "period": "chosen_on", "unlocked": False},
        {**lift, "tier": "poor", "reason": "wrong", "period": "later", "unlocked": True},
        {
            **lift,
            "tier": "best",
            "reason": "",
            "rule": "another rule",
            "period": "later",
            "unlocked": True,
        },
    ]
    fill(warehouse, "tier_lift", rows)
    warehouse.build("training_pool", fragments=pool_fragments(small_rubric()))
    # what was proven of `best` was proven of another rule
    assert _dropped(warehouse) == {"a": "locked_tier", "b": "locked_tier", "c": None}


def test_of_a_users_conversations_about_a_task_the_newest_is_kept(tmp_path: Path) -> None:
    same = {"user_id": "u", "task_id": "job"}
    conversations = [
        labeled("a", **same, day=on(5)), labeled("b", **same, day=on(7)),
        labeled("c", **same, day=on(6)), labeled("other task", user_id="u"),
        labeled("other user", task_id="job"),
    ]  # fmt: skip
    tiers = [tier(row["conversation_id"], day=row["day"]) for row in conversations]
    assert _dropped(pooled(tmp_path, conversations, tiers)) == {
        "a": "another_of_the_task", "b": None, "c": "another_of_the_task", "other task": None,
        "other user": None,
    }  # fmt: skip


def test_without_a_task_all_conversations_of_a_user_are_kept(tmp_path: Path) -> None:
    conversations = [labeled(name, user_id="u", task_id=None) for name in "ab"]
    warehouse = pooled(tmp_path, conversations, [tier("a"), tier("b")])
    assert set(_dropped(warehouse).values()) == {None}


def test_what_people_labelled_is_not_trained_on(tmp_path: Path) -> None:
    conversations = [labeled("a"), labeled("b")]
    warehouse = pooled(tmp_path, conversations, [tier("a"), tier("b")])
    label = {"conversation_id": "a", "metric": "robotic", "label": True, "n_answers": 1}
    fill(warehouse, "human_labels", [label])
    warehouse.build("training_pool", fragments=pool_fragments(small_rubric()))
    assert _dropped(warehouse) == {"a": "labelled", "b": None}


def test_what_has_no_split_is_out(tmp_path: Path) -> None:
    warehouse = pooled(tmp_path, [labeled("a")], [tier("a")])
    row = {"conversation_id": "a", "day": on(5), "user_key": "u", "task_key": "t",
           "reason": "user_in_test"}  # fmt: skip
    fill(warehouse, "training_splits", [row])
    warehouse.build("training_pool", fragments=pool_fragments(small_rubric()))
    assert _dropped(warehouse) == {"a": "no_split"}


def _two(**over: Any) -> list[dict[str, Any]]:
    """A plain and a robotic answer to one job; what is given is of the robotic one."""
    return [
        labeled("plain", task_id="job", own_draft=False),
        labeled("robot", **{"task_id": "job", "own_draft": False, "robotic": True, **over}),
    ]


ORDINARY = [tier("plain", "ordinary", rule=None), tier("robot", "poor")]


def test_answers_of_two_users_to_one_task_are_opposed(tmp_path: Path) -> None:
    pool = _pool(pooled(tmp_path, _two(), ORDINARY))
    assert {name: (row["contrast"], row["label"]) for name, row in pool.items()} == {
        "plain": ("chosen", None), "robot": ("rejected", False),
    }  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        {"task_id": "another"},
        {"user_id": "user of plain"},
        {"model": "m2"},
        {"robotic": None},
        {"model": None},
    ],
    ids=["other task", "same user", "other release", "not judged", "release unknown"],
)
def test_other_answers_are_not_opposed(tmp_path: Path, other: dict[str, Any]) -> None:
    pool = _pool(pooled(tmp_path, _two(**other), ORDINARY))
    assert "plain" not in pool
    assert {row["contrast"] for row in pool.values()} == {None}


def test_strata_must_be_equal(tmp_path: Path) -> None:
    by_category = small_rubric().model_copy(update={"strata": ("category",)})
    for category, opposed in (("b", {None}), ("a", {"chosen", "rejected"})):
        rows = [{**row, "category": "a"} for row in _two()]
        rows[1]["category"] = category
        warehouse = pooled(tmp_path / category, rows, ORDINARY)
        warehouse.build("training_pool", fragments=pool_fragments(by_category))
        assert {row["contrast"] for row in _pool(warehouse).values()} == opposed


def test_without_a_contrast_in_the_rubric_nothing_is_opposed(tmp_path: Path) -> None:
    pool = _pool(pooled(tmp_path, _two(), ORDINARY, contrast=None))
    assert {name: row["contrast"] for name, row in pool.items()} == {"robot": None}


@pytest.mark.parametrize("name", ["split", "label", "dropped", "user_key", "prompt"])
def test_a_metric_may_have_the_name_of_a_column_on_the_way(tmp_path: Path, name: str) -> None:
    warehouse = pooled(tmp_path, _two(), ORDINARY)
    rules = {"chosen": f"{name} and not robotic", "rejected": "robotic"}
    metrics = (*small_rubric().metrics, metric(name))
    named = rubric(metrics=metrics, training={"contrast": {**CONTRAST, **rules}})
    warehouse.add_columns("labeled_conversations", wide_columns(named))
    flagged = warehouse.read("labeled_conversations").with_columns(pl.lit(value=True).alias(name))
    warehouse.replace("labeled_conversations", flagged)
    warehouse.build("training_pool", fragments=pool_fragments(named))
    assert {row["contrast"] for row in _pool(warehouse).values()} == {"chosen", "rejected"}
    lift = {"metric": name, "scope": "all", "outcome": "hired", "adjusted_rr": 2.0,
            "measured_sign": 1, "verdict": "confirmed"}  # fmt: skip
    assert warehouse.read("pairs_found", fragments=pair_fragments(named, [lift])).is_empty()

"""The patterns as DuckDB counts them: halves by user, matured only, without what leaks."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.adapters.pattern_source import read_patterns
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import wide_columns
from last_mile.core.lift import LIFT_SCHEMA
from last_mile.core.rubric import Rubric
from last_mile_tests.scenario import DAY, rubric

RUBRIC = rubric(strata=["category", "attributes.user_history"])
FLAGS = ["own_draft", "robotic", "polite"]


def _held_out(key: str) -> bool:
    """DuckDB reads the second half of the MD5 as a little-endian number: whether it is odd."""
    return bool(hashlib.md5(key.encode(), usedforsecurity=False).digest()[8] & 1)


def _warehouse(home: Path, *rows: dict[str, Any]) -> Warehouse:
    warehouse = Warehouse(home=str(home))
    warehouse.add_columns("labeled_conversations", wide_columns(RUBRIC))
    default = {"day": DAY, "judge_weight": 1.0, "hired": False, **dict.fromkeys(FLAGS, False)}
    frame = pl.DataFrame(
        [{**default, "conversation_id": f"c{i}", **row} for i, row in enumerate(rows)],
        infer_schema_length=None,
    )
    warehouse.keep("labeled_conversations", frame)
    return warehouse


def _patterns(warehouse: Warehouse, using: Rubric = RUBRIC) -> pl.DataFrame:
    frame, _ = read_patterns(warehouse, using, "hired", using.strata)
    return frame


def test_the_same_flags_context_and_half_are_one_row(tmp_path: Path) -> None:
    same = {"user_id": "u1", "category": "web", "user_history": "new", "own_draft": True}
    warehouse = _warehouse(
        tmp_path,
        {**same, "hired": True},
        same,
        {**same, "robotic": None},
        {**same, "category": "x"},
    )
    found = _patterns(warehouse)
    assert found.columns == [*FLAGS, "category", "user_history", "held_out", "n", "events"]
    assert found.schema["n"] == found.schema["events"] == pl.Int64
    rows = set(found.select("category", "robotic", "n", "events").rows())
    assert rows == {("web", False, 2, 1), ("web", None, 1, 0), ("x", False, 1, 0)}


def test_an_open_conversation_is_not_counted(tmp_path: Path) -> None:
    warehouse = _warehouse(tmp_path, {"hired": None}, {"hired": True})
    assert _patterns(warehouse)["n"].to_list() == [1]


def test_all_conversations_of_a_user_are_in_the_half_of_the_user(tmp_path: Path) -> None:
    users = [f"u{i % 10}" for i in range(40)]
    warehouse = _warehouse(tmp_path, *({"user_id": user, "category": user} for user in users))
    halves = dict(_patterns(warehouse).select("category", "held_out").rows())
    assert halves == {user: _held_out(user) for user in users}
    assert set(halves.values()) == {True, False}
    assert _patterns(warehouse)["n"].to_list() == [4] * 10


def test_a_conversation_without_a_user_stands_for_itself(tmp_path: Path) -> None:
    warehouse = _warehouse(tmp_path, *({"user_id": None, "category": f"c{i}"} for i in range(20)))
    halves = dict(_patterns(warehouse).select("category", "held_out").rows())
    assert halves == {f"c{i}": _held_out(f"c{i}") for i in range(20)}


def test_halves_are_about_equal(tmp_path: Path) -> None:
    warehouse = _warehouse(tmp_path, *({"user_id": f"u{i}"} for i in range(2000)))
    n = dict(_patterns(warehouse).select("held_out", "n").rows())
    assert abs(n[True] - 1000) < 3 * 22.4  # s.e. sqrt(2000 / 4)


def test_a_metric_that_knows_the_outcome_is_left_out(tmp_path: Path) -> None:
    warehouse = _warehouse(tmp_path, {"own_draft": True})
    known = {
        "metric": "robotic", "outcome": "hired", "scope": "all", "n": 1, "n_matured": 1,
        "n_scored": 1, "n_true": 0, "events_true": 0, "events_false": 0, "weighted": False,
        "leaks": "it is the outcome", "exploratory": False, "horizon_days": 10, "epoch": "e",
    }  # fmt: skip
    kinds = {name: LIFT_SCHEMA[name] for name in known}
    other = {**known, "metric": "polite", "outcome": "interviewed"}
    warehouse.replace("metric_lift", pl.DataFrame([known, other], schema=kinds))
    frame, metrics = read_patterns(warehouse, RUBRIC, "hired")
    assert [metric.id for metric in metrics] == ["own_draft", "polite"]
    assert frame.columns == ["own_draft", "polite", "held_out", "n", "events"]


def test_without_conversations_there_are_no_patterns(tmp_path: Path) -> None:
    warehouse = _warehouse(tmp_path, {"hired": None})
    assert _patterns(warehouse).is_empty()

"""Builders of the tables that training data is made of. Not here: tests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.adapters.sql_files import table_columns
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import wide_columns
from last_mile.core.rubric import Rubric
from last_mile.core.training.fragments import pool_fragments, split_fragments
from last_mile_tests.scenario import DAY, rubric

CONTRAST = {
    "chosen": "not robotic", "rejected": "robotic", "documents": ["job"],
    "request": "Write a proposal for this job.",
}  # fmt: skip
TYPES: Mapping[str, Any] = {
    "VARCHAR": pl.String, "DATE": pl.Date, "BOOLEAN": pl.Boolean, "DOUBLE": pl.Float64,
    "INTEGER": pl.Int32, "BIGINT": pl.Int64, "TIMESTAMP": pl.Datetime("us"),
    "VARCHAR[]": pl.List(pl.String),
}  # fmt: skip


def small_rubric(**training: Any) -> Rubric:
    """The rubric of scenario.py with a contrast."""
    return rubric(training={"contrast": CONTRAST, **training})


def labeled(conversation_id: str, **over: Any) -> dict[str, Any]:
    """One row of labeled_conversations: somebody's own draft, neither robotic nor polite."""
    return {
        "conversation_id": conversation_id, "day": DAY, "user_id": f"user of {conversation_id}",
        "model": "m1", "surface": None, "category": None, "task_id": f"job of {conversation_id}",
        "judge_weight": 1.0, "own_draft": True, "robotic": False, "polite": False, "hired": None,
        **over,
    }  # fmt: skip


def tier(conversation_id: str, name: str = "best", **over: Any) -> dict[str, Any]:
    """One row of quality_tiers."""
    trains = {"best": "desirable", "poor": "undesirable"}
    return {
        "conversation_id": conversation_id, "day": DAY, "tier": name, "reason": None,
        "rule": f"rule of {name}", "train": trains.get(name), **over,
    }  # fmt: skip


def texts(conversation_id: str, **over: Any) -> dict[str, Any]:
    """One row of training_texts: an answer, and the draft before it."""
    return {
        "conversation_id": conversation_id, "day": DAY, "dropped": None,
        "prompt": said(("user", "Write it."), ("assistant", "Draft."), ("user", "Better.")),
        "answer": said(("assistant", f"Answer of {conversation_id}.")), "answer_index": 3,
        "n_answer_words": 3, "draft_prompt": said(("user", "Write it.")),
        "draft": said(("assistant", "Draft.")), "draft_index": 1, "n_draft_words": 3,
        "pair_rule": "revision_over_draft", "unpaired": None, "shared_prompt": None,
        "leaks": None, "names": [], "scrubbed": "{}", **over,
    }  # fmt: skip


def said(*messages: tuple[str, str]) -> str:
    """Messages as JSON."""
    return json.dumps([{"role": role, "content": content} for role, content in messages])


def fill(warehouse: Warehouse, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Replace a table by rows; columns they do not name are null."""
    kinds = table_columns()[table] | (
        {name: kind.upper() for name, kind in wide_columns(small_rubric()).items()}
        if table == "labeled_conversations"
        else {}
    )
    schema = {name: TYPES[kind] for name, kind in kinds.items() if kind in TYPES}
    names = set().union(*(row.keys() for row in rows)) if rows else set(schema)
    assert names <= set(schema), names - set(schema)
    frame = pl.DataFrame(rows, schema={n: t for n, t in schema.items() if n in names})
    warehouse.replace(table, frame)


def warehouse_of(
    home: Path,
    conversations: Sequence[Mapping[str, Any]],
    tiers: Sequence[Mapping[str, Any]] = (),
) -> Warehouse:
    """A warehouse with labelled conversations and their tiers."""
    warehouse = Warehouse(home=str(home))
    warehouse.add_columns("labeled_conversations", wide_columns(small_rubric()))
    fill(warehouse, "labeled_conversations", conversations)
    fill(warehouse, "quality_tiers", tiers)
    return warehouse


def pooled(
    home: Path,
    conversations: Sequence[Mapping[str, Any]],
    tiers: Sequence[Mapping[str, Any]],
    **training: Any,
) -> Warehouse:
    """A warehouse with the pool of these conversations, every task of them in training."""
    warehouse = warehouse_of(home, conversations, tiers)
    splits = [
        {
            "conversation_id": row["conversation_id"], "day": row["day"], "split": "train",
            "user_key": str(row["user_id"]), "task_key": str(row["task_id"]),
        }
        for row in conversations
    ]  # fmt: skip
    fill(warehouse, "training_splits", splits)
    fill(warehouse, "tier_lift", _proven(tiers))
    warehouse.build("training_pool", fragments=pool_fragments(small_rubric(**training)))
    return warehouse


def _proven(tiers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of tier_lift that unlock every tier there is."""
    rules = {(row["tier"], row["reason"]): row for row in tiers if row["train"]}
    return [
        {
            "tier": row["tier"], "reason": row["reason"] or "", "rule": row["rule"],
            "train": row["train"], "period": "later", "n": 1, "n_matured": 1, "events": 0,
            "n_reference": 1, "events_reference": 0, "reference": "ordinary", "level": 0.999,
            "state": "holds", "unlocked": True, "outcome": "hired", "horizon_days": 10,
        }
        for row in rules.values()
    ]  # fmt: skip


def split(
    home: Path, conversations: Sequence[Mapping[str, Any]], **training: Any
) -> dict[str, tuple[str | None, str | None]]:
    """Split and reason of each conversation."""
    warehouse = warehouse_of(home, conversations)
    warehouse.build("training_splits", fragments=split_fragments(small_rubric(**training)))
    rows = warehouse.read("training_splits")
    return {name: (kept, reason) for name, kept, reason in rows.select(
        "conversation_id", "split", "reason").iter_rows()}  # fmt: skip


def on(day: int) -> date:
    """A day of January 2026."""
    return date(2026, 1, day)

"""Builds training_overlaps from rows given in a test. Not here: tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.adapters.training_tables import fill, said, texts
from last_mile_tests.scenario import DAY


class Overlap(NamedTuple):
    """Why a conversation was dropped."""

    dropped: str
    other: str
    similarity: float


def text_row(name: str, answer: str, draft: str | None = None, prompt: str = "Write it.") -> Any:
    """One row of training_texts; with a draft, a pair."""
    return texts(
        name,
        prompt=said(("user", prompt)),
        answer=said(("assistant", answer)),
        draft=said(("assistant", draft if draft is not None else answer)),
        unpaired="single_draft" if draft is None else None,
    )


def pool_rows(rows: Sequence[Mapping[str, Any]], splits: Mapping[str, str | None]) -> list[Any]:
    """Rows of training_pool; what has no split is in train."""
    return [
        {
            "conversation_id": row["conversation_id"], "day": DAY,
            "split": splits.get(row["conversation_id"], "train"), "user_key": "u", "task_key": "t",
            "tier": "best", "label": True, "strata": "[]",
        }
        for row in rows
    ]  # fmt: skip


def overlaps(
    home: Path,
    rows: Sequence[Mapping[str, Any]],
    splits: Mapping[str, str | None] | None = None,
    items: Sequence[str] = (),
    labels: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Overlap]:
    """The built table by conversation; whatever stood in the tables of the home is replaced.

    Args:
        home: Of the installation.
        rows: Of training_texts.
        splits: Of conversations that are not in train.
        items: Texts of one evaluation file.
        labels: Conversations with human labels: conversation_id, messages, final_output.
    """
    warehouse = Warehouse(home=str(home))
    fill(warehouse, "training_texts", rows)
    fill(warehouse, "training_pool", pool_rows(rows, splits or {}))
    numbered = [{"source": "e.txt", "item": i, "text": t} for i, t in enumerate(items, start=1)]
    fill(warehouse, "evaluation_texts", numbered)
    _label(warehouse, labels)
    assert warehouse.build("training_overlaps") == warehouse.read("training_overlaps").height
    return by_name(warehouse.read("training_overlaps"))


def by_name(frame: pl.DataFrame) -> dict[str, Overlap]:
    """Rows of training_overlaps by their conversation."""
    columns = ("conversation_id", *Overlap._fields)
    return {name: Overlap(*rest) for name, *rest in frame.select(columns).iter_rows()}


def _label(warehouse: Warehouse, labels: Sequence[Mapping[str, Any]]) -> None:
    """Conversations that people labelled, with what was said in them."""
    names = [row["conversation_id"] for row in labels]
    human = [
        {"conversation_id": name, "metric": "robotic", "label": True, "n_answers": 1}
        for name in names
    ]
    fill(warehouse, "human_labels", human)
    message = pl.Struct(
        dict.fromkeys(("role", "content", "at", "name", "tool_calls", "tool_call_id"), pl.String)
    )
    conversations = pl.DataFrame(
        {
            "conversation_id": names,
            "day": [DAY] * len(names),
            "messages": pl.Series([row["messages"] for row in labels], dtype=pl.List(message)),
            "final_output": [row["final_output"] for row in labels],
        }
    ).with_columns(
        started_at=pl.col("day").cast(pl.Datetime("us")),
        context=pl.lit([], pl.List(pl.Struct({"doc_id": pl.String, "text": pl.String}))),
        attributes=pl.lit("{}"),
        content_hash=pl.lit("h"),
        n_after_outcome=pl.lit(0),
        sources=pl.lit(
            [], pl.List(pl.Struct({"file": pl.String, "line": pl.Int64, "part": pl.Int32}))
        ),
    )
    warehouse.replace("conversations", conversations)

"""Builders of pattern frames: counted cells, worlds of single conversations. Not here: tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl

from last_mile.core.segments.patterns import Bools
from last_mile.demo import law as laws

LAW = laws.load_law()
METRICS = laws.metric_ids(LAW)
CONTEXT = ("category", "user_history", "model")


def both_halves(*cells: dict[str, Any]) -> pl.DataFrame:
    """The same counted cells in the discovery and in the held-out half."""
    return halves(cells, cells)


def halves(discovery: Sequence[dict[str, Any]], held_out: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Counted cells of each half: flags, context, n and events."""
    return pl.DataFrame(
        [{**cell, "held_out": False} for cell in discovery]
        + [{**cell, "held_out": True} for cell in held_out],
        infer_schema_length=None,
    )


def counted(rows: pl.DataFrame, event: str) -> pl.DataFrame:
    """Single conversations as patterns, as reads/flag_patterns.sql counts them."""
    keys = [column for column in rows.columns if column != event]
    return rows.group_by(keys).agg(
        n=pl.len().cast(pl.Int64), events=pl.col(event).sum().cast(pl.Int64)
    )


def demo_world(
    world: str,
    conversations: int,
    seed: int,
    columns: Sequence[str] = (*METRICS, *CONTEXT),
    outcome: Bools | None = None,
) -> pl.DataFrame:
    """Patterns of a demo world; half of the users by the parity of their number."""
    draws = laws.draw(LAW, world, conversations, seed)
    names: Iterable[tuple[str, Sequence[str], Any]] = (
        ("category", laws.CATEGORIES, draws.category),
        ("user_history", laws.HISTORIES, draws.history),
        ("model", laws.MODELS, draws.model),
    )
    rows = pl.DataFrame(dict(draws.flags)).with_columns(
        *(pl.Series(name, np.array(values)[index]) for name, values, index in names),
        held_out=pl.Series(draws.user % 2 == 1),
        event=pl.Series(draws.hired if outcome is None else outcome),
    )
    return counted(rows.select(*columns, "held_out", "event"), "event")

"""Which conversations to label next: as many in each judge x outcome cell, drawn by a seed.

Not here: reading and recording (adapters/labels), which labels count (sql/reads).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest

import polars as pl

from last_mile.core.rubric import Metric

PER_CELL = 250
PLAN_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "conversation_id": pl.String, "metric": pl.String, "judged": pl.Boolean, "event": pl.Boolean,
    "answered": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlanCell:
    """One cell of a metric.

    Attributes:
        metric: Its id.
        judged: The judge's flag.
        event: The primary outcome.
        n: Conversations.
        labelled: Those whose label counts.
        reused: Those to draw that people answered already, for another plan.
        to_label: Those to draw that nobody answered.
    """

    metric: str
    judged: bool
    event: bool
    n: int
    labelled: int
    reused: int
    to_label: int


def next_to_label(
    metric: str, population: pl.DataFrame, seed: int, per_cell: int = PER_CELL
) -> tuple[pl.DataFrame, list[PlanCell]]:
    """Draw conversations until every cell has `per_cell` labels, or all of its own.

    They come in the order of a hash of seed and id: any number of them is a simple random sample
    of their cell, the same on every machine, and the next draw goes on where this one ended.

    Args:
        metric: Its id.
        population: `conversation_id`, `judged`, `event`, `answered` (by people), `counts` (that
            answer counts) of every conversation that may be labelled, in any order.
        seed: Another one draws others.
        per_cell: Labels wanted in each cell.

    Returns:
        Rows of PLAN_SCHEMA to draw, and what each cell comes to.
    """
    drawn, cells = [pl.DataFrame(schema=PLAN_SCHEMA)], []
    for (judged, event), members in population.sort("event", "judged", descending=True).group_by(
        "judged", "event", maintain_order=True
    ):
        labelled = int(members["counts"].sum())
        ids = members.filter(~pl.col("counts")).select("conversation_id", "answered")
        order = nsmallest(
            max(per_cell - labelled, 0),
            ids.iter_rows(),
            key=lambda row: _digest("draw", seed, row[0]),
        )
        reused = sum(answered for _, answered in order)
        cells.append(
            PlanCell(
                metric, bool(judged), bool(event), members.height, labelled, reused,
                len(order) - reused,
            )
        )  # fmt: skip
        rows = [(name, metric, judged, event, answered) for name, answered in order]
        drawn.append(pl.DataFrame(rows, schema=PLAN_SCHEMA, orient="row"))
    return pl.concat(drawn), cells


def reading_order(ids: Iterable[str], seed: int) -> dict[str, int]:
    """Place of each conversation in the file people label, which tells nothing about its cell.

    Not the order of drawing: there a large cell ends early, so its conversations stand first.
    """
    order = sorted(set(ids), key=lambda name: _digest("show", seed, name))
    return {name: place for place, name in enumerate(order)}


def unlabelable(metric: Metric) -> str | None:
    """Why yes and no about this metric cannot be written as label rows; None when they can."""
    source = metric.labels
    if source is None or source.value is None or source.metric == metric.id:
        return None
    return (
        f"labels of `{metric.id}` are rows of `{source.metric}` with the value `{source.value}`, "
        "in which no row says no; give the rubric a metric without `labels`"
    )


def _digest(use: str, seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{use}\0{seed}\0{name}".encode()).digest()

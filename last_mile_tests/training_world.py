"""A demo world put straight into the tables training data is made of, with the truth behind it.

Flags are those the judge of the world sees: no log is landed and nobody judges. Not here: tests.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, time, timedelta
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.fragments import cell_columns, cell_fragments, wide_columns
from last_mile.core.rubric import Rubric
from last_mile.core.training.fragments import tier_fragments
from last_mile.defs.evidence import metric_lift
from last_mile.demo import law as laws
from last_mile.demo.drops import FIRST_DAY, log_lines
from last_mile.demo.placing import DAY_SECONDS, HORIZON_DAYS, World, conversation_id, place

CHUNK = 20_000  # conversations written as text at once
_MESSAGE = pl.Struct(
    dict.fromkeys(("role", "content", "at", "name", "tool_calls", "tool_call_id"), pl.String)
)
_LINE: Mapping[str, Any] = {
    **dict.fromkeys(("conversation_id", "user_id", "model", "started_at"), pl.String),
    "messages": pl.List(_MESSAGE),
    "context": pl.List(pl.Struct({"doc_id": pl.String, "text": pl.String})),
    **dict.fromkeys(("final_output", "surface", "task_id", "category", "entry_point"), pl.String),
    "attributes": pl.Struct({"user_history": pl.String}),
}


class Truth(NamedTuple):
    """What is true of each conversation, by its id: the flags behind what a judge sees."""

    robotic: dict[str, bool]
    hallucinated: dict[str, bool]

    def faults(self, conversation: str) -> int:
        """How many of the two faults an answer has."""
        return self.robotic[conversation] + self.hallucinated[conversation]


def write_world(
    home: Path,
    conversations: int,
    days: int,
    seed: int = 1,
    world: str = "confounded",
    rubric_file: Path | None = None,
) -> tuple[Warehouse, Truth]:
    """Fill the tables up to `labeled_conversations`, `quality_tiers` and `metric_lift`.

    Args:
        home: Of the installation; made.
        conversations: How many.
        days: They are spread over.
        seed: Same arguments, same tables.
        world: "confounded" or "causal".
        rubric_file: With the metrics of the shipped rubric, which is the default.
    """
    rubric_name = str(rubric_file or "proposals")
    Installation.at(home).save(Settings(drops=str(home), rubric=rubric_name))
    warehouse = Warehouse(home=str(home))
    law = laws.load_law()
    placed = place(law, laws.draw(law, world, conversations, seed), days, seed, FIRST_DAY)
    rubric, span = (
        warehouse.installation.rubric(),
        Days(FIRST_DAY, FIRST_DAY + timedelta(days=days)),
    )
    labeled = _labeled(placed, rubric)
    warehouse.add_columns("labeled_conversations", wide_columns(rubric))
    warehouse.replace("labeled_conversations", labeled)
    warehouse.replace("outcomes", _outcomes(labeled, rubric))
    _write_texts(warehouse, placed, days)
    warehouse.build("stat_cells", span, cell_fragments(rubric), cell_columns(rubric))
    metric_lift(warehouse=warehouse)
    warehouse.build("quality_tiers", span, tier_fragments(rubric))
    names, draws = labeled["conversation_id"].to_list(), placed.draws
    true = (draws.true_robotic[placed.order], draws.true_hallucinated[placed.order])
    return warehouse, Truth(*(dict(zip(names, column.tolist(), strict=True)) for column in true))


def _labeled(world: World, rubric: Rubric) -> pl.DataFrame:
    """Rows of labeled_conversations; every outcome has matured."""
    draws, order = world.draws, world.order
    day = (world.started // DAY_SECONDS).astype(np.int64)
    levels = {"hired": draws.hired, "interviewed": draws.interviewed}
    delays = {"hired": draws.hire_delay_days, "interviewed": draws.interview_delay_days}
    columns: dict[str, object] = {
        "conversation_id": [conversation_id(world.seed, n) for n in range(order.size)],
        "day": pl.Series(day),
        "user_id": [f"user-{user:06d}" for user in draws.user[order].tolist()],
        "model": np.array(laws.MODELS)[draws.model[order]],
        "surface": ["proposals"] * order.size,
        "category": np.array(laws.CATEGORIES)[draws.category[order]],
        "task_id": [
            f"job-{category}{job:06d}"
            for category, job in zip(
                draws.category[order].tolist(), world.job.tolist(), strict=True
            )
        ],
        "judge_weight": np.ones(order.size),
        "user_history": np.array(laws.HISTORIES)[draws.history[order]],
        **{metric: draws.flags[metric][order] for metric in world.metrics},
    }
    for kind in rubric.outcomes:
        happened, delay = levels[kind.id][order], delays[kind.id][order]
        within = happened & (delay <= kind.horizon_days)
        columns[kind.id] = within
        columns[f"{kind.id}__event_day"] = pl.Series(
            np.where(within, np.minimum(delay, kind.horizon_days - 1), -1).astype(np.int32)
        ).replace(-1, None)
        columns[f"{kind.id}__seen_days"] = np.full(order.size, kind.horizon_days + 1, np.int32)
    frame = pl.DataFrame(columns)
    return frame.with_columns((pl.lit(FIRST_DAY) + pl.duration(days=pl.col("day"))).alias("day"))


def _outcomes(labeled: pl.DataFrame, rubric: Rubric) -> pl.DataFrame:
    """Rows of outcomes of the primary kind."""
    kind = rubric.primary
    as_of = datetime.combine(labeled["day"].max(), time()) + timedelta(days=HORIZON_DAYS + 1)  # type: ignore[arg-type]
    state = pl.when(kind.id).then(pl.lit("positive")).otherwise(pl.lit("negative"))
    return labeled.select(
        "conversation_id", pl.lit(kind.id).alias("outcome"), "day", state.alias("state"),
        pl.lit(value=True).alias("matured"), pl.lit(kind.horizon_days).alias("horizon_days"),
        pl.lit(as_of).alias("as_of"),
        pl.col(f"{kind.id}__seen_days").alias("seen_days"),
        pl.lit("conversation").alias("decided_by"),
    )  # fmt: skip


def _write_texts(warehouse: Warehouse, world: World, days: int) -> None:
    """Rows of conversations, day by day; the texts are written by two processes."""
    edges = np.searchsorted(world.started, np.arange(days + 1) * DAY_SECONDS).tolist()
    with ProcessPoolExecutor(2, get_context("fork")) as pool:
        written = pool.map(_text, *zip(*_parts(world, edges), strict=True))
        for day, low, high in zip(range(days), edges, edges[1:], strict=False):
            texts = [next(written) for _ in range(low, high, CHUNK)]
            if texts:
                first = FIRST_DAY + timedelta(days=day)
                frame = _rows("".join(texts)).with_columns(pl.lit(first).alias("day"))
                warehouse.replace("conversations", frame, Days(first, first + timedelta(days=1)))


def _parts(world: World, edges: list[int]) -> Iterator[tuple[World, int, int]]:
    for low, high in pairwise(edges):
        for first in range(low, high, CHUNK):
            yield world, first, min(first + CHUNK, high)


def _text(world: World, low: int, high: int) -> str:
    return "".join(log_lines(world, low, high))


def _rows(text: str) -> pl.DataFrame:
    lines = pl.read_ndjson(io.BytesIO(text.encode()), schema=_LINE)
    return lines.with_columns(
        pl.col("started_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us"),
        pl.col("attributes").struct.json_encode(),
        pl.col("conversation_id").alias("content_hash"),
        pl.lit([], pl.List(pl.Struct({"file": pl.String, "line": pl.Int64, "part": pl.Int32})))
        .alias("sources"),
    )  # fmt: skip

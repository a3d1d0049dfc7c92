"""Draws the next conversations to label, records the draw, writes the file for people.

The file tells neither the judge's flag nor the outcome. Not here: the draw (core/calibration).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.calibration import (
    PLAN_SCHEMA,
    PlanCell,
    calibration_fragments,
    next_to_label,
    reading_order,
    unlabelable,
)
from last_mile.core.fragments import listed, quoted, wide_columns
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.rubric import Metric, Rubric
from last_mile.errors import UserError

Format = Literal["csv", "label-studio"]
COLUMNS = ("conversation_id", "metric", "question", "value")


@dataclass(frozen=True)
class Planned:
    """What was planned.

    Attributes:
        outcome: The primary one, by which cells are made.
        cells: Of every metric.
        labels: Answers to give; 0: those given for earlier plans are enough, no file is written.
        conversations: Conversations to read for them.
        left_out: Why metrics were left out.
    """

    outcome: str
    cells: tuple[PlanCell, ...]
    labels: int
    conversations: int
    left_out: tuple[str, ...]


def plan_labels(
    warehouse: Warehouse,
    out: Path,
    now: datetime,
    *,
    metrics: Sequence[str] = (),
    per_cell: int = 250,
    seed: int = 1,
    form: Format = "csv",
) -> Planned:
    """Draw, record and write.

    Args:
        warehouse: The tables.
        out: The file to write; it must not exist.
        now: When this is planned, UTC without zone.
        metrics: Judged metrics; none: all that have flags.
        per_cell: Labels wanted in each judge x outcome cell.
        seed: Of the draw.
        form: A table without texts, or Label Studio tasks with them.

    Raises:
        UserError: The file exists, a metric is unknown or cannot be labelled, nothing is judged,
            no outcome is known, or nothing is left to label.
    """
    _check_out(out, Path(warehouse.installation.settings().drops))
    rubric = warehouse.installation.rubric()
    wanted, left_out = _wanted(rubric, metrics)
    drawn, cells = _draw(warehouse, rubric, wanted, per_cell, seed)
    todo = drawn.filter(~pl.col("answered"))
    if drawn.is_empty():
        raise UserError(f"nothing to label: every cell has {per_cell} labels, or all of its own")
    # Recorded before the file is there: labels of a draw that nobody recorded would pass for random
    # ones and be weighted wrongly.
    warehouse.keep("label_plan", _plan_rows(drawn, warehouse, rubric, seed, now))
    place = reading_order(todo["conversation_id"], seed)
    questions = {metric.id: metric.question for metric in wanted}
    rank = {metric.id: i for i, metric in enumerate(wanted)}
    rows = sorted(
        todo.select("conversation_id", "metric").iter_rows(),
        key=lambda row: (place[row[0]], rank[row[1]]),
    )
    asked = [(name, metric, questions[metric]) for name, metric in rows]
    if asked:
        _write(out, _table(asked) if form == "csv" else _tasks(asked, warehouse, list(place)))
    return Planned(rubric.primary.id, tuple(cells), len(asked), len(place), left_out)


def _check_out(out: Path, drops: Path) -> None:
    if out.exists():
        raise UserError(f"{out} exists; it may hold labels already, so give --out a new file")
    if out.resolve().is_relative_to(drops.resolve()):
        raise UserError(f"{out} is in the drop folder, where it would be read; change --out")
    if not out.absolute().parent.is_dir():
        raise UserError(f"folder {out.absolute().parent} does not exist; make it or change --out")


def _wanted(rubric: Rubric, names: Sequence[str]) -> tuple[list[Metric], tuple[str, ...]]:
    """The metrics to plan for, and why others are left out.

    Raises:
        UserError: A named one is unknown or cannot be labelled; or none is left.
    """
    judged = {metric.id: metric for metric in rubric.judged}
    if not judged:
        raise UserError(f"rubric {rubric.name} has no judged metric, so there is nothing to label")
    unknown = [name for name in names if name not in judged]
    if unknown:
        raise UserError(
            f"--metric {unknown[0]}: no judged metric of rubric {rubric.name}; "
            f"use {', '.join(judged)}"
        )
    chosen = [judged[name] for name in dict.fromkeys(names or judged)]
    problems = {metric.id: unlabelable(metric) for metric in chosen}
    left_out = tuple(problem for problem in problems.values() if problem)
    kept = [metric for metric in chosen if problems[metric.id] is None]
    if left_out and (names or not kept):
        raise UserError(left_out[0])
    return kept, left_out


def _draw(
    warehouse: Warehouse, rubric: Rubric, wanted: Iterable[Metric], per_cell: int, seed: int
) -> tuple[pl.DataFrame, list[PlanCell]]:
    """Raises UserError when no conversation has both a flag and a known outcome."""
    warehouse.add_columns("labeled_conversations", wide_columns(rubric))
    drawn, cells = [pl.DataFrame(schema=PLAN_SCHEMA)], list[PlanCell]()
    fragments = calibration_fragments(rubric, _epoch(warehouse, rubric))
    for metric in wanted:
        about = {**fragments, "metric": quoted(metric.id)}
        population = warehouse.read("label_population", fragments=about)
        chosen, found = next_to_label(metric.id, population, seed, per_cell)
        drawn.append(chosen)
        cells += found
    if not cells:
        raise UserError(
            "no conversation has a judge's flag and a known outcome "
            f"“{rubric.primary.id}” yet; run `last-mile run`, or wait for outcomes"
        )
    return pl.concat(drawn), cells


def _plan_rows(
    drawn: pl.DataFrame, warehouse: Warehouse, rubric: Rubric, seed: int, now: datetime
) -> pl.DataFrame:
    return drawn.drop("answered").with_columns(
        pl.lit(_epoch(warehouse, rubric)).alias("epoch"),
        pl.lit(rubric.primary.id).alias("outcome"),
        pl.lit(seed, pl.Int64).alias("seed"),
        pl.lit(now, pl.Datetime("us")).alias("planned_at"),
    )


def _epoch(warehouse: Warehouse, rubric: Rubric) -> str:
    return epoch_of(rubric, warehouse.installation.settings().judge)


def _table(asked: Iterable[tuple[str, str, str]]) -> str:
    held = io.StringIO(newline="")
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((*row, "") for row in asked)
    return held.getvalue()


def _tasks(asked: Iterable[tuple[str, str, str]], warehouse: Warehouse, ids: Sequence[str]) -> str:
    """Label Studio tasks: `data` with keys that its Paragraphs tag reads (author, text)."""
    texts = warehouse.read("conversations_by_id", fragments={"ids": listed(ids) or "null"})
    shown = {row["conversation_id"]: list(_dialogue(row)) for row in texts.iter_rows(named=True)}
    tasks = [
        {"data": {"conversation_id": name, "metric": metric, "question": question,
                  "dialogue": shown.get(name, [])}}
        for name, metric, question in asked
    ]  # fmt: skip
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"


def _dialogue(row: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """What the judge sees: documents, messages, and the final output when it is another text."""
    for document in row["context"]:
        yield {"author": f"document {document['doc_id']}", "text": document["text"] or ""}
    said = [(m["role"], m["content"]) for m in row["messages"] if (m["content"] or "").strip()]
    yield from ({"author": role, "text": content} for role, content in said)
    final = row["final_output"]
    if final and all(final != content for _, content in said[-1:]):
        yield {"author": "final output", "text": final}


def _write(out: Path, text: str) -> None:
    draft = out.with_name(f".{out.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(out)

"""An installation whose conversations are judged and whose outcomes are known, in few rows.

Not here: what people are asked about it (test_label_plan.py), what they answer
(test_label_import_command.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.landing import land
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import label_fragments, wide_columns
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.rubric import Rubric
from last_mile_tests.scenario import (
    DAY,
    DAYS,
    READING,
    conversation,
    landed,
    metric,
    rubric,
    write_drop,
)


class Judged(NamedTuple):
    """A conversation: its id, the judge's flag on `robotic`, whether it was hired (None: open)."""

    name: str
    robotic: bool
    hired: bool | None


def grid(sizes: dict[tuple[bool, bool | None], int]) -> list[Judged]:
    """So many conversations by (robotic, hired)."""
    cells = ((q, y, i) for (q, y), n in sizes.items() for i in range(n))
    return [Judged(f"c{number}", q, y) for number, (q, y, _) in enumerate(cells)]


def judged_rubric(**labels: Any) -> Rubric:
    """One judged metric."""
    return rubric(metrics=[metric("robotic", **labels)], tiers=[])


def installed(
    folder: Path, rows: Sequence[Judged], asked: Rubric | None = None, judge: str = "rules"
) -> Warehouse:
    """A warehouse with conversations, flags of a judge and outcomes."""
    asked, home, drops = asked or judged_rubric(), folder / "home", folder / "drops"
    write_drop(drops, [conversation(row.name) for row in rows])
    file = folder / "rubric.yaml"
    file.write_text(json.dumps(asked.model_dump(mode="json", exclude_none=True)))
    Installation.at(home).save(Settings(str(drops), str(file), judge=judge))
    warehouse = landed(home, drops)
    warehouse.build("conversations", DAYS)
    judge_again(warehouse, rows, asked, judge)
    return warehouse


def judge_again(warehouse: Warehouse, rows: Sequence[Judged], asked: Rubric, judge: str) -> None:
    """Replace the flags by those of a judge, and the outcomes with them."""
    settings = warehouse.installation.settings()
    warehouse.installation.save(Settings(settings.drops, settings.rubric, judge=judge))
    epoch = epoch_of(asked, judge)
    warehouse.replace("judge_flags", pl.DataFrame([
        {"conversation_id": row.name, "metric": "robotic", "day": DAY,
         "flag": str(row.robotic).lower(), "reason": "judge", "epoch": epoch,
         "definition_hash": "h"}
        for row in rows
    ]))  # fmt: skip
    warehouse.add_columns("labeled_conversations", wide_columns(asked))
    warehouse.replace("labeled_conversations", pl.DataFrame(
        [{"conversation_id": row.name, "day": DAY, "judge_weight": 1.0, "robotic": row.robotic,
          "hired": row.hired} for row in rows],
        schema_overrides={"hired": pl.Boolean},
    ))  # fmt: skip


def land_labels(warehouse: Warehouse) -> dict[str, bool]:
    """Land the label drops and build `human_labels`: label by conversation."""
    drops = Path(warehouse.installation.settings().drops)
    land(warehouse, drops, "labels", READING)
    warehouse.build("human_labels", fragments=label_fragments(warehouse.installation.rubric()))
    rows = warehouse.read("human_labels").select("conversation_id", "label")
    return dict(rows.iter_rows())

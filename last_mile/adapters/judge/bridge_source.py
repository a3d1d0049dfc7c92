"""Reads what two epochs answered, and builds `judge_bridge` and `flag_trends` of it.

Not here: asking (bridge.py), the figures (core/judge/bridge).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import quoted
from last_mile.core.judge.bridge import flag_trends, judge_bridge
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.rubric import Rubric

Rows = list[dict[str, Any]]


class Read(NamedTuple):
    """What stands in the tables about epochs.

    Attributes:
        cells: Rows of reads/bridge_cells.sql.
        flags: Rows of reads/weekly_flags.sql.
        sizes: Conversations drawn, by older epoch.
    """

    cells: Rows
    flags: Rows
    sizes: dict[str, int]


def bridge_cells(warehouse: Warehouse, rubric: Rubric, epoch: str) -> Rows:
    """Pairs of answers of the bridges to an epoch: see reads/bridge_cells.sql."""
    unscored = str(rubric.judge.unverified == "unscored").lower()
    fragments = {
        "to_epoch": quoted(epoch), "unverified_is_unscored": unscored,
        "mark": quoted(rubric.judge.mark),
    }  # fmt: skip
    return warehouse.read("bridge_cells", fragments=fragments).to_dicts()


def read_answers(warehouse: Warehouse, rubric: Rubric, epoch: str) -> Read:
    """Everything that the bridges to an epoch are counted from."""
    sizes = warehouse.read("bridge_sizes", fragments={"to_epoch": quoted(epoch)})
    return Read(
        bridge_cells(warehouse, rubric, epoch),
        warehouse.read("weekly_flags").to_dicts(),
        dict(sizes.iter_rows()),
    )


def build_bridge(warehouse: Warehouse) -> Rows:
    """Replace `judge_bridge`; its rows."""
    rubric = warehouse.installation.rubric()
    epoch = epoch_of(rubric, warehouse.installation.settings().judge)
    read = read_answers(warehouse, rubric, epoch)
    rows = judge_bridge(read.cells, read.flags, read.sizes, rubric, epoch)
    warehouse.replace("judge_bridge", rows)
    return rows.to_dicts()


def build_trends(warehouse: Warehouse) -> Rows:
    """Replace `flag_trends`; its rows."""
    rubric = warehouse.installation.rubric()
    epoch = epoch_of(rubric, warehouse.installation.settings().judge)
    read = read_answers(warehouse, rubric, epoch)
    rows = flag_trends(read.flags, read.cells, rubric, epoch)
    warehouse.replace("flag_trends", rows)
    return rows.to_dicts()

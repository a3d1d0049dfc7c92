"""Reads what `metric_lift` is made of: cells, people, leaks, first sights, the judge's errors.

Not here: the figures (core/lift), the reading of tables for the report (report_source.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import polars as pl

from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.calibration import calibration_fragments, corrected_lift
from last_mile.core.fragments import (
    Others,
    cell_columns,
    cell_fragments,
    clustered_fragments,
    lift_fragments,
    listed,
    version_fragments,
)
from last_mile.core.lift import Counted, Known, leaking, tools_asked
from last_mile.core.rubric import Rubric


def read_counted(
    warehouse: Warehouse, rubric: Rubric, epoch: str | None = None
) -> Iterator[Counted]:
    """What was counted, outcome by outcome; days counted for other strata are counted again.

    Args:
        warehouse: The tables.
        rubric: Metrics, outcomes and strata.
        epoch: Judged flags of days of another one are left out, as are those of a rule's other
            definition; None: judged ones of no day.
    """
    fragments, columns = cell_fragments(rubric), cell_columns(rubric)
    warehouse.add_columns("stat_cells", columns)
    first, last = warehouse.read("stale_cells", fragments=fragments).row(0)
    if first is not None:
        days = Days(first, last + timedelta(days=1))
        warehouse.build("stat_cells", days, fragments, columns)
    others = _other_versions(warehouse, rubric, epoch)
    for kind in rubric.outcomes:
        cells = lift_fragments(rubric, kind.id, others)
        people = clustered_fragments(rubric, kind.id, others)
        yield Counted(
            kind,
            warehouse.read("lift_cells", fragments=cells),
            warehouse.read("clustered_rows", fragments=people),
        )


def _other_versions(warehouse: Warehouse, rubric: Rubric, epoch: str | None) -> Others:
    """Metrics of every day whose flags are of another epoch or definition than the current one."""
    fragments = version_fragments(rubric, epoch)
    return dict(warehouse.read("other_versions", fragments=fragments).iter_rows())


def of_other_rules(warehouse: Warehouse, rubric: Rubric) -> dict[str, int]:
    """By heuristic, the conversations whose flag was made by another definition."""
    current = {metric.id: metric.definition_hash for metric in rubric.heuristics}
    found = dict[str, int]()
    for metric, _, version, n in warehouse.read("flag_versions").sort("metric").iter_rows():
        if version != current.get(metric, version):
            found[metric] = found.get(metric, 0) + n
    return found


def read_known(warehouse: Warehouse, rubric: Rubric, epoch: str, today: date) -> Known:
    """What stands beside the counts.

    Args:
        warehouse: The tables.
        rubric: Metrics and outcomes.
        epoch: Of the judge.
        today: A lift that was not seen before is seen from this day on.
    """
    seen = warehouse.read("lift_seen").iter_rows(named=True)
    hashes = {metric.id: metric.definition_hash for metric in rubric.metrics}
    return Known(
        as_of=warehouse.read("known_up_to").item(),
        epoch=epoch,
        today=today,
        leaks=read_leaks(warehouse, rubric),
        seen={
            (row["metric"], row["outcome"]): row["seen_on"]
            for row in seen if hashes.get(row["metric"]) == row["definition_hash"]
        },
        corrected=read_corrections(warehouse, rubric, epoch),
    )  # fmt: skip


def read_leaks(warehouse: Warehouse, rubric: Rubric) -> dict[str, str]:
    """Why metrics know the outcome; conversations are looked into when a metric asks for calls."""
    tools = tools_asked(rubric)
    calls: list[dict[str, Any]] = []
    if tools:
        calls = warehouse.read("ending_calls", fragments={"tools": listed(tools)}).to_dicts()
    return leaking(rubric, calls)


def read_corrections(
    warehouse: Warehouse, rubric: Rubric, epoch: str
) -> dict[tuple[str, str], dict[str, Any]]:
    """Figures corrected for the judge's errors, of every metric and outcome with human labels."""
    cells = warehouse.read("calibration_cells", fragments=calibration_fragments(rubric, epoch))
    labelled = cells.filter(pl.col("label").is_not_null().any().over("metric", "outcome"))
    found = {}
    for (metric, outcome), rows in labelled.group_by("metric", "outcome", maintain_order=True):
        figures = corrected_lift(rows.iter_rows(named=True))
        found[str(metric), str(outcome)] = {
            "corrected_rr": figures.rr, "corrected_low": figures.low,
            "corrected_high": figures.high, "corrected_reason": figures.reason,
            "pooled_rr": figures.pooled_rr, "pooled_low": figures.pooled_low,
            "pooled_high": figures.pooled_high, "differential_p": figures.differential_p,
        }  # fmt: skip
    return found


def first_sights(rows: pl.DataFrame, rubric: Rubric) -> pl.DataFrame:
    """Rows of `lift_seen` of a lift table: what can be seen, and since when."""
    hashes = {metric.id: metric.definition_hash for metric in rubric.metrics}
    return (
        rows.filter(pl.col("first_visible_on").is_not_null(), scope="all")
        .select("metric", "outcome", "as_of", seen_on="first_visible_on")
        .with_columns(
            pl.col("metric").replace_strict(hashes, return_dtype=pl.String).alias("definition_hash")
        )
    )

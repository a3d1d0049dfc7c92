"""Whole-history assets: lifts, segments, releases, calibration. They read all matured days."""

import dagster as dg
import polars as pl

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.calibration import judge_calibration as calibrated
from last_mile.core.fragments import count_fragments, label_fragments, wide_columns
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.lift import metric_lift as lift_rows
from last_mile.core.releases import RELEASE_SCHEMA
from last_mile.core.releases import release_comparison as compared
from last_mile.core.rubric import Rubric
from last_mile.core.segments import segment_lift as best_segments
from last_mile.defs.conversations import judge_flags
from last_mile.defs.landing import label_logs
from last_mile.defs.outcomes import labeled_conversations
from last_mile.defs.reporting import counted


def current_epoch(warehouse: Warehouse) -> str:
    """The epoch of this installation's rubric and judge."""
    return epoch_of(warehouse.installation.rubric(), warehouse.installation.settings().judge)


def labeled_rubric(warehouse: Warehouse) -> Rubric:
    """The rubric, with its columns in labeled_conversations even if no day was built with it."""
    rubric = warehouse.installation.rubric()
    warehouse.add_columns("labeled_conversations", wide_columns(rubric))
    return rubric


def known_up_to(warehouse: Warehouse) -> object:
    """The newest arrival of an outcome, or None."""
    return warehouse.read("known_up_to").item()


@dg.asset(deps=[label_logs], group_name="evidence", kinds={"duckdb"})
def human_labels(warehouse: Warehouse) -> dg.MaterializeResult:
    """Human answers per conversation and metric."""
    fragments = label_fragments(warehouse.installation.rubric())
    rows = warehouse.build("human_labels", fragments=fragments)
    unmatched = int(warehouse.read("unmatched_labels")["n_labels"].sum())
    return counted(rows, labels_of_unknown_conversations=unmatched or None)


@dg.asset(deps=[human_labels, judge_flags], group_name="evidence", kinds={"python"})
def judge_calibration(warehouse: Warehouse) -> dg.MaterializeResult:
    """How often the judge agrees with people, per metric."""
    cells = warehouse.read("calibration_counts").iter_rows(named=True)
    rows = calibrated(cells, current_epoch(warehouse))
    return counted(warehouse.replace("judge_calibration", rows))


@dg.asset(deps=[labeled_conversations], group_name="evidence", kinds={"python"})
def metric_lift(warehouse: Warehouse) -> dg.MaterializeResult:
    """Relative risk of every outcome with each flag versus without it."""
    rubric, as_of = labeled_rubric(warehouse), known_up_to(warehouse)
    cells = [
        cell
        for kind in rubric.outcomes
        for cell in warehouse.read(
            "metric_counts", fragments=count_fragments(rubric, kind.id)
        ).iter_rows(named=True)
    ]
    rows = lift_rows(cells, rubric, as_of, current_epoch(warehouse))
    verdicts = rows.filter(pl.col("scope") == "all")["verdict"].value_counts().iter_rows()
    return counted(warehouse.replace("metric_lift", rows), verdicts=dict(verdicts))


@dg.asset(deps=[labeled_conversations], group_name="evidence", kinds={"python"})
def segment_lift(warehouse: Warehouse) -> dg.MaterializeResult:
    """The best segments of one half of the users, with their lift on the other half."""
    rubric = labeled_rubric(warehouse)
    metrics = [metric.id for metric in rubric.metrics]
    columns = ", ".join(f'"{metric}"' for metric in metrics)
    fragments = {"columns": columns, "outcome": f'"{rubric.primary.id}"'}
    wide = warehouse.read("matured_flags", fragments=fragments)
    rows = best_segments(wide, metrics, rubric.primary.id, known_up_to(warehouse))
    return counted(warehouse.replace("segment_lift", rows))


@dg.asset(deps=[labeled_conversations], group_name="evidence", kinds={"python"})
def release_comparison(warehouse: Warehouse) -> dg.MaterializeResult:
    """Each product release's outcome rate against the most used release."""
    as_of = known_up_to(warehouse)
    frames = [pl.DataFrame(schema=RELEASE_SCHEMA)]
    for kind in labeled_rubric(warehouse).outcomes:
        cells = warehouse.read("release_counts", fragments={"outcome": f'"{kind.id}"'})
        frames.append(compared(list(cells.iter_rows(named=True)), kind.id, as_of))
    return counted(warehouse.replace("release_comparison", pl.concat(frames)))

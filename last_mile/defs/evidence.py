"""Whole-history assets: lifts, segments, calibration. They read all matured days.

Not here: product releases (defs/releases.py).
"""

from datetime import UTC, datetime, timedelta

import dagster as dg
import polars as pl

from last_mile.adapters.lift_source import (
    first_sights,
    of_other_rules,
    read_counted,
    read_known,
)
from last_mile.adapters.pattern_source import read_patterns
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.calibration import calibration_fragments
from last_mile.core.calibration import judge_calibration as calibrated
from last_mile.core.composite import COMPOSITE_SCHEMA
from last_mile.core.composite import composite_lift as composite_rows
from last_mile.core.fragments import label_fragments, wide_columns
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.lift import metric_lift as lift_rows
from last_mile.core.rubric import Rubric
from last_mile.core.segments import context_columns
from last_mile.core.segments import segment_lift as best_segments
from last_mile.defs.cells import stat_cells
from last_mile.defs.conversations import judge_flags
from last_mile.defs.landing import label_logs
from last_mile.defs.outcomes import labeled_conversations
from last_mile.defs.reporting import counted, lifts
from last_mile.defs.tables import history_table


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


@history_table("evidence", [label_logs], held_by=[label_logs])
def human_labels(warehouse: Warehouse) -> dg.MaterializeResult:
    """Human answers per conversation and metric."""
    fragments = label_fragments(warehouse.installation.rubric())
    rows = warehouse.build("human_labels", fragments=fragments)
    unmatched = int(warehouse.read("unmatched_labels")["n_labels"].sum())
    return counted(rows, labels_of_unknown_conversations=unmatched or None)


@history_table("evidence", [human_labels, judge_flags, labeled_conversations], kinds=("python",))
def judge_calibration(warehouse: Warehouse) -> dg.MaterializeResult:
    """How far the judge agrees with people, per metric, against chance."""
    rubric, epoch = labeled_rubric(warehouse), current_epoch(warehouse)
    cells = warehouse.read("calibration_cells", fragments=calibration_fragments(rubric, epoch))
    rows = calibrated(cells.iter_rows(named=True), rubric.primary.id, epoch)
    refused = rows["correction_reason"].drop_nulls().value_counts().iter_rows()
    return counted(warehouse.replace("judge_calibration", rows), not_corrected=dict(refused))


@history_table(
    "evidence", [stat_cells, judge_calibration], kinds=("python",), fresh_within=timedelta(days=2)
)
def metric_lift(warehouse: Warehouse) -> dg.MaterializeResult:
    """Relative risk of every outcome with each flag versus without it."""
    rubric, today = labeled_rubric(warehouse), datetime.now(UTC).date()
    epoch = current_epoch(warehouse)
    known = read_known(warehouse, rubric, epoch, today)
    rows = lift_rows(read_counted(warehouse, rubric, epoch), rubric, known)
    others = warehouse.read("epochs").filter(pl.col("epoch") != epoch)["n_flagged"].sum()
    written = warehouse.replace("metric_lift", rows)
    warehouse.keep("lift_seen", first_sights(rows, rubric))
    verdicts = rows.filter(pl.col("scope") == "all")["verdict"].drop_nulls().value_counts()
    return counted(
        written,
        verdicts=dict(verdicts.iter_rows()),
        leaks=len(known.leaks),
        conversations_of_other_epochs=int(others) or None,
        conversations_of_other_rules=of_other_rules(warehouse, rubric) or None,
        **lifts(rows, rubric.primary.id),
    )


@history_table("evidence", [labeled_conversations, metric_lift], kinds=("python",))
def segment_lift(warehouse: Warehouse) -> dg.MaterializeResult:
    """The best segments of one half of the users that hold on the other half."""
    rubric = labeled_rubric(warehouse)
    outcome, as_of = rubric.primary.id, known_up_to(warehouse)
    patterns, metrics = read_patterns(warehouse, rubric, outcome, rubric.strata)
    names, context = [metric.id for metric in metrics], context_columns(rubric.strata)
    found = best_segments(patterns, names, outcome, as_of, context=context)
    return counted(
        warehouse.replace("segment_lift", found.rows),
        patterns=patterns.height,
        tried=found.tried,
        chosen=found.chosen,
        not_confirmed=found.not_confirmed,
    )


@history_table("evidence", [labeled_conversations, metric_lift], kinds=("python",))
def composite_lift(warehouse: Warehouse) -> dg.MaterializeResult:
    """An equal-weight sum of the flags against the best single one, for every outcome."""
    rubric, as_of = labeled_rubric(warehouse), known_up_to(warehouse)
    frames = [pl.DataFrame(schema=COMPOSITE_SCHEMA)]
    for kind in rubric.outcomes:
        patterns, metrics = read_patterns(warehouse, rubric, kind.id)
        priors = {metric.id: metric.prior.sign for metric in metrics}
        frames.append(composite_rows(patterns, priors, kind.id, as_of))
    return counted(warehouse.replace("composite_lift", pl.concat(frames)))

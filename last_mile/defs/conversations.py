"""Assets from landed lines to conversations and their flags. Not here: outcomes and evidence."""

import dagster as dg
import polars as pl

from last_mile.adapters.judge.stage import judge_days
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import judge_fragments
from last_mile.core.heuristics import heuristic_flags as flags_by_rules
from last_mile.core.judge.epoch import epoch_of
from last_mile.defs.judging import JudgeWatch, run_of
from last_mile.defs.landing import (
    conversation_logs,
    fail_on_unreadable,
    label_logs,
    outcome_logs,
)
from last_mile.defs.partitions import DAILY, days_of
from last_mile.defs.reporting import counted


@dg.asset(
    deps=[conversation_logs, outcome_logs],  # what was said after the outcome is cut
    partitions_def=DAILY,
    group_name="conversations",
    kinds={"duckdb"},
)
def conversations(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """One row per conversation: its latest complete version; the others are in duplicate_lines."""
    days = days_of(context.partition_key)
    fail_on_unreadable(warehouse, days, "conversations")
    change = warehouse.last_change()
    rows, spare = (warehouse.build(table, days) for table in ("conversations", "duplicate_lines"))
    warehouse.note_built(days, ("day", "recorded_labels"), change)
    return counted(rows, duplicates=spare)


@dg.asset(
    deps=[conversation_logs, outcome_logs, label_logs],
    partitions_def=DAILY,
    group_name="conversations",
    kinds={"duckdb"},
)
def rejected_lines(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """One row per refused input line, with its reason and raw bytes."""
    days = days_of(context.partition_key)
    fail_on_unreadable(warehouse, days, "labels")
    rows = warehouse.build("rejected_lines", days)
    reasons = warehouse.read("rejected_lines", days)["reason"].value_counts() if rows else None
    by_reason = dict(reasons.iter_rows()) if reasons is not None else {}
    return counted(rows, lines_by_reason=by_reason)


@dg.asset(deps=[conversations], partitions_def=DAILY, group_name="flags", kinds={"polars"})
def heuristic_flags(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> dg.MaterializeResult:
    """One flag per conversation and heuristic metric, with its reason and evidence."""
    days, metrics = days_of(context.partition_key), warehouse.installation.rubric().heuristics
    asked = [(metric.id, metric.rule or metric.id, metric.params) for metric in metrics]
    flags = flags_by_rules(warehouse.read("conversation_texts", days), asked)
    hashes = {metric.id: metric.definition_hash for metric in metrics}
    frame = flags.with_columns(
        pl.lit(days.start).alias("day"),
        pl.col("metric").replace_strict(hashes, return_dtype=pl.String).alias("definition_hash"),
    )
    rows = warehouse.replace("heuristic_flags", frame, days)
    return counted(rows, flags=dict(flags["flag"].value_counts().iter_rows()))


@dg.asset(
    deps=[conversations, label_logs],
    partitions_def=DAILY,
    group_name="flags",
    kinds={"litellm", "duckdb"},
)
def judge_verdicts(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    judge_watch: dg.ResourceParam[JudgeWatch],
) -> dg.MaterializeResult:
    """The judge's answers with their evidence; only what the ledger lacks is asked."""
    days = days_of(context.partition_key)
    judged = judge_days(warehouse, days, run_of(context), judge_watch.tell)
    return counted(warehouse.read("verdict_count", days).item(), **judged.metadata())


@dg.asset(
    deps=[conversations, judge_verdicts], partitions_def=DAILY, group_name="flags", kinds={"duckdb"}
)
def judge_flags(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """One flag per conversation and judged metric, of the current epoch."""
    rubric = warehouse.installation.rubric()
    epoch = epoch_of(rubric, warehouse.installation.settings().judge)
    days = days_of(context.partition_key)
    rows = warehouse.build("judge_flags", days, judge_fragments(rubric, epoch))
    return counted(rows, epoch=epoch)

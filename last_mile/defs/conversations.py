"""Assets from landed lines to conversations and their flags. Not here: outcomes and evidence."""

from collections.abc import Sequence

import dagster as dg

from last_mile.adapters.flag_source import build_flags
from last_mile.adapters.judge.stage import judge_days
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import judge_fragments
from last_mile.core.judge.epoch import epoch_of
from last_mile.core.rubric import Metric
from last_mile.defs.judging import JudgeWatch, run_of
from last_mile.defs.landing import (
    conversation_logs,
    fail_on_unreadable,
    label_logs,
    outcome_logs,
)
from last_mile.defs.partitions import days_of
from last_mile.defs.reporting import counted, judge_told, prevalences
from last_mile.defs.tables import JUDGE_POOL, daily_table
from last_mile.errors import UserError


# It also reads outcomes: what was said after one is cut.
@daily_table("conversations", [conversation_logs, outcome_logs], is_root=True)
def conversations(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """One row per conversation: its latest complete version; the others are in duplicate_lines."""
    days = days_of(context.partition_key)
    fail_on_unreadable(warehouse, days, "conversations")
    change = warehouse.last_change()
    rows, spare = (warehouse.build(table, days) for table in ("conversations", "duplicate_lines"))
    warehouse.note_built(days, ("day", "recorded_labels"), change)
    return counted(rows, duplicates=spare)


@daily_table("conversations", [conversation_logs, outcome_logs, label_logs], is_root=True)
def rejected_lines(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """One row per refused input line, with its reason and raw bytes."""
    days = days_of(context.partition_key)
    fail_on_unreadable(warehouse, days, "labels")
    rows = warehouse.build("rejected_lines", days)
    reasons = warehouse.read("rejected_lines", days)["reason"].value_counts() if rows else None
    by_reason = dict(reasons.iter_rows()) if reasons is not None else {}
    return counted(rows, lines_by_reason=by_reason)


class MetricsConfig(dg.Config):
    """Which metrics a run makes the flags of; the flags of others stay as they are."""

    metrics: list[str] = []  # noqa: RUF012 - empty: all


@daily_table("flags", [conversations], kinds=("polars",))
def heuristic_flags(
    context: dg.AssetExecutionContext, warehouse: Warehouse, config: MetricsConfig
) -> dg.MaterializeResult:
    """One flag per conversation and heuristic metric, with its reason and evidence."""
    days, rubric = days_of(context.partition_key), warehouse.installation.rubric()
    metrics = _asked(config, rubric.heuristics)
    rows = build_flags(warehouse, days, metrics, others_stay=bool(config.metrics))
    flags = warehouse.read("flag_counts", days, {"table": "heuristic_flags"})
    asked = {metric.id for metric in metrics}
    return counted(rows, **prevalences(row for row in flags.iter_rows() if row[0] in asked))


@daily_table("flags", [conversations, label_logs], kinds=("litellm", "duckdb"), pool=JUDGE_POOL)
def judge_verdicts(
    context: dg.AssetExecutionContext,
    warehouse: Warehouse,
    judge_watch: dg.ResourceParam[JudgeWatch],
    config: MetricsConfig,
) -> dg.MaterializeResult:
    """The judge's answers with their evidence; only what the ledger lacks is asked."""
    days, rubric = days_of(context.partition_key), warehouse.installation.rubric()
    metrics = [metric.id for metric in _asked(config, rubric.judged)]
    judged = judge_days(warehouse, days, run_of(context), judge_watch.tell, metrics)
    return counted(warehouse.read("verdict_count", days).item(), **judge_told(judged.metadata()))


@daily_table("flags", [conversations, judge_verdicts])
def judge_flags(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """One flag per conversation and judged metric, of the current epoch."""
    rubric = warehouse.installation.rubric()
    epoch = epoch_of(rubric, warehouse.installation.settings().judge)
    days = days_of(context.partition_key)
    rows = warehouse.build("judge_flags", days, judge_fragments(rubric, epoch))
    flags = warehouse.read("flag_counts", days, {"table": "judge_flags"})
    return counted(rows, epoch=epoch, **prevalences(flags.iter_rows()))


def _asked(config: MetricsConfig, metrics: Sequence[Metric]) -> list[Metric]:
    """The metrics a run is about.

    Raises:
        UserError: One of them is not of this kind.
    """
    known = {metric.id: metric for metric in metrics}
    unknown = sorted(set(config.metrics) - known.keys())
    if unknown:
        raise UserError(f"metric {unknown[0]} is not answered here; these are: {', '.join(known)}")
    return [known[name] for name in config.metrics] or list(metrics)

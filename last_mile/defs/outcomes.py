"""Assets from outcome events to labelled conversations. Not here: lifts (defs/evidence.py)."""

import dagster as dg

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import outcome_fragments, wide_columns, wide_fragments
from last_mile.defs.conversations import conversations, heuristic_flags, judge_flags
from last_mile.defs.landing import fail_on_unreadable, outcome_logs
from last_mile.defs.partitions import DAILY, LONGEST_HORIZON_DAYS, days_of
from last_mile.defs.reporting import counted

EVENTS_UP_TO_THE_HORIZON = dg.TimeWindowPartitionMapping(
    start_offset=0, end_offset=LONGEST_HORIZON_DAYS, allow_nonexistent_upstream_partitions=True
)


@dg.asset(
    deps=[outcome_logs, conversations],
    partitions_def=DAILY,
    group_name="outcomes",
    kinds={"duckdb"},
)
def outcome_events(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """One row per landed event, correction and retraction, under the day it occurred."""
    days = days_of(context.partition_key)
    fail_on_unreadable(warehouse, days, "outcomes")
    change = warehouse.last_change()
    rows = warehouse.build("outcome_events", days)
    warehouse.note_built(days, ("events",), change)
    return counted(rows)


@dg.asset(
    deps=[
        conversations,
        dg.AssetDep(outcome_events, partition_mapping=EVENTS_UP_TO_THE_HORIZON),
    ],
    partitions_def=DAILY,
    group_name="outcomes",
    kinds={"duckdb"},
)
def outcomes(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """Positive, negative, open or superseded per conversation and kind, by the newest arrival."""
    days, rubric = days_of(context.partition_key), warehouse.installation.rubric()
    rows = warehouse.build("outcomes", days, outcome_fragments(rubric))
    states = warehouse.read("outcomes", days).group_by("outcome", "state").len().sort("outcome")
    by_state = {f"{outcome}_{state}": n for outcome, state, n in states.iter_rows()}
    return counted(rows, conversations_by_state=by_state)


@dg.asset(
    deps=[conversations, heuristic_flags, judge_flags, outcomes],
    partitions_def=DAILY,
    group_name="outcomes",
    kinds={"duckdb"},
)
def labeled_conversations(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> dg.MaterializeResult:
    """One row per conversation: strata, every flag and every matured outcome as a column."""
    days, rubric = days_of(context.partition_key), warehouse.installation.rubric()
    return counted(
        warehouse.build("labeled_conversations", days, wide_fragments(rubric), wide_columns(rubric))
    )

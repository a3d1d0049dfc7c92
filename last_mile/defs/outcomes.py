"""Assets from outcome events to labelled conversations. Not here: lifts (defs/evidence.py)."""

from datetime import date

import dagster as dg

from last_mile.adapters.expectations import run_check
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.expectation import STAGE_CHECKS
from last_mile.core.fragments import outcome_fragments, quoted, wide_columns, wide_fragments
from last_mile.defs.check_results import evaluation_of
from last_mile.defs.conversations import conversations, heuristic_flags, judge_flags
from last_mile.defs.landing import fail_on_unreadable, outcome_logs
from last_mile.defs.partitions import LONGEST_HORIZON_DAYS, days_of, keys_of, ranges_of
from last_mile.defs.reporting import counted, funnel, wide_schema
from last_mile.defs.tables import daily_table

EVENTS_UP_TO_THE_HORIZON = dg.TimeWindowPartitionMapping(
    start_offset=0, end_offset=LONGEST_HORIZON_DAYS, allow_nonexistent_upstream_partitions=True
)
_NO_EVENTS = "0-0"
_ADD_UP = next(check for check in STAGE_CHECKS if check.asset == "outcome_events")


class EventsConfig(dg.Config):
    """Which days of events a run builds besides its own and those that are waiting."""

    also: list[str] = []  # noqa: RUF012 - YYYY-MM-DD


# It reads when conversations began, of events without a time; no check of them holds it back.
@daily_table("outcomes", [outcome_logs, conversations], is_root=True, held_by=[outcome_logs])
def outcome_events(
    context: dg.AssetExecutionContext, warehouse: Warehouse, config: EventsConfig
) -> dg.MaterializeResult:
    """One row per landed event, correction and retraction, under the day it occurred.

    Every waiting day is built with it: outcomes read the events of later days, and so can be built
    in any order.
    """
    days = days_of(context.partition_key)
    change = warehouse.last_change()
    also = {date.fromisoformat(day) for day in config.also}
    waiting = also.union(warehouse.read("waiting_event_days")["day"]) - {days.start}
    for others in ranges_of(waiting):
        _build_events(warehouse, others, change)
        _log_built(context, warehouse, others)
    fail_on_unreadable(warehouse, days, "outcomes")
    told = counted(_build_events(warehouse, days, change), other_days_built=len(waiting) or None)
    (version,) = _versions(warehouse, days).values()
    return dg.MaterializeResult(metadata=told.metadata, data_version=dg.DataVersion(version))


def _build_events(warehouse: Warehouse, days: Days, change: int) -> int:
    rows = warehouse.build("outcome_events", days)
    warehouse.note_built(days, ("events",), change)
    return rows


def _log_built(context: dg.AssetExecutionContext, warehouse: Warehouse, others: Days) -> None:
    """Note days that the run of another day built, with their check: of all, or one by one."""
    whole = run_check(warehouse, _ADD_UP, others)
    for key, version in _versions(warehouse, others).items():
        tags = {"dagster/data_version": version}
        shown = {"built_with": context.partition_key}
        context.log_event(
            dg.AssetMaterialization("outcome_events", partition=key, metadata=shown, tags=tags)
        )
        result = whole if whole.passed else run_check(warehouse, _ADD_UP, days_of(key))
        context.log_event(evaluation_of(context.instance, result, key))


def _versions(warehouse: Warehouse, days: Days) -> dict[str, str]:
    """By day, what is equal as long as its events are: a window is opened by others only."""
    by_day = dict(warehouse.read("events_version", days).iter_rows())
    return {key: by_day.get(date.fromisoformat(key), _NO_EVENTS) for key in keys_of(days)}


@daily_table(
    "outcomes",
    [conversations, dg.AssetDep(outcome_events, partition_mapping=EVENTS_UP_TO_THE_HORIZON)],
)
def outcomes(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """Positive, negative, open or superseded per conversation and kind, by the newest arrival."""
    days, rubric = days_of(context.partition_key), warehouse.installation.rubric()
    rows = warehouse.build("outcomes", days, outcome_fragments(rubric))
    states = warehouse.read("outcomes", days).group_by("outcome", "state").len().sort("outcome")
    by_state = {f"{outcome}_{state}": n for outcome, state, n in states.iter_rows()}
    return counted(rows, conversations_by_state=by_state)


@daily_table("outcomes", [conversations, heuristic_flags, judge_flags, outcomes])
def labeled_conversations(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> dg.MaterializeResult:
    """One row per conversation: strata, every flag and every matured outcome as a column."""
    days, rubric = days_of(context.partition_key), warehouse.installation.rubric()
    columns = wide_columns(rubric)
    rows = warehouse.build("labeled_conversations", days, wide_fragments(rubric), columns)
    steps = warehouse.read("day_funnel", days, {"outcome": quoted(rubric.primary.id)})
    schema = wide_schema("labeled_conversations", columns, rubric)
    return counted(rows, **funnel(steps.to_dicts()), **schema)

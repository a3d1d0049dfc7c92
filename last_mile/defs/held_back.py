"""A day whose blocking check failed goes no further, whichever run asks for what is made from it.

Dagster's own blocking holds inside one run only; backfills and people start others.
"""

from collections.abc import Iterable, Sequence

import dagster as dg
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import (
    COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES,
    AssetCheckPartitionInfo,
)
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecordStatus as Status,
)

from last_mile.core.expectation import STAGE_CHECKS

_SHOWN = 5  # days of a check


def fail_if_held_back(context: dg.AssetExecutionContext, parents: Iterable[str]) -> None:
    """Stop when a blocking check of one of these tables failed on what its day holds now.

    A step of one day looks at that day, a step over all days at all of them.

    Raises:
        dagster.Failure: With the check and the fix.
    """
    names, days = set(parents), None
    if context.assets_def.partitions_def is not None:  # a run may have a day though a step has none
        in_this_run = context.job_def.asset_layer.selected_asset_keys
        names -= {key.to_user_string() for key in in_this_run}  # Dagster itself blocks those
        days = [context.partition_key]
    failed = failed_checks(context.instance, names, days) if names else {}
    if failed:
        told = (
            f"{name} failed for {listed(sorted(days))}" for name, days in sorted(failed.items())
        )
        raise dg.Failure(
            f"held back: {'; '.join(told)}; its result names the rows; mend the drop, then "
            "materialize that table for the day again",
            allow_retries=False,
        )


def listed(days: Sequence[str]) -> str:
    """The first days in words, and how many more there are."""
    more = len(days) - _SHOWN
    return ", ".join(days[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def failed_checks(
    instance: dg.DagsterInstance,
    tables: Iterable[str] | None = None,
    days: Sequence[str] | None = None,
) -> dict[str, list[str]]:
    """Blocking checks of a day that failed on what the day holds now.

    Args:
        instance: Where the checks ran.
        tables: Whose checks; None for all tables.
        days: Which days, as partition keys; None for all.

    Returns:
        Days by check, the check as `table:name`.
    """
    names = None if tables is None else set(tables)
    keys = [
        dg.AssetCheckKey(dg.AssetKey(check.asset), check.name)
        for check in STAGE_CHECKS
        if check.daily and check.blocking and (names is None or check.asset in names)
    ]
    failed: dict[str, list[str]] = {}
    for info in instance.event_log_storage.get_asset_check_partition_info(
        keys, partition_keys=days
    ):
        if info.partition_key and _failed_now(instance, info):
            failed.setdefault(info.check_key.to_user_string(), []).append(info.partition_key)
    return failed


def _failed_now(instance: dg.DagsterInstance, info: AssetCheckPartitionInfo) -> bool:
    """Whether the newest result is a failure, and about what the table holds now.

    A result without a target (somebody reported it) is about whatever the table holds.
    """
    if info.latest_execution_status == Status.PLANNED:  # that run is not so far, or never was
        status, target = _last_result(instance, info)
    else:
        status = info.latest_execution_status
        target = info.latest_target_materialization_storage_id
    return status == Status.FAILED and target in (None, info.latest_materialization_storage_id)


def _last_result(
    instance: dg.DagsterInstance, info: AssetCheckPartitionInfo
) -> tuple[Status | None, int | None]:
    """The newest result of a check and the materialization it was about; None: it has none."""
    found = instance.event_log_storage.get_asset_check_execution_history(
        info.check_key,
        limit=1,
        status=COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES,
        partition_filter=PartitionKeyFilter(key=info.partition_key),
    )
    if not found or found[0].evaluation is None:
        return None, None
    target = found[0].evaluation.target_materialization_data
    return found[0].status, target.storage_id if target else None

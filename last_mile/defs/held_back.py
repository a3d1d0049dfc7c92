"""A day whose blocking check failed goes no further, whichever run asks for what is made from it.

Dagster's own blocking holds inside one run only; backfills and people start others.
"""

from collections.abc import Iterable

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from last_mile.core.expectation import STAGE_CHECKS


def fail_if_held_back(context: dg.AssetExecutionContext, parents: Iterable[str]) -> None:
    """Stop when a blocking check of one of these tables failed on what this day holds now.

    Raises:
        dagster.Failure: With the check and the fix.
    """
    in_this_run = {key.to_user_string() for key in context.job_def.asset_layer.selected_asset_keys}
    names = set(parents) - in_this_run  # Dagster itself blocks those
    if not names:
        return
    keys = [
        dg.AssetCheckKey(dg.AssetKey(check.asset), check.name)
        for check in STAGE_CHECKS
        if check.daily and check.blocking and check.asset in names
    ]
    day = context.partition_key
    latest = context.instance.event_log_storage.get_asset_check_partition_info(
        keys, partition_keys=[day]
    )
    failed = [
        info.check_key.to_user_string()
        for info in latest
        if info.latest_execution_status == AssetCheckExecutionRecordStatus.FAILED
        and info.latest_target_materialization_storage_id
        in (None, info.latest_materialization_storage_id)
    ]
    if failed:
        raise dg.Failure(
            f"held back: {', '.join(sorted(failed))} failed for {day}; its result names the rows; "
            "mend the drop, then materialize that table for the day again",
            allow_retries=False,
        )

"""Logs whose newest landing does not reconcile: no day is built from them, whoever asks.

Not here: checks of a day (held_back.py).
"""

from collections.abc import Iterable

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES,
    AssetCheckExecutionRecordStatus,
)

from last_mile.core.expectation import STAGE_CHECKS

LOGS = ("conversation_logs", "outcome_logs", "label_logs")


def held_logs(instance: dg.DagsterInstance, tables: Iterable[str]) -> str | None:
    """A sentence when a blocking check of one of these tables failed, of tables without days."""
    names = set(tables)
    keys = [
        dg.AssetCheckKey(dg.AssetKey(check.asset), check.name)
        for check in STAGE_CHECKS
        if check.blocking and not check.daily and check.asset in names
    ]
    failed = sorted(key.to_user_string() for key in keys if _failed(instance, key))
    if not failed:
        return None
    return (
        f"{', '.join(failed)} failed: nothing is built from this landing; its result names the "
        "files; land them again (`last-mile replay`, or touch them)"
    )


def _failed(instance: dg.DagsterInstance, key: dg.AssetCheckKey) -> bool:
    """Whether the newest result is a failure; a run that is not so far, or died, has none."""
    newest = instance.event_log_storage.get_asset_check_execution_history(
        key, limit=1, status=COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES
    )
    return bool(newest) and newest[0].status == AssetCheckExecutionRecordStatus.FAILED


def fail_if_logs_are_held(instance: dg.DagsterInstance, tables: Iterable[str]) -> None:
    """Stop before anything is built from logs that do not reconcile.

    Raises:
        dagster.Failure: With the check and the fix.
    """
    if told := held_logs(instance, tables):
        raise dg.Failure(told, allow_retries=False)

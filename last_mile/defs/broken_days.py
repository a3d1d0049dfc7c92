"""What is broken right now: days whose newest run failed, days and logs a check holds back.

Not here: the checks themselves (checks.py).
"""

from collections.abc import Sequence
from datetime import date

import dagster as dg
from dagster._core.storage.partition_status_cache import AssetPartitionStatus

from last_mile.adapters.warehouse import Warehouse
from last_mile.defs.endings import endings
from last_mile.defs.held_back import failed_checks, listed
from last_mile.defs.held_logs import LOGS, held_logs
from last_mile.defs.partitions import DAILY
from last_mile.defs.report import report
from last_mile.defs.tables import POOL

DAILY_TABLES = (
    "conversations", "rejected_lines", "heuristic_flags", "judge_verdicts", "judge_flags",
    "outcome_events", "outcomes", "labeled_conversations", "stat_cells", "quality_tiers",
)  # fmt: skip


@dg.asset_check(asset=report, pool=POOL)
@endings()
def no_failed_partitions(
    context: dg.AssetCheckExecutionContext, warehouse: Warehouse
) -> dg.AssetCheckResult:
    """No day of any table failed in its newest run, and no blocking check holds a day or logs."""
    broken = broken_days(context.instance, warehouse.read("days_to_build")["day"].to_list())
    held = [said] if (said := held_logs(context.instance, LOGS)) else []
    told = {what: listed(days) for what, days in broken.items()}
    return dg.AssetCheckResult(
        passed=not (broken or held),
        metadata={"days_broken": len(set().union(*broken.values())), **told},
        description="; ".join([*(f"{what}: {days}" for what, days in told.items()), *held]) or None,
    )


def broken_days(instance: dg.DagsterInstance, days: Sequence[date]) -> dict[str, list[str]]:
    """Days that are broken now, newest first, by table or check.

    Args:
        instance: Where the runs were.
        days: Days that hold anything.

    Returns:
        Nothing for what is whole. A check counts when it looked at what its table holds now.
    """
    keys = sorted((day.isoformat() for day in days), reverse=True)
    failed = {table: _failed_runs(instance, table, keys) for table in DAILY_TABLES}
    failed |= failed_checks(instance)
    return {what: sorted(days, reverse=True) for what, days in failed.items() if days}


def _failed_runs(instance: dg.DagsterInstance, table: str, keys: Sequence[str]) -> list[str]:
    statuses = instance.get_status_by_partition(dg.AssetKey(table), keys, DAILY) or {}
    return [key for key, status in statuses.items() if status == AssetPartitionStatus.FAILED]

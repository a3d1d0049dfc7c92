"""The report asset: one HTML file and its numbers as JSON. Not here: what it says."""

from datetime import date, timedelta
from typing import Any

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from last_mile.adapters.report_source import write_report
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.expectation import STAGE_CHECKS
from last_mile.defs.drift import drift
from last_mile.defs.epochs import flag_trends
from last_mile.defs.evidence import (
    composite_lift,
    judge_calibration,
    labeled_rubric,
    metric_lift,
    segment_lift,
)
from last_mile.defs.failures import failure_modes
from last_mile.defs.held_back import failed_checks
from last_mile.defs.releases import engagement_effects, outcome_effects, release_comparison
from last_mile.defs.reporting import funnel
from last_mile.defs.tables import history_table
from last_mile.defs.tiers import tier_lift
from last_mile.defs.training import training_release

_LATEST = 2_000  # results per check looked at
_ENDED = {
    AssetCheckExecutionRecordStatus.SUCCEEDED: True,
    AssetCheckExecutionRecordStatus.FAILED: False,
}


@history_table(
    "report",
    [
        metric_lift, segment_lift, composite_lift, release_comparison, outcome_effects,
        engagement_effects, judge_calibration, flag_trends, drift, failure_modes,
        tier_lift, training_release,
    ],
    kinds=("html",),
    fresh_within=timedelta(days=2),
)  # fmt: skip
def report(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """The report for people, and its numbers."""
    labeled_rubric(warehouse)  # a metric that was added since may have no column yet
    written = write_report(warehouse, check_results(context.instance))
    installation = warehouse.installation
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(written["lift"]),
            "report": dg.MetadataValue.path(installation.report_html),
            "numbers": dg.MetadataValue.path(installation.report_json),
            **funnel(written["funnel"]),
            "headline": "\n".join(written["headline"]),
        }
    )


def check_results(instance: dg.DagsterInstance, before: date | None = None) -> list[dict[str, Any]]:
    """The newest result of every blocking stage check per partition, counted; days it holds back.

    Args:
        instance: Where the checks ran.
        before: Partitions of this day and later are left out; None: all count.
    """
    held, results = failed_checks(instance), []
    for check in (check for check in STAGE_CHECKS if check.blocking):  # others warn, in the UI
        key = dg.AssetCheckKey(dg.AssetKey(check.asset), check.name)
        newest: dict[str | None, bool] = {}
        for record in instance.event_log_storage.get_asset_check_execution_history(key, _LATEST):
            later = before and record.partition and record.partition >= before.isoformat()
            if record.status in _ENDED and not later:
                newest.setdefault(record.partition, _ENDED[record.status])
        passed = sum(newest.values())
        results.append(
            {
                "check": check.name, "asset": check.asset, "passed": passed,
                "failed": len(newest) - passed,
                "days_held": sum(
                    before is None or day < before.isoformat()
                    for day in held.get(key.to_user_string(), ())
                ),
            }
        )  # fmt: skip
    return results

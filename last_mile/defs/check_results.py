"""What Dagster shows of the result of a check. Not here: running it (checks.py)."""

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,
)

from last_mile.core.expectation import CheckResult


def reported(result: CheckResult) -> dg.AssetCheckResult:
    """What Dagster shows of a result: counts, a table, and what to do when something is broken."""
    return dg.AssetCheckResult(
        passed=result.passed,
        severity=dg.AssetCheckSeverity[result.check.severity],
        description=None if result.passed else result.sentence(),
        metadata={
            "results": dg.MetadataValue.md(result.table()),
            "rows_looked_at": result.rows,
            "expectations_met": len(result.checked) - len(result.broken),
            "expectations_broken": len(result.broken),
            "broken": sum(item.broken or 0 for item in result.broken),
        },
    )


def evaluation_of(
    instance: dg.DagsterInstance, result: CheckResult, day: str
) -> dg.AssetCheckEvaluation:
    """The same as an event, about what the table of a day holds now."""
    told = reported(result)
    table = dg.AssetKey(result.check.asset)
    asked = dg.AssetRecordsFilter(table, asset_partitions=[day])
    built = instance.fetch_materializations(asked, limit=1).records[0]
    return dg.AssetCheckEvaluation(
        asset_key=table,
        check_name=result.check.name,
        passed=told.passed,
        metadata=told.metadata,
        severity=told.severity,
        description=told.description,
        blocking=result.check.blocking,
        partition=day,
        target_materialization_data=AssetCheckEvaluationTargetMaterializationData(
            storage_id=built.storage_id, run_id=built.run_id, timestamp=built.timestamp
        ),
    )

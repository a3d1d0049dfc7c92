"""Blocking asset checks between the stages, made from the table in core/expectation.py.

Not here: what is expected, how it is run (adapters/expectations.py).
"""

from collections.abc import Iterator, Mapping

import dagster as dg

from last_mile.adapters.expectations import check_frame
from last_mile.adapters.release_source import scan_of
from last_mile.adapters.releases import GATES, examine, newest_release
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.expectation import STAGE_CHECKS, StageCheck
from last_mile.core.rubric import Rubric
from last_mile.defs.partitions import DAILY, days_of
from last_mile.defs.tiers import tiers_are_proven


def stage_check(check: StageCheck) -> dg.AssetChecksDefinition:
    """The asset check of one entry of the table."""

    @dg.asset_check(
        asset=check.asset,
        name=check.name,
        description=check.about,
        blocking=True,
        partitions_def=DAILY if check.daily else None,
        additional_deps=[dg.AssetKey(name) for name in check.also_after],
    )
    def run(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> dg.AssetCheckResult:
        days = days_of(context.partition_key) if check.daily else None
        fragments = _fragments(warehouse.installation.rubric()) if check.query in _WIDE else None
        frame = warehouse.read(check.query, days, fragments)
        results = check_frame(frame, check.expectations, check.row_id)
        failed = [result for result in results if not result.passed]
        return dg.AssetCheckResult(
            passed=not failed,
            metadata={
                "rows_looked_at": frame.height,
                "expectations_met": len(results) - len(failed),
                "expectations_broken": len(failed),
                **{
                    result.expectation: f"{result.broken} rows, e.g. {', '.join(result.examples)}"
                    for result in failed
                },
            },
        )

    return run


@dg.multi_asset_check(
    specs=[dg.AssetCheckSpec(gate, asset="training_release", blocking=True) for gate in GATES]
)
def release_gates(warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """The files of the newest release, as they are now, held to every gate again."""
    releases = warehouse.installation.releases
    manifest = newest_release(releases)
    if manifest is None:
        raise dg.Failure(f"there is no training release in {releases}")
    examined = examine(releases / manifest["release_id"], manifest, scan=scan_of(warehouse))
    for gate, n in examined.failed.items():
        yield dg.AssetCheckResult(
            asset_key="training_release",
            check_name=gate,
            passed=not n,
            metadata={"found": n, **({"what": examined.sentence()} if n else {})},
        )


STAGE_CHECK_DEFINITIONS = [
    *(stage_check(check) for check in STAGE_CHECKS),
    tiers_are_proven,
    release_gates,
]

_WIDE = {"labeled_conversations__complete"}


def _fragments(rubric: Rubric) -> Mapping[str, str]:
    scored = " + ".join(f'("{metric.id}" is not null)::integer' for metric in rubric.metrics)
    return {"scored": scored}

"""Asset checks between the stages, made from the table in core/expectation.

Not here: what is expected, how it is run (adapters/expectations), broken days (broken_days.py).
"""

from collections.abc import Iterator

import dagster as dg

from last_mile.adapters.expectations import run_check
from last_mile.adapters.release_source import scan_of
from last_mile.adapters.releases import GATES, examine, newest_release
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.expectation import STAGE_CHECKS, StageCheck
from last_mile.defs.check_results import reported
from last_mile.defs.endings import endings
from last_mile.defs.partitions import DAILY, days_of
from last_mile.defs.tables import POOL
from last_mile.defs.tiers import tiers_are_proven
from last_mile.errors import UserError


def stage_check(check: StageCheck) -> dg.AssetChecksDefinition:
    """The asset check of one entry of the table."""

    @dg.asset_check(
        asset=check.asset,
        name=check.name,
        description=check.about,
        blocking=check.blocking,
        partitions_def=DAILY if check.daily else None,
        pool=POOL,
    )
    @endings()
    def run(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> dg.AssetCheckResult:
        days = days_of(context.partition_key) if check.daily else None
        return reported(run_check(warehouse, check, days))

    return run


@dg.multi_asset_check(
    specs=[dg.AssetCheckSpec(gate, asset="training_release", blocking=True) for gate in GATES],
    pool=POOL,
)
def release_gates(warehouse: Warehouse) -> Iterator[dg.AssetCheckResult]:
    """The files of the newest release, as they are now, held to every gate again."""
    with endings():
        releases = warehouse.installation.releases
        manifest = newest_release(releases)
        if manifest is None:
            raise UserError(f"there is no training release in {releases}")
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

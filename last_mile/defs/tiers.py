"""Assets about quality tiers: who is in which, and whether the outcome bears it out."""

import dagster as dg

from last_mile.adapters.tier_source import read_tier_lift
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.tier_lift import tier_verdicts
from last_mile.core.training.fragments import tier_fragments
from last_mile.defs.endings import endings
from last_mile.defs.evidence import labeled_rubric
from last_mile.defs.outcomes import labeled_conversations
from last_mile.defs.partitions import days_of
from last_mile.defs.reporting import counted
from last_mile.defs.tables import POOL, daily_table, history_table


@daily_table("outcomes", [labeled_conversations])
def quality_tiers(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """One tier per conversation, by the first rule of the rubric that matches."""
    days, rubric = days_of(context.partition_key), warehouse.installation.rubric()
    rows = warehouse.build("quality_tiers", days, tier_fragments(rubric))
    tiers = warehouse.read("quality_tiers", days)["tier"].value_counts()
    return counted(rows, conversations_by_tier=dict(tiers.iter_rows()))


@history_table("evidence", [quality_tiers], kinds=("python",))
def tier_lift(warehouse: Warehouse) -> dg.MaterializeResult:
    """The outcome of every tier that is trained on, on later days than its rule was chosen on."""
    rows = read_tier_lift(warehouse, labeled_rubric(warehouse))
    return counted(warehouse.replace("tier_lift", rows))


@dg.asset_check(asset=tier_lift, blocking=True, pool=POOL)
@endings()
def tiers_are_proven(warehouse: Warehouse) -> dg.AssetCheckResult:
    """Tiers go along with the outcome as their rules say; without one to imitate, no release."""
    verdicts = tier_verdicts(warehouse.read("tier_lift").iter_rows(named=True))
    severity = dg.AssetCheckSeverity.ERROR if verdicts.blocks else dg.AssetCheckSeverity.WARN
    unproven = {
        **{f"locked: {tier}": why for tier, why in verdicts.locked.items()},
        **{f"exported, unproven: {tier}": why for tier, why in verdicts.warned.items()},
    }
    return dg.AssetCheckResult(
        passed=not unproven, severity=severity, metadata={**unproven, **verdicts.holds}
    )

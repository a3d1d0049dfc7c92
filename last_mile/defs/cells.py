"""The asset of counted cells: one day's share of every lift. Not here: lifts (defs/evidence.py)."""

import dagster as dg

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import cell_columns, cell_fragments
from last_mile.defs.outcomes import labeled_conversations
from last_mile.defs.partitions import days_of
from last_mile.defs.reporting import counted, wide_schema
from last_mile.defs.tables import daily_table


@daily_table("outcomes", [labeled_conversations])
def stat_cells(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    """Counts by stratum and follow-up of every flag and outcome; they add up over days."""
    days, rubric = days_of(context.partition_key), warehouse.installation.rubric()
    columns = cell_columns(rubric)
    rows = warehouse.build("stat_cells", days, cell_fragments(rubric), columns)
    return counted(rows, **wide_schema("stat_cells", columns, rubric))

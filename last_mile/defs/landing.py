"""Assets that land the drop folder: one table per kind of log, replaced file by file.

Not here: what a day's rows become (defs/conversations.py, defs/outcomes.py).
"""

from datetime import date
from pathlib import Path

import dagster as dg

from last_mile.adapters.landing import land
from last_mile.adapters.log_drop import Kind
from last_mile.adapters.warehouse import Warehouse


def _land(warehouse: Warehouse, kind: Kind) -> dg.MaterializeResult:
    settings = warehouse.installation.settings()
    default_day = date.fromisoformat(settings.default_day) if settings.default_day else None
    landed = land(warehouse, Path(settings.drops), kind, default_day)
    files = warehouse.read("log_files")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": int(files.filter(kind=kind)["lines"].sum()),
            "lines_landed_now": landed.lines,
            "files_read": landed.files,
            "files_unchanged": landed.unchanged,
            "lines_refused": landed.rejected,
        }
    )


@dg.asset(group_name="logs", kinds={"python", "duckdb"})
def conversation_logs(warehouse: Warehouse) -> dg.MaterializeResult:
    """Every physical line of the conversation drops, accepted or refused with its reason."""
    return _land(warehouse, "conversations")


@dg.asset(group_name="logs", kinds={"python", "duckdb"})
def outcome_logs(warehouse: Warehouse) -> dg.MaterializeResult:
    """Every row of the outcome drops, accepted or refused with its reason."""
    return _land(warehouse, "outcomes")


@dg.asset(group_name="logs", kinds={"python", "duckdb"})
def label_logs(warehouse: Warehouse) -> dg.MaterializeResult:
    """Every row of the label drops: human answers and verdicts recorded elsewhere."""
    return _land(warehouse, "labels")

"""New failure modes: what conversations that went badly, and that no flag explains, have in common.

Not here: accepting a proposal (`last-mile rubric add`).
"""

from datetime import UTC, datetime

import dagster as dg

from last_mile.adapters.failure_source import failure_counts, find_failure_modes
from last_mile.adapters.warehouse import Warehouse
from last_mile.defs.conversations import conversations
from last_mile.defs.evidence import known_up_to, labeled_rubric, metric_lift
from last_mile.defs.outcomes import labeled_conversations
from last_mile.defs.reporting import counted
from last_mile.defs.tables import history_table


@history_table("loop", [conversations, labeled_conversations, metric_lift], kinds=("python",))
def failure_modes(warehouse: Warehouse) -> dg.MaterializeResult:
    """Terms and contexts of unexplained failures, found on half of the users, tried on others."""
    rubric, today = labeled_rubric(warehouse), datetime.now(UTC).date()
    found = find_failure_modes(warehouse, rubric, today, known_up_to(warehouse))
    warehouse.replace("failure_examples", found.examples)
    return counted(
        warehouse.replace("failure_modes", found.rows),
        states=dict(found.rows["state"].value_counts().sort("state").iter_rows()),
        looked_at=found.looked_at,
        **failure_counts(warehouse, rubric),
    )

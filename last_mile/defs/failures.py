"""New failure modes: what conversations that went badly, and that no flag explains, have in common.

Not here: accepting a proposal (`last-mile rubric add`).
"""

import dagster as dg

from last_mile.adapters.failure_source import failure_counts, find_failure_modes
from last_mile.adapters.warehouse import Warehouse
from last_mile.defs.conversations import conversations
from last_mile.defs.evidence import labeled_rubric, metric_lift
from last_mile.defs.outcomes import labeled_conversations
from last_mile.defs.reporting import counted
from last_mile.defs.tables import history_table


@history_table("loop", [conversations, labeled_conversations, metric_lift], kinds=("python",))
def failure_modes(warehouse: Warehouse) -> dg.MaterializeResult:
    """Terms and contexts of unexplained failures, found on half of the users, tried on others."""
    rubric = labeled_rubric(warehouse)
    found = find_failure_modes(warehouse, rubric, warehouse.read("known_up_to").item())
    warehouse.replace_together({"failure_examples": found.examples, "failure_modes": found.rows})
    return counted(
        found.rows.height,
        states=dict(found.rows["state"].value_counts().sort("state").iter_rows()),
        looked_at=found.looked_at,
        **failure_counts(warehouse, rubric),
    )

"""Drift of the product and of the judge: whether flags and what they go along with are as before.

Not here: drift of a table from its file in sql/ (adapters/warehouse/drift.py).
"""

import dagster as dg
import polars as pl

from last_mile.adapters.drift_source import read_drift
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.drift import KINDS
from last_mile.core.drift.words import power_sentence, standing
from last_mile.defs.conversations import heuristic_flags, judge_flags
from last_mile.defs.evidence import human_labels, labeled_rubric
from last_mile.defs.outcomes import labeled_conversations
from last_mile.defs.reporting import counted
from last_mile.defs.tables import history_table


@history_table(
    "loop", [labeled_conversations, heuristic_flags, judge_flags, human_labels],
    kinds=("python",),
)  # fmt: skip
def drift(warehouse: Warehouse) -> dg.MaterializeResult:
    """Prevalence, agreement and the relation to the outcome, day by day against before."""
    rubric = labeled_rubric(warehouse)
    rows = read_drift(warehouse, rubric, warehouse.read("known_up_to").item())
    now = standing(rows)
    alarms = {kind: now.filter(alarm_kind=kind)["alarm"].sum() for kind in KINDS}
    reasons = now["reason"].drop_nulls().value_counts().sort("reason").iter_rows()
    return counted(
        warehouse.replace("drift", rows),
        **{f"{kind}_alarms": int(n) for kind, n in alarms.items()},
        no_evidence=dict(reasons),
        **{f"{kind}_power": power_sentence(_of(now, kind)) for kind in KINDS},
        ended_series=int(now["ended"].sum()) or None,
    )


def _of(now: pl.DataFrame, kind: str) -> list[dict[str, object]]:
    return list(now.filter(~pl.col("ended"), alarm_kind=kind).iter_rows(named=True))

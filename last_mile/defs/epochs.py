"""Epochs of judging: how the older ones relate to the current one, and trends across them.

Not here: asking a bridge (`last-mile judge bridge`), comparing releases (defs/releases.py).
"""

from collections import Counter

import dagster as dg

from last_mile.adapters.judge.bridge_source import build_bridge, build_trends
from last_mile.adapters.warehouse import Warehouse
from last_mile.defs.conversations import heuristic_flags, judge_flags, judge_verdicts
from last_mile.defs.reporting import counted
from last_mile.defs.tables import history_table


@history_table("loop", [judge_verdicts, judge_flags], kinds=("python",))
def judge_bridge(warehouse: Warehouse) -> dg.MaterializeResult:
    """How the current epoch answers what each older one did, and the crosswalk between them."""
    rows = build_bridge(warehouse)
    refused = Counter(row["reason"] for row in rows if row["reason"])
    return counted(len(rows), not_bridged=dict(refused))


@history_table("loop", [heuristic_flags, judge_flags, judge_bridge], kinds=("python",))
def flag_trends(warehouse: Warehouse) -> dg.MaterializeResult:
    """How often every flag is true by week; weeks of other epochs by the bridge or not at all."""
    rows = build_trends(warehouse)
    refused = Counter(row["reason"] for row in rows if row["reason"])
    return counted(len(rows), weeks_refused=dict(refused))

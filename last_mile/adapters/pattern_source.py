"""Reads the patterns of flags that segments and the composite are counted from.

Not here: the counting (core/segments, core/composite.py), the lifts (lift_source.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.rubric import Metric, Rubric
from last_mile.core.segments import pattern_fragments


def read_patterns(
    warehouse: Warehouse, rubric: Rubric, outcome: str, strata: Sequence[str] = ()
) -> tuple[pl.DataFrame, list[Metric]]:
    """Patterns of matured conversations, over the metrics that do not know the outcome.

    Args:
        warehouse: With `metric_lift` of this rubric, which says which metrics know the outcome.
        rubric: Its metrics.
        outcome: Id of an outcome.
        strata: Strata of the rubric that are read beside the flags.

    Returns:
        Rows of reads/flag_patterns.sql, and the metrics that are in them.
    """
    leaking = warehouse.read("metric_lift").filter(
        pl.col("leaks").is_not_null(), scope="all", outcome=outcome
    )
    known = set(leaking["metric"])
    metrics = [metric for metric in rubric.metrics if not metric.leaks and metric.id not in known]
    fragments = pattern_fragments([metric.id for metric in metrics], strata, outcome)
    return warehouse.read("flag_patterns", fragments=fragments), metrics

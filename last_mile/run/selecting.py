"""Which tables a command builds: an asset selection as Dagster writes it, or single metrics.

Not here: which days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from last_mile.core.rubric import Rubric
from last_mile.definitions import defs
from last_mile.defs.automation import LOGS
from last_mile.defs.jobs import DAYS
from last_mile.errors import UserError

_BY_KIND = {"heuristic": "heuristic_flags", "judge": "judge_verdicts"}


@dataclass(frozen=True, slots=True)
class Selected:
    """What is built of a run that builds a part only.

    Attributes:
        of_days: Tables built day by day.
        over_all_days: Tables built once, after them.
        ops: Configuration by asset: the metrics asked for.
        lands: Whether the drops are landed first.
    """

    of_days: Sequence[str]
    over_all_days: Sequence[str]
    ops: Mapping[str, Any]
    lands: bool


def select(rubric: Rubric, selection: str | None, metrics: Sequence[str]) -> Selected | None:
    """Resolve what was asked for; None: everything.

    Args:
        rubric: That knows the metrics.
        selection: Such as `key:"outcomes"+` or `group:outcomes`; None: with metrics, their flags
            and all that is made from them.
        metrics: Metric ids; empty: all.

    Raises:
        UserError: No table is selected, or a metric is not in the rubric.
    """
    if selection is None and not metrics:
        return None
    tables = _tables_of(rubric, metrics)
    text = selection or " or ".join(f'key:"{table}"+' for table in sorted(set(tables.values())))
    graph = defs().resolve_asset_graph()
    try:
        chosen = dg.AssetSelection.from_string(text).resolve(graph)
    except dg.DagsterError as error:
        raise UserError(f'--select {text!r}: {error}; e.g. key:"outcomes"+') from error
    if not chosen:
        known = ", ".join(sorted(key.to_user_string() for key in graph.get_all_asset_keys()))
        raise UserError(f"--select {text!r} is no table; there are {known}")
    days, logs = DAYS.resolve(graph), LOGS.resolve(graph)
    names = [key.to_user_string() for key in graph.toposorted_asset_keys if key in chosen - logs]
    other = set(_BY_KIND.values()) - set(tables.values()) if metrics else set()
    of_days = [name for name in names if dg.AssetKey(name) in days and name not in other]
    ops = {
        table: {"config": {"metrics": [m for m in metrics if tables[m] == table]}}
        for table in set(tables.values()).intersection(of_days)
    }
    over_all_days = [name for name in names if dg.AssetKey(name) not in days]
    return Selected(of_days, over_all_days, ops, bool(chosen & logs))


def _tables_of(rubric: Rubric, metrics: Sequence[str]) -> dict[str, str]:
    """The table that answers each metric."""
    kinds = {metric.id: metric.kind for metric in rubric.metrics}
    unknown = [metric for metric in metrics if metric not in kinds]
    if unknown:
        raise UserError(
            f"--metric {unknown[0]}: rubric {rubric.name} has no such metric; "
            f"it has {', '.join(sorted(kinds))}"
        )
    return {metric: _BY_KIND[kinds[metric]] for metric in metrics}


def tables_of(job: str) -> set[str]:
    """The tables of a job."""
    keys = defs().resolve_job_def(job).asset_layer.selected_asset_keys
    return {key.to_user_string() for key in keys}

"""Adjusted figures of every metric in one scope: modified Poisson clustered by user, and strata.

Over matured conversations: whether one has matured depends on its day alone, so leaving the others
out biases nothing. Not here: the crude figures (crude.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from last_mile.core.lift.cells import Cells, Floats, Ints, Mask, Strata
from last_mile.core.lift.people import People
from last_mile.core.rubric import Metric
from last_mile.core.stats import (
    fit_adjusted,
    heterogeneity,
    mantel_haenszel,
)


def adjusted_figures(
    cells: Cells,
    scope: Mask,
    people: People,
    wanted: Sequence[tuple[Metric, tuple[str, ...]]],
) -> list[dict[str, Any]]:
    """Adjusted figures of every metric.

    Args:
        cells: Counts of one outcome.
        scope: Rows of the cells in the scope.
        people: The matured conversations of the scope, row by row.
        wanted: Every metric in the order of the cells, and what it is adjusted for.

    Returns:
        Per metric the columns of metric_lift from `adjusted_rr` to `heterogeneity_p`.
    """
    weights = _weights(cells, [metric for metric, _ in wanted])
    tables = {
        names: cells.strata(scope, names, weights) for names in {names for _, names in wanted}
    }
    effective = cells.effective_share(scope & cells.matured, weights)

    def of_metric(i: int) -> dict[str, Any]:
        metric, names = wanted[i]
        adjusted = _adjusted(tables[names], i, cells, people, metric)
        return adjusted | _stratified(tables[names], i, effective[i])

    with ThreadPoolExecutor() as pool:  # numpy lets go of the interpreter where it takes long
        return list(pool.map(of_metric, range(len(wanted))))


def _weights(cells: Cells, metrics: Sequence[Metric]) -> Floats:
    """How many conversations a flag stands for: those of heuristics are of all [rows, metrics]."""
    judged = np.array([metric.kind == "judge" for metric in metrics])
    return np.where(judged[None, :], cells.weight[:, None], 1.0)


def _adjusted(
    table: Strata, place: int, cells: Cells, people: People, metric: Metric
) -> dict[str, Any]:
    came = table.of_row >= 0
    counted = cells.by_arm(came).events[place]
    fit = fit_adjusted(table.codes, table.n[:, place], table.events[:, place], counted[None, :])
    n_users = None
    if fit.reason is None:
        fit, n_users = people.with_error(fit, _of_key(table, cells, people), metric)
    used = [name for name in table.codes if name not in fit.dropped]
    return {
        "adjusted_rr": fit.rr, "adjusted_low": fit.low, "adjusted_high": fit.high,
        "adjusted_p": fit.p, "adjusted_reason": fit.reason,
        "adjusted_for": ", ".join(used) or None, "n_users": n_users,
    }  # fmt: skip


def _of_key(table: Strata, cells: Cells, people: People) -> Ints:
    """The stratum of the table that a conversation's key stands for; -1: outside the scope."""
    of_key = np.full(len(people.keys), -1)
    inside = table.of_row >= 0
    of_key[np.searchsorted(people.keys, cells.key[inside])] = table.of_row[inside]
    return of_key


def _stratified(table: Strata, place: int, effective: float) -> dict[str, Any]:
    """Pooled over strata; weighted counts are shrunk to what they know, which leaves ratios."""
    n, events = table.n[:, place] * effective, table.events[:, place] * effective
    arms = (n[:, 1], events[:, 1], n[:, 0], events[:, 0])
    pooled = mantel_haenszel(*arms)
    return {
        "mh_rr": pooled.rr, "mh_low": pooled.low, "mh_high": pooled.high,
        "n_strata": int((n.min(axis=1, initial=np.inf) > 0).sum()) if len(n) else 0,
        "heterogeneity_p": heterogeneity(*arms).p,
    }  # fmt: skip

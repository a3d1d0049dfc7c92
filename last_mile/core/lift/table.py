"""The rows of `metric_lift`: every metric x outcome x scope, one family of q-values per scope.

Not here: the figures (crude.py, adjusted.py), what they say about a prior (verdict.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl

from last_mile.core.fragments import strata_of
from last_mile.core.lift import verdict as verdicts
from last_mile.core.lift.adjusted import adjusted_figures
from last_mile.core.lift.cells import Cells, Mask
from last_mile.core.lift.crude import crude_figures
from last_mile.core.lift.leaks import separates
from last_mile.core.lift.people import People
from last_mile.core.rubric import Metric, OutcomeKind, Rubric
from last_mile.core.stats import benjamini_hochberg, e_value

_FLOATS = (
    "prevalence", "rate_true", "rate_false", "rd", "rd_low", "rd_high", "rr", "rr_low", "rr_high",
    "p", "rr_matured", "rr_matured_low", "rr_matured_high", "adjusted_rr", "adjusted_low",
    "adjusted_high", "adjusted_p", "mh_rr", "mh_low", "mh_high", "heterogeneity_p", "corrected_rr",
    "corrected_low", "corrected_high", "pooled_rr", "pooled_low", "pooled_high", "differential_p",
    "q", "e_value", "e_value_limit", "mde_low", "mde_high",
)  # fmt: skip
LIFT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(("metric", "outcome", "scope"), pl.String),
    **dict.fromkeys(
        ("n", "n_matured", "n_scored", "n_true", "events_true", "events_false", "n_users",
         "n_strata"), pl.Int64,
    ),
    "weighted": pl.Boolean, **dict.fromkeys(_FLOATS, pl.Float64),
    **dict.fromkeys(
        ("rr_method", "reason", "adjusted_reason", "adjusted_for", "corrected_reason", "verdict",
         "leaks", "epoch"), pl.String,
    ),
    "prior_sign": pl.Int32, "measured_sign": pl.Int32, "horizon_days": pl.Int32,
    "exploratory": pl.Boolean, "first_visible_on": pl.Date, "as_of": pl.Datetime("us"),
}  # fmt: skip
_UNCORRECTED = dict.fromkeys(
    ("corrected_rr", "corrected_low", "corrected_high", "corrected_reason", "pooled_rr",
     "pooled_low", "pooled_high", "differential_p"),
)  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """What was counted of one outcome.

    Attributes:
        kind: The outcome.
        cells: Rows of reads/lift_cells.sql.
        rows: Rows of reads/clustered_rows.sql.
    """

    kind: OutcomeKind
    cells: pl.DataFrame
    rows: pl.DataFrame


@dataclass(frozen=True)
class Known:
    """What is known besides the counts.

    Attributes:
        as_of: Time up to which outcomes were known.
        epoch: The judge epoch the flags come from.
        today: The day on which a lift that was not seen before can be seen.
        leaks: Metric to why it knows the outcome.
        seen: (metric, outcome) to the day its lift was first to be seen.
        corrected: (metric, outcome) to figures corrected for the judge's errors.
    """

    as_of: datetime | None
    epoch: str
    today: date
    leaks: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[tuple[str, str], date] = field(default_factory=dict)
    corrected: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)


def metric_lift(counted: Iterable[Counted], rubric: Rubric, known: Known) -> pl.DataFrame:
    """Relative risk of every outcome with each flag versus without it.

    Returns:
        Rows of `metric_lift`, by scope, outcome and metric in the rubric's order.
    """
    families: dict[str, list[dict[str, Any]]] = {}
    for outcome in counted:
        for scope, row in _of_outcome(outcome, rubric, known):
            families.setdefault(scope, []).append(row)
    return pl.DataFrame(
        [row for family in families.values() for row in _judged_together(family)],
        schema=LIFT_SCHEMA,
    )


def _of_outcome(
    counted: Counted, rubric: Rubric, known: Known
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Scope and row of every metric, without q and verdict."""
    names = strata_of(rubric)
    cells = Cells.of(counted.cells, [m.id for m in rubric.metrics], names)
    people = People.of(counted.rows, np.unique(cells.key))
    judged = np.array([metric.kind == "judge" for metric in rubric.metrics])
    leaks, seen = _leaks(cells, rubric, known), dict(known.seen)
    for scope, left_out, rows in _scopes(cells):
        wanted = [
            (metric, _adjustment(rubric, metric, left_out, leaks)) for metric in rubric.metrics
        ]
        crude = crude_figures(cells, rows, counted.kind.horizon_days, judged)
        adjusted = adjusted_figures(cells, rows, people.within(cells.key[rows]), wanted)
        for metric, plain, fitted in zip(rubric.metrics, crude, adjusted, strict=True):
            about = {"metric": metric.id, "outcome": counted.kind.id, "scope": scope}
            if scope == "all" and plain["rr_low"] is not None:
                seen.setdefault((metric.id, counted.kind.id), known.today)
            told = _told(metric, counted.kind, seen, known) | {"leaks": leaks.get(metric.id)}
            if scope == "all":
                told |= known.corrected.get((metric.id, counted.kind.id), {})
            yield scope, about | plain | fitted | told


def _scopes(cells: Cells) -> Iterator[tuple[str, str, Mask]]:
    """Everything, then each release and surface where there are several: name, stratum, rows."""
    yield "all", "", np.ones(len(cells.n), dtype=bool)
    for name, values in (("model", cells.model), ("surface", cells.surface)):
        several = sorted(set(values.tolist()))
        for value in several if len(several) > 1 else []:
            yield f"{name}={value}", name, values == value


def _adjustment(
    rubric: Rubric, metric: Metric, left_out: str, leaks: Mapping[str, str]
) -> tuple[str, ...]:
    """Columns a metric is adjusted for in a scope; never for what knows the outcome."""
    names = (name.removeprefix("attributes.") for name in rubric.adjustment(metric))
    return tuple(name for name in names if name != left_out and name not in leaks)


def _leaks(cells: Cells, rubric: Rubric, known: Known) -> dict[str, str]:
    """Why metrics know this outcome: as is known, or because they separate it perfectly."""
    seen = cells.by_arm(np.ones(len(cells.n), dtype=bool))
    found = dict(known.leaks)
    for i, metric in enumerate(rubric.metrics):
        (n0, n1), (events0, events1) = seen.n[i].tolist(), seen.events[i].tolist()
        why = separates(n1, events1, n0, events0)
        if why:
            found.setdefault(metric.id, why)
    return found


def _told(
    metric: Metric, kind: OutcomeKind, seen: Mapping[tuple[str, str], date], known: Known
) -> dict[str, Any]:
    """What stands beside a metric's figures: its prior, when it was seen, where it comes from."""
    first = seen.get((metric.id, kind.id))
    return {
        **_UNCORRECTED, "prior_sign": metric.prior.sign, "first_visible_on": first,
        "exploratory": verdicts.exploratory(metric.prior, first),
        "horizon_days": kind.horizon_days, "as_of": known.as_of, "epoch": known.epoch,
    }  # fmt: skip


def _judged_together(family: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of one scope with q-values, E-values and verdicts; what leaks is not tested."""
    tested = [None if row["leaks"] else verdicts.leading_p(row) for row in family]
    for row, q in zip(family, benjamini_hochberg(tested), strict=True):
        row["q"] = q
        row["measured_sign"] = verdicts.measured_sign(row)
        row["verdict"] = verdicts.verdict(row)
        needed = e_value(*verdicts.leading(row))
        row["e_value"] = needed.point if needed else None
        row["e_value_limit"] = needed.limit if needed else None
        yield row

"""The rows of `release_comparison`: every release x flag or outcome, against its reference.

Not here: the figures (measure.py, worst.py), what is read (sql/reads/release_rows.sql).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from last_mile.core.release_effect.basis import REFUSED, Basis, basis_of
from last_mile.core.release_effect.coded import Coded
from last_mile.core.release_effect.epochs import (
    DIFFER,
    Bridges,
    EpochBasis,
    epoch_basis,
    refused,
)
from last_mile.core.release_effect.fragments import strata_columns
from last_mile.core.release_effect.measure import Measure, arm_counts, compared, paired
from last_mile.core.release_effect.pairs import Pair, Use, pairs
from last_mile.core.release_effect.verdict import judged_together
from last_mile.core.release_effect.worst import worst_stratum
from last_mile.core.rubric import Rubric

_TEXTS = (
    "release", "measure", "kind", "reference", "reference_is", "basis", "basis_reason", "reason",
    "adjusted_for", "paired_method", "worst_stratum", "verdict", "worst_verdict", "epoch_basis",
    "bridge_reason",
)  # fmt: skip
_COUNTS = (
    "n", "events", "n_reference", "events_reference", "n_common_tasks", "n_adjusted", "n_strata",
    "n_users", "n_paired_tasks", "n_places", "worst_n", "n_other_epochs", "n_bridge_pairs",
)  # fmt: skip
_FIGURES = (
    "rate", "rate_low", "rate_high", "rate_reference", "rd", "rd_low", "rd_high", "adjusted_rate",
    "adjusted_rate_reference", "adjusted_rd", "adjusted_low", "adjusted_high", "adjusted_rr",
    "adjusted_rr_low", "adjusted_rr_high", "sequential_low", "sequential_high", "detectable", "p",
    "q", "paired_rd", "paired_low", "paired_high", "paired_p", "worst_rd", "worst_low",
    "worst_high", "worst_p", "worst_q", "bridged_rate", "bridged_rate_reference", "bridged_rd",
    "bridged_low", "bridged_high",
)  # fmt: skip
RELEASE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(_TEXTS, pl.String), **dict.fromkeys(_COUNTS, pl.Int64),
    **dict.fromkeys(_FIGURES, pl.Float64), "sign": pl.Int32, "hides_regression": pl.Boolean,
    "first_day": pl.Date, "as_of": pl.Datetime("us"),
}  # fmt: skip
NO_RELEASE = "unknown"  # as in reads/release_rows.sql
FIRST = "first_release"
FLAG, OUTCOME = "flag", "outcome"


def release_comparison(
    rows: pl.DataFrame,
    rubric: Rubric,
    as_of: datetime | None,
    leaks: Collection[str] = (),
    bridges: Bridges | None = None,
) -> pl.DataFrame:
    """Every flag and outcome of each release against the release before.

    A release may change what users do, and its figures are adjusted for that too: what it adds
    with behaviours as they are. The crude difference stands beside.

    Args:
        rows: Rows of reads/release_rows.sql.
        rubric: Metrics, outcomes and strata.
        as_of: Time up to which outcomes were known.
        leaks: Metrics that know the outcome: nothing is adjusted for them.
        bridges: What flags were made by, and what older epochs answered beside the current one;
            None: all were made by the same.

    Returns:
        Rows of `release_comparison`, by first day of the release, kind and the rubric's order.
    """
    named = rows.filter(pl.col("release") != NO_RELEASE)
    uses = {
        use.release: use
        for use in map(Use._make, named.group_by("release").agg(
            pl.col("day").min(), pl.len()).iter_rows())
    }  # fmt: skip
    found = []
    for pair in pairs(uses.values()):
        told = {"first_day": uses[pair.release].first_day, "as_of": as_of}
        found += [
            {**row, **told} for row in _of_pair(pair, named, rubric, leaks, bridges or Bridges())
        ]
    return pl.DataFrame(found, schema=RELEASE_SCHEMA)


def measures(rubric: Rubric, leaks: Collection[str] = ()) -> Iterator[Measure]:
    """Flags, adjusted as their lifts are; outcomes, for strata and engagement."""
    strata = strata_columns(rubric)

    def without(names: Collection[str]) -> tuple[str, ...]:
        bare = (name.removeprefix("attributes.") for name in names)
        return tuple(name for name in bare if name != "model" and name not in leaks)

    for metric in rubric.metrics:
        names = without(rubric.adjustment(metric))
        yield Measure(metric.id, FLAG, metric.prior.sign, names, metric.kind == "judge")
    engagement = [m.id for m in rubric.metrics if m.about == "engagement" and not m.leaks]
    for kind in rubric.outcomes:
        yield Measure(kind.id, OUTCOME, 1, without((*strata, *engagement)), weighted=False)


def _of_pair(
    pair: Pair, named: pl.DataFrame, rubric: Rubric, leaks: Collection[str], bridges: Bridges
) -> Iterator[dict[str, Any]]:
    wanted = (pair.release, pair.reference or pair.release)
    rows = named.filter(pl.col("release").is_in(wanted))
    arm = (rows["release"] == pair.release).to_numpy()
    if pair.reference is None:
        yield from _alone(Coded.of(rows, arm), pair, rubric, bridges)
        return
    basis = basis_of(rows)
    used = basis.rows
    coded = Coded.of(rows.filter(pl.Series(used)), arm[used])
    families: dict[str, list[dict[str, Any]]] = {FLAG: [], OUTCOME: []}
    for measure in measures(rubric, leaks):
        based = _based(coded, measure, bridges)
        row = {
            **_about(pair, measure), "basis": basis.basis, "basis_reason": basis.reason,
            "n_common_tasks": basis.n_common, **arm_counts(based.coded, measure),
            **_epochs(based, measure),
        }  # fmt: skip
        figures = (
            refused(pair, basis, based, measure, bridges)
            if based.basis == DIFFER and basis.basis != REFUSED
            else _figures(based.coded, basis, measure, rubric)
        )
        families[measure.kind].append(row | figures)
    for family in families.values():
        judged_together(family)
        yield from family


def _figures(coded: Coded, basis: Basis, measure: Measure, rubric: Rubric) -> dict[str, Any]:
    if basis.basis == REFUSED:
        return {"reason": basis.reason, "p": None, "worst_p": None}
    common = basis.common[basis.rows] if basis.n_common else np.zeros(coded.rows.height, bool)
    return {
        **compared(coded, measure), **paired(coded, common, measure),
        **worst_stratum(coded, measure, strata_columns(rubric)),
    }  # fmt: skip


def _based(coded: Coded, measure: Measure, bridges: Bridges) -> EpochBasis:
    """Rows whose flags rest on one epoch or definition; outcomes have none."""
    if measure.kind != FLAG:
        return EpochBasis("", None, None, 0, coded)
    return epoch_basis(coded, measure, bridges.versions)


def _epochs(based: EpochBasis, measure: Measure) -> dict[str, Any]:
    told = {"epoch_basis": based.basis, "n_other_epochs": based.n_left_out}
    return told if measure.kind == FLAG else {}


def _alone(coded: Coded, pair: Pair, rubric: Rubric, bridges: Bridges) -> Iterator[dict[str, Any]]:
    """Rates of the first release, which is compared with nothing."""
    for measure in measures(rubric):
        based = _based(coded, measure, bridges)
        counts = arm_counts(based.coded, measure)
        own = {name: value for name, value in counts.items() if "reference" not in name}
        yield {**_about(pair, measure), **own, **_epochs(based, measure), "reason": FIRST}


def _about(pair: Pair, measure: Measure) -> dict[str, Any]:
    return {
        "release": pair.release, "reference": pair.reference, "reference_is": pair.reference_is,
        "measure": measure.id, "kind": measure.kind, "sign": measure.sign,
    }  # fmt: skip

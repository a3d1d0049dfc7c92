"""The rows of `outcome_effects`: releases beside engagement, in the same units.

"Smarter models don't guarantee better products." Not here: the releases' figures (table.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import polars as pl

from last_mile.core.release_effect.coded import Coded
from last_mile.core.release_effect.measure import why_not
from last_mile.core.release_effect.table import FIRST
from last_mile.core.rubric import Metric, Rubric
from last_mile.core.stats import standardised_contrasts

EFFECT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(("outcome", "kind", "cause", "versus", "adjusted_for", "reason"), pl.String),
    **dict.fromkeys(("n", "n_users"), pl.Int64),
    **dict.fromkeys(
        ("rate", "rate_versus", "rd", "rd_low", "rd_high", "rr", "rr_low", "rr_high"), pl.Float64
    ),
    "as_of": pl.Datetime("us"),
}  # fmt: skip
_SAME = {
    "adjusted_rate": "rate", "adjusted_rate_reference": "rate_versus", "adjusted_rd": "rd",
    "adjusted_low": "rd_low", "adjusted_high": "rd_high", "adjusted_rr": "rr",
    "adjusted_rr_low": "rr_low", "adjusted_rr_high": "rr_high", "adjusted_for": "adjusted_for",
    "n_adjusted": "n", "n_users": "n_users", "reason": "reason", "as_of": "as_of",
}  # fmt: skip


def outcome_effects(
    rows: pl.DataFrame, rubric: Rubric, compared: pl.DataFrame, leaks: Collection[str] = ()
) -> pl.DataFrame:
    """What each release and each engagement behaviour goes along with, for every outcome.

    Both are standardised to the mix where their arms overlap, with 95 % intervals for one look:
    a release with strata and behaviours held fixed, a behaviour with strata and releases.

    Args:
        rows: Rows of reads/release_rows.sql.
        rubric: Which metrics are engagement.
        compared: Rows of `release_comparison`.
        leaks: Metrics that know the outcome: these are left out.

    Returns:
        Rows of `outcome_effects`: by outcome, releases first, then by size of the difference.
    """
    as_of = compared["as_of"].first() if compared.height else None
    found = list(_releases(compared))
    for metric in rubric.metrics:
        if metric.about == "engagement" and not metric.leaks and metric.id not in leaks:
            found += [{**row, "as_of": as_of} for row in _behaviour(rows, rubric, metric, leaks)]
    order = [kind.id for kind in rubric.outcomes]
    frame = pl.DataFrame(found, schema=EFFECT_SCHEMA)
    return frame.sort(
        pl.col("outcome").replace_strict(order, list(range(len(order))), return_dtype=pl.Int64),
        pl.col("kind") != "release",
        -pl.col("rd").abs(),
        nulls_last=True,
        maintain_order=True,
    )


def _releases(compared: pl.DataFrame) -> Iterator[dict[str, Any]]:
    outcomes = compared.filter(pl.col("reference").is_not_null(), kind="outcome")
    for row in outcomes.iter_rows(named=True):
        if row["reason"] != FIRST:
            about = {"outcome": row["measure"], "kind": "release", "cause": row["release"]}
            figures = {name: row[column] for column, name in _SAME.items()}
            yield {**about, "versus": row["reference"], **figures}


def _behaviour(
    rows: pl.DataFrame, rubric: Rubric, metric: Metric, leaks: Collection[str]
) -> Iterator[dict[str, Any]]:
    known = rows.filter(pl.col(metric.id).is_not_null())
    if known.is_empty():
        return
    coded = Coded.of(known, known[metric.id].to_numpy())
    bare = (name.removeprefix("attributes.") for name in rubric.adjustment(metric))
    wanted = dict.fromkeys((*(name for name in bare if name not in leaks), "model"))
    names = tuple("release" if name == "model" else name for name in wanted)
    layout, _ = coded.layout(names)
    for kind in rubric.outcomes:
        event, weight = coded.known(kind.id, weighted=metric.kind == "judge")
        [found] = standardised_contrasts(layout, coded.arm, event, weight)
        row = {
            "outcome": kind.id, "kind": "engagement", "cause": metric.id,
            "adjusted_for": ", ".join(names), "n": found.n, "n_users": found.n_clusters,
            "rate": found.rate1, "rate_versus": found.rate0, "rd": found.value,
            "reason": why_not(found),
        }  # fmt: skip
        interval, ratio = found.difference, found.ratio
        if row["reason"] is None and interval:
            row |= {
                "rd_low": interval.low, "rd_high": interval.high, "rr": ratio.rr,
                "rr_low": ratio.low, "rr_high": ratio.high,
            }  # fmt: skip
        yield row

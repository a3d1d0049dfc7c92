"""Segments: conjunctions of at most three literals, chosen on half of the users, shown on the rest.

Here: the one function that runs the steps, and its columns. Not here: reading the patterns
(sql/reads/flag_patterns.sql), the outcome's maturity (settled there).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from last_mile.core.segments.patterns import context_columns, pattern_fragments, split
from last_mile.core.segments.report import confirmed_rows, strongest
from last_mile.core.segments.search import count_conjunctions, find_candidates
from last_mile.core.segments.simplify import SHOWN, freeze

__all__ = [
    "LEAST_SUPPORT",
    "SEGMENT_SCHEMA",
    "SHOWN",
    "Segments",
    "context_columns",
    "pattern_fragments",
    "segment_lift",
]

LEAST_SUPPORT = 0.05  # share of the discovery half's conversations a segment must hold
SEGMENT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "segment": pl.String, "outcome": pl.String, "n": pl.Int64, "events": pl.Int64,
    "n_rest": pl.Int64, "events_rest": pl.Int64, "rate": pl.Float64, "rate_low": pl.Float64,
    "rate_high": pl.Float64, "rr": pl.Float64, "rr_low": pl.Float64, "rr_high": pl.Float64,
    "reason": pl.String, "vs_all": pl.Float64, "discovery_rate": pl.Float64,
    "discovery_rr": pl.Float64, "dropped": pl.String, "headline_metric": pl.String,
    "headline_rr": pl.Float64, "headline_low": pl.Float64, "headline_high": pl.Float64,
    "headline_reason": pl.String, "headline_overall_rr": pl.Float64, "reversed": pl.Boolean,
    "reversals": pl.String, "as_of": pl.Datetime("us"),
}  # fmt: skip


class Segments(NamedTuple):
    """What was found, and how hard it was looked for.

    Attributes:
        rows: Rows of `segment_lift`, best discovery lower bound first.
        tried: Conjunctions with enough support.
        chosen: Of these, frozen to be measured on the held-out half.
        not_confirmed: Of these, not reported: their held-out interval holds 1, or there is none.
    """

    rows: pl.DataFrame
    tried: int
    chosen: int
    not_confirmed: int


def segment_lift(
    patterns: pl.DataFrame,
    metrics: Sequence[str],
    outcome: str,
    as_of: object,
    *,
    context: Sequence[str] = (),
    headline: str | None = None,
    support: float = LEAST_SUPPORT,
) -> Segments:
    """The best segments of the discovery half that hold on the held-out half, measured there.

    Intervals are of 95 % and take conversations as independent. Nothing is weighted. A missing
    flag meets neither `m` nor `not m`, so a conversation that was not judged counts in the rest of
    every segment with a judged flag: when a sample was judged, such a segment needs its support
    within the sample and its relative risk is drawn towards 1.

    Args:
        patterns: Rows of reads/flag_patterns.sql: the metrics as nullable booleans, the context
            columns as nullable text, `held_out`, `n`, `events`; matured conversations only.
        metrics: Flag columns that may choose, without those that know the outcome.
        outcome: Id of the outcome the events are of.
        as_of: Time up to which outcomes were known.
        context: Columns of strata.
        headline: Metric whose effect is shown inside each segment; by default the one with the
            strongest sure effect on the discovery half.
        support: Least share of the discovery half's conversations.

    Returns:
        At most five rows, each with a held-out interval above 1, and the counts of the search.
    """
    literals, discovery, held_out = split(patterns, metrics, context, support)
    counts = count_conjunctions(discovery)
    candidates = find_candidates(counts, support)
    frozen = freeze(candidates, counts, discovery)
    shown = confirmed_rows(
        frozen, literals, (discovery, held_out), headline or strongest(discovery)
    )
    rows = pl.DataFrame(
        [{**row, "outcome": outcome, "as_of": as_of} for row in shown], schema=SEGMENT_SCHEMA
    )
    return Segments(rows, candidates.tried, len(frozen), len(frozen) - len(shown))

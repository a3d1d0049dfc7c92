"""Segments: conjunctions of at most two flags, chosen on half of the users, shown on the rest.

Not here: reading the flags, the outcome's maturity (both in the frame already).
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from last_mile.core.stats import FEW_EVENTS, relative_risk, wilson_interval

LEAST_SUPPORT = 0.05  # share of conversations a segment must hold
SHOWN = 5
SEGMENT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "segment": pl.String, "outcome": pl.String, "n": pl.Int64, "events": pl.Int64,
    "n_rest": pl.Int64, "events_rest": pl.Int64, "rate": pl.Float64, "rr": pl.Float64,
    "rr_low": pl.Float64, "rr_high": pl.Float64, "reason": pl.String,
    "as_of": pl.Datetime("us"),
}  # fmt: skip


def segment_lift(
    wide: pl.DataFrame, metrics: Sequence[str], outcome: str, as_of: object
) -> pl.DataFrame:
    """The best segments of the discovery half, with their lift on the held-out half only.

    Nothing is weighted. A missing flag meets neither `m` nor `not m`, so a conversation that was
    not judged counts in the rest of every segment with a judged flag: when a sample was judged,
    such a segment needs its support within the sample and its relative risk is drawn towards 1.

    Args:
        wide: `conversation_id`, `user_id`, the metrics and the outcome as nullable booleans, one
            row per matured conversation.
        metrics: Flag columns.
        outcome: Outcome column, without nulls.
        as_of: Time up to which outcomes were known.

    Returns:
        At most five rows of `segment_lift`, best discovery lower bound first.
    """
    if wide.is_empty():
        return pl.DataFrame(schema=SEGMENT_SCHEMA)
    names, literals = _literals(wide, metrics)
    event = wide[outcome].to_numpy().astype(bool)
    held_out = np.array(
        [_half(u or c) for u, c in wide.select("user_id", "conversation_id").rows()]
    )
    best = _best_pairs(literals[~held_out], event[~held_out])
    rows = [
        {
            "segment": " and ".join(names[i] for i in pair),
            "outcome": outcome,
            "as_of": as_of,
            **_held_out(literals[held_out][:, list(pair)].all(axis=1), event[held_out]),
        }
        for pair in best
    ]
    return pl.DataFrame(rows, schema=SEGMENT_SCHEMA)


def _literals(wide: pl.DataFrame, metrics: Sequence[str]) -> tuple[list[str], NDArray[np.bool_]]:
    """Each metric as `m` and `not m`; a missing flag meets neither."""
    positive = wide.select(pl.col(metrics).fill_null(value=False)).to_numpy().astype(bool)
    negative = wide.select((~pl.col(metrics)).fill_null(value=False)).to_numpy().astype(bool)
    return [*metrics, *(f"not {m}" for m in metrics)], np.hstack([positive, negative])


def _half(key: str) -> bool:
    """Half of the users, the same for ever."""
    return bool(zlib.crc32(key.encode()) & 1)


def _best_pairs(literals: NDArray[np.bool_], event: NDArray[np.bool_]) -> list[tuple[int, ...]]:
    """Single literals and pairs whose rate is surely above the whole's, best lower bound first.

    The Wilson bound is Bonferroni-corrected for the number of candidates.
    """
    x = literals.astype(np.float32)
    n = x.T @ x  # both literals hold; the diagonal is the single literal
    hits = (x * event[:, None]).T @ x
    floor = LEAST_SUPPORT * len(event)
    candidates = [*((i, i) for i in range(x.shape[1])), *combinations(range(x.shape[1]), 2)]
    z = float(stats.norm.isf(0.025 / len(candidates)))
    overall, scored = float(event.mean()), []
    for i, j in candidates:
        enough = n[i, j] >= floor and hits[i, j] >= FEW_EVENTS
        if enough and (i == j or n[i, j] < min(n[i, i], n[j, j])):
            bounds = wilson_interval(int(hits[i, j]), int(n[i, j]), z)
            if bounds and bounds[0] > overall:
                scored.append((bounds[0], (i,) if i == j else (i, j)))
    scored.sort(key=lambda item: (-item[0], len(item[1]), item[1]))
    return [pair for _, pair in scored[:SHOWN]]


def _held_out(member: NDArray[np.bool_], event: NDArray[np.bool_]) -> dict[str, Any]:
    n, events = int(member.sum()), int((member & event).sum())
    n_rest, events_rest = int((~member).sum()), int((~member & event).sum())
    risk = relative_risk(events, n, events_rest, n_rest)
    return {
        "n": n, "events": events, "n_rest": n_rest, "events_rest": events_rest,
        "rate": events / n if n else None, "rr": risk.rr, "rr_low": risk.low,
        "rr_high": risk.high, "reason": risk.reason,
    }  # fmt: skip

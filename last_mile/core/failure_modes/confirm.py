"""Candidates measured on the held-out half: do they lower the outcome, do they tell failures apart.

Here and nowhere else that half is counted. Not here: choosing (search.py), the table (table.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from last_mile.core.failure_modes.tokens import Bools, Ints
from last_mile.core.stats import (
    Contrast,
    Layout,
    benjamini_hochberg,
    standardised_contrasts,
    wilson_interval,
)

LEVEL = 0.05
_EXPECTED = 5  # events in either arm, were its rate that of both together


class HeldOut(NamedTuple):
    """The conversations of the half that tests.

    Attributes:
        event: Whether the outcome came [conversations].
        explained: Whether a flag explains its absence; these have no event [conversations].
        user: Code of its user [conversations].
        cell: Code of the cross of its strata [conversations].
    """

    event: Bools
    explained: Bools
    user: Ints
    cell: Ints


def measured(rows: HeldOut, has: Bools, known: Bools, *, stratified: bool) -> dict[str, Any]:
    """Both contrasts of one candidate, with intervals by user.

    Outcome: among conversations no flag explains, those with it against those without. Separation:
    its share among unexplained failures against its share among explained ones.

    Args:
        rows: Of the held-out half.
        has: Whether a conversation has the candidate [conversations].
        known: Whether that can be said; false where its part of the text is missing.
        stratified: Whether the mix of strata is held fixed.
    """
    cell = rows.cell if stratified else np.zeros_like(rows.cell)
    left = known & ~rows.explained
    failed = known & ~rows.event
    outcome = _contrast(cell, rows.user, left, arm=has, event=rows.event)
    split = _contrast(cell, rows.user, failed, arm=~rows.explained, event=has)
    return {
        **_counts(rows, has, left, failed), **_outcome(outcome), **_separation(split),
    }  # fmt: skip


def decided(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with `q`, `q_both` and their state.

    `q` is of the outcome over all candidates that have a p (Benjamini and Hochberg 1995); `q_both`
    of the larger one of both p-values, which tests that both hold (Berger 1982).
    """
    q = _adjusted([row["p"] for row in rows])
    worse = [
        None if None in (row["p"], row["separation_p"]) else max(row["p"], row["separation_p"])
        for row in rows
    ]
    both = _adjusted(worse)
    found = [
        {**row, "q": one, "q_both": other} for row, one, other in zip(rows, q, both, strict=True)
    ]
    return [{**row, "state": _state(row)} for row in found]


def _state(row: dict[str, Any]) -> str:
    if row["q"] is None or row["q"] >= LEVEL or row["rd"] >= 0:
        return "not_confirmed"
    apart = row["separation_rd"]
    if apart is not None and apart > 0 and row["q_both"] is not None and row["q_both"] < LEVEL:
        return "proposed"
    surely = row["separation_p"] is not None and row["separation_p"] < LEVEL
    return "goes_with_flags" if surely and apart < 0 else "lowers_outcome"


def _adjusted(values: Sequence[float | None]) -> list[float | None]:
    known = [value for value in values if value is not None]
    found = iter(benjamini_hochberg(known))
    return [None if value is None else next(found) for value in values]


def _contrast(cell: Ints, user: Ints, used: Bools, *, arm: Bools, event: Bools) -> Contrast:
    cells, users = int(cell.max(initial=0)) + 1, int(user.max(initial=0)) + 1
    layout = Layout(cell, user, np.zeros(cells, np.int64), np.zeros(users, np.int64), 1)
    [found] = standardised_contrasts(layout, arm, event, used.astype(np.float64))
    return found


def _counts(rows: HeldOut, has: Bools, left: Bools, failed: Bools) -> dict[str, Any]:
    with_it, without = left & has, left & ~has
    n, events = int(with_it.sum()), int((with_it & rows.event).sum())
    n0, events0 = int(without.sum()), int((without & rows.event).sum())
    low, high = wilson_interval(events, n) or (None, None)
    unexplained, explained = failed & ~rows.explained, failed & rows.explained
    return {
        "n": n, "events": events, "n_without": n0, "events_without": events0,
        "n_users": len(np.unique(rows.user[with_it])),
        "rate": events / n if n else None, "rate_low": low, "rate_high": high,
        "rate_without": events0 / n0 if n0 else None,
        "n_unexplained": int(unexplained.sum()), "n_explained": int(explained.sum()),
        "share_unexplained": _share(has, unexplained), "share_explained": _share(has, explained),
    }  # fmt: skip


def _share(has: Bools, inside: Bools) -> float | None:
    n = int(inside.sum())
    return int((has & inside).sum()) / n if n else None


def _outcome(contrast: Contrast) -> dict[str, Any]:
    reason, ratio, change = _why_not(contrast), contrast.ratio, contrast.difference
    told: dict[str, Any] = {
        "rd": contrast.value, "rd_low": None, "rd_high": None, "rr": ratio.rr, "rr_low": None,
        "rr_high": None, "reason": reason or ratio.reason, "p": None,
    }  # fmt: skip
    if reason or change is None:
        return told
    return told | {
        "rd_low": change.low, "rd_high": change.high, "rr_low": ratio.low, "rr_high": ratio.high,
        "p": _p(contrast),
    }  # fmt: skip


def _separation(contrast: Contrast) -> dict[str, Any]:
    reason, ratio = _why_not(contrast), contrast.ratio
    told: dict[str, Any] = {
        "separation_rd": contrast.value, "separation_rr": ratio.rr, "separation_low": None,
        "separation_high": None, "separation_reason": reason or ratio.reason, "separation_p": None,
    }  # fmt: skip
    if reason:
        return told
    return told | {
        "separation_low": ratio.low, "separation_high": ratio.high, "separation_p": _p(contrast),
    }  # fmt: skip


def _p(contrast: Contrast) -> float:
    """Two-sided, of the difference over the larger one of its errors by user and without one."""
    error = max(contrast.se or 0.0, contrast.null_se or 0.0)
    return math.erfc(abs(contrast.value or 0.0) / error / math.sqrt(2))


def _why_not(contrast: Contrast) -> str | None:
    """Why there is no test: `no_common_stratum`, `not_enough_events`, or None."""
    if contrast.value is None:
        return "no_common_stratum"
    if contrast.se is None or contrast.null_se is None or not contrast.rate:
        return "not_enough_events"
    rate = contrast.rate
    comparisons = rate * (1 - rate) / contrast.null_se**2  # n1 n0/n, less than the smaller arm
    return "not_enough_events" if min(rate, 1 - rate) * comparisons < _EXPECTED else None

"""The relative risk of one metric and outcome, corrected for the judge's errors.

Not here: formulas (core/stats/judge_error.py), the lift table (core/lift).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from last_mile.core.calibration.agreement import Agreement
from last_mile.core.calibration.cells import LabelCells
from last_mile.core.stats import (
    RelativeRisk,
    TrueShares,
    differential_errors,
    differential_of_shares,
    pooled_corrected_risk,
    risk_of_shares,
)


@dataclass(frozen=True, slots=True)
class Corrected:
    """A relative risk by people's labels, and the pooled one that takes errors as alike.

    Attributes:
        rr: Stratified on judge x outcome; errors may differ between outcomes.
        low: Its 95 % interval.
        high: Its 95 % interval.
        reason: Why there is none, or no interval; as `core.stats.corrected_risk`.
        pooled_rr: With one sensitivity and specificity for both outcomes; None: refused as well.
        pooled_low: Its 95 % interval.
        pooled_high: Its 95 % interval.
        differential_p: Of the errors being alike; a small one forbids the pooled figure.
    """

    rr: float | None
    low: float | None
    high: float | None
    reason: str | None
    pooled_rr: float | None
    pooled_low: float | None
    pooled_high: float | None
    differential_p: float | None


def corrected_lift(cells: Iterable[Mapping[str, Any]]) -> Corrected:
    """Correct the lift of one metric on one outcome.

    Args:
        cells: The rows of reads/calibration_cells.sql of that metric and outcome.
    """
    counted = LabelCells(cells)
    shares = counted.shares()
    risk, pooled = risk_of_shares(shares), _pooled(counted, shares)
    _, labelled, positive = counted.with_event
    p = (
        differential_of_shares(shares)
        if counted.planned
        else differential_errors(labelled, positive)
    )
    return Corrected(
        risk.rr, risk.low, risk.high, risk.reason, pooled.rr, pooled.low, pooled.high, p
    )


def _pooled(cells: LabelCells, shares: TrueShares) -> RelativeRisk:
    flagged, _, _ = cells.with_event
    tp, fp, fn, tn = cells.confusion
    if not cells.planned:
        return pooled_corrected_risk(flagged, (tp, tp + fn), (tn, tn + fp))
    found = Agreement.of_shares(shares)
    se, sp = found.sensitivity, found.specificity
    if not shares.enough or se is None or sp is None:
        return pooled_corrected_risk(flagged, (0, 0), (0, 0))
    return pooled_corrected_risk(flagged, se.counts, sp.counts)

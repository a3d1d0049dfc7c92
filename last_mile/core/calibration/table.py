"""Rows of `judge_calibration`: agreement per metric against chance, and the corrected prevalence.

Not here: corrected lifts (lift.py), formulas (agreement.py, core/stats).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from last_mile.core.calibration.agreement import CHANCE, NO_RATE, Agreement, Rate
from last_mile.core.calibration.cells import LabelCells
from last_mile.core.stats import CorrectedPrevalence, correction_refused, rogan_gladen

_COUNTS = ("true_positive", "false_positive", "false_negative", "true_negative")
_RATES = ("sensitivity", "specificity", "kappa")
CALIBRATION_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "metric": pl.String, "epoch": pl.String, "n": pl.Int64,
    **dict.fromkeys(_COUNTS, pl.Int64), "design": pl.String,
    **{f"{name}{end}": pl.Float64 for name in _RATES for end in ("", "_low", "_high")},
    "balanced_accuracy": pl.Float64, "balanced_low": pl.Float64, "balanced_high": pl.Float64,
    "at_chance": pl.Boolean, "n_flagged": pl.Int64,
    **dict.fromkeys(
        ("prevalence_judged", "prevalence_corrected", "corrected_low", "corrected_high"), pl.Float64
    ),
    "clipped": pl.Boolean, "correction_reason": pl.String,
}  # fmt: skip


def judge_calibration(cells: Iterable[Mapping[str, Any]], outcome: str, epoch: str) -> pl.DataFrame:
    """Rows of `judge_calibration`, one per metric with labels.

    Args:
        cells: Rows of reads/calibration_cells.sql.
        outcome: The primary outcome, by which labels are planned.
        epoch: The judge epoch of the flags.
    """
    by_metric: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for cell in cells:
        if cell["outcome"] == outcome:
            by_metric[cell["metric"]].append(cell)
    rows = [_row(metric, LabelCells(found), epoch) for metric, found in sorted(by_metric.items())]
    return pl.DataFrame([row for row in rows if row["n"]], schema=CALIBRATION_SCHEMA)


def _row(metric: str, cells: LabelCells, epoch: str) -> dict[str, Any]:
    counts, (positives, n) = cells.confusion, cells.flagged
    found, enough = agreement_of(cells)
    balanced = found.balanced_accuracy if enough else NO_RATE
    corrected = _prevalence(cells, found, enough=enough)
    chance = None
    if balanced.low is not None and balanced.high is not None:
        chance = balanced.low <= CHANCE <= balanced.high
    rates = {
        "sensitivity": found.sensitivity.rate if found.sensitivity and enough else NO_RATE,
        "specificity": found.specificity.rate if found.specificity and enough else NO_RATE,
        "kappa": found.kappa if enough else NO_RATE,
    }
    return {
        "metric": metric, "epoch": epoch, "n": sum(counts),
        **dict(zip(_COUNTS, counts, strict=True)),
        "design": "stratified" if cells.planned else "random",
        **{f"{name}{end}": value for name, rate in rates.items() for end, value in _ends(rate)},
        "balanced_accuracy": balanced.value, "balanced_low": balanced.low,
        "balanced_high": balanced.high, "at_chance": chance,
        "n_flagged": n, "prevalence_judged": positives / n if n else None,
        "prevalence_corrected": corrected.value, "corrected_low": corrected.low,
        "corrected_high": corrected.high, "clipped": corrected.clipped,
        "correction_reason": corrected.reason,
    }  # fmt: skip


def agreement_of(cells: LabelCells) -> tuple[Agreement, bool]:
    """Judge against people, and whether every judge x outcome cell has enough planned labels."""
    if not cells.planned:
        return Agreement.of_counts(cells.confusion), True
    shares = cells.shares_of_all()
    return Agreement.of_shares(shares), shares.enough


def _prevalence(cells: LabelCells, found: Agreement, *, enough: bool) -> CorrectedPrevalence:
    """Rogan-Gladen from random labels; from planned ones the weighted share itself."""
    tp, fp, fn, tn = cells.confusion
    if not cells.planned:
        return rogan_gladen(*cells.flagged, (tp, tp + fn), (tn, tn + fp))
    share, se, sp = found.prevalence, found.sensitivity, found.specificity
    reason = "not_enough_labels"
    if enough and share and se and sp:
        refused = correction_refused(se.value + sp.value - 1, tp + fn, tn + fp)
        if refused is None:
            rate = share.rate
            return CorrectedPrevalence(*rate, clipped=False, reason=None, raw=rate.value)
        reason = refused
    return CorrectedPrevalence(None, None, None, clipped=False, reason=reason, raw=None)


def _ends(rate: Rate) -> Iterable[tuple[str, float | None]]:
    return zip(("", "_low", "_high"), rate, strict=True)

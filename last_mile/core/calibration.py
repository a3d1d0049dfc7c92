"""How often the judge agrees with people, per metric: sensitivity, specificity, kappa.

Not here: correcting lifts for judge error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from last_mile.core.stats import cohen_kappa, wilson_interval

_COUNTS = ("true_positive", "false_positive", "false_negative", "true_negative")
_RATES = ("sensitivity", "sensitivity_low", "sensitivity_high",
          "specificity", "specificity_low", "specificity_high", "kappa")  # fmt: skip
CALIBRATION_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "metric": pl.String, "epoch": pl.String, "n": pl.Int64,
    **dict.fromkeys(_COUNTS, pl.Int64), **dict.fromkeys(_RATES, pl.Float64),
}  # fmt: skip


def judge_calibration(cells: Iterable[Mapping[str, Any]], epoch: str) -> pl.DataFrame:
    """Rows of `judge_calibration` from the judge-by-human 2 x 2 counts of each metric.

    Args:
        cells: `metric` and the four counts, the human's label being the truth.
        epoch: The judge epoch of the flags.
    """
    return pl.DataFrame([_row(cell, epoch) for cell in cells], schema=CALIBRATION_SCHEMA)


def _row(cell: Mapping[str, Any], epoch: str) -> dict[str, Any]:
    tp, fp, fn, tn = (int(cell[name] or 0) for name in _COUNTS)
    sensitivity, specificity = wilson_interval(tp, tp + fn), wilson_interval(tn, tn + fp)
    return {
        "metric": cell["metric"],
        "epoch": epoch,
        "n": tp + fp + fn + tn,
        **dict(zip(_COUNTS, (tp, fp, fn, tn), strict=True)),
        "sensitivity": tp / (tp + fn) if tp + fn else None,
        "sensitivity_low": sensitivity[0] if sensitivity else None,
        "sensitivity_high": sensitivity[1] if sensitivity else None,
        "specificity": tn / (tn + fp) if tn + fp else None,
        "specificity_low": specificity[0] if specificity else None,
        "specificity_high": specificity[1] if specificity else None,
        "kappa": cohen_kappa(tp, fp, fn, tn),
    }

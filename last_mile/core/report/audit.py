"""The intuition audit: how the priors of the rubric fared against what was measured.

Not here: the verdicts themselves (core/lift/verdict.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from last_mile.core.report.wording import Row, figure_of, is_adjusted, listed

VERDICTS = ("reversed", "confirmed", "negligible", "underpowered", "universal", "not_identifiable")
_KEPT = (
    "metric", "question", "prior_sign", "prior_author", "prior_date", "measured_sign", "verdict",
    "reason", "n", "exploratory", "first_visible_on",
)  # fmt: skip


def intuition_audit(lift: Sequence[Row], outcome: str) -> dict[str, Any]:
    """The audit of one outcome's lifts.

    A metric that knows the outcome has no verdict, so its prior is not counted.

    Returns:
        `headline`, a sentence; `counts`, priors by verdict; `rows`, by verdict, each with the
        figure its verdict is about (`rr`, `rr_low`, `rr_high`, `adjusted`).
    """
    primary = [row for row in lift if row["outcome"] == outcome and row["prior_sign"] is not None]
    judged = [row for row in primary if row["verdict"]]
    counts = {name: sum(row["verdict"] == name for row in judged) for name in VERDICTS}
    rows = sorted(judged, key=lambda row: VERDICTS.index(row["verdict"]))
    return {
        "headline": wrong_intuitions(judged, len(primary) - len(judged)),
        "counts": counts,
        "rows": [_row(row) for row in rows],
    }


def wrong_intuitions(judged: Sequence[Row], left_out: int) -> str:
    """`k of n intuitions were wrong`, with their names and what the n leaves out."""
    wrong = [row["metric"] for row in judged if row["verdict"] == "reversed"]
    said = f"{len(wrong)} of {len(judged)} intuitions were wrong"
    said += f": {listed(wrong)}." if wrong else "."
    if left_out:
        metrics = "1 metric that knows" if left_out == 1 else f"{left_out} metrics that know"
        said += f" Not counted: {metrics} the outcome."
    return said


def _row(row: Row) -> dict[str, Any]:
    figure = figure_of(row)
    rr, low, high = figure or (row["rr"], None, None)
    shown = {name: row[name] for name in _KEPT}
    return shown | {"rr": rr, "rr_low": low, "rr_high": high, "adjusted": is_adjusted(row)}

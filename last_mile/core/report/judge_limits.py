"""Limits of judged metrics: poor agreement, errors not taken out, errors that follow the outcome.

Not here: what the judge left unanswered or cost (core/judge/account.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from last_mile.core.report.wording import Row, by_reason, listed

POOR_KAPPA = 0.4
SIGNIFICANT = 0.05


def judge_limits(rows: Sequence[Row], quality: Sequence[Row], judge: str) -> list[str]:
    """What the judge's errors do to the figures.

    Args:
        rows: Lifts of one outcome, without those that know it.
        quality: Rows of `judge_calibration`.
        judge: Who judged.
    """
    judged = [row for row in rows if row["kind"] == "judge"]
    rules = ["Fixed rules judged the text, not people and not a language model."]
    return [
        *(rules if judge == "rules" else []),
        *_disagreement(quality),
        *_uncorrected(judged),
        *_differential(judged),
    ]


def _disagreement(quality: Sequence[Row]) -> list[str]:
    chance = [row["metric"] for row in quality if row["at_chance"]]
    weak = [
        row["metric"]
        for row in quality
        if row["kappa"] is not None and row["kappa"] < POOR_KAPPA and not row["at_chance"]
    ]
    said = []
    if chance:
        said.append(f"The judge is not told apart from chance on: {listed(chance)}.")
    if weak:
        said.append(
            f"The judge agrees poorly with people (kappa below {POOR_KAPPA}) on: {listed(weak)}."
        )
    return said


def _uncorrected(judged: Sequence[Row]) -> list[str]:
    missing = [row for row in judged if row["corrected_rr"] is None and row["rr"] is not None]
    said = [
        f"The judge's errors are not taken out ({why}): {listed(names)}."
        for why, names in by_reason(missing, "corrected_reason", "no_labels").items()
    ]
    if any(row["corrected_rr"] is not None for row in judged):
        said.append(
            "Corrected figures are not adjusted, and adjusted ones are not corrected: no figure "
            "here is both."
        )
    return said


def _differential(judged: Sequence[Row]) -> list[str]:
    names = [
        row["metric"]
        for row in judged
        if row["differential_p"] is not None and row["differential_p"] < SIGNIFICANT
    ]
    if not names:
        return []
    return [
        "The judge errs differently with the outcome than without it, so the pooled correction is "
        f"not to be used on: {listed(names)}."
    ]

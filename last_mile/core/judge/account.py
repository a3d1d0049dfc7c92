"""What judging came to, in sentences: money, evidence, what is left.

Not here: counting (sql/reads/judge_usage.sql and its neighbours).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
_WHY = {
    "run_cap": "the spending cap of the run was reached",
    "month_cap": "the spending cap of the month was reached",
    "unanswered": "the judge did not answer after all tries",
    "stopped": "the run stopped before them",
    "in_batch": "they are in a batch that is not collected",
    "not_asked": "the run asked about other metrics only",
    "not_sampled": "they are not in the sample; weights make up for them",
}


def account(usage: Sequence[Row], evidence: Row | None, left: Sequence[Row]) -> list[str]:
    """Sentences about one epoch.

    Args:
        usage: Rows of judge_usage, by run.
        evidence: Its row of judge_evidence.
        left: Conversations without an answer, by `reason`.
    """
    return [*_money(usage), *_evidence(evidence), *what_is_left(left)]


def what_is_left(left: Sequence[Row]) -> list[str]:
    """Conversations without an answer, and why."""
    return [
        f"{row['n']:,} conversations have no answer: {_WHY[row['reason']]}."
        + (" The next run goes on with them." if row["reason"] != "not_sampled" else "")
        for row in left
    ]


def _money(usage: Sequence[Row]) -> list[str]:
    calls = sum(row["n_calls"] for row in usage)
    if not calls:
        return []
    paid, cost = sum(row["n_paid"] for row in usage), sum(row["cost_usd"] for row in usage)
    sentences = [f"{paid:,} answers in {calls:,} calls cost {_usd(cost)}."]
    doubt = sum(row["n_in_doubt"] for row in usage)
    if doubt:
        most = sum(row["in_doubt_usd"] for row in usage)
        sentences.append(
            f"{doubt:,} calls ended without an answer and may have been paid: at most {_usd(most)}."
        )
    pending = sum(row["n_pending"] for row in usage)
    if pending:
        most = sum(row["pending_usd"] for row in usage)
        sentences.append(f"{pending:,} calls are in batches and cost at most {_usd(most)}.")
    unusable = sum(row["n_unusable"] for row in usage)
    if unusable:
        sentences.append(
            f"{unusable:,} answers ({100 * unusable / paid:.1f} %) could not be used in full."
        )
    return sentences


def _evidence(evidence: Row | None) -> list[str]:
    if evidence is None:
        return []
    sentences = []
    unverified, positive = evidence["n_unverified"] or 0, evidence["n_positive"] or 0
    if unverified:
        sentences.append(
            f"{unverified:,} of {positive:,} positive answers "
            f"({100 * unverified / positive:.1f} %) quote nothing that stands in the message they "
            "name."
        )
    if evidence["n_canary_failed"]:
        sentences.append(
            f"{evidence['n_canary_failed']:,} answers were set aside: beside them the judge got a "
            "question with a known answer wrong, so it may have obeyed the conversation."
        )
    return sentences


def _usd(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}"

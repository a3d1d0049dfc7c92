"""What a reader should take away first: the strongest lifts, wrong intuitions, who judged.

Not here: what the report cannot carry (limits.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from last_mile.core.report.audit import intuition_audit
from last_mile.core.report.wording import (
    Figure,
    Row,
    is_adjusted,
    listed,
    spoken,
    told_apart,
    with_interval,
)

_SHOWN = 3


def headline(lift: Sequence[Row], outcome: str) -> list[str]:
    """The sentences a reader should take away: strongest lifts, wrong intuitions."""
    strongest = told_apart(row for row in lift if row["outcome"] == outcome)[:_SHOWN]
    sentences = [_lift_sentence(row, figure) for row, figure in strongest]
    if not strongest:
        sentences.append(f"No behaviour is told apart from no effect on “{outcome}” yet.")
    return [*sentences, intuition_audit(lift, outcome)["headline"]]


def missing_outcome(names: Sequence[str], outcome: str) -> list[str]:
    """A sentence when the drops never name the outcome the report leads with."""
    if outcome in names:
        return []
    found = f"they name {listed(names)}" if names else "there are none"
    return [f"No event of “{outcome}” is in the outcome drops; {found}."]


def nothing_matured(lift: Sequence[Row], outcome: str, horizon_days: int) -> list[str]:
    """A sentence when no conversation's horizon has passed by what is known."""
    if any(row["n_matured"] for row in lift if row["outcome"] == outcome):
        return []
    return [
        f"No conversation's outcome is known yet: none is {horizon_days} days older than the time "
        "up to which outcomes are known. If the outcome files are newer than their last event, "
        "put the day of their export in their names (outcomes-YYYY-MM-DD.csv)."
    ]


def judge_sentence(judge: str, quality: Sequence[Row]) -> str:
    """Who judged, said plainly, and how far people agree."""
    who = {
        "rules": "Deterministic rules judged these conversations, not a language model",
        "recorded": "Verdicts recorded elsewhere were imported from the label drops",
    }.get(judge.partition(":")[0], f"The language model {judge} judged these conversations")
    kappas = [row["kappa"] for row in quality if row["kappa"] is not None]
    if not kappas:
        return f"{who}; no human labels say how far it can be trusted."
    return (
        f"{who}; against human labels ({len(kappas)} of the metrics) its kappa runs from "
        f"{min(kappas):.2f} to {max(kappas):.2f}."
    )


def _lift_sentence(row: Row, figure: Figure) -> str:
    """`own_draft: “hired” is 2.00 times as frequent with it [1.19, 3.37], adjusted for …`."""
    crude = f"; crude {with_interval(row['rr'], row['rr_low'], row['rr_high'])}"
    if is_adjusted(row):
        how = f", adjusted for {_declared(row)}" + (crude if row["rr"] is not None else "")
    else:
        how = f", not adjusted ({spoken(row['adjusted_reason'] or 'nothing to adjust for')})"
    return (
        f"{row['metric']}: “{row['outcome']}” is {figure.rr:.2f} times as frequent with it "
        f"[{figure.low:.2f}, {figure.high:.2f}]{how} ({_counts(row)})."
    )


def _declared(row: Row) -> str:
    return listed([part.strip() for part in (row["adjusted_for"] or "what is declared").split(",")])


def _counts(row: Row) -> str:
    without = row["n_scored"] - row["n_true"]
    counts = (
        f"{row['events_true']:,} of {row['n_true']:,} versus {row['events_false']:,} of {without:,}"
    )
    if not row["weighted"]:
        return counts
    return (
        f"{100 * row['rate_true']:.1f} % versus {100 * row['rate_false']:.1f} %, weighted; "
        f"in the judged sample {counts}"
    )

"""Rows of tables as sections of the report: what is shown, in which order, with what beside it.

Not here: sentences (headline.py, limits.py, engagement.py), the audit (audit.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from last_mile.core.report.wording import Row
from last_mile.core.rubric import Metric, Rubric
from last_mile.core.stats import relative_risk, wilson_interval
from last_mile.core.tier_lift import LATER, tier_name, tier_verdicts


def defined_lifts(rows: Iterable[Row], rubric: Rubric) -> list[dict[str, Any]]:
    """Every lift with question and prior: primary outcome first, by scope, in rubric order."""
    metrics = {metric.id: metric for metric in rubric.metrics}
    order = {metric.id: i for i, metric in enumerate(rubric.metrics)}
    shown = [row for row in rows if row["metric"] in metrics]
    shown.sort(
        key=lambda r: (
            r["outcome"] != rubric.primary.id, r["outcome"], r["scope"], order[r["metric"]]
        )
    )  # fmt: skip
    return [{**row, **_definition(metrics[row["metric"]])} for row in shown]


def lift_section(lifts: Iterable[Row]) -> list[Row]:
    """Lifts of scope `all`, of every outcome."""
    return [row for row in lifts if row["scope"] == "all"]


def lift_scopes(lifts: Iterable[Row], outcome: str) -> list[Row]:
    """Lifts on the outcome the report leads with, within one release or surface."""
    return [row for row in lifts if row["scope"] != "all" and row["outcome"] == outcome]


def _definition(metric: Metric) -> dict[str, Any]:
    return {
        "question": metric.question, "kind": metric.kind, "about": metric.about,
        "prior_author": metric.prior.author, "prior_date": metric.prior.date.isoformat(),
    }  # fmt: skip


def segment_section(rows: Iterable[Row], outcome: str) -> list[Row]:
    """Segments of the outcome the report leads with, best first."""
    return [row for row in rows if row["outcome"] == outcome]


def tier_section(rows: Sequence[Row], proofs: Sequence[Row] = ()) -> list[dict[str, Any]]:
    """Each tier with its share, its outcome rate with a Wilson interval, and what proves it.

    Args:
        rows: Rows of reads/tier_outcomes.sql.
        proofs: Rows of `tier_lift`; a tier without any was not looked into.
    """
    everything = sum(row["n"] for row in rows)
    said = tier_verdicts(proofs)
    sentences = said.holds | said.locked | said.warned
    later = {(row["tier"], row["reason"]): row for row in proofs if row["period"] == LATER}
    section = []
    for row in rows:
        interval = wilson_interval(row["events"], row["n_known"])
        rate = row["events"] / row["n_known"] if row["n_known"] else None
        low, high = interval or (None, None)
        share = row["n"] / everything if everything else None
        name = tier_name(row["tier"], row["reason"])
        figures = {"share": share, "rate": rate, "rate_low": low, "rate_high": high}
        proof = _proof(later.get((row["tier"], row["reason"] or "")))
        section.append({**row, **figures, **proof, "name": name, "why": sentences.get(name)})
    return section


def _proof(later: Row | None) -> dict[str, Any]:
    """What the later period says of a tier, in columns of their own."""
    columns = {
        "later_rr": "rr", "later_low": "rr_low", "later_high": "rr_high",
        "later_from": "first_day", "later_to": "last_day", "reference": "reference",
        "level": "level", "state": "state", "unlocked": "unlocked",
    }  # fmt: skip
    return {name: later[column] if later else None for name, column in columns.items()}


def recovered_row(planted: Row, counts: Row) -> dict[str, Any]:
    """A planted quantity of the demo world beside the figure recovered from the tables.

    Args:
        planted: `quantity`, `kind` (share, rate, rr) and the planted figure.
        counts: The row of reads/contrast.sql.
    """
    if planted["kind"] == "rr":
        risk = relative_risk(counts["events1"], counts["n1"], counts["events0"], counts["n0"])
        value, low, high = risk.rr, risk.low, risk.high
    else:
        part, whole = (
            (counts["n_group"], counts["n_all"])
            if planted["kind"] == "share"
            else (counts["events1"], counts["n1"])
        )
        interval = wilson_interval(part, whole)
        value = part / whole if whole else None
        low, high = interval or (None, None)
    inside = low is not None and high is not None and low <= planted["planted"] <= high
    return {
        "quantity": planted["quantity"], "planted": planted["planted"], "recovered": value,
        "low": low, "high": high, "inside": inside,
    }  # fmt: skip

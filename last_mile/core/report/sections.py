"""Rows of tables as sections of the report: what is shown, in which order, with what beside it.

Not here: sentences (headline.py, limits.py, engagement.py), the audit (audit.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from last_mile.core.report.wording import Row
from last_mile.core.rubric import Metric, Rubric
from last_mile.core.stats import relative_risk, wilson_interval


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


def tier_section(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Each tier with its share and the outcome's rate with a Wilson interval."""
    total = sum(row["n"] for row in rows)
    section = []
    for row in rows:
        interval = wilson_interval(row["events"], row["n_known"])
        rate = row["events"] / row["n_known"] if row["n_known"] else None
        low, high = interval or (None, None)
        share = row["n"] / total if total else None
        section.append({**row, "share": share, "rate": rate, "rate_low": low, "rate_high": high})
    return section


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

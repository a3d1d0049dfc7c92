"""The report's content as values: sentences, sections, what not to conclude.

Not here: reading tables (adapters/report_source.py), HTML (adapters/report_page/).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from last_mile.core.rubric import Metric, Rubric
from last_mile.core.stats import relative_risk, wilson_interval

Row = Mapping[str, Any]
_LISTED = 8  # names in one sentence


def lift_section(rows: Iterable[Row], rubric: Rubric) -> list[dict[str, Any]]:
    """Lifts of scope `all` with question and prior, primary outcome first, in rubric order."""
    metrics = {metric.id: metric for metric in rubric.metrics}
    order = {metric.id: i for i, metric in enumerate(rubric.metrics)}
    shown = [row for row in rows if row["scope"] == "all" and row["metric"] in metrics]
    shown.sort(key=lambda r: (r["outcome"] != rubric.primary.id, r["outcome"], order[r["metric"]]))
    return [{**row, **_definition(metrics[row["metric"]])} for row in shown]


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


def missing_outcome(names: Sequence[str], outcome: str) -> list[str]:
    """A sentence when the drops never name the outcome the report leads with."""
    if outcome in names:
        return []
    found = f"they name {_names(names)}" if names else "there are none"
    return [f"No event of “{outcome}” is in the outcome drops; {found}."]


def nothing_matured(lift: Sequence[Row], outcome: str, horizon_days: int) -> list[str]:
    """A sentence when no conversation's horizon has passed by what is known."""
    if any(row["n"] for row in lift if row["outcome"] == outcome):
        return []
    return [
        f"No conversation's outcome is known yet: none is {horizon_days} days older than the time "
        "up to which outcomes are known. If the outcome files are newer than their last event, "
        "put the day of their export in their names (outcomes-YYYY-MM-DD.csv)."
    ]


def headline(lift: Sequence[Row], outcome: str) -> list[str]:
    """The sentences a reader should take away: strongest lifts, wrong intuitions."""
    primary = [row for row in lift if row["outcome"] == outcome]
    told_apart = [row for row in primary if row["measured_sign"] and row["rr_low"] is not None]
    told_apart.sort(key=lambda row: -max(row["rr"], 1 / row["rr"]))
    sentences = [_lift_sentence(row) for row in told_apart[:3]]
    if not told_apart:
        sentences.append(f"No behaviour is told apart from no effect on “{outcome}” yet.")
    wrong = [row["metric"] for row in primary if row["verdict"] == "reversed"]
    sentences.append(
        f"{len(wrong)} of {len(primary)} intuitions were wrong"
        + (f": {_names(wrong)}." if wrong else ".")
    )
    return sentences


def do_not_conclude(
    lift: Sequence[Row], quality: Sequence[Row], n_open: int, outcome: str, judge: str
) -> list[str]:
    """What this report cannot carry: crude, underpowered, universal, immature, badly judged."""
    primary = [row for row in lift if row["outcome"] == outcome]
    by_verdict = {
        verdict: [row["metric"] for row in primary if row["verdict"] == verdict]
        for verdict in ("underpowered", "universal", "not_identifiable")
    }
    sentences = [
        "Figures are crude: who edits a draft differs from who does not, so a relative risk is a "
        "difference between groups and not yet an effect."
    ]
    if by_verdict["underpowered"]:
        names = _names(by_verdict["underpowered"])
        sentences.append(f"Too few conversations to tell an effect from none: {names}.")
    if by_verdict["universal"]:
        names = _names(by_verdict["universal"])
        sentences.append(f"Nearly all or nearly no conversations have it: {names}.")
    if by_verdict["not_identifiable"]:
        names = _names(by_verdict["not_identifiable"])
        sentences.append(f"No comparison is possible (no events, or nobody on one side): {names}.")
    if n_open:
        sentences.append(
            f"{n_open:,} conversations have an open outcome and are left out; they are not "
            "negatives."
        )
    if any(row["weighted"] for row in primary):
        sentences.append(
            "Only a sample of the conversations was judged. Lifts of judged metrics are weighted "
            "for it; segments, tiers and training data see the judged conversations only."
        )
    if judge == "rules":
        sentences.append("Fixed rules judged the text, not people and not a language model.")
    weak = [row["metric"] for row in quality if row["kappa"] is not None and row["kappa"] < 0.4]  # noqa: PLR2004
    if weak:
        sentences.append(
            f"The judge agrees poorly with people (kappa below 0.4) on: {_names(weak)}."
        )
    return sentences


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


def _definition(metric: Metric) -> dict[str, Any]:
    return {
        "question": metric.question, "kind": metric.kind, "about": metric.about,
        "prior_author": metric.prior.author, "prior_date": metric.prior.date.isoformat(),
    }  # fmt: skip


def _lift_sentence(row: Row) -> str:
    without = row["n_scored"] - row["n_true"]
    counts = (
        f"{row['events_true']:,} of {row['n_true']:,} versus {row['events_false']:,} of {without:,}"
    )
    if row["weighted"]:
        counts = (
            f"{100 * row['rate_true']:.1f} % versus {100 * row['rate_false']:.1f} %, weighted; "
            f"in the judged sample {counts}"
        )
    return (
        f"{row['metric']}: “{row['outcome']}” is {row['rr']:.2f} times as frequent with it "
        f"[{row['rr_low']:.2f}, {row['rr_high']:.2f}] ({counts})."
    )


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more

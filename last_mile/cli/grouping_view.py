"""How a comparison of groupings is shown: over all questions, by question, and what to do.

Not here: the figures and the sentences (core/judge/grouping).
"""

from __future__ import annotations

import polars as pl
from rich.table import Table

from last_mile import console
from last_mile.core.judge.grouping import ONE, POOLED, recommendation

_OVERALL = (
    "grouping", "calls", "USD/1,000", "answers", "agree", "kappa [95 %]", "lost", "unscored",
    "labelled", "with people [95 %]",
)  # fmt: skip


def show_grouping(frame: pl.DataFrame) -> None:
    """Two tables and the recommendation.

    Args:
        frame: Rows of `judge_grouping`, of one comparison.
    """
    console.show_table(_overall(frame.filter(metric=POOLED)))
    console.note("")
    console.show_table(_by_metric(frame.filter(pl.col("metric") != POOLED)))
    console.note("")
    console.note(recommendation(frame.to_dicts()))


def _overall(pooled: pl.DataFrame) -> Table:
    """Answers, agreement and kappa are against one question a call, unless with people."""
    table = console.plain_table(*_OVERALL)
    for row in pooled.iter_rows(named=True):
        agreement = row["agreement"]
        table.add_row(
            row["grouping"] + (" (recommended)" if row["recommended"] else ""),
            f"{row['calls']:,}", f"{row['usd_per_1000']:,.4f}", f"{row['n']:,}",
            "—" if agreement is None else f"{100 * agreement:.1f} %",
            _kappa(row["kappa"], row["kappa_low"], row["kappa_high"]), f"{row['n_lost']:,}",
            f"{row['n_unscored']:,}", f"{row['n_labelled']:,}",
            _kappa(row["label_kappa"], row["label_low"], row["label_high"]),
        )  # fmt: skip
    return table


def _by_metric(rows: pl.DataFrame) -> Table:
    """Kappa against one question a call, a column per grouping."""
    groupings = [g for g in rows["grouping"].unique(maintain_order=True) if g != ONE]
    table = console.plain_table("question", *(f"kappa of {g} with one" for g in groupings))
    for metric in rows["metric"].unique(maintain_order=True):
        found = {row["grouping"]: row for row in rows.filter(metric=metric).to_dicts()}
        kappas = (
            _kappa(found[g]["kappa"], found[g]["kappa_low"], found[g]["kappa_high"])
            for g in groupings
        )
        table.add_row(metric, *kappas)
    return table


def _kappa(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.2f}" + ("" if low is None else f" [{low:.2f}, {high:.2f}]")

"""What a materialization tells people in the UI: counts, tables, bars, a plot of the lifts.

Never conversation text. Not here: what a table is at definition time (adapters/table_story), how
markdown is written (adapters/table_story/markdown.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

from last_mile.adapters.table_story import live_schema
from last_mile.adapters.table_story.markdown import bar, code, counts, percent, table
from last_mile.adapters.table_story.pictures import forest
from last_mile.core.lift.verdict import leading
from last_mile.core.rubric import Rubric

_MOST_LIFTS = 8  # the UI shows a table of up to 1,000 characters without a click
_MOST_DRAWN = 16  # under 30 KB
_USAGE = (
    ("n_conversations", "conversations"), ("n_calls", "calls"), ("n_paid", "paid calls"),
    ("n_in_doubt", "calls in doubt"), ("cost_usd", "USD"),
    ("usd_per_1000", "USD per 1,000 conversations"), ("cache_share", "tokens from cache"),
    ("unusable_share", "unusable replies"), ("latency_p50_ms", "ms a call, median"),
)  # fmt: skip
_STRATUM = "of the attributes of the conversation, as logged"
_PARTS = {
    "true": "conversations with the flag", "false": "conversations without it",
    "event_day": "whole days from the start to the outcome", "seen_days": "whole days waited for",
}  # fmt: skip


def counted(rows: int, **metadata: Any) -> dg.MaterializeResult:
    """A result with its row count and what else was counted; empty ones are left out.

    Args:
        rows: Of the table, or of the partition that was built.
        metadata: Numbers stay numbers, which the UI plots over days; counts by name become a
            table, the largest first; everything else is as Dagster shows it.
    """
    shown = {k: _shown(v) for k, v in metadata.items() if v not in (None, {}, [])}
    return dg.MaterializeResult(metadata={"dagster/row_count": rows, **_of_day(rows), **shown})


def prevalences(flags: Iterable[tuple[str, str, int]]) -> dict[str, Any]:
    """How often each metric is true: a table with bars, and a number per metric for the plots.

    Args:
        flags: metric, flag, how many conversations have it: rows of reads/flag_counts.sql.
    """
    by_metric: dict[str, dict[str, int]] = {}
    for metric, flag, n in flags:
        by_metric.setdefault(metric, {})[flag] = n
    rows, numbers = [], dict[str, Any]()
    for metric, found in by_metric.items():
        true, scored = found.get("true", 0), found.get("true", 0) + found.get("false", 0)
        share = true / scored if scored else None
        rows.append((share if share is not None else -1.0, metric, share, scored))
        if share is not None:
            numbers[f"share/{metric}"] = round(share, 4)
    ordered = sorted(rows, key=lambda row: (-row[0], row[1]))
    cells = ((code(m), percent(share), n, bar(share)) for _, m, share, n in ordered)
    shown = table(("metric", "true", "of", ""), cells) if rows else None
    return {"prevalence": dg.MetadataValue.md(shown), **numbers} if shown else {}


def funnel(steps: Iterable[Mapping[str, Any]], key: str = "funnel") -> dict[str, Any]:
    """Counts from step to step, each with its bar.

    Args:
        steps: Rows with `step` and `n`, in order.
        key: Name of the entry.
    """
    rows = [(str(row["step"]), row["n"] or 0) for row in steps]
    most = max((n for _, n in rows), default=0)
    cells = ((code(step), n, bar(n / most if most else 0)) for step, n in rows)
    return {key: dg.MetadataValue.md(table(("step", "n", ""), cells))} if rows else {}


def judge_told(judged: Mapping[str, Any]) -> dict[str, Any]:
    """What the judge did and cost, of the counts of a judge stage.

    Args:
        judged: `Judged.metadata()`.
    """
    told = dict(judged)
    usage: Sequence[Mapping[str, Any]] = told.pop("run_so_far")
    head = ("", *(f"{code(row['judge'])} {row['mode']}" for row in usage))
    cells = ((word, *(_usage_cell(name, row[name]) for row in usage)) for name, word in _USAGE)
    return {**told, **({"run_so_far": dg.MetadataValue.md(table(head, cells))} if usage else {})}


def lifts(rows: pl.DataFrame, outcome: str) -> dict[str, Any]:
    """The surest lifts on an outcome as a table, and more of them as a forest plot.

    Args:
        rows: Rows of `metric_lift`.
        outcome: Id of the primary outcome.
    """
    whole = rows.filter(pl.col("leaks").is_null(), scope="all", outcome=outcome).to_dicts()
    found = [(row, leading(row)) for row in whole]
    known = [
        (row, (rr, low, high)) for row, (rr, low, high) in found if rr and low is not None and high
    ]
    if not known:
        return {}
    surest = sorted(known, key=lambda pair: -max(pair[1][1], 1 / pair[1][2]))
    cells = (
        (
            code(row["metric"]),
            *(f"{figure:.2f}" for figure in figures),
            row["n_true"],
            row["verdict"],
        )
        for row, figures in surest[:_MOST_LIFTS]
    )
    head = ("metric", "RR", "low", "high", "n true", "verdict")
    plot = forest([row for row, _ in surest[:_MOST_DRAWN]], outcome)
    return {
        "surest_lifts": dg.MetadataValue.md(table(head, cells)),
        **({"forest": dg.MetadataValue.md(plot)} if plot else {}),
    }


def wide_schema(table: str, columns: Mapping[str, str], rubric: Rubric) -> dict[str, Any]:
    """The schema of a table with the columns of the rubric, each with what it says.

    Args:
        table: labeled_conversations or stat_cells.
        columns: What the rubric adds to it: name to SQL type.
        rubric: Its questions and outcomes.
    """
    words = {metric.id: metric.question for metric in rubric.metrics}
    words |= {
        kind.id: f"whether it came within {kind.horizon_days} days; null: not matured"
        for kind in rubric.outcomes
    }
    parts = {name: _PARTS.get(name.rpartition("__")[2], _STRATUM) for name in columns}
    return live_schema(table, columns, parts | words)


def _of_day(rows: int) -> dict[str, int]:
    """The row count once more as that of a partition, when one is being built."""
    try:
        context = dg.AssetExecutionContext.get()
    except dg.DagsterInvariantViolationError:
        return {}  # called without Dagster
    return {"dagster/partition_row_count": rows} if context.has_partition_key else {}


def _usage_cell(name: str, value: Any) -> Any:
    return percent(value) if name.endswith("_share") else value


def _shown(value: Any) -> Any:
    if isinstance(value, Mapping) and all(isinstance(n, int | float) for n in value.values()):
        return dg.MetadataValue.md(counts(value))
    return value

"""Rows of `judge_grouping`: figures per grouping and metric, and over all metrics.

Not here: the rule (rule.py), counting (sql/reads/grouping_counts.sql).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from last_mile.core.judge.grouping.agreement import Agreement, agreement_of
from last_mile.core.judge.grouping.rule import ONE, POOLED, Row, reason_of, recommended
from last_mile.core.judge.money import usd

GROUPING_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "compared_at": pl.Datetime("us"), "judge": pl.String, "grouping": pl.String,
    "epoch": pl.String, "metric": pl.String, "n_sampled": pl.Int64, "n_conversations": pl.Int64,
    "n": pl.Int64, "n_agree": pl.Int64, "agreement": pl.Float64, "kappa": pl.Float64,
    "kappa_low": pl.Float64, "kappa_high": pl.Float64, "n_lost": pl.Int64, "n_unscored": pl.Int64,
    "n_labelled": pl.Int64, "label_kappa": pl.Float64, "label_low": pl.Float64,
    "label_high": pl.Float64, "calls": pl.Int64, "usd_per_1000": pl.Float64,
    "recommended": pl.Boolean, "reason": pl.String,
}  # fmt: skip
_VERSUS_ONE = ("both_true", "only_grouped", "only_one", "both_false")
_VERSUS_PEOPLE = ("true_positive", "false_positive", "false_negative", "true_negative")
_COUNTED = (*_VERSUS_ONE, *_VERSUS_PEOPLE, "n_lost", "n_unscored")
_ITSELF = Agreement(None, None, None)


class Comparison(NamedTuple):
    """What all rows of a comparison share."""

    compared_at: datetime  # UTC, without a zone
    judge: str
    n_sampled: int
    n_conversations: int  # compared, at least 1


@dataclass(frozen=True, slots=True)
class Measured:
    """One grouping over the compared conversations.

    Attributes:
        calls: All its calls about them, of any run, failed ones too.
        cost_nano: What these cost, nano-dollars.
        cells: Rows of reads/grouping_counts.sql, one per judged metric.
    """

    grouping: str
    epoch: str
    calls: int
    cost_nano: int
    cells: Sequence[Row]


def judge_grouping(comparison: Comparison, measured: Sequence[Measured]) -> pl.DataFrame:
    """Rows of `judge_grouping`: per grouping one over all metrics, then one per metric.

    Pooled kappas are of the summed 2 x 2 tables: where metrics differ much in prevalence they are
    higher than those of single metrics. Intervals take answers as independent; those about one
    conversation are not quite, so they are somewhat narrow. All rows of the recommended grouping
    are marked; `reason` too is that of the grouping.

    Args:
        comparison: What the rows share.
        measured: The groupings, `one` among them, each with the same metrics.
    """
    groups = [_rows(comparison, found) for found in measured]
    pooled = [rows[0] for rows in groups]
    one, best = next(row for row in pooled if row["grouping"] == ONE), recommended(pooled)
    decided = [
        {**row, "recommended": row["grouping"] == best, "reason": reason_of(rows[0], one)}
        for rows in groups
        for row in rows
    ]
    return pl.DataFrame(decided, schema=GROUPING_SCHEMA)


def _rows(comparison: Comparison, found: Measured) -> list[dict[str, Any]]:
    pooled = {name: sum(int(cell[name]) for cell in found.cells) for name in _COUNTED}
    rows = [_row({**pooled, "metric": POOLED}, found.grouping)]
    rows[0] |= {
        "calls": found.calls,
        "usd_per_1000": usd(found.cost_nano) * 1000 / comparison.n_conversations,
    }
    rows += [_row(cell, found.grouping) for cell in found.cells]
    shared = {**comparison._asdict(), "grouping": found.grouping, "epoch": found.epoch}
    return [{**shared, "calls": None, "usd_per_1000": None, **row} for row in rows]


def _row(cell: Row, grouping: str) -> dict[str, Any]:
    versus_one = [int(cell[name]) for name in _VERSUS_ONE]
    versus_people = [int(cell[name]) for name in _VERSUS_PEOPLE]
    n, n_agree = sum(versus_one), versus_one[0] + versus_one[3]
    itself = grouping == ONE  # that it agrees with itself says nothing
    asked = _ITSELF if itself else agreement_of(*versus_one)
    people = agreement_of(*versus_people)
    return {
        "metric": cell["metric"], "n": n, "n_agree": n_agree,
        "agreement": n_agree / n if n and not itself else None,
        "kappa": asked.kappa, "kappa_low": asked.low, "kappa_high": asked.high,
        "n_lost": int(cell["n_lost"]), "n_unscored": int(cell["n_unscored"]),
        "n_labelled": sum(versus_people),
        "label_kappa": people.kappa, "label_low": people.low, "label_high": people.high,
    }  # fmt: skip

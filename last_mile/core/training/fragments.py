"""Parts of the training tables' SQL that depend on the rubric and on the measured evidence.

Not here: whole statements (sql/), the other stages' parts (core/fragments.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log
from typing import Any

from last_mile.core.expression import rule_to_sql
from last_mile.core.fragments import quoted
from last_mile.core.rubric import Rubric
from last_mile.core.training.validate import Kind

TABLES: dict[Kind, str] = {"sft": "sft_examples", "dpo": "dpo_pairs", "kto": "kto_examples"}
_FIELDS: dict[Kind, tuple[str, ...]] = {
    "sft": ("prompt", "completion"),
    "dpo": ("prompt", "chosen", "rejected"),
    "kto": ("prompt", "completion", "label"),
}


def tier_fragments(rubric: Rubric) -> dict[str, str]:
    """For quality_tiers.sql: the rules in order, first match wins."""
    known = [metric.id for metric in rubric.metrics]
    whens = [f"when {rule_to_sql(rule.when, known)} then " for rule in rubric.tiers]
    columns: dict[str, list[str | None]] = {
        "tier_cases": [rule.tier for rule in rubric.tiers],
        "reason_cases": [rule.reason for rule in rubric.tiers],
        "rule_cases": [rule.when for rule in rubric.tiers],
        "train_cases": [rule.train for rule in rubric.tiers],
    }
    return {
        name: " ".join(when + quoted(value) for when, value in zip(whens, values, strict=True))
        or "when false then null"
        for name, values in columns.items()
    }


def split_fragments(rubric: Rubric) -> dict[str, str]:
    """For training_splits.sql: salt, share of test tasks, days held out."""
    training = rubric.training
    return {
        "salt": quoted(training.salt), "test_percent": str(training.test_percent),
        "holdout_days": str(training.holdout_days),
    }  # fmt: skip


def pool_fragments(rubric: Rubric) -> dict[str, str]:
    """For training_pool.sql: the sides of a contrast, and what must be equal and known on both."""
    known = [metric.id for metric in rubric.metrics]
    contrast = rubric.training.contrast
    names = [name.removeprefix("attributes.") for name in rubric.strata]
    if "model" not in names:  # answers of two product releases are no pair
        names.append("model")
    return {
        "chosen": rule_to_sql(contrast.chosen, known) if contrast else "false",
        "rejected": rule_to_sql(contrast.rejected, known) if contrast else "false",
        "strata": f"json_array({', '.join(map(_column, names))})::varchar",
        "unknown": " or ".join(f"{_column(name)} is null" for name in names),
    }


def margin_weights(rubric: Rubric, lifts: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Log relative risk of the primary outcome per flag, where adjusted evidence tells it apart.

    Args:
        rubric: Its metrics about the text count: two answers to a task differ in nothing else.
        lifts: Rows of `metric_lift`; those of scope `all` on the primary outcome are used.
    """
    text = {metric.id for metric in rubric.metrics if metric.about == "text"}
    found = {
        row["metric"]: log(row["adjusted_rr"])
        for row in lifts
        if row["scope"] == "all" and row["outcome"] == rubric.primary.id and row["metric"] in text
        and row["measured_sign"] and row["adjusted_rr"] and row["verdict"]
    }  # fmt: skip
    return dict(sorted(found.items()))


def pair_fragments(rubric: Rubric, lifts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """For reads/pairs_found.sql: the margin of a pair, and the outcome that can veto it.

    The margin is the sum of weights (`margin_weights`) of the chosen answer's flags less that of
    the rejected one's, over the flags that both answers have.
    """
    terms = [
        f"coalesce({weight!r} * (won.flags.{_column(metric)}::integer"
        f" - lost.flags.{_column(metric)}::integer), 0)"
        for metric, weight in margin_weights(rubric, lifts).items()
    ]
    outcome = _column(rubric.primary.id)
    return {"margin": " + ".join(terms) or "null::double", "outcome": outcome}


def line_fragments(kind: Kind) -> dict[str, str]:
    """A training row as the line of its file: JSON with its fields in order.

    Prompts and answers are JSON already; a boolean is written as JSON writes it.
    """
    parts = " || ', ' || ".join(f"'\"{name}\": ' || {name}" for name in _FIELDS[kind])
    return {"line": f"'{{' || {parts} || '}}'"}


def _column(name: str) -> str:
    return f'"{name}"'

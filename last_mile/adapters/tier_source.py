"""Reads what `tier_lift` is made of: counts by day, and by user in both periods.

Not here: the figures (core/tier_lift).
"""

from __future__ import annotations

import polars as pl

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import quoted
from last_mile.core.rubric import Rubric
from last_mile.core.tier_lift import periods, tier_lift


def read_tier_lift(warehouse: Warehouse, rubric: Rubric) -> pl.DataFrame:
    """Rows of `tier_lift`.

    Args:
        warehouse: The tables; labeled_conversations must have the rubric's columns.
        rubric: Tiers, primary outcome and `training`.
    """
    outcome = {"outcome": f'"{rubric.primary.id}"'}
    counts = _of_these_rules(warehouse.read("tier_counts", fragments=outcome), rubric)
    users = {
        # written into the text: rows come three times as fast as with bound values
        name: _of_these_rules(
            warehouse.read(
                "tier_users",
                fragments={**outcome, "first": quoted(str(first)), "last": quoted(str(last))},
            ),
            rubric,
        )
        for name, (first, last) in periods(counts, rubric.training.chosen_until).items()
    }
    return tier_lift(counts, rubric, warehouse.read("known_up_to").item(), users)


def _of_these_rules(rows: pl.DataFrame, rubric: Rubric) -> pl.DataFrame:
    """Without tiers that were chosen by rules the rubric no longer has: they prove nothing."""
    rules = [rule.when for rule in rubric.tiers]
    return rows.filter(pl.col("rule").is_null() | pl.col("rule").is_in(rules)).drop("rule")

"""Engagement by segment: users who never try, crude and adjusted figures, sizes of experiments."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from last_mile.core.engagement import engagement_effects
from last_mile.core.engagement.experiment import experiment
from last_mile.core.rubric import Rubric
from last_mile.core.stats import per_arm
from last_mile_tests.scenario import DAY, metric, rubric

ASKED = rubric(
    strata=("category",),
    metrics=(
        metric("own_draft", about="engagement", kind="heuristic", rule="multi_turn"),
        metric("robotic"),
    ),
)


def _rows(cells: list[tuple[str, bool, int, int]], per_user: int = 1) -> pl.DataFrame:
    """Conversations by (category, own draft): how many, and how many of them were hired."""
    rows: list[dict[str, Any]] = []
    for category, tried, n, hired in cells:
        rows += [
            {"category": category, "own_draft": tried, ASKED.primary.id: i < hired}
            for i in range(n)
        ]
    return pl.DataFrame(rows).with_columns(
        release=pl.lit("m1"), day=pl.lit(DAY), robotic=None, interviewed=None,
        _weight=pl.lit(1.0), _task=None,
        _user=pl.int_range(pl.len()).cast(pl.UInt64) // per_user,
    )  # fmt: skip


def _effects(rows: pl.DataFrame, asked: Rubric = ASKED) -> dict[str, dict[str, Any]]:
    found = engagement_effects(rows, asked, None).filter(outcome=asked.primary.id)
    return {f"{row['segment_by']}={row['segment']}": row for row in found.to_dicts()}


CELLS = [
    ("a", True, 400, 80), ("a", False, 600, 60),
    ("b", True, 100, 10), ("b", False, 900, 45),
]  # fmt: skip


def test_crude_figures_are_as_counted_and_adjusted_ones_hold_the_mix_fixed() -> None:
    rows = _effects(_rows(CELLS))
    whole = rows["all=all"]
    assert (whole["n"], whole["n_true"], whole["events_true"], whole["events_false"]) == (
        2000, 500, 90, 105,
    )  # fmt: skip
    assert whole["rr"] == pytest.approx((90 / 500) / (105 / 1500))  # 2.57
    # overlap weights n1 n0/n: 240 and 90; rates with (.2, .1), without (.1, .05)
    assert whole["adjusted_rate"] == pytest.approx((240 * 0.2 + 90 * 0.1) / 330)
    assert whole["adjusted_rate_without"] == pytest.approx((240 * 0.1 + 90 * 0.05) / 330)
    assert whole["adjusted_rr"] == pytest.approx(2.0)
    assert whole["adjusted_for"] == "category, release"
    assert whole["adjusted_low"] < whole["adjusted_rd"] < whole["adjusted_high"]


def test_within_a_segment_its_own_column_is_not_adjusted_for() -> None:
    row = _effects(_rows(CELLS))["category=a"]
    assert row["adjusted_for"] == "release"
    assert row["adjusted_rd"] == pytest.approx(0.1)
    assert (row["n"], row["n_true"]) == (1000, 400)
    assert row["q"] == pytest.approx(row["p"], abs=1e-6)  # all rows are far from chance


def test_users_who_never_try_are_counted_over_all_their_conversations() -> None:
    # users of two conversations each, in one segment and arm: 250 of 1,000 have tried it
    whole = _effects(_rows(CELLS, per_user=2))["all=all"]
    assert (whole["n_users"], whole["users_never"]) == (1000, 750)
    assert whole["never_low"] < 0.75 < whole["never_high"]
    # one user over everything: some conversation has it
    assert _effects(_rows(CELLS, per_user=10_000))["all=all"]["users_never"] == 0


def test_users_count_before_their_outcome_is_known_and_conversations_do_not() -> None:
    rows = _rows(CELLS).with_columns(
        pl.when(pl.col("category") == "b").then(None).otherwise(ASKED.primary.id)
        .alias(ASKED.primary.id)
    )  # fmt: skip
    found = _effects(rows)
    assert (found["all=all"]["n_users"], found["all=all"]["n"]) == (2000, 1000)
    assert "category=b" not in found  # fewer than a hundred known outcomes


def test_few_events_give_a_reason_and_no_figure() -> None:
    row = _effects(_rows([("a", True, 100, 2), ("a", False, 100, 1)]))["all=all"]
    assert row["reason"] == "not_enough_events"
    assert row["adjusted_low"] is row["adjusted_rr"] is row["q"] is row["per_arm"] is None


def test_a_behaviour_that_knows_the_outcome_is_left_out() -> None:
    assert engagement_effects(_rows(CELLS), ASKED, None, leaks={"own_draft"}).is_empty()
    assert set(engagement_effects(_rows(CELLS), ASKED, None)["metric"]) == {"own_draft"}


def test_an_offer_that_three_of_ten_take_up_needs_the_size_of_its_own_difference() -> None:
    sizes = experiment(0.1, 0.2)
    assert sizes.per_arm == per_arm(0.1, 0.2)
    assert sizes.per_arm_half == per_arm(0.1, 0.15) == 686
    assert sizes.per_arm_offered == per_arm(0.1, 0.13)
    assert experiment(0.1, 0.1) == experiment(None, 0.2) == (None, None, None)


def test_rates_that_are_the_same_but_for_rounding_need_no_experiment() -> None:
    weighted = _rows([("a", True, 100, 30), ("a", False, 200, 60)])  # 0.3 both
    whole = _effects(weighted.with_columns(_weight=pl.lit(10 / 3)))["all=all"]
    assert whole["per_arm"] is None
    assert experiment(0.3, 0.3 + 5.6e-17) == (None, None, None)


def test_an_empty_value_of_a_stratum_is_no_whole() -> None:
    rows = _rows([("", True, 100, 30), ("", False, 100, 20), ("all", True, 100, 30)])
    assert {"all=all", "category=", "category=all"} <= set(_effects(rows))

"""A sum of flags against its best single flag, on counted cells and on the planted worlds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from last_mile.core.composite import COMPOSITE_SCHEMA, composite_lift
from last_mile_tests.core.patterns import LAW, METRICS, both_halves, demo_world, halves

AS_OF = datetime.fromisoformat("2026-03-01")

# a is expected to help, b to hurt: the score is 2, 1, 1, 0
FOUR = (
    {"a": True, "b": False, "n": 100, "events": 20},
    {"a": True, "b": True, "n": 100, "events": 10},
    {"a": False, "b": False, "n": 100, "events": 10},
    {"a": False, "b": True, "n": 100, "events": 2},
)


def _row(patterns: pl.DataFrame, **priors: int) -> dict[str, Any]:
    rows = composite_lift(patterns, priors, "hired", AS_OF)
    assert rows.schema == COMPOSITE_SCHEMA
    return rows.row(0, named=True)


def test_the_score_is_a_sum_in_the_direction_of_the_priors() -> None:
    row = _row(both_halves(*FOUR), a=1, b=-1)
    assert (row["outcome"], row["n"], row["events"], row["flags"]) == ("hired", 400, 42, 2)
    # events by score 2, 1, 0: 20, 20, 2; others 80, 180, 98. Of 42 * 358 = 15036 pairs
    # 20 * 278 + 20 * 98 are won, 20 * 80 + 20 * 180 + 2 * 98 tied: (7520 + 2698) / 15036
    assert row["score_auc"] == pytest.approx(10218 / 15036)
    # a: events 30, 12, others 170, 188: (30 * 188 + (30 * 170 + 12 * 188) / 2) / 15036
    assert (row["best_metric"], row["best_sign"]) == ("a", 1)
    assert row["best_auc"] == pytest.approx(9318 / 15036)
    assert row["difference"] == pytest.approx(900 / 15036)
    assert row["difference_low"] < 900 / 15036 < row["difference_high"]
    assert (row["reason"], row["as_of"]) == (None, AS_OF)


def test_as_many_are_taken_by_score_as_the_flag_has_on_its_side() -> None:
    row = _row(both_halves(*FOUR), a=1, b=-1)
    # 200 with a: 30 events. By score 100 of score 2 and half of the 200 of score 1: 20 + 10
    assert (row["best_rate_true"], row["best_rate_false"]) == (0.15, 0.06)
    assert (row["score_top_rate"], row["score_bottom_rate"]) == (0.15, 0.06)


def test_a_prior_that_is_wrong_makes_the_score_worse_and_not_the_flag() -> None:
    row = _row(both_halves(*FOUR), a=1, b=1)
    assert row["score_auc"] == pytest.approx(0.5)  # 20 + 2 and 10 + 10 events
    assert row["best_auc"] == pytest.approx(9318 / 15036)
    assert row["difference_high"] < 0


def test_a_flag_that_is_better_when_false_is_turned() -> None:
    row = _row(both_halves(*FOUR[1:]), b=-1)
    # b: true 12 of 200, false 10 of 100
    assert (row["best_metric"], row["best_sign"]) == ("b", -1)
    assert row["best_auc"] > 0.5
    assert (row["best_rate_true"], row["best_rate_false"]) == (0.06, 0.1)


def test_a_missing_flag_scores_half_a_point() -> None:
    cells = (
        {"a": True, "n": 100, "events": 20},
        {"a": None, "n": 100, "events": 10},
        {"a": False, "n": 100, "events": 6},
    )
    row = _row(both_halves(*cells), a=1)
    # 36 events, 264 others: won 20 * (90 + 94) + 10 * 94, tied 20 * 80 + 10 * 90 + 6 * 94
    assert row["score_auc"] == pytest.approx((4620 + 3064 / 2) / (36 * 264))
    assert (row["best_rate_true"], row["best_rate_false"]) == (0.2, 0.06)


def test_a_metric_without_a_sign_is_not_in_the_score_and_may_be_the_best_flag() -> None:
    row = _row(both_halves(*FOUR), a=0, b=-1)
    assert (row["flags"], row["best_metric"]) == (1, "a")


def test_the_single_flag_is_chosen_on_the_other_half() -> None:
    # on the discovery half b tells all, on the held-out half a does
    discovery = (
        {"a": True, "b": False, "n": 100, "events": 50},
        {"a": True, "b": True, "n": 100, "events": 1},
        {"a": False, "b": True, "n": 100, "events": 1},
    )
    row = _row(halves(discovery, FOUR), a=1, b=-1)
    assert (row["best_metric"], row["best_sign"], row["n"]) == ("b", -1, 400)


@pytest.mark.parametrize(
    ("events", "priors", "reason"),
    [(4, {"a": 1}, "not_enough_events"), (96, {"a": 1}, "not_enough_events"),
     (20, {"a": 0}, "no_prior"), (20, {}, "no_prior")],
)  # fmt: skip
def test_what_cannot_be_measured_says_why(events: int, priors: dict[str, int], reason: str) -> None:
    row = _row(both_halves({"a": True, "n": 100, "events": events}), **priors)
    assert (row["reason"], row["score_auc"], row["difference"]) == (reason, None, None)


def test_without_conversations_there_is_a_row_that_says_so() -> None:
    row = _row(both_halves(*FOUR).clear(), a=1)
    assert (row["n"], row["reason"], row["best_metric"]) == (0, "no_conversations", None)


def test_a_flag_that_never_varies_has_no_interval() -> None:
    row = _row(both_halves({"a": True, "n": 100, "events": 20}), a=1)
    assert (row["score_auc"], row["score_low"], row["reason"]) == (0.5, None, "no_variation")


@pytest.mark.parametrize("world", ["confounded", "causal"])
def test_25_flags_find_fewer_hires_than_one_engagement_flag(world: str) -> None:
    """By concordance they are even, among as many conversations the score finds fewer hires."""
    priors = {entry["metric"]: entry["prior"] for entry in LAW["metrics"]}
    found = [_row(demo_world(world, 60_000, seed, METRICS), **priors) for seed in (1, 2, 3)]
    assert {row["best_metric"] for row in found} == {"clicked_default"}
    # 20 draws of 100k: difference +.0003 (s.d. .008) and +.009 (.008); 60k and 3 draws: s.e. .006
    assert abs(np.mean([row["difference"] for row in found])) < 0.03
    # 20 draws of 100k: 4.3 % against 4.9 % of the 21 % of conversations
    assert sum(row["score_top_rate"] for row in found) < sum(
        row["best_rate_false"] for row in found
    )

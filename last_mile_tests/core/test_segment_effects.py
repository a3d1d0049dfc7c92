"""What a flag does inside a segment, against what it does on the whole."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from last_mile.core.segments import segment_lift
from last_mile_tests.core.patterns import both_halves

# `h` helps on the whole and hurts where `s` is true:
#   overall with h (100 + 200) / 2500 = 12 %, without (200 + 100) / 5500 = 5.45 %: RR 2.2
#   in s: 100 / 500 = 20 % against 200 / 500 = 40 %: RR 0.5
TURNED = both_halves(
    {"s": True, "h": True, "n": 500, "events": 100},
    {"s": True, "h": False, "n": 500, "events": 200},
    {"s": False, "h": True, "n": 2000, "events": 200},
    {"s": False, "h": False, "n": 5000, "events": 100},
)


def _row(patterns: pl.DataFrame, segment: str, headline: str | None = None) -> dict[str, Any]:
    rows = segment_lift(patterns, ("s", "h"), "hired", None, headline=headline).rows
    return rows.row(by_predicate=pl.col("segment") == segment, named=True)


def test_a_headline_flag_that_turns_round_in_a_segment_is_named() -> None:
    row = _row(TURNED, "s", "h")
    assert row["headline_metric"] == "h"
    assert row["headline_rr"] == pytest.approx(0.5)
    assert row["headline_overall_rr"] == pytest.approx(2.2)
    assert row["headline_low"] < 0.5 < row["headline_high"] < 1
    assert (row["reversed"], row["reversals"], row["headline_reason"]) == (True, "h", None)


def test_a_headline_flag_with_the_same_side_in_the_segment_is_not_reversed() -> None:
    straight = TURNED.with_columns(
        events=pl.when(pl.col("s")).then(300 - pl.col("events")).otherwise(pl.col("events"))
    )
    row = _row(straight, "s", "h")  # in s: 200 / 500 against 100 / 500
    assert row["headline_rr"] == pytest.approx(2.0)
    assert (row["reversed"], row["reversals"]) == (False, None)


def test_a_flag_that_is_a_literal_of_the_segment_has_no_effect_inside_it() -> None:
    row = _row(TURNED, "s and not h", "h")
    assert (row["headline_rr"], row["headline_reason"]) == (None, "part_of_segment")
    assert row["headline_overall_rr"] == pytest.approx(2.2)
    assert (row["reversed"], row["reversals"]) == (None, None)


def test_a_flag_that_never_holds_in_the_segment_says_so() -> None:
    apart = TURNED.filter(~(pl.col("s") & pl.col("h")))
    row = _row(apart, "s", "h")
    assert (row["headline_rr"], row["headline_reason"]) == (None, "empty_arm")
    assert row["reversed"] is None


def test_the_headline_is_by_default_the_flag_with_the_strongest_sure_effect() -> None:
    # s: 300 / 1000 against 300 / 7000 = RR 7, h: RR 2.2
    assert _row(TURNED, "h")["headline_metric"] == "s"


def test_an_uncertain_turn_is_no_reversal() -> None:
    # overall 125 / 1100 against 55 / 1100 = 2.27; in s 25 / 100 against 35 / 100 = 0.71, p = .13
    few = both_halves(
        {"s": True, "h": True, "n": 100, "events": 25},
        {"s": True, "h": False, "n": 100, "events": 35},
        {"s": False, "h": True, "n": 1000, "events": 100},
        {"s": False, "h": False, "n": 1000, "events": 20},
    )
    row = _row(few, "s", "h")
    assert row["headline_rr"] == pytest.approx(25 / 35)
    assert (row["reversed"], row["reversals"]) == (False, None)

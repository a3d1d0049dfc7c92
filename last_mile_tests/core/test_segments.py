"""A planted segment is chosen on one half of the users and reported from the other half only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import polars as pl
import pytest

from last_mile.core.segments import SEGMENT_SCHEMA, Segments, segment_lift
from last_mile_tests.core.patterns import both_halves, counted, halves

AS_OF = datetime.fromisoformat("2026-03-01")
METRICS = ("a", "b", "c")
USERS = 4000


def _held_out(k: int) -> bool:
    return bool(k * 2_654_435_761 >> 16 & 1)


def _world(event: Callable[[int], bool], n: int = USERS) -> pl.DataFrame:
    """One conversation per user; a, b and c are the bits of the user's number, so independent."""
    i = range(n)
    return pl.DataFrame(
        {
            "a": [k % 2 == 0 for k in i],
            "b": [k // 2 % 2 == 0 for k in i],
            "c": [k // 4 % 2 == 0 for k in i],
            "held_out": [_held_out(k) for k in i],
            "hired": [event(k) for k in i],
        }
    )


def _planted(k: int) -> bool:
    """A third of `a and not b` is hired, a twentieth of the others."""
    return k // 8 % 3 == 0 if k % 2 == 0 and k // 2 % 2 == 1 else k // 8 % 20 == 0


def _segments(world: pl.DataFrame) -> Segments:
    return segment_lift(counted(world, "hired"), METRICS, "hired", AS_OF)


def test_a_planted_segment_is_found_and_counted_on_held_out_users_only() -> None:
    world = _world(_planted)
    best = _segments(world).rows.row(0, named=True)
    assert best["segment"] == "a and not b"
    shown = world.filter("held_out")
    inside = shown.filter(pl.col("a") & ~pl.col("b"))
    outside = shown.filter(~(pl.col("a") & ~pl.col("b")))
    assert (best["n"], best["events"]) == (inside.height, inside["hired"].sum())
    assert (best["n_rest"], best["events_rest"]) == (outside.height, outside["hired"].sum())
    assert best["n"] + best["n_rest"] < world.height
    # planted: (1/3) / (1/20) = 6.7, and 1/3 over the whole (1/3 + 3/20) / 4 = .121 = 2.76
    assert best["rr_low"] < 1 / 3 * 20 < best["rr_high"]
    assert best["rate_low"] < 1 / 3 < best["rate_high"]
    assert best["vs_all"] == pytest.approx(2.76, rel=0.15)
    assert (best["outcome"], best["as_of"], best["dropped"]) == ("hired", AS_OF, None)


def test_an_effect_of_the_discovery_half_alone_is_counted_and_not_reported() -> None:
    found = _segments(_world(lambda k: _planted(k) and not _held_out(k)))
    assert found.rows.is_empty()
    assert found.chosen >= 1
    assert found.not_confirmed == found.chosen


def test_a_segment_that_turns_round_on_the_held_out_half_is_not_reported() -> None:
    good = [{"a": True, "n": 500, "events": 100}, {"a": False, "n": 500, "events": 20}]
    bad = [{"a": True, "n": 500, "events": 20}, {"a": False, "n": 500, "events": 100}]
    found = segment_lift(halves(good, bad), ("a",), "hired", AS_OF)
    assert (found.rows.height, found.chosen, found.not_confirmed) == (0, 1, 1)


def test_a_missing_flag_is_in_no_segment_of_its_metric() -> None:
    unknown = _world(_planted).with_columns(b=pl.lit(None, pl.Boolean))
    segments = _segments(unknown).rows["segment"].to_list()
    assert segments
    assert not any("b" in segment for segment in segments)


def test_at_most_five_different_segments_are_shown() -> None:
    segments = _segments(_world(_planted)).rows["segment"].to_list()
    assert len(segments) <= 5
    assert len(set(segments)) == len(segments)


def test_a_rule_that_is_no_smaller_than_its_part_is_not_a_segment_of_its_own() -> None:
    implied = _world(_planted).with_columns(c=pl.col("a"))
    segments = _segments(implied).rows["segment"].to_list()
    assert not any(segment.startswith("a and c") for segment in segments)


def test_a_segment_of_less_than_five_percent_is_not_found_unless_less_is_asked_for() -> None:
    cells = both_halves({"a": True, "n": 49, "events": 40}, {"a": False, "n": 951, "events": 20})
    assert segment_lift(cells, ("a",), "hired", AS_OF).rows.is_empty()
    found = segment_lift(cells, ("a",), "hired", AS_OF, support=0.049).rows
    assert found["segment"].to_list() == ["a"]


def test_four_events_give_no_segment_and_five_do() -> None:
    def found(events: int) -> list[str]:
        cells = both_halves(
            {"a": True, "n": 60, "events": events}, {"a": False, "n": 940, "events": 5}
        )
        return segment_lift(cells, ("a",), "hired", AS_OF).rows["segment"].to_list()

    assert (found(4), found(5)) == ([], ["a"])


def test_context_values_are_literals_and_odd_ones_are_quoted() -> None:
    rest = {"a": True, "category": "copy-writing", "n": 800, "events": 8}
    cells = both_halves(
        {"a": True, "category": "web and mobile", "n": 200, "events": 60},
        {**rest, "category": None},
        rest,
    )
    found = segment_lift(cells, ("a",), "hired", AS_OF, context=("category",)).rows
    assert found["segment"].to_list() == ['category = "web and mobile"']


def test_without_any_effect_no_segment_is_reported() -> None:
    assert _segments(_world(lambda k: k // 8 % 20 == 0)).rows.is_empty()


@pytest.mark.parametrize("n", [0, 1])
def test_without_two_halves_of_conversations_there_are_no_segments(n: int) -> None:
    world = _world(lambda _: True, n=n).cast(
        dict.fromkeys((*METRICS, "held_out", "hired"), pl.Boolean)
    )
    found = _segments(world)
    assert found.rows.is_empty()
    assert found.rows.schema == SEGMENT_SCHEMA


def test_the_same_patterns_in_another_order_give_the_same_segments() -> None:
    patterns = counted(_world(_planted), "hired").sort("n", "events", *METRICS, "held_out")
    one = segment_lift(patterns, METRICS, "hired", AS_OF)
    two = segment_lift(patterns.reverse(), METRICS, "hired", AS_OF)
    assert one.rows.equals(two.rows)

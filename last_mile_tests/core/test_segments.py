"""A planted segment is found on one half of the users and shown on the other half only."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import datetime

import polars as pl

from last_mile.core.segments import SEGMENT_SCHEMA, segment_lift

AS_OF = datetime.fromisoformat("2026-03-01")
METRICS = ("a", "b", "c")
USERS = 4000


def _held_out(user: str) -> bool:
    return bool(zlib.crc32(user.encode()) & 1)


def _world(event: Callable[[int], bool], n: int = USERS) -> pl.DataFrame:
    """One conversation per user; a, b and c are the bits of the user's number, so independent."""
    i = range(n)
    return pl.DataFrame(
        {
            "conversation_id": [f"c{k}" for k in i],
            "user_id": [f"u{k}" for k in i],
            "a": [k % 2 == 0 for k in i],
            "b": [k // 2 % 2 == 0 for k in i],
            "c": [k // 4 % 2 == 0 for k in i],
            "hired": [event(k) for k in i],
        }
    )


def _planted(k: int) -> bool:
    """A third of `a and not b` is hired, a twentieth of the others."""
    return k // 8 % 3 == 0 if k % 2 == 0 and k // 2 % 2 == 1 else k // 8 % 20 == 0


def test_a_planted_segment_is_found_and_counted_on_held_out_users_only() -> None:
    world = _world(_planted)
    best = segment_lift(world, METRICS, "hired", AS_OF).row(0, named=True)
    assert best["segment"] == "a and not b"
    shown = world.filter(pl.col("user_id").map_elements(_held_out, return_dtype=pl.Boolean))
    inside = shown.filter(pl.col("a") & ~pl.col("b"))
    outside = shown.filter(~(pl.col("a") & ~pl.col("b")))
    assert (best["n"], best["events"]) == (inside.height, inside["hired"].sum())
    assert (best["n_rest"], best["events_rest"]) == (outside.height, outside["hired"].sum())
    assert best["n"] + best["n_rest"] < world.height
    # planted: (1/3) / (1/20) = 6.7
    assert best["rr_low"] < 1 / 3 * 20 < best["rr_high"]
    assert (best["outcome"], best["as_of"]) == ("hired", AS_OF)


def test_an_effect_of_the_discovery_half_alone_is_not_shown_as_a_lift() -> None:
    world = _world(lambda k: _planted(k) and not _held_out(f"u{k}"))
    best = segment_lift(world, METRICS, "hired", AS_OF).row(0, named=True)
    assert best["segment"] == "a and not b"
    assert (best["events"], best["rr"], best["rr_low"]) == (0, None, None)
    assert best["reason"] == "no_events"


def test_all_conversations_of_a_user_are_on_one_side() -> None:
    # one user has half of all conversations, all with the outcome: nobody else can show it
    crowd = _world(_planted).with_columns(
        user_id=pl.when(pl.int_range(pl.len()) < USERS // 2)
        .then(pl.lit("u0"))
        .otherwise(pl.col("user_id"))
    )
    best = segment_lift(crowd, METRICS, "hired", AS_OF).row(0, named=True)
    total = best["n"] + best["n_rest"]
    others = sum(_held_out(f"u{k}") for k in range(USERS // 2, USERS))
    assert total == others + (USERS // 2 if _held_out("u0") else 0)


def test_a_conversation_without_a_user_stands_for_itself() -> None:
    anonymous = _world(_planted).with_columns(user_id=pl.lit(None, pl.String))
    best = segment_lift(anonymous, METRICS, "hired", AS_OF).row(0, named=True)
    assert best["n"] + best["n_rest"] == sum(_held_out(f"c{k}") for k in range(USERS))


def test_a_missing_flag_is_in_no_segment_of_its_metric() -> None:
    unknown = _world(_planted).with_columns(b=pl.lit(None, pl.Boolean))
    segments = segment_lift(unknown, METRICS, "hired", AS_OF)["segment"].to_list()
    assert segments
    assert not any("b" in segment for segment in segments)


def test_at_most_five_segments_of_at_most_two_flags_are_shown() -> None:
    segments = segment_lift(_world(_planted), METRICS, "hired", AS_OF)["segment"].to_list()
    assert len(segments) <= 5
    assert len(set(segments)) == len(segments)
    assert all(segment.count(" and ") <= 1 for segment in segments)


def test_a_pair_that_is_no_smaller_than_its_part_is_not_a_segment_of_its_own() -> None:
    implied = _world(_planted).with_columns(c=pl.col("a"))
    segments = segment_lift(implied, METRICS, "hired", AS_OF)["segment"].to_list()
    assert "a and c" not in segments
    assert "c and a" not in segments


def test_a_segment_of_less_than_five_percent_is_not_found() -> None:
    rare = _world(lambda k: k % 32 == 0).with_columns(
        a=pl.int_range(pl.len()) % 32 == 0, b=pl.lit(value=False), c=pl.lit(value=False)
    )
    segments = segment_lift(rare, METRICS, "hired", AS_OF)["segment"].to_list()
    assert not any(part == "a" for segment in segments for part in segment.split(" and "))


def test_too_few_events_give_no_segment() -> None:
    few = _world(lambda k: k in {0, 8, 16, 24})  # four in all: five are needed in a segment
    found = segment_lift(few, METRICS, "hired", AS_OF)
    assert found.is_empty()
    assert found.schema == SEGMENT_SCHEMA


def test_without_any_effect_no_segment_is_reported() -> None:
    everywhere_alike = _world(lambda k: k // 8 % 20 == 0)
    assert segment_lift(everywhere_alike, METRICS, "hired", AS_OF).is_empty()


def test_without_conversations_there_are_no_segments() -> None:
    found = segment_lift(_world(_planted, n=0), METRICS, "hired", AS_OF)
    assert found.is_empty()
    assert found.schema == SEGMENT_SCHEMA


def test_a_single_conversation_gives_no_segment() -> None:
    assert segment_lift(_world(lambda _: True, n=1), METRICS, "hired", AS_OF).is_empty()


def test_the_same_rows_in_another_order_give_the_same_segments() -> None:
    world = _world(_planted)
    one = segment_lift(world, METRICS, "hired", AS_OF)
    two = segment_lift(world.reverse(), METRICS, "hired", AS_OF)
    assert one.equals(two)

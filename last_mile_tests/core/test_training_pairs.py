"""Which pairs pass: veto, margin, length, uses, balance. Numbers derived by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import polars as pl
import pytest

from last_mile.core.training.pairs import PairDropped, gate_pairs, longer_share
from last_mile_tests.scenario import DAY

SCHEMA: Mapping[str, Any] = {
    "conversation_id": pl.String, "rejected_id": pl.String, "day": pl.Date, "split": pl.String,
    "rule": pl.String, "margin": pl.Float64, "n_chosen_words": pl.Int32,
    "n_rejected_words": pl.Int32, "vetoed": pl.Boolean, "chosen_text": pl.String,
    "rejected_text": pl.String, "names": pl.List(pl.String),
}  # fmt: skip


def _pair(chosen: str, rejected: str | None = None, **over: Any) -> dict[str, Any]:
    """A draft pair, or a contrast when another conversation is rejected."""
    rule = "judge_contrast" if rejected else "revision_over_draft"
    return {
        "conversation_id": chosen, "rejected_id": rejected or chosen, "day": DAY, "split": "train",
        "rule": rule, "margin": 0.5 if rejected else None, "n_chosen_words": 100,
        "n_rejected_words": 100, "vetoed": False, "names": [], **over,
    }  # fmt: skip


def _dropped(*pairs: dict[str, Any]) -> dict[tuple[str, str], str | None]:
    rows = gate_pairs(pl.DataFrame(pairs, schema=SCHEMA), least_margin=0.05)
    reasons = {
        row[:2]: row[2] for row in rows.select("conversation_id", "rejected_id", "dropped").rows()
    }
    assert set(reasons.values()) <= {None, *get_args(PairDropped)}
    return reasons


def test_a_draft_pair_needs_no_margin() -> None:
    assert _dropped(_pair("a")) == {("a", "a"): None}


@pytest.mark.parametrize(
    ("margin", "reason"), [(None, "no_margin"), (0.0, "no_margin"), (-1.0, "no_margin"),
                           (0.05, "no_margin"), (0.051, None)],
)  # fmt: skip
def test_a_contrast_is_no_tie(margin: float | None, reason: str | None) -> None:
    assert _dropped(_pair("a", "b", margin=margin)) == {("a", "b"): reason}


def test_an_outcome_that_says_the_contrary_vetoes() -> None:
    assert _dropped(_pair("a", "b", vetoed=True)) == {("a", "b"): "outcome_veto"}


@pytest.mark.parametrize(
    ("chosen", "rejected", "reason"),
    [(150, 100, None), (151, 100, "length_ratio"), (100, 150, None), (100, 151, "length_ratio"),
     (1, 0, "length_ratio")],
)  # fmt: skip
def test_lengths_differ_by_half_at_most(chosen: int, rejected: int, reason: str | None) -> None:
    pair = _pair("a", n_chosen_words=chosen, n_rejected_words=rejected)
    assert _dropped(pair) == {("a", "a"): reason}


def test_an_answer_wins_once_and_its_own_draft_comes_first() -> None:
    reasons = _dropped(_pair("a", "b", margin=2.0), _pair("a"), _pair("c", "b"), _pair("c", "d"))
    assert reasons == {
        ("a", "a"): None, ("a", "b"): "winner_used", ("c", "b"): None, ("c", "d"): "winner_used",
    }  # fmt: skip


def test_a_loser_is_used_twice_where_the_margins_are_largest() -> None:
    pairs = [_pair(name, "z", margin=margin) for name, margin in
             (("a", 0.1), ("b", 0.4), ("c", 0.3), ("d", 0.2))]  # fmt: skip
    assert _dropped(*pairs) == {
        ("b", "z"): None, ("c", "z"): None, ("d", "z"): "loser_used_twice",
        ("a", "z"): "loser_used_twice",
    }  # fmt: skip


def test_a_refused_pair_uses_nobody() -> None:
    reasons = _dropped(_pair("a", "b", margin=2.0, n_chosen_words=300), _pair("a", "c", margin=1.0))
    assert reasons == {("a", "b"): "length_ratio", ("a", "c"): None}


def _of_length(n: int, chosen: int, split: str = "train") -> list[dict[str, Any]]:
    return [_pair(f"{split}{chosen}-{i}", n_chosen_words=chosen, split=split) for i in range(n)]


@pytest.mark.parametrize(
    ("n_longer", "n_shorter", "kept_longer", "kept_shorter"),
    [
        (10, 10, 10, 10),
        (11, 9, 11, 9),  # 11 of 20 is .55
        (30, 9, 11, 9),  # at most 9 x .55 / .45 = 11 longer ones
        (9, 40, 9, 11),
        (0, 30, 0, 0),  # nothing to balance with: length alone would tell
        (19, 0, 19, 0),  # fewer than 20 pairs: shares say nothing
    ],
)
def test_the_chosen_answer_is_the_longer_one_in_about_half_of_the_pairs(
    n_longer: int, n_shorter: int, kept_longer: int, kept_shorter: int
) -> None:
    rows = gate_pairs(
        pl.DataFrame(_of_length(n_longer, 120) + _of_length(n_shorter, 90), schema=SCHEMA), 0.05
    )
    kept = rows.filter(pl.col("dropped").is_null())["n_chosen_words"].to_list()
    assert (kept.count(120), kept.count(90)) == (kept_longer, kept_shorter)
    assert set(rows["dropped"].drop_nulls()) <= {"length_balance"}


@pytest.mark.parametrize(
    ("n_longer", "n_equal", "kept_longer"),
    # at most floor((.55 x 0 + .05 n_equal) / .45) longer ones: 20 -> 2, 90 -> 10
    [(0, 30, 0), (10, 20, 2), (10, 90, 10)],
)
def test_pairs_of_equal_length_are_balanced_in_themselves(
    n_longer: int, n_equal: int, kept_longer: int
) -> None:
    pairs = _of_length(n_longer, 120) + _of_length(n_equal, 100)
    rows = gate_pairs(pl.DataFrame(pairs, schema=SCHEMA), 0.05)
    kept = rows.filter(pl.col("dropped").is_null())["n_chosen_words"].to_list()
    assert (kept.count(120), kept.count(100)) == (kept_longer, n_equal)


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (("I can start.", "Mark my words, it holds."), "other_name"),
        (("Mark can start.", "It holds."), "other_name"),
        (("I can start.", "It holds, hill or no hill."), None),
    ],
)
def test_no_answer_of_a_contrast_holds_a_name_of_the_other_user(
    texts: tuple[str, str], reason: str | None
) -> None:
    said = {"chosen_text": texts[0], "rejected_text": texts[1]}
    assert _dropped(_pair("a", "b", names=["Mark Hill"], **said)) == {("a", "b"): reason}


def test_the_pairs_that_differ_most_in_length_go_first() -> None:
    pairs = _of_length(10, 140) + _of_length(10, 110) + _of_length(10, 90)
    rows = gate_pairs(pl.DataFrame(pairs, schema=SCHEMA), 0.05)
    kept = rows.filter(pl.col("dropped").is_null())["n_chosen_words"].to_list()
    # at most floor(10 x .55 / .45) = 12 longer ones: all of 110, two of 140
    assert [kept.count(n) for n in (140, 110, 90)] == [2, 10, 10]


def test_each_split_is_balanced_for_itself() -> None:
    pairs = [
        *_of_length(20, 120), *_of_length(20, 90), *_of_length(20, 120, "test"),
        *_of_length(5, 90, "holdout"),
    ]  # fmt: skip
    rows = gate_pairs(pl.DataFrame(pairs, schema=SCHEMA), 0.05)
    kept = rows.filter(pl.col("dropped").is_null()).group_by("split").len()
    assert dict(kept.iter_rows()) == {"train": 40, "holdout": 5}


def test_the_order_of_what_was_found_changes_nothing() -> None:
    pairs = [*_of_length(30, 120), *_of_length(12, 90), _pair("x", "y"), _pair("x", "z")]
    frame = pl.DataFrame(pairs, schema=SCHEMA)
    one, two = (
        gate_pairs(frame.sample(fraction=1, shuffle=True, seed=seed), 0.05).sort(pl.all())
        for seed in (1, 2)
    )
    assert one.equals(two)


def test_without_pairs_there_are_columns() -> None:
    rows = gate_pairs(pl.DataFrame([], schema=SCHEMA), 0.05)
    assert rows.is_empty()
    assert rows.columns[-1] == "dropped"


def test_the_share_of_longer_answers_counts_equal_ones_half() -> None:
    assert longer_share([2, 1, 1, 1], [1, 1, 1, 2]) == 0.5  # one longer and two equal ones
    assert longer_share([], []) is None

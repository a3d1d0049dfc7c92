"""The whole search on small frames: a planted phrase is proposed, noise and the flags' are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

import numpy as np
import polars as pl
import yaml

from last_mile.core.failure_modes import (
    EXAMPLE_SCHEMA,
    FAILURE_SCHEMA,
    FailureModes,
    Proposal,
    failure_id,
    failure_modes,
)

USERS = 300  # of each half
PHRASE = "Please give it back!"
NOW = datetime.fromisoformat("2026-03-01T12:00:00")


def _world(told: int = 0) -> tuple[pl.DataFrame, pl.Series]:
    """Two conversations of 600 users that no flag explains, and an explained failure of a third.

    Every third user says the phrase in both; of these conversations every tenth has the outcome,
    of the others every second.

    Args:
        told: Of the explained failures every `told`th has the phrase; 0: none.
    """
    rows, texts = [], []
    for i in range(2 * USERS):
        says = i // 2 % 3 == 0
        for j in range(2):
            event = (i // 2 + j) % (10 if says else 2) == 0
            rows.append((f"c{i:03d}{j}", i, i % 2 == 1, event, False))
            texts.append(f"hello {PHRASE}" if says else "hello there")
        if i % 3 == 0:
            rows.append((f"c{i:03d}x", i, i % 2 == 1, False, True))
            texts.append(PHRASE if told and i // 6 % told == 0 else "hello there")
    names = ["conversation_id", "_user", "_held_out", "_event", "_explained"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    frame = frame.with_columns(pl.col("_user").cast(pl.UInt64), category=pl.lit("all"))
    return frame, pl.Series(texts)


def _found(
    rows: pl.DataFrame,
    texts: pl.Series,
    asked: Callable[[str], None] = lambda _: None,
    strata: Sequence[str] = ("category",),
) -> FailureModes:
    def text_of(part: str) -> pl.Series:
        asked(part)
        return texts if part == "user" else pl.Series([None] * len(texts), dtype=pl.String)

    return failure_modes(
        rows, text_of, "hired", strata=strata, sampled=0.5, today=date(2026, 3, 1), as_of=NOW
    )


def _only(found: FailureModes) -> dict:
    [row] = found.rows.to_dicts()
    return row


def test_a_planted_phrase_is_proposed_with_figures_of_the_held_out_half() -> None:
    rows, texts = _world()
    found = _found(rows, texts)
    assert found.rows.schema == FAILURE_SCHEMA
    row = _only(found)
    # `please`, `give`, `it`, `back` and their runs stand in the same conversations: the first
    # word of the alphabet is chosen, and then the others tell nothing more
    assert (row["kind"], row["part"], row["feature"]) == ("term", "user", "back")
    assert row["state"] == "proposed"
    mine = rows.with_columns(has=texts.str.contains("give")).filter("_held_out")
    left = mine.filter(~pl.col("_explained"))
    with_it, without = left.filter("has"), left.filter(~pl.col("has"))
    # 300 users, every third says it, twice: 200 of 600; every tenth of them has the outcome
    assert (row["n"], row["events"]) == (len(with_it), with_it["_event"].sum()) == (200, 20)
    assert (row["n_without"], row["events_without"]) == (400, 200)
    assert (len(without), without["_event"].sum()) == (400, 200)
    assert row["n_users"] == 100
    # 180 + 200 unexplained failures, 180 of them with it; 100 explained ones, none with it
    assert (row["n_unexplained"], row["n_explained"]) == (380, 100)
    assert (row["share_unexplained"], row["share_explained"]) == (180 / 380, 0)
    assert row["rd"] is not None
    assert abs(row["rd"] - (0.1 - 0.5)) < 1e-12
    assert row["q"] == row["p"] < 1e-6  # one candidate
    assert row["q_both"] == max(row["p"], row["separation_p"])
    assert (row["outcome"], row["adjusted_for"], row["as_of"]) == ("hired", "category", NOW)
    assert (row["n_tried"], row["sampled"]) == (1, 0.5)


def test_the_proposal_is_the_rule_that_was_measured() -> None:
    row = _only(_found(*_world()))
    expected = Proposal("user", (row["feature"],)).metric(date(2026, 3, 1))
    [loaded] = yaml.safe_load(row["proposal"])
    loaded["prior"]["date"] = loaded["prior"]["date"].isoformat()
    assert loaded == expected
    assert row["metric_id"] == expected["id"]
    assert row["failure_id"] == failure_id("term", "user", (row["feature"],))


def test_examples_are_unexplained_failures_with_it_of_five_users() -> None:
    rows, texts = _world(told=2)
    rows, texts = rows.reverse(), texts.reverse()  # so a user's explained failure comes first
    found = _found(rows, texts)
    assert found.examples.schema == EXAMPLE_SCHEMA
    assert found.rows["feature"].to_list() == ["back"]
    one = found.examples.filter(failure_id=found.rows["failure_id"][0]).sort("place")
    assert one["place"].to_list() == [0, 1, 2, 3, 4]
    told = one.join(rows.with_columns(text=texts), on="conversation_id", maintain_order="left")
    assert len(told) == 5
    assert not told["_event"].any()
    assert not told["_explained"].any()
    assert told["text"].str.contains("give").all()
    assert told["_user"].n_unique() == 5


def test_what_the_discovery_half_says_is_counted_in_no_figure() -> None:
    """The same candidate from a half in which the phrase is even worse: the same figures."""
    rows, texts = _world()
    worse = rows.with_columns(
        _event=pl.col("_event") & (pl.col("_held_out") | ~texts.str.contains("give"))
    )
    assert worse["_event"].sum() < rows["_event"].sum()
    one, other = _only(_found(rows, texts)), _only(_found(worse, texts))
    assert one == other


def test_what_holds_on_the_discovery_half_alone_is_not_proposed() -> None:
    rows, texts = _world()
    fair = (pl.col("_user") // 4 + pl.col("conversation_id").str.ends_with("1")) % 2 == 0
    half = pl.when(pl.col("_held_out") & ~pl.col("_explained")).then(fair).otherwise("_event")
    row = _only(_found(rows.with_columns(_event=half), texts))
    assert (row["state"], row["proposal"]) == ("not_confirmed", None)
    assert row["metric_id"] is not None


def test_what_holds_on_the_held_out_half_alone_is_not_looked_at() -> None:
    rows, texts = _world()
    fair = (pl.col("_user") // 4 + pl.col("conversation_id").str.ends_with("1")) % 2 == 0
    half = pl.when(~pl.col("_held_out") & ~pl.col("_explained")).then(fair).otherwise("_event")
    found = _found(rows.with_columns(_event=half), texts)
    assert (len(found.rows), len(found.examples)) == (0, 0)
    assert found.rows.schema == FAILURE_SCHEMA
    assert found.looked_at > 0


def test_what_explained_failures_say_too_is_not_proposed() -> None:
    """All explained failures say it and 47 % of the others: it is barred before it is tested."""
    assert len(_found(*_world(told=1)).rows) == 0


def test_what_both_kinds_of_failures_say_alike_lowers_the_outcome() -> None:
    """Every second explained failure says it: 0.5 against 180/380 = 0.47."""
    row = _only(_found(*_world(told=2)))
    assert row["state"] == "lowers_outcome"
    assert row["proposal"] is not None
    assert row["q"] < 0.05 < row["q_both"]


def test_nothing_is_proposed_from_noise() -> None:
    """Ten worlds of 40 words that have nothing to do with the outcome."""
    words = np.array([f"{a}{b}" for a in "bdfgklmn" for b in ("ala", "ele", "ili", "olo", "ulu")])
    rows, _ = _world()
    states = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        texts = pl.Series([" ".join(one) for one in rng.choice(words, (len(rows), 6))])
        noise = pl.Series(rng.random(len(rows)) < 0.4)
        found = _found(rows.with_columns(_event=noise & ~pl.col("_explained")), texts)
        assert found.looked_at >= 40
        states += found.rows["state"].to_list()
    assert len(states) > 5
    assert "proposed" not in states


def test_a_context_has_no_proposal_and_no_strata() -> None:
    rows, texts = _world()
    rows = rows.with_columns(
        surface=pl.when(texts.str.contains("give")).then(pl.lit("mail")).otherwise(pl.lit("web"))
    )
    found = _found(rows, texts).rows
    context, term = (found.row(by_predicate=pl.col("kind") == kind, named=True)
                     for kind in ("context", "term"))  # fmt: skip
    assert (context["part"], context["feature"], context["n_tried"]) == ("surface", "mail", 2)
    assert (context["proposal"], context["metric_id"], context["adjusted_for"]) == (None,) * 3
    assert (context["n"], context["events"]) == (term["n"], term["events"]) == (200, 20)


def test_one_part_of_the_texts_is_asked_for_at_a_time_and_only_those_with_a_term_again() -> None:
    asked: list[str] = []
    _found(*_world(), asked.append)
    assert asked == ["final_output", "first_user", "user", "user"]


def test_personal_data_is_never_a_term() -> None:
    rows, texts = _world()
    address = texts.str.replace("Please give it back!", "mail ann.lee@example.org", literal=True)
    found = _found(rows, address).rows
    assert found["feature"].to_list() == ["mail"]


def test_no_rows_have_no_failure_modes() -> None:
    rows, texts = _world()
    found = _found(rows[:0], texts[:0])
    assert (len(found.rows), len(found.examples), found.looked_at) == (0, 0, 0)


def test_a_rubric_without_strata_finds_the_same_with_nothing_held_fixed() -> None:
    rows, texts = _world()
    bare, held = _found(rows, texts, strata=()), _found(rows, texts)  # of one category
    assert bare.rows["adjusted_for"].drop_nulls().is_empty()
    assert bare.rows.drop("adjusted_for").equals(held.rows.drop("adjusted_for"))

"""Tiers against their later outcomes: periods, figures, states, what shuffles never unlock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from last_mile.core.rubric import Rubric
from last_mile.core.tier_lift import (
    CHOSEN_ON,
    LATER,
    TIER_LIFT_SCHEMA,
    periods,
    tier_lift,
    tier_name,
    tier_verdicts,
)
from last_mile.demo.law import Draws, draw, load_law
from last_mile_tests.scenario import DAY, rubric

AS_OF = datetime(2026, 6, 1)  # noqa: DTZ001 - tables hold UTC without a zone
EARLY, LATE = DAY, DAY + timedelta(days=1)
COUNTS = {
    "day": pl.Date, "tier": pl.String, "reason": pl.String, "n": pl.Int64,
    "n_matured": pl.Int64, "events": pl.Int64,
}  # fmt: skip
USERS = {
    "user": pl.UInt64, "tier": pl.String, "reason": pl.String, "n_matured": pl.Int64,
    "events": pl.Int64,
}  # fmt: skip
Cell = tuple[int, int]  # matured conversations, events
ORDINARY = ((2000, 40), (2000, 40))  # 2 % in both periods
PROVEN = ((200, 20), (200, 24))  # of a desirable tier


def _counts(tiers: Mapping[str, tuple[Cell, Cell]], reason: str = "") -> pl.DataFrame:
    """Counts of tiers, `tier` or `tier/reason`, in an earlier day and a later one."""
    rows = [
        (day, *f"{name}/{reason}".split("/")[:2], n, n, events)
        for name, cells in tiers.items()
        for day, (n, events) in zip((EARLY, LATE), cells, strict=True)
        if n
    ]
    return pl.DataFrame(rows, schema=COUNTS, orient="row")


def _rubric(**training: Any) -> Rubric:
    return rubric(training={"chosen_until": EARLY, **training})


def _later(tier: str, tiers: Mapping[str, tuple[Cell, Cell]], **training: Any) -> dict[str, Any]:
    """The later row of a tier without a reason."""
    rows = tier_lift(_counts(tiers), _rubric(**training), AS_OF)
    (row,) = rows.filter(tier=tier, period=LATER).to_dicts()
    return row


def test_a_tier_holds_when_later_days_show_what_its_rule_says() -> None:
    row = _later("best", {"best": ((200, 20), (200, 24)), "ordinary": ORDINARY})
    # 24 of 200 = 12 %; 40 of 2000 = 2 %; ratio 6
    assert (row["n_matured"], row["events"], row["rate"]) == (200, 24, 0.12)
    assert (row["n_reference"], row["events_reference"], row["rate_reference"]) == (2000, 40, 0.02)
    assert (row["reference"], row["rr"], row["level"]) == ("ordinary", pytest.approx(6.0), 0.999)
    assert row["rr_low"] > 1
    assert (row["state"], row["unlocked"]) == ("holds", True)
    assert (row["outcome"], row["horizon_days"], row["as_of"]) == ("hired", 10, AS_OF)
    assert (row["first_day"], row["last_day"], row["design_effect"]) == (LATE, LATE, 1.0)


def test_the_limits_are_those_that_the_score_test_rejects_at_one_in_a_thousand() -> None:
    row = _later("best", {"best": ((200, 20), (200, 24)), "ordinary": ORDINARY})
    for limit in (row["rr_low"], row["rr_high"]):
        # Under the ratio t the likeliest p0 solves N t p0^2 - (n1 t + a + n0 + b t) p0 + a + b = 0;
        # z = |p1 - t p0| / sqrt((q1 (1 - q1)/n1 + t^2 q0 (1 - q0)/n0) n/(n - 1)) = 3.2905
        b = 200 * limit + 24 + 2000 + 40 * limit
        q0 = (b - (b * b - 4 * 2200 * limit * 64) ** 0.5) / (2 * 2200 * limit)
        q1 = limit * q0
        variance = q1 * (1 - q1) / 200 + limit**2 * q0 * (1 - q0) / 2000
        z = abs(0.12 - limit * 0.02) / (variance * 2200 / 2199) ** 0.5
        assert z == pytest.approx(3.2905, abs=1e-4)


def test_an_undesirable_tier_holds_when_the_outcome_is_rarer() -> None:
    tiers = {"best": PROVEN, "poor": ((2000, 5), (2000, 6)), "ordinary": ORDINARY}
    row = _later("poor", tiers)
    assert (row["state"], row["rr"], row["level"]) == ("holds", pytest.approx(6 / 40), 0.99)
    assert row["rr_high"] < 1


@pytest.mark.parametrize(("later", "state"), [((200, 24), "holds"), ((200, 8), "waits")])
def test_an_undesirable_tier_waits_until_a_desirable_one_holds(later: Cell, state: str) -> None:
    poor = ((2000, 5), (2000, 6))
    tiers = {"best": ((200, 20), later), "poor": poor, "ordinary": ORDINARY}
    row = _later("poor", tiers)
    assert (row["state"], row["unlocked"]) == (state, state == "holds")


def test_a_rule_older_than_the_logs_is_proven_on_all_of_them() -> None:
    counts = _counts({"best": PROVEN, "ordinary": ORDINARY})
    older = rubric(training={"chosen_until": EARLY - timedelta(days=1)})
    rows = tier_lift(counts, older, AS_OF)
    row = rows.filter(tier="best", period=LATER).to_dicts()[0]
    assert (row["n_matured"], row["state"]) == (400, "holds")
    assert rows.filter(tier="best", period=CHOSEN_ON)["first_day"].to_list() == [None]


@pytest.mark.parametrize(
    ("tier", "cells", "state"),
    [
        pytest.param("best", ((200, 24), (200, 2)), "not_monotone", id="desirable turned round"),
        pytest.param("poor", ((2000, 5), (2000, 60)), "not_monotone", id="undesirable turned"),
        pytest.param("best", ((200, 2), (200, 24)), "not_monotone", id="earlier days disagree"),
        pytest.param("best", ((200, 20), (200, 8)), "underpowered", id="interval holds 1"),
        pytest.param("best", ((200, 20), (200, 4)), "underpowered", id="no difference"),  # both 2 %
        pytest.param("best", ((200, 4), (200, 24)), "underpowered", id="earlier days are even"),
        pytest.param("best", ((0, 0), (200, 24)), "underpowered", id="earlier days are empty"),
        pytest.param("best", ((200, 20), (0, 0)), "no_outcomes", id="nothing later"),
    ],
)
def test_the_state_of_a_tier(tier: str, cells: tuple[Cell, Cell], state: str) -> None:
    row = _later(tier, {"best": PROVEN, tier: cells, "ordinary": ORDINARY})
    assert (row["state"], row["unlocked"]) == (state, False)


def test_without_any_event_there_is_no_figure_and_no_proof() -> None:
    row = _later("best", {"best": ((200, 20), (200, 0)), "ordinary": ((2000, 40), (2000, 0))})
    assert row["state"] == "no_outcomes"
    names = ("rr", "rr_low", "rr_high", "p", "design_effect")
    assert [row[name] for name in names] == [None] * 5
    assert (row["rate"], row["rate_reference"]) == (0.0, 0.0)


def test_an_interval_that_few_events_make_too_narrow_does_not_unlock() -> None:
    # 6 of 60 against 40 of 2000: the score interval is above 1. But of the 46 events, six or more
    # fall among 60 of 2060 by chance in 18 of 10,000 shuffles, not in 5.
    row = _later("best", {"best": ((200, 20), (60, 6)), "ordinary": ORDINARY})
    assert row["rr_low"] > 1
    assert row["p"] == pytest.approx(0.0018, abs=5e-5)
    assert row["state"] == "underpowered"


def test_a_reference_without_events_leaves_the_ratio_open_above() -> None:
    row = _later("best", {"best": ((200, 20), (200, 24)), "ordinary": ((2000, 40), (2000, 0))})
    assert (row["rr"], row["rr_high"], row["state"]) == (None, None, "holds")
    assert row["rr_low"] > 1


def test_where_nothing_is_ordinary_a_tier_is_compared_with_all_others() -> None:
    row = _later("best", {"best": ((200, 20), (200, 24)), "poor": ((2000, 5), (2000, 8))})
    assert (row["reference"], row["n_reference"], row["events_reference"]) == (
        "all other tiers", 2000, 8,
    )  # fmt: skip
    assert row["state"] == "holds"


def test_a_desirable_tier_below_an_undesirable_one_is_locked() -> None:
    # poor 70 of 500 = 14 % is above best 12 %, which is well above ordinary 2 %
    tiers = {"best": ((200, 20), (200, 24)), "poor": ((500, 9), (500, 70)), "ordinary": ORDINARY}
    assert _later("best", tiers)["state"] == "not_monotone"
    # with 4 events in 20 (20 %) the rate of `poor` is no more than a rumour
    few = {**tiers, "poor": ((500, 9), (20, 4))}
    assert _later("best", few)["state"] == "holds"


def test_each_reason_of_a_tier_has_its_own_proof() -> None:
    tiers = [
        {"tier": "poor", "reason": "dull", "when": "robotic", "train": "undesirable"},
        {"tier": "poor", "reason": "rude", "when": "not polite", "train": "undesirable"},
        {"tier": "idle", "when": "own_draft"},
    ]
    counts = _counts(  # no tier is desirable, so none is waited for
        {"poor/dull": ((2000, 5), (2000, 6)), "poor/rude": ((50, 1), (50, 0)),
         "idle": ((9, 1), (9, 1)), "ordinary": ORDINARY}
    )  # fmt: skip
    rows = tier_lift(counts, rubric(tiers=tiers, training={"chosen_until": EARLY}), AS_OF)
    assert rows.select("tier", "reason", "rule", "period", "state").rows() == [
        ("poor", "dull", "robotic", CHOSEN_ON, "holds"),
        ("poor", "dull", "robotic", LATER, "holds"),
        ("poor", "rude", "not polite", CHOSEN_ON, "underpowered"),
        ("poor", "rude", "not polite", LATER, "underpowered"),
    ]  # what is not trained on needs no proof


def test_a_rubric_that_only_warns_exports_but_keeps_the_state() -> None:
    row = _later("best", {"best": ((200, 20), (200, 2)), "ordinary": ORDINARY}, unproven="warn")
    assert (row["state"], row["unlocked"]) == ("not_monotone", True)


def test_without_conversations_every_trained_tier_has_rows_that_say_so() -> None:
    rows = tier_lift(_counts({}), rubric(), AS_OF)
    assert rows.schema == pl.Schema(TIER_LIFT_SCHEMA)
    assert rows.height == 4  # two tiers, two periods
    assert set(rows["state"]) == {"no_outcomes"}
    assert set(rows["first_day"]) == {None}
    assert tier_lift(_counts({}), rubric(tiers=[]), None).height == 0


def _days(*matured: int) -> pl.DataFrame:
    rows = [(DAY + timedelta(days=i), "ordinary", "", n + 1, n, 0) for i, n in enumerate(matured)]
    return pl.DataFrame(rows, schema=COUNTS, orient="row")


@pytest.mark.parametrize(
    ("matured", "until"),
    [
        # 10 of 40 are 10 away from half, 30 of 40 as well: the earlier of equal cuts
        pytest.param((10, 20, 10), 0, id="equal cuts"),
        pytest.param((10, 11, 5, 14), 1, id="counted in conversations"),  # 21 of 40
        pytest.param((1, 1, 1, 97), 2, id="never after the last day"),
        pytest.param((5, 5, 5, 5, 0, 0), 1, id="days to come do not count"),
        pytest.param((0, 0, 7, 0), 2, id="one day"),
    ],
)
def test_the_earlier_half_ends_between_days(matured: tuple[int, ...], until: int) -> None:
    found = periods(_days(*matured), None)
    cut, last = DAY + timedelta(days=until), DAY + timedelta(days=len(matured) - 1)
    assert found == {CHOSEN_ON: (DAY, cut), LATER: (cut + timedelta(days=1), last)}


def test_a_named_day_ends_the_earlier_period_and_an_empty_one_is_left_out() -> None:
    counts = _days(5, 5, 5)
    days = [DAY + timedelta(days=i) for i in range(3)]
    assert periods(counts, days[0]) == {CHOSEN_ON: (DAY, DAY), LATER: (days[1], days[2])}
    assert periods(counts, days[2]) == {CHOSEN_ON: (DAY, days[2])}
    assert periods(counts, date(2025, 12, 31)) == {LATER: (DAY, days[2])}
    assert periods(_days(0, 0), None) == {CHOSEN_ON: (DAY, days[1])}
    assert periods(_counts({}), None) == {}


def _users(*rows: tuple[int, str, int, int]) -> pl.DataFrame:
    whole = [(user, tier, "", n, events) for user, tier, n, events in rows]
    return pl.DataFrame(whole, schema=USERS, orient="row")


def test_users_of_one_conversation_each_do_not_widen_the_interval() -> None:
    cells = {"best": ((200, 20), (200, 24)), "ordinary": ORDINARY}
    one_each = [(i, "best", 1, int(i < 24)) for i in range(200)]
    one_each += [(1000 + i, "ordinary", 1, int(i < 40)) for i in range(2000)]
    rows = tier_lift(_counts(cells), _rubric(), AS_OF, {LATER: _users(*one_each)})
    assert rows.filter(tier="best", period=LATER)["design_effect"].item() == pytest.approx(1.0)


def test_pairs_of_alike_conversations_count_as_one() -> None:
    # Every user has two conversations with the same outcome: each user's residual doubles, its
    # square is four times that of one conversation, so twice that of the two. Design effect 2:
    # the interval is that of 12 of 100 against 20 of 1000.
    pairs = [(i, "best", 2, 2 * (i < 12)) for i in range(100)]
    pairs += [(1000 + i, "ordinary", 2, 2 * (i < 20)) for i in range(1000)]
    cells = {"best": ((200, 20), (200, 24)), "ordinary": ORDINARY}
    rows = tier_lift(_counts(cells), _rubric(), AS_OF, {LATER: _users(*pairs)})
    row = rows.filter(tier="best", period=LATER).to_dicts()[0]
    half = _later("best", {"best": ((200, 20), (100, 12)), "ordinary": ((2000, 40), (1000, 20))})
    assert row["design_effect"] == pytest.approx(2.0)
    decided = ("rr_low", "rr_high", "p")
    assert [row[name] for name in decided] == pytest.approx([half[name] for name in decided])
    assert (row["n_matured"], row["events"]) == (200, 24)  # the counts stay those counted


def test_users_with_like_outcomes_on_both_sides_do_not_narrow_the_interval() -> None:
    # 24 of 200 users are hired for all they write, in either tier: who is hired often does not
    # tell the tiers apart, and the difference of rates is known better than from other users.
    both = [(i, tier, 1, int(i < 24)) for i in range(200) for tier in ("best", "ordinary")]
    cells = {"best": ((200, 20), (200, 24)), "ordinary": ((2000, 40), (200, 24))}
    rows = tier_lift(_counts(cells), _rubric(), AS_OF, {LATER: _users(*both)})
    assert rows.filter(tier="best", period=LATER)["design_effect"].item() == 1.0


def test_one_user_with_many_conversations_proves_nothing() -> None:
    rest = [(1000 + i, "ordinary", 1, int(i < 40)) for i in range(2000)]
    counts = _counts({"best": ((200, 20), (200, 100)), "ordinary": ORDINARY})
    of_one = {LATER: _users((1, "best", 200, 100), *rest)}
    of_many = {LATER: _users(*((i, "best", 1, i % 2) for i in range(200)), *rest)}
    states = [
        tier_lift(counts, _rubric(), AS_OF, users).filter(tier="best", period=LATER)["state"].item()
        for users in (of_one, of_many)
    ]
    assert states == ["underpowered", "holds"]


def _frame(drawn: Draws) -> pl.DataFrame:
    """Conversations of a demo world over 60 days, with the tiers of the shipped rubric."""
    flags = drawn.flags
    own = flags["added_custom_context"] | flags["own_draft_proofread"]
    flat, made_up = flags["sounds_robotic"], flags["hallucinated_claim"]
    poor = flags["clicked_default"] & flat & made_up
    tier = np.where(own & ~flat & ~made_up, "best", np.where(poor, "poor", "ordinary"))
    days = np.arange(drawn.user.size) * 60 // drawn.user.size
    return pl.DataFrame(
        {"user": drawn.user.astype(np.uint64), "tier": tier, "reason": "",
         "day": np.datetime64(DAY, "D") + days, "hired": drawn.hired}
    )  # fmt: skip


def _lift(frame: pl.DataFrame) -> pl.DataFrame:
    counted = (pl.len().cast(pl.Int64).alias("n_matured"), pl.col("hired").sum().cast(pl.Int64))
    counts = frame.group_by("day", "tier", "reason").agg(counted).rename({"hired": "events"})
    spans = periods(counts, None)
    users = {
        name: frame.filter(pl.col("day").is_between(*days))
        .group_by("user", "tier", "reason")
        .agg(counted)
        .rename({"hired": "events"})
        for name, days in spans.items()
    }
    return tier_lift(counts.with_columns(n="n_matured"), rubric(), AS_OF, users)


def test_shuffled_outcomes_never_unlock_a_tier_and_real_ones_do() -> None:
    frame = _frame(draw(load_law(), "confounded", 10_000, seed=5))
    real = _lift(frame).filter(period=LATER)
    assert real.filter(tier="best")["state"].to_list() == ["holds"]
    rng = np.random.default_rng(11)
    unlocked = sum(
        _lift(frame.with_columns(hired=pl.Series(rng.permutation(frame["hired"].to_numpy()))))
        ["unlocked"].sum()
        for _ in range(200)
    )  # fmt: skip
    assert unlocked == 0


def test_verdicts_name_what_holds_and_say_in_a_sentence_why_the_rest_is_locked() -> None:
    tiers = {"best": ((200, 20), (200, 24)), "poor": ((500, 9), (500, 12)), "ordinary": ORDINARY}
    verdicts = tier_verdicts(tier_lift(_counts(tiers), _rubric(), AS_OF).to_dicts())
    assert list(verdicts.holds) == ["best"]
    assert verdicts.holds["best"].startswith("As meant, “hired” is more frequent: its rate is 6.00")
    # 12 of 500 = 2.4 % against 2 %
    assert verdicts.locked["poor"].startswith(
        "“hired” should be less frequent and is not: its rate is 1.20 ["
    )
    assert "times that of ordinary (12 of 500 versus 40 of 2000)" in verdicts.locked["poor"]
    assert verdicts.locked["poor"].endswith("from 2026-01-06 to 2026-01-06.")
    assert (verdicts.warned, verdicts.blocks) == ({}, False)


@pytest.mark.parametrize(
    ("cells", "poor", "why"),
    [
        (((200, 2), (200, 24)), None, "Already where its rule was chosen, “hired” should be more"),
        (((200, 20), (200, 8)), None, "Not told apart from chance at level 99.9%: its rate is 2.0"),
        (((0, 0), (200, 24)), None, "No difference where its rule was chosen: nothing to compare"),
        (((200, 20), (0, 0)), None, "Nothing to compare from 2026-01-06 to 2026-01-06: no conv"),
        (((200, 20), (200, 24)), ((500, 9), (500, 70)), "An undesirable tier has a higher rate th"),
    ],
    ids=["earlier", "chance", "no earlier", "nothing later", "order"],
)  # fmt: skip
def test_the_sentence_says_which_comparison_decided(
    cells: tuple[Cell, Cell], poor: tuple[Cell, Cell] | None, why: str
) -> None:
    tiers = {"best": cells, "ordinary": ORDINARY} | ({"poor": poor} if poor else {})
    verdicts = tier_verdicts(tier_lift(_counts(tiers), _rubric(), AS_OF).to_dicts())
    assert verdicts.locked["best"].startswith(why)
    assert verdicts.blocks  # `poor` alone is nothing to imitate


def test_under_warn_nothing_blocks_and_every_unproven_tier_is_named() -> None:
    rows = tier_lift(_counts({"ordinary": ORDINARY}), _rubric(unproven="warn"), AS_OF)
    verdicts = tier_verdicts(rows.to_dicts())
    assert list(verdicts.warned) == ["best", "poor"]
    assert (verdicts.locked, verdicts.blocks) == ({}, False)


def test_without_rows_nothing_blocks() -> None:
    assert not tier_verdicts([]).blocks
    assert (tier_name("poor", "dull"), tier_name("poor", "")) == ("poor (dull)", "poor")

"""What the held-out half says of a candidate: both contrasts, q-values, states, reasons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from last_mile.core.failure_modes.confirm import HeldOut, decided, measured

Figures = dict[str, Any]


def _held_out(times: int = 1) -> tuple[HeldOut, np.ndarray]:
    """With it 4 of 40, without 24 of 60; of 50 explained failures 10 have it."""
    event = np.array([True] * 4 + [False] * 36 + [True] * 24 + [False] * 36 + [False] * 50)
    has = np.array([True] * 40 + [False] * 60 + [True] * 10 + [False] * 40)
    explained = np.arange(150) >= 100
    user = np.tile(np.arange(150), times)
    rows = HeldOut(
        np.tile(event, times), np.tile(explained, times), user, np.zeros(150 * times, np.int64)
    )
    return rows, np.tile(has, times)


def _two_sided(z: float) -> float:
    return 2 * NormalDist().cdf(-abs(z))


def test_both_contrasts_of_a_candidate_are_measured() -> None:
    rows, has = _held_out()
    found = measured(rows, has, np.ones(150, bool), stratified=True)
    counts = {"n": 40, "events": 4, "n_without": 60, "events_without": 24, "n_users": 40,
              "n_unexplained": 72, "n_explained": 50}  # fmt: skip
    assert {name: found[name] for name in counts} == counts
    assert (found["rate"], found["rate_without"]) == (0.1, 0.4)
    # Wilson: (0.1 + 0.04802)/1.09604 = 0.1351 +- 1.95996/1.09604 sqrt(.00225 + .00060) = 0.0955
    assert (found["rate_low"], found["rate_high"]) == pytest.approx((0.0396, 0.2305), abs=1e-4)
    assert (found["rd"], found["rr"]) == pytest.approx((-0.3, 0.25))
    # by user: sqrt(100/98 (.09/40 + .24/60)) = 0.07986
    se = math.sqrt(100 / 98 * (0.09 / 40 + 0.24 / 60))
    assert (found["rd_low"], found["rd_high"]) == pytest.approx(
        (-0.3 - 1.959964 * se, -0.3 + 1.959964 * se)
    )
    # without a difference: sqrt(.28 x .72 x 100/99 (1/40 + 1/60)) = 0.09211 is the larger error
    null = math.sqrt(0.28 * 0.72 * 100 / 99 * (1 / 40 + 1 / 60))
    assert found["p"] == pytest.approx(_two_sided(0.3 / null))
    # 36 of 72 unexplained failures have it and 10 of 50 explained ones; 46/122 of both
    assert (found["share_unexplained"], found["share_explained"]) == (0.5, 0.2)
    assert (found["separation_rd"], found["separation_rr"]) == pytest.approx((0.3, 2.5))
    apart = math.sqrt(46 / 122 * 76 / 122 * 122 / 121 * (1 / 72 + 1 / 50))
    assert found["separation_p"] == pytest.approx(_two_sided(0.3 / apart))
    assert (found["reason"], found["separation_reason"]) == (None, None)


def test_conversations_of_one_user_are_not_taken_for_many() -> None:
    """Each user twice: the error by user stays, 0.0797; without one it falls to 0.0650."""
    rows, has = _held_out(2)
    found = measured(rows, has, np.ones(300, bool), stratified=True)
    se = math.sqrt(100 / 99 * 199 / 198 * (0.09 / 40 + 0.24 / 60))
    assert found["p"] == pytest.approx(_two_sided(0.3 / se))
    assert (found["n"], found["n_users"]) == (80, 40)
    others = measured(rows._replace(user=np.arange(300)), has, np.ones(300, bool), stratified=True)
    assert others["p"] < found["p"]


def test_where_the_part_is_missing_nothing_is_counted() -> None:
    rows, has = _held_out()
    known = np.ones(150, bool)
    known[[0, 99, 149]] = False  # an event with it, a failure without, an explained one without
    found = measured(rows, has & known, known, stratified=True)
    assert (found["n"], found["events"]) == (39, 3)
    assert (found["n_without"], found["n_unexplained"], found["n_explained"]) == (59, 71, 49)


def test_strata_are_held_fixed_for_terms_and_not_for_contexts() -> None:
    """10 % of 100 with it and of 100 without; 60 % of 20 with it and of 180 without."""
    event = np.array([True] * 10 + [False] * 90 + [True] * 10 + [False] * 90
                     + [True] * 12 + [False] * 8 + [True] * 108 + [False] * 72)  # fmt: skip
    has = np.array([True] * 100 + [False] * 100 + [True] * 20 + [False] * 180)
    rows = HeldOut(event, np.zeros(400, bool), np.arange(400), np.repeat([0, 1], 200))
    inside = measured(rows, has, np.ones(400, bool), stratified=True)
    assert inside["rd"] == pytest.approx(0)
    assert inside["p"] == pytest.approx(1)
    across = measured(rows, has, np.ones(400, bool), stratified=False)
    assert across["rd"] == pytest.approx(22 / 120 - 118 / 280)  # 0.183 - 0.421
    assert across["p"] < 0.001


def test_what_cannot_be_tested_has_a_reason_and_no_p() -> None:
    rows, has = _held_out()
    everywhere = measured(rows, np.ones(150, bool), np.ones(150, bool), stratified=True)
    assert (everywhere["rd"], everywhere["p"], everywhere["reason"]) == (
        None, None, "no_common_stratum",
    )  # fmt: skip
    assert everywhere["rate_without"] is None
    # no explained failure: no separation, but an outcome
    alone = rows._replace(explained=np.zeros(150, bool))
    found = measured(alone, has, np.ones(150, bool), stratified=True)
    assert (found["separation_p"], found["separation_reason"]) == (None, "no_common_stratum")
    assert found["share_explained"] is None
    assert found["p"] is not None
    # 10 with it: 10 x 90/100 x 0.28 = 2.5 events, fewer than 5
    few = measured(rows, has & (np.arange(150) < 10), np.ones(150, bool), stratified=True)
    assert (few["p"], few["rd_low"], few["reason"]) == (None, None, "not_enough_events")
    assert few["rd"] is not None


def test_no_event_with_it_is_a_difference_without_a_ratio() -> None:
    rows, has = _held_out()
    found = measured(
        rows._replace(event=rows.event & ~has), has, np.ones(150, bool), stratified=True
    )
    assert (found["rd"], found["rr"], found["reason"]) == (pytest.approx(-0.4), None, "no_events")
    # p = 24/100: sqrt(.24 x .76 x 100/99 (1/40 + 1/60))
    null = math.sqrt(0.24 * 0.76 * 100 / 99 * (1 / 40 + 1 / 60))
    assert found["p"] == pytest.approx(_two_sided(0.4 / null))


def _decided(
    *rows: tuple[float | None, float | None, float | None, float | None],
) -> Sequence[Figures]:
    names = ("p", "rd", "separation_p", "separation_rd")
    return decided([dict(zip(names, row, strict=True)) for row in rows])


def test_q_is_over_all_candidates_that_have_a_p() -> None:
    found = _decided(
        (0.01, -0.1, None, None), (0.02, -0.1, None, None), (0.03, 0.1, None, None),
        (0.5, -0.1, None, None), (None, None, None, None),
    )  # fmt: skip
    # 4 have one: 0.01 x 4, 0.02 x 4/2, 0.03 x 4/3 are all 0.04
    assert [row["q"] for row in found] == [
        pytest.approx(0.04), pytest.approx(0.04), pytest.approx(0.04), pytest.approx(0.5), None,
    ]  # fmt: skip
    # the third raises the outcome
    assert [row["state"] for row in found] == [
        "lowers_outcome", "lowers_outcome", "not_confirmed", "not_confirmed", "not_confirmed",
    ]  # fmt: skip
    assert all(row["q_both"] is None for row in found)


def test_a_proposal_needs_both_contrasts_by_the_larger_p() -> None:
    found = _decided(
        (0.001, -0.1, 0.01, 0.2), (0.01, -0.1, 0.001, 0.2), (0.001, -0.1, 0.04, 0.2),
        (0.001, -0.1, 0.001, -0.2),
    )  # fmt: skip
    # larger ones: 0.01, 0.01, 0.04, 0.001; q: 0.01 x 4/3, 0.01 x 4/3, 0.04, 0.001 x 4
    assert [row["q_both"] for row in found] == pytest.approx([0.04 / 3, 0.04 / 3, 0.04, 0.004])
    assert [row["state"] for row in found] == ["proposed"] * 3 + ["goes_with_flags"]


def test_a_separation_that_is_not_sure_leaves_it_at_the_outcome() -> None:
    found = _decided((0.001, -0.1, 0.04, 0.2), (0.001, -0.1, 0.9, 0.2), (0.001, -0.1, 0.06, -0.2))
    # larger ones 0.04, 0.9, 0.06: q of the first min(0.04 x 3, 0.06 x 3/2) = 0.09
    assert found[0]["q_both"] == pytest.approx(0.09)
    assert [row["state"] for row in found] == ["lowers_outcome"] * 3


def test_nothing_to_decide_is_no_error() -> None:
    assert decided([]) == []

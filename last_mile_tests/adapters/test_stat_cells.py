"""stat_cells and what is read from them: counts by stratum and follow-up, weights, people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.lift_source import read_counted
from last_mile.adapters.warehouse import Days
from last_mile.core.fragments import cell_columns, cell_fragments
from last_mile.core.rubric import Rubric
from last_mile_tests.adapters.lifted import HORIZON, labeled, lift, people, row_of, waiting
from last_mile_tests.scenario import DAY, DAYS, rubric

HIRED = [{"id": "hired", "horizon_days": HORIZON, "primary": True}]


def _rubric(**over: Any) -> Rubric:
    return rubric(**{"outcomes": HIRED, "tiers": [], **over})


def _cells(home: Path, rows: Sequence[dict[str, Any]], days: Days = DAYS) -> pl.DataFrame:
    small = _rubric(strata=["category"])
    warehouse = labeled(home, rows, small)
    warehouse.build("stat_cells", days, cell_fragments(small), cell_columns(small))
    return warehouse.read("stat_cells").sort("matured", "event", "followup_day", "stratum")


def test_a_cell_counts_a_stratum_and_a_day_of_follow_up(tmp_path: Path) -> None:
    found = _cells(
        tmp_path,
        [
            *people(5, hired=2, robotic=True, category="a"),
            *waiting(4, hired=1, seen_days=3, robotic=False, category="a"),
            *waiting(2, hired=0, seen_days=0, robotic=True, category="a"),  # nothing is known yet
        ],
    )
    counts = found.select(
        "matured", "event", "followup_day", "n", "robotic__true", "robotic__false"
    )
    assert counts.rows() == [
        (False, False, 3, 3, 0, 3), (False, True, 2, 1, 0, 1),
        (True, False, HORIZON, 3, 3, 0), (True, True, 2, 2, 2, 0),
    ]  # fmt: skip
    assert found["stratum"].to_list() == [["a"]] * 4
    assert found["polite__true"].to_list() == [0] * 4  # never scored: in no arm


def test_an_unknown_stratum_is_a_stratum_of_its_own(tmp_path: Path) -> None:
    found = _cells(tmp_path, [*people(1, hired=0, category="a"), *people(1, hired=0)])
    assert sorted(found["stratum"].to_list()) == [["-"], ["a"]]


def test_flags_that_adjust_others_are_strata_with_their_missing_value(tmp_path: Path) -> None:
    engaged = rubric().metrics[0].model_copy(update={"about": "engagement"})
    both = _rubric(metrics=[engaged, *rubric().metrics[1:]])
    rows = [
        *people(1, hired=0, own_draft=True), *people(1, hired=0, own_draft=False),
        *people(1, hired=0),
    ]  # fmt: skip
    warehouse = labeled(tmp_path, rows, both)
    cells = read_counted(warehouse, both)
    strata = next(iter(cells)).cells["stratum"].to_list()
    assert sorted(strata) == [["-"], ["false"], ["true"]]


def test_cells_of_two_days_add_up_and_a_new_day_costs_only_itself(tmp_path: Path) -> None:
    small = _rubric()
    second = date(2026, 1, 6)
    rows = [*people(5, hired=2, robotic=True), *people(3, hired=1, robotic=True, day=second)]
    warehouse = labeled(tmp_path, rows, small)
    for day in (DAY, second):
        days = Days(day, day.replace(day=day.day + 1))
        warehouse.build("stat_cells", days, cell_fragments(small), cell_columns(small))
    by_day = warehouse.read("stat_cells").group_by("day").agg(pl.col("n").sum()).sort("day")
    assert by_day.rows() == [(DAY, 5), (second, 3)]
    counted = next(iter(read_counted(warehouse, small)))
    assert counted.cells["n"].sum() == 8
    assert counted.cells["robotic__true"].sum() == 8
    assert counted.cells.height == 2  # hired on day 2, and waited for to the end


def test_conversations_of_one_user_belong_together_and_those_of_nobody_do_not(
    tmp_path: Path,
) -> None:
    rows = people(4, hired=0)
    for row, user in zip(rows, ("ann", "ann", None, None), strict=True):
        row["user_id"] = user
    warehouse = labeled(tmp_path, rows, _rubric())
    assert next(iter(read_counted(warehouse, _rubric()))).rows["user"].n_unique() == 3


def test_people_stand_in_the_strata_of_the_cells(tmp_path: Path) -> None:
    rows = [
        {**row, "category": c, "model": m}
        for c in ("a", None) for m in ("m1", None) for row in people(3, hired=1)
    ]  # fmt: skip
    small = _rubric(strata=["category", "model"])
    counted = next(iter(read_counted(labeled(tmp_path, rows, small), small)))
    assert set(counted.rows["stratum"]) == set(counted.cells["stratum_key"])
    assert counted.rows["stratum"].n_unique() == 4


def _groups(*groups: tuple[int, str, bool | None, bool, float]) -> list[dict[str, Any]]:
    """Groups of (conversations, model, robotic, hired, judge_weight); own_draft is as robotic."""
    return [
        {**row, "model": model, "robotic": flag, "own_draft": bool(flag), "judge_weight": weight}
        for n, model, flag, hired, weight in groups
        for row in people(n, hired=n if hired else 0)
    ]


# 1000 conversations of m1 and 200 of m2; robotic ones are hired less in m1 and more in m2:
#        robotic, hired | robotic, not | not, hired | neither
#   m1         20       |     380      |     60     |   540
#   m2         60       |      40      |     20     |    80
# RR = (80/500)/(80/700) = 1.4
EVERYBODY = [
    (20, "m1", True, True, 1.0), (380, "m1", True, False, 1.0),
    (60, "m1", False, True, 1.0), (540, "m1", False, False, 1.0),
    (60, "m2", True, True, 1.0), (40, "m2", True, False, 1.0),
    (20, "m2", False, True, 1.0), (80, "m2", False, False, 1.0),
]  # fmt: skip
# Every fourth of m1 is judged and all of m2, each cell in its share
SAMPLED = [
    (5, "m1", True, True, 4.0), (95, "m1", True, False, 4.0),
    (15, "m1", False, True, 4.0), (135, "m1", False, False, 4.0),
    (60, "m1", None, True, 1.0), (690, "m1", None, False, 1.0),
    *EVERYBODY[4:],
]  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return lift(tmp_path_factory.mktemp("whole"), _groups(*EVERYBODY), _rubric())


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return lift(tmp_path_factory.mktemp("sample"), _groups(*SAMPLED), _rubric())


def test_a_sample_judged_unequally_has_the_figures_of_everybody(
    whole: list[dict[str, Any]], sample: list[dict[str, Any]]
) -> None:
    all_of_it, part = row_of(whole, "robotic"), row_of(sample, "robotic")
    assert (all_of_it["weighted"], part["weighted"]) == (False, True)
    # 500 of 1200; 80 of 500; 80 of 700. Unweighted, the sample would say (65/200)/(35/250) = 2.32
    for name, value in (
        ("prevalence", 5 / 12), ("rate_true", 0.16), ("rate_false", 0.8 / 7), ("rr", 1.4),
        ("adjusted_rr", 1.4),
    ):  # fmt: skip
        assert all_of_it[name] == pytest.approx(value)
        assert part[name] == pytest.approx(value)


def test_the_counts_of_a_sample_stay_raw(sample: list[dict[str, Any]]) -> None:
    counts = ("n", "n_scored", "n_true", "events_true", "events_false")
    assert [row_of(sample, "robotic")[name] for name in counts] == [1200, 450, 200, 65, 35]


def test_the_interval_of_a_sample_is_that_of_its_weights(
    whole: list[dict[str, Any]], sample: list[dict[str, Any]]
) -> None:
    # A = 5 4 + 60 = 80, p1 = .16; Q11 = 5 16 + 60 = 140, Q10 = 95 16 + 40 = 1560
    #   .84^2 140/6400 + .16^2 1560/6400 = .015435 + .006240 = .021675
    # B = 15 4 + 20 = 80, p0 = .8/7; Q01 = 15 16 + 20 = 260, Q00 = 135 16 + 80 = 2240
    #   (6.2/7)^2 260/6400 + (.8/7)^2 2240/6400 = .0318699 + .0045714 = .0364413
    # se = sqrt(.0581163) = .2410732; exp(1.959964 se) = 1.603991
    part = row_of(sample, "robotic")
    assert part["rr_method"] == "weighted"
    assert part["rr_low"] == pytest.approx(1.4 / 1.603991, rel=1e-6)
    assert part["rr_high"] == pytest.approx(1.4 * 1.603991, rel=1e-6)
    # the sandwich is the same but for N/(N-2) of 450 conversations
    assert part["adjusted_low"] == pytest.approx(part["rr_low"], rel=5e-3)
    all_of_it = row_of(whole, "robotic")  # se^2 = 2/80 - 1/500 - 1/700
    assert part["rr_low"] < all_of_it["rr_low"] < all_of_it["rr_high"] < part["rr_high"]


def test_heuristic_flags_of_a_sampled_day_are_of_all_conversations_and_unweighted(
    sample: list[dict[str, Any]],
) -> None:
    row = row_of(sample, "own_draft")
    assert (row["weighted"], row["n_scored"]) == (False, 1200)
    assert row["rr"] == pytest.approx((65 / 200) / (95 / 1000))


def test_a_scope_whose_weights_are_equal_has_the_plain_ratio(
    sample: list[dict[str, Any]],
) -> None:
    assert row_of(sample, "robotic", "model=m1")["weighted"]
    assert not row_of(sample, "robotic", "model=m2")["weighted"]
    # all weights of m1 are 4: (5/100)/(15/150) whatever they are
    assert row_of(sample, "robotic", "model=m1")["rr"] == pytest.approx(0.5)


def test_few_events_are_not_told_apart_when_weights_turn_their_rates_around(
    tmp_path: Path,
) -> None:
    # raw: 4 of 104 against 30 of 130, Fisher tells them apart; weighted: (4 50 + 0)/(4 50 + 100)
    # = .667 against 30/130 = .231. The test is not of these rates
    groups = [(4, "m1", True, True, 50.0), (100, "m1", True, False, 1.0),
              (30, "m1", False, True, 1.0), (100, "m1", False, False, 1.0)]  # fmt: skip
    row = row_of(lift(tmp_path / "a", _groups(*groups), _rubric()), "robotic")
    assert row["q"] < 0.05
    assert (row["measured_sign"], row["verdict"]) == (None, "underpowered")
    same = [(n, model, flag, hired, 1.0) for n, model, flag, hired, _ in groups]
    row = row_of(lift(tmp_path / "b", _groups(*same), _rubric()), "robotic")
    assert row["measured_sign"] == -1


def test_an_empty_warehouse_has_no_stale_days(tmp_path: Path) -> None:
    assert next(iter(read_counted(labeled(tmp_path, [], _rubric()), _rubric()))).cells.is_empty()

"""Product releases against the one before: references, tasks, figures, verdicts, effects."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from last_mile.core.release_effect import (
    EFFECT_SCHEMA,
    RELEASE_SCHEMA,
    outcome_effects,
    release_comparison,
)
from last_mile.core.release_effect.basis import basis_of
from last_mile.core.release_effect.pairs import Use, pairs
from last_mile.core.release_effect.verdict import judged_together
from last_mile.core.rubric import Rubric
from last_mile.core.stats import mcnemar_p
from last_mile_tests.scenario import DAY, metric, rubric

AS_OF = datetime.fromisoformat("2026-03-01")
LATER = DAY + timedelta(days=7)


def _of(**over: Any) -> Rubric:
    helps = {"sign": 1, "author": "team", "date": "2025-12-01"}
    rule = {"kind": "heuristic", "rule": "entry_point_is", "params": {"value": "own_draft"}}
    fields = {
        "strata": ["category", "model"],
        "outcomes": [{"id": "hired", "horizon_days": 10}],
        "metrics": [
            metric("own_draft", prior=helps, about="engagement", **rule),
            metric("robotic"),
            metric("long", prior={**helps, "sign": 0}),
        ],
        "tiers": [],
        **over,
    }
    return rubric(**fields)


def _rows(n: int, events: int, release: str, **over: Any) -> list[dict[str, Any]]:
    """So many conversations on one day, the first of them hired, each of its own user."""
    own = {
        "release": release, "day": DAY, "_task": None, "_weight": 1.0, "category": "a",
        "own_draft": False, "robotic": False, "long": None, **over,
    }  # fmt: skip
    return [{**own, "hired": i < events} for i in range(n)]


def _frame(*parts: list[dict[str, Any]]) -> pl.DataFrame:
    rows = [row for part in parts for row in part]
    whole = [{"_user": i, **row} for i, row in enumerate(rows)]
    types = {"long": pl.Boolean, "hired": pl.Boolean, "_task": pl.UInt64, "robotic": pl.Boolean}
    return pl.DataFrame(whole, schema_overrides=types, infer_schema_length=None)


def _compared(*parts: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    frame = release_comparison(_frame(*parts), _of(), AS_OF)
    assert frame.schema == RELEASE_SCHEMA
    return {(row["release"], row["measure"]): row for row in frame.iter_rows(named=True)}


def test_the_reference_is_the_release_that_came_before() -> None:
    uses = [Use("m1", DAY, 500), Use("m2", DAY + timedelta(days=5), 90), Use("m3", LATER, 40)]
    assert [tuple(pair) for pair in pairs(uses)] == [
        ("m1", None, None), ("m2", "m1", "previous"), ("m3", "m2", "previous"),
    ]  # fmt: skip


def test_releases_that_began_together_are_compared_with_the_most_used() -> None:
    uses = [Use("m1", DAY, 50), Use("m2", DAY, 90), Use("m3", DAY, 90), Use("try", LATER, 3)]
    assert [tuple(pair) for pair in pairs(uses)] == [
        ("m1", "m3", "most_used"), ("m2", "m3", "most_used"), ("m3", None, None),
        ("try", "m3", "previous"),
    ]  # fmt: skip
    after = [*uses, Use("m5", LATER + timedelta(days=1), 60)]
    assert pairs(after)[-1].reference == "m3"  # 3 conversations are nobody's reference


def _tasks(release: str, tasks: list[int], days: int = 1, first: date = DAY) -> pl.DataFrame:
    """Each task once on every day."""
    return pl.DataFrame(
        {
            "release": release,
            "day": [first + timedelta(days=d) for d in range(days) for _ in tasks],
            "_task": pl.Series(tasks * days, dtype=pl.UInt64),
        }
    )


@pytest.mark.parametrize(
    ("new", "old", "basis", "reason", "n_common"),
    [
        (range(40), range(40), "all_tasks", "same_tasks", 40),
        (range(40), range(10, 50), "common_tasks", "task_sets_differ", 30),
        (range(40), range(30, 70), "refused", "few_common_tasks", 10),
    ],
    ids=["same", "partly", "hardly"],
)
def test_sets_of_tasks_that_stay_are_told_apart(
    new: range, old: range, basis: str, reason: str, n_common: int
) -> None:
    rows = pl.concat([_tasks("m2", list(new), 4, LATER), _tasks("m1", list(old), 4)])
    found = basis_of(rows)
    assert (found.basis, found.reason, found.n_common) == (basis, reason, n_common)
    assert int(found.rows.sum()) == (8 * n_common if basis == "common_tasks" else rows.height)


def test_tasks_that_come_and_go_are_a_stream_and_not_a_set() -> None:
    """A job has two conversations on one of 20 days; the releases share none."""
    jobs = [
        _tasks(release, [1000 * place + 10 * d + j for j in range(5)] * 2, 1, DAY + timedelta(d))
        for place, release in enumerate(("m1", "m2"))
        for d in range(20 * place, 20 * place + 20)
    ]
    found = basis_of(pl.concat(jobs))
    assert (found.basis, found.reason) == ("all_tasks", "tasks_come_and_go")


def test_without_names_of_tasks_all_are_compared() -> None:
    rows = pl.concat([_tasks("m2", [1]), _tasks("m1", [2])])
    found = basis_of(rows.with_columns(_task=pl.lit(None, pl.UInt64)))
    assert (found.basis, found.reason, found.n_common) == ("all_tasks", "tasks_not_named", None)


def test_the_mix_is_held_fixed() -> None:
    """Each category has the same rate under both releases; m2 has more of the easy one."""
    found = _compared(
        _rows(300, 30, "m1"), _rows(100, 40, "m1", category="b"),
        _rows(100, 10, "m2", day=LATER), _rows(300, 120, "m2", day=LATER, category="b"),
    )["m2", "hired"]  # fmt: skip
    assert found["rd"] == pytest.approx(130 / 400 - 70 / 400)
    assert found["adjusted_rd"] == pytest.approx(0, abs=1e-12)
    assert (found["reference"], found["reference_is"]) == ("m1", "previous")
    assert (found["adjusted_for"], found["n_strata"]) == ("category, own_draft", 2)
    # both overlap by 75: (.1 + .4)/2
    assert found["adjusted_rate"] == pytest.approx(0.25)
    assert found["sequential_low"] < found["adjusted_low"] < 0 < found["adjusted_high"]
    assert (found["verdict"], found["reason"]) == ("no_evidence", None)


def test_directions_are_those_of_priors_and_outcomes() -> None:
    found = _compared(
        _rows(2_000, 200, "m1", long=False),
        _rows(2_000, 500, "m2", day=LATER, robotic=True, long=True),
        _rows(400, 40, "m1", robotic=True, long=True),
        _rows(400, 100, "m2", day=LATER, long=False),
    )  # fmt: skip
    assert found["m2", "hired"]["verdict"] == "improved"
    assert found["m2", "robotic"]["verdict"] == "regressed"  # more of what hurts
    assert found["m2", "long"]["verdict"] == "moved"
    assert found["m2", "own_draft"]["reason"] == "not_enough_events"
    assert found["m2", "own_draft"]["verdict"] == "no_evidence"


def test_a_regression_in_one_stratum_is_named_where_the_whole_is_level() -> None:
    """B falls from 40 to 20 %, a rises from 10 to 30 %."""
    found = _compared(
        _rows(1_000, 100, "m1"), _rows(1_000, 400, "m1", category="b"),
        _rows(1_000, 300, "m2", day=LATER), _rows(1_000, 200, "m2", day=LATER, category="b"),
    )["m2", "hired"]  # fmt: skip
    assert found["adjusted_rd"] == pytest.approx(0)
    assert (found["verdict"], found["hides_regression"]) == ("no_evidence", True)
    assert (found["worst_stratum"], found["n_places"]) == ("category=b", 2)
    assert found["worst_rd"] == pytest.approx(-0.2)
    assert found["worst_high"] < 0


def test_nothing_is_compared_where_releases_share_no_stratum() -> None:
    found = _compared(_rows(200, 50, "m1"), _rows(200, 50, "m2", day=LATER, category="b"))
    row = found["m2", "hired"]
    assert (row["reason"], row["adjusted_rd"], row["sequential_low"]) == (
        "no_common_stratum", None, None,
    )  # fmt: skip


def test_the_first_release_has_rates_alone_and_unnamed_ones_are_none() -> None:
    found = _compared(_rows(50, 40, "m1"), _rows(40, 0, "unknown"))
    row = found["m1", "hired"]
    assert (row["n"], row["rate"], row["reason"]) == (50, 0.8, "first_release")
    assert row["reference"] is None
    assert (row["rate_low"], row["rate_high"]) == pytest.approx((0.66963, 0.88756), abs=1e-5)
    assert ("unknown", "hired") not in found


def test_tasks_done_once_by_each_release_are_mcnemars() -> None:
    """30 tasks: 15 hired under m2 alone, 3 under m1 alone, 12 under none."""
    new = [_rows(1, int(t < 15), "m2", day=LATER, _task=t)[0] for t in range(30)]
    old = [_rows(1, int(15 <= t < 18), "m1", _task=t)[0] for t in range(30)]
    row = _compared(new, old)["m2", "hired"]
    assert (row["n_common_tasks"], row["n_paired_tasks"], row["basis_reason"]) == (
        30, 30, "same_tasks",
    )  # fmt: skip
    assert row["paired_rd"] == pytest.approx(12 / 30)
    assert (row["paired_method"], row["paired_p"]) == ("newcombe", mcnemar_p(15, 3))


def test_tasks_done_several_times_count_alike_and_their_spread_decides() -> None:
    """Of 20 tasks, 10 rise from 0 of 3 to 1 of 1, the others stay at 0."""
    new = [_rows(1, int(t < 10), "m2", day=LATER, _task=t)[0] for t in range(20)]
    old = [row for t in range(20) for row in _rows(3, 0, "m1", _task=t)]
    row = _compared(new, old)["m2", "hired"]
    assert (row["paired_rd"], row["paired_method"]) == (0.5, "by_task")
    # sd^2 = 20 (1/4)/19, se = sqrt(sd^2/20) = .11471, t(19, .975) = 2.09302
    assert row["paired_low"] <= 0.5 - 2.09302 * 0.11471 + 1e-4


def test_refused_rows_have_rates_and_no_verdict() -> None:
    new = [r for t in range(30) for r in _rows(2, 1, "m2", day=LATER, _task=t)]
    old = [r for t in range(25, 55) for r in _rows(2, 1, "m1", _task=t)]
    row = _compared(new, old)["m2", "hired"]
    assert (row["basis"], row["reason"], row["verdict"]) == ("refused", "few_common_tasks", None)
    assert (row["rate"], row["adjusted_rd"], row["n_common_tasks"]) == (0.5, None, 5)


def test_false_discoveries_are_controlled_over_the_family() -> None:
    """Of 5 flags one has p = 0.02: q = 0.1, no evidence; with 0.009 q = 0.045."""
    for p, verdict in ((0.02, "no_evidence"), (0.009, "improved")):
        family: list[dict[str, Any]] = [
            {"p": own, "basis": "all_tasks", "adjusted_rd": 0.1, "sign": 1}
            for own in (p, 1.0, 1.0, 1.0, 1.0)
        ]
        judged_together(family)
        assert family[0]["q"] == pytest.approx(5 * p)
        assert family[0]["verdict"] == verdict


def test_releases_and_behaviours_stand_in_the_same_units() -> None:
    rows = _frame(
        _rows(500, 50, "m1"), _rows(500, 150, "m1", own_draft=True),
        _rows(500, 60, "m2", day=LATER), _rows(500, 160, "m2", day=LATER, own_draft=True),
    )  # fmt: skip
    found = outcome_effects(rows, _of(), release_comparison(rows, _of(), AS_OF))
    assert found.schema == EFFECT_SCHEMA
    release, draft = found.iter_rows(named=True)
    assert (release["kind"], release["cause"], release["versus"]) == ("release", "m2", "m1")
    assert release["rd"] == pytest.approx(0.02)  # (.12 + .32 - .1 - .3)/2
    assert release["rr"] == pytest.approx(0.22 / 0.20)
    assert (draft["kind"], draft["cause"], draft["adjusted_for"]) == (
        "engagement", "own_draft", "category, release",
    )  # fmt: skip
    assert draft["rd"] == pytest.approx(0.2)  # (.3 + .32 - .1 - .12)/2
    assert draft["rr"] == pytest.approx(0.31 / 0.11)
    assert draft["as_of"] == AS_OF


def test_behaviours_that_know_the_outcome_are_left_out() -> None:
    rows = _frame(_rows(50, 5, "m1"), _rows(50, 9, "m2", day=LATER))
    compared = release_comparison(rows, _of(), AS_OF, {"own_draft"})
    assert outcome_effects(rows, _of(), compared, {"own_draft"})["kind"].to_list() == ["release"]
    assert "own_draft" not in compared.filter(measure="hired", release="m2")["adjusted_for"][0]


def test_without_conversations_there_are_no_rows() -> None:
    empty = _frame(_rows(1, 0, "m1")).clear()
    compared = release_comparison(empty, _of(), AS_OF)
    assert compared.height == outcome_effects(empty, _of(), compared).height == 0

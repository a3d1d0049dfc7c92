"""Rows of metric_lift: figures, signs and verdicts of hand-made counts, weights of a sample."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import pytest

from last_mile.adapters.sql_files import fill, query_text
from last_mile.core.fragments import count_fragments
from last_mile.core.lift import LIFT_SCHEMA, metric_lift
from last_mile.core.rubric import Metric
from last_mile_tests.scenario import metric, rubric

AS_OF = datetime.fromisoformat("2026-03-01")
# scored, true, events with, events in all
DOUBLED = (1000, 500, 40, 60)  # 40 of 500 with it, 20 of 500 without
NO_EFFECT = (1000, 500, 10, 20)  # 10 of 500 either way
EXACT = (400_000, 200_000, 100_000, 200_000)  # half either way, many conversations
COMMON = (5000, 4750, 95, 100)  # 2 % either way, 95 % have it


def _cell(n: int = 1000, scope: str = "all", **counts: tuple[int | None, ...]) -> dict[str, Any]:
    """A row of reads/metric_counts.sql; everything was judged, so every weight is 1."""
    cell: dict[str, Any] = {"outcome": "hired", "scope": scope, "n": n}
    for name, values in counts.items():
        scored, true, events_true, events = (value or 0 for value in values)
        with_it, without = true - events_true, scored - true - events + events_true
        cells = {
            "true_event": events_true, "true_rest": with_it,
            "false_event": events - events_true, "false_rest": without,
        }  # fmt: skip
        parts = zip(("scored", "true", "events_true", "events"), values, strict=True)
        cell |= {f"{name}__{part}": value for part, value in parts}
        cell |= {f"{name}__w_{part}": value or None for part, value in cells.items()}
        cell |= {f"{name}__w2_{part}": value or None for part, value in cells.items()}
    return cell


def _metric(metric_id: str, sign: int) -> Metric:
    return metric(metric_id, prior={"sign": sign, "author": "team", "date": "2025-12-01"})


def _row(counts: tuple[int | None, ...], sign: int = 1, n: int = 1000) -> dict[str, Any]:
    """The one row of a rubric of one metric."""
    only = rubric(metrics=[_metric("polite", sign)], tiers=[])
    return metric_lift([_cell(n, polite=counts)], only, AS_OF, "e").row(0, named=True)


def test_counts_rates_ratio_and_interval_stand_side_by_side() -> None:
    row = _row((900, 500, 40, 60))
    assert {k: row[k] for k in ("n", "n_scored", "n_true", "events_true", "events_false")} == {
        "n": 1000, "n_scored": 900, "n_true": 500, "events_true": 40, "events_false": 20,
    }  # fmt: skip
    assert row["prevalence"] == pytest.approx(500 / 900)  # of the scored, not of all
    assert row["rate_true"] == pytest.approx(0.08)  # 40/500
    assert row["rate_false"] == pytest.approx(0.05)  # 20/400
    assert row["rr"] == pytest.approx(1.6)


def test_the_interval_of_a_doubled_rate() -> None:
    row = _row(DOUBLED)
    # RR = (40/500)/(20/500) = 2; se^2 = 1/40 - 1/500 + 1/20 - 1/500 = .071, se = .266458
    # 2 exp(-+ 1.959964 * .266458) = 2 * .593188, 2 / .593188
    assert row["rr"] == pytest.approx(2)
    assert (row["rr_low"], row["rr_high"]) == pytest.approx((1.18638, 3.37161), abs=2e-5)
    # z = ln 2 / .266458 = 2.60134, p = .009286; alone in its family, q = p
    assert row["p"] == pytest.approx(0.009286, abs=1e-6)
    assert row["q"] == pytest.approx(row["p"])


def test_a_row_names_its_outcome_scope_horizon_as_of_and_epoch() -> None:
    row = _row(DOUBLED)
    about = {
        "metric": "polite", "outcome": "hired", "scope": "all", "horizon_days": 10,
        "as_of": AS_OF, "epoch": "e",
    }  # fmt: skip
    assert {name: row[name] for name in about} == about


@pytest.mark.parametrize(
    ("counts", "sign", "measured", "verdict"),
    [
        pytest.param(DOUBLED, 1, 1, "confirmed", id="helps as believed"),
        pytest.param(DOUBLED, -1, 1, "reversed", id="helps, was believed to hurt"),
        pytest.param((1000, 500, 20, 60), -1, -1, "confirmed", id="hurts as believed"),
        pytest.param((1000, 500, 20, 60), 1, -1, "reversed", id="hurts, was believed to help"),
        pytest.param(NO_EFFECT, 1, 0, "underpowered", id="the interval holds much else than 1"),
        # se^2 = 2 (1/100000 - 1/200000) = .00001: the interval is 1 -+ .0062
        pytest.param(EXACT, 1, 0, "negligible", id="the interval lies within 5 percent of 1"),
        pytest.param(COMMON, 1, 0, "universal", id="nearly everybody has it"),
        pytest.param((5000, 250, 5, 100), 1, 0, "universal", id="nearly nobody has it"),
        pytest.param((100, 50, 4, 5), 1, None, "underpowered", id="four events"),
        pytest.param((1000, 500, 4, 50), 1, -1, "reversed", id="four events, told apart by Fisher"),
        pytest.param((1000, 500, 0, 50), -1, -1, "confirmed", id="no event with it, told apart"),
        pytest.param((1000, 500, 0, 0), 1, None, "not_identifiable", id="no event at all"),
        pytest.param((1000, 1000, 60, 60), 1, None, "not_identifiable", id="everybody has it"),
        pytest.param((1000, 0, 0, 60), 1, None, "not_identifiable", id="nobody has it"),
        pytest.param((0, None, 0, 0), 1, None, "not_identifiable", id="never scored"),
        pytest.param((30, 10, 10, 30), 1, None, "not_identifiable", id="everybody is hired"),
    ],
)
def test_every_metric_has_one_verdict(
    counts: tuple[int | None, ...], sign: int, measured: int | None, verdict: str
) -> None:
    row = _row(counts, sign, n=400_000)
    assert (row["measured_sign"], row["verdict"]) == (measured, verdict)


def test_a_universal_flag_with_a_clear_effect_is_still_told_apart() -> None:
    # 4750 with 2 %, 250 with 8 %: RR .25
    assert _row((5000, 4750, 95, 115), -1, n=5000)["verdict"] == "confirmed"


@pytest.mark.parametrize("counts", [DOUBLED, (1000, 500, 20, 60)])
def test_an_effect_contradicts_who_expected_no_difference(counts: tuple[int, ...]) -> None:
    assert _row(counts, sign=0)["verdict"] == "reversed"


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (DOUBLED, None),
        ((1000, 500, 4, 50), "not_enough_events"),
        ((1000, 500, 0, 0), "no_events"),
        ((1000, 0, 0, 60), "empty_arm"),
    ],
)
def test_a_missing_figure_has_its_reason(counts: tuple[int, ...], reason: str | None) -> None:
    row = _row(counts)
    assert row["reason"] == reason
    assert (row["rr_low"] is None) == (reason is not None)


def test_a_rate_without_conversations_is_missing_and_not_zero() -> None:
    row = _row((1000, 0, 0, 60))
    assert (row["rate_true"], row["prevalence"]) == (None, 0.0)
    assert _row((0, None, 0, 0))["prevalence"] is None


def test_q_values_are_of_one_outcome_and_scope_and_leave_undefined_tests_out() -> None:
    three = rubric(metrics=[_metric(name, 1) for name in ("a", "b", "c")], tiers=[])
    cells = [
        _cell(a=DOUBLED, b=NO_EFFECT, c=(1000, 0, 0, 60)),
        _cell(scope="model=m1", a=DOUBLED, b=(0, 0, 0, 0), c=(0, 0, 0, 0)),
    ]
    rows = metric_lift(cells, three, AS_OF, "e")
    p = rows["p"].to_list()
    # of `all` two tests are defined: the smaller p doubles; in `model=m1` only one: q = p
    assert rows["q"].to_list() == pytest.approx([2 * p[0], p[1], None, p[3], None, None])


def test_an_effect_lost_to_the_false_discovery_rate_is_not_told_apart() -> None:
    # p = .0093 alone, q = .0093 * 9 = .084 among nine
    nine = rubric(metrics=[_metric(f"m{i}", 1) for i in range(9)], tiers=[])
    rest: dict[str, Any] = {f"m{i}": NO_EFFECT for i in range(1, 9)}
    cell = _cell(m0=DOUBLED, **rest)
    first = metric_lift([cell], nine, AS_OF, "e").row(0, named=True)
    assert first["q"] == pytest.approx(first["p"] * 9)
    assert (first["measured_sign"], first["verdict"]) == (0, "underpowered")


def _lift_of(*groups: tuple[int, str, bool | None, bool, float]) -> dict[str, dict[str, Any]]:
    """Lift of `robotic` (judged) and `own_draft` (not) by scope, counted by the real query.

    Groups are (conversations, model, robotic, hired, judge_weight); own_draft is as robotic, and
    false where that was not judged.
    """
    small = rubric(tiers=[])
    connection = duckdb.connect()
    connection.execute(
        "create table labeled_conversations (model varchar, own_draft boolean, robotic boolean, "
        "polite boolean, hired boolean, judge_weight double)"
    )
    for n, model, robotic, hired, weight in groups:
        connection.execute(
            "insert into labeled_conversations select ?, ?, ?, null, ?, ? from range(?)",
            [model, bool(robotic), robotic, hired, weight, n],
        )
    query = fill(query_text("metric_counts") or "", count_fragments(small, "hired"))
    cells = connection.execute(query).pl().iter_rows(named=True)
    rows = metric_lift(cells, small, AS_OF, "e").iter_rows(named=True)
    return {f"{row['metric']} {row['scope']}": row for row in rows}


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


def test_a_sample_judged_unequally_has_the_figures_of_everybody() -> None:
    whole, sample = _lift_of(*EVERYBODY)["robotic all"], _lift_of(*SAMPLED)["robotic all"]
    assert (whole["weighted"], sample["weighted"]) == (False, True)
    # 500 of 1200; 80 of 500; 80 of 700
    for name, value in (
        ("prevalence", 5 / 12), ("rate_true", 0.16), ("rate_false", 0.8 / 7), ("rr", 1.4),
    ):  # fmt: skip
        assert whole[name] == pytest.approx(value)
        assert sample[name] == pytest.approx(value)
    # unweighted, the sample would say (65/200)/(35/250) = 2.32


def test_the_counts_of_a_sample_stay_raw() -> None:
    sample = _lift_of(*SAMPLED)["robotic all"]
    counts = ("n", "n_scored", "n_true", "events_true", "events_false")
    assert [sample[name] for name in counts] == [1200, 450, 200, 65, 35]


def test_the_interval_of_a_sample_is_that_of_its_weights() -> None:
    # A = 5 4 + 60 = 80, p1 = .16; Q11 = 5 16 + 60 = 140, Q10 = 95 16 + 40 = 1560
    #   .84^2 140/6400 + .16^2 1560/6400 = .015435 + .006240 = .021675
    # B = 15 4 + 20 = 80, p0 = .8/7; Q01 = 15 16 + 20 = 260, Q00 = 135 16 + 80 = 2240
    #   (6.2/7)^2 260/6400 + (.8/7)^2 2240/6400 = .0318699 + .0045714 = .0364413
    # se = sqrt(.0581163) = .2410732; exp(1.959964 se) = 1.603991
    sample = _lift_of(*SAMPLED)["robotic all"]
    assert sample["rr_low"] == pytest.approx(1.4 / 1.603991, rel=1e-6)
    assert sample["rr_high"] == pytest.approx(1.4 * 1.603991, rel=1e-6)
    whole = _lift_of(*EVERYBODY)["robotic all"]  # se^2 = 2/80 - 1/500 - 1/700
    assert sample["rr_low"] < whole["rr_low"] < whole["rr_high"] < sample["rr_high"]


def test_heuristic_flags_of_a_sampled_day_are_of_all_conversations_and_unweighted() -> None:
    row = _lift_of(*SAMPLED)["own_draft all"]
    assert (row["weighted"], row["n_scored"]) == (False, 1200)
    assert row["rr"] == pytest.approx((65 / 200) / (95 / 1000))


def test_a_scope_that_was_judged_whole_is_unweighted() -> None:
    rows = _lift_of(*SAMPLED)
    assert rows["robotic model=m1"]["weighted"]
    assert not rows["robotic model=m2"]["weighted"]
    # all weights of m1 are 4: (5/100)/(15/150) whatever they are
    assert rows["robotic model=m1"]["rr"] == pytest.approx(0.5)


def test_few_events_are_not_told_apart_when_weights_turn_their_rates_around() -> None:
    # raw: 4 of 104 against 30 of 130, Fisher tells them apart; weighted: (4 50 + 0)/(4 50 + 100)
    # = .667 against 30/130 = .231. The test is not of these rates
    groups = [(4, "m1", True, True, 50.0), (100, "m1", True, False, 1.0),
              (30, "m1", False, True, 1.0), (100, "m1", False, False, 1.0)]  # fmt: skip
    row = _lift_of(*groups)["robotic all"]
    assert row["q"] < 0.05
    assert (row["measured_sign"], row["verdict"]) == (None, "underpowered")
    same = [(n, model, flag, hired, 1.0) for n, model, flag, hired, _ in groups]
    assert _lift_of(*same)["robotic all"]["measured_sign"] == -1


def test_without_counts_there_are_no_rows_but_all_columns() -> None:
    empty = metric_lift([], rubric(), AS_OF, "e")
    assert empty.is_empty()
    assert empty.schema == LIFT_SCHEMA

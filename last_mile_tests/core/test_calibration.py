"""How far a judge agrees with people, and its lifts corrected, from counts of labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from last_mile.core.calibration import CALIBRATION_SCHEMA, corrected_lift, judge_calibration
from last_mile.core.kappa import kappa_interval
from last_mile.core.stats import corrected_risk, pooled_corrected_risk, relative_risk

FLAGS = {"true_positive": (True, True), "false_positive": (True, False),
         "false_negative": (False, True), "true_negative": (False, False)}  # fmt: skip


def _cell(
    judged: bool, event: bool | None, label: bool | None, n: int, **over: Any
) -> dict[str, Any]:
    """A row of reads/calibration_cells.sql of the primary outcome."""
    row = {"metric": "robotic", "outcome": "hired", "judged": judged, "event": event,
           "stratum": event, "label": label, "planned": False, "n": n}  # fmt: skip
    return {**row, **over}


def _row(tp: int, fp: int, fn: int, tn: int, *others: dict[str, Any]) -> dict[str, Any]:
    counts = zip(FLAGS.values(), (tp, fp, fn, tn), strict=True)
    cells = [_cell(judged, None, label, n) for (judged, label), n in counts]
    return judge_calibration([*cells, *others], "hired", "e").row(0, named=True)


def _planned(counts: Mapping[tuple[bool, bool], tuple[int, int, int]]) -> list[dict[str, Any]]:
    """Cells by (judged, event): conversations, labelled by plan, of these true."""
    rows = []
    for (judged, event), (n, labelled, true) in counts.items():
        rows += [
            _cell(judged, event, True, true, planned=True),
            _cell(judged, event, False, labelled - true, planned=True),
            _cell(judged, event, None, n - labelled),
        ]
    return rows


PLAN = {(True, True): (300, 100, 80), (True, False): (2700, 100, 60),
        (False, True): (500, 100, 10), (False, False): (6500, 100, 5)}  # fmt: skip


def test_sensitivity_specificity_and_kappa_of_a_good_judge() -> None:
    row = _row(45, 20, 5, 80)
    assert (row["metric"], row["epoch"], row["n"], row["design"]) == ("robotic", "e", 150, "random")
    assert row["sensitivity"] == pytest.approx(0.9)  # 45 of the 50 people called true
    assert row["specificity"] == pytest.approx(0.8)  # 80 of the 100 people called false
    # agreement 125/150; by chance (65*50 + 85*100)/150^2 = 11750/22500
    assert row["kappa"] == pytest.approx((125 / 150 - 11750 / 22500) / (1 - 11750 / 22500))


def test_rates_come_with_their_wilson_interval() -> None:
    row = _row(40, 10, 10, 40)
    # 40 of 50: see test_stats
    expected = pytest.approx((0.66963, 0.88756), abs=1e-5)
    assert (row["sensitivity_low"], row["sensitivity_high"]) == expected
    assert (row["specificity_low"], row["specificity_high"]) == expected
    assert row["kappa"] == pytest.approx(0.6)  # (.8 - .5) / (1 - .5)
    assert (row["kappa_low"], row["kappa_high"]) == pytest.approx(kappa_interval(40, 10, 10, 40))
    # balanced accuracy .8; down by sqrt(.13037^2 + .13037^2) / 2 = .09219, up by .06192
    assert row["balanced_accuracy"] == pytest.approx(0.8)
    assert (row["balanced_low"], row["balanced_high"]) == pytest.approx(
        (0.70781, 0.86192), abs=1e-5
    )
    assert row["at_chance"] is False


def test_what_people_never_said_has_no_rate() -> None:
    row = _row(0, 3, 0, 7)  # nobody called it true
    assert (row["sensitivity"], row["sensitivity_low"], row["sensitivity_high"]) == (None,) * 3
    assert row["specificity"] == pytest.approx(0.7)
    assert (row["balanced_accuracy"], row["at_chance"]) == (None, None)
    assert row["correction_reason"] == "not_enough_labels"


def test_kappa_is_missing_when_it_says_nothing() -> None:
    assert _row(0, 0, 0, 9)["kappa"] is None


def test_full_agreement_has_a_kappa_without_an_interval() -> None:
    row = _row(30, 0, 0, 30)
    assert (row["kappa"], row["kappa_low"], row["kappa_high"]) == (1.0, None, None)


def test_without_labels_there_are_no_rows_but_all_columns() -> None:
    assert judge_calibration([], "hired", "e").schema == CALIBRATION_SCHEMA
    cells = [_cell(True, True, None, 10)]
    assert judge_calibration(cells, "hired", "e").is_empty()


def test_only_the_primary_outcome_is_counted() -> None:
    row = _row(40, 10, 10, 40, _cell(True, True, True, 99, outcome="interviewed"))
    assert row["n"] == 100


def test_a_judge_at_chance_is_told_and_not_corrected() -> None:
    row = _row(30, 30, 20, 20)  # .6 and .4
    assert row["at_chance"] is True
    assert (row["prevalence_corrected"], row["correction_reason"]) == (None, "judge_near_chance")


def test_prevalence_is_corrected_over_everything_the_judge_answered() -> None:
    row = _row(90, 15, 10, 85, _cell(True, True, None, 300), _cell(False, False, None, 500))
    # 405 of 1,000; (.405 + .85 - 1) / (.9 + .85 - 1) = .34
    assert (row["n_flagged"], row["prevalence_judged"]) == (1000, pytest.approx(0.405))
    assert row["prevalence_corrected"] == pytest.approx(0.34)
    assert row["corrected_low"] < 0.34 < row["corrected_high"]
    assert (row["clipped"], row["correction_reason"]) == (False, None)


def test_a_correction_outside_the_range_is_cut_and_says_so() -> None:
    row = _row(90, 15, 10, 85, _cell(True, True, None, 5), _cell(False, False, None, 4795))
    # 110 of 5,000 flagged, 15 % expected of none at all
    assert (row["prevalence_corrected"], row["clipped"]) == (0.0, True)


def test_planned_labels_are_weighted_back() -> None:
    row = judge_calibration(_planned(PLAN), "hired", "e").row(0, named=True)
    # with (s + .5) / 101 for those without a label:
    # 80 + 200 * .79703 = 239.406, 60 + 2600 * .59901 = 1617.426: true positives 1856.832
    # 10 + 400 * .10396 = 51.584, 5 + 6400 * .05446 = 353.515: false negatives 405.099
    tp, fn = 1856.8317, 405.0990
    assert (row["design"], row["n"], row["n_flagged"]) == ("stratified", 400, 10_000)
    assert row["sensitivity"] == pytest.approx(tp / (tp + fn))  # not 140 / 155
    assert row["specificity"] == pytest.approx((7000 - fn) / (10_000 - tp - fn))
    assert row["prevalence_corrected"] == pytest.approx((tp + fn) / 10_000)
    assert row["prevalence_judged"] == pytest.approx(0.3)
    # the labels as they are
    assert (row["true_positive"], row["false_negative"]) == (140, 15)
    # var = (.3 * (1857/3000) + ...): label part alone, sum N^2 (1 - k/N) p (1 - p) / 101 / 1e8
    n_p = ((300, 80.5), (2700, 60.5), (500, 10.5), (6500, 5.5))
    added = sum(n * (n - 100) * (x / 101) * (1 - x / 101) / 101 for n, x in n_p) / 1e8
    share = (tp + fn) / 10_000
    half = 1.96 * (share * (1 - share) / 10_000 + added) ** 0.5
    assert row["corrected_high"] - row["corrected_low"] == pytest.approx(2 * half, rel=0.01)


def test_a_planned_cell_without_labels_yet_corrects_nothing() -> None:
    cells = _planned({**PLAN, (False, False): (6500, 4, 1)})
    row = judge_calibration(cells, "hired", "e").row(0, named=True)
    assert (row["sensitivity"], row["kappa"], row["prevalence_corrected"]) == (None, None, None)
    assert row["correction_reason"] == "not_enough_labels"
    assert corrected_lift(cells).reason == "not_enough_labels"
    assert corrected_lift(cells).pooled_rr is None


def test_open_outcomes_stand_with_the_known_ones_of_their_flag() -> None:
    """Twice as many conversations of each flag, half of them open: the same shares."""
    open_ones = [_cell(True, None, None, 3000), _cell(False, None, None, 7000)]
    closed = judge_calibration(_planned(PLAN), "hired", "e").row(0, named=True)
    both = judge_calibration([*_planned(PLAN), *open_ones], "hired", "e").row(0, named=True)
    assert both["n_flagged"] == 20_000
    assert both["sensitivity"] == pytest.approx(closed["sensitivity"], abs=1e-3)
    assert corrected_lift([*_planned(PLAN), *open_ones]) == corrected_lift(_planned(PLAN))


def test_a_planned_lift_is_the_stratified_one() -> None:
    found = corrected_lift(_planned(PLAN))
    by_hand = corrected_risk(
        [[6500, 500], [2700, 300]], [[100, 100], [100, 100]], [[5, 10], [60, 80]]
    )
    assert (found.rr, found.low, found.high, found.reason) == (
        by_hand.rr, by_hand.low, by_hand.high, None,
    )  # fmt: skip
    crude = relative_risk(300, 3000, 500, 7000).rr or 0
    # labels by cell taken as they are would give the pooled matrix method the wrong rates
    raw = pooled_corrected_risk([[6500, 500], [2700, 300]], (140, 155), (185, 245))
    assert found.pooled_rr is not None
    assert found.pooled_rr != pytest.approx(raw.rr, rel=0.02)
    assert found.rr is not None
    assert found.rr > crude > 1
    assert found.differential_p is not None


def test_a_random_lift_pools_the_labels_as_they_are() -> None:
    labels = [
        _cell(True, True, True, 60), _cell(True, True, False, 10), _cell(False, True, True, 10),
        _cell(False, True, False, 70), _cell(True, False, True, 50), _cell(True, False, False, 20),
        _cell(False, False, True, 10), _cell(False, False, False, 120),
    ]  # fmt: skip
    rest = [_cell(q, y, None, n) for q, y, n in (
        (True, True, 430), (True, False, 730), (False, True, 420), (False, False, 1370),
    )]  # fmt: skip
    found = corrected_lift([*labels, *rest])
    flags = [[1500, 500], [800, 500]]
    pooled = pooled_corrected_risk(flags, (110, 130), (190, 220))
    assert (found.pooled_rr, found.pooled_low) == (pooled.rr, pooled.low)
    stratified = corrected_risk(flags, [[130, 80], [70, 70]], [[10, 10], [50, 60]])
    assert (found.rr, found.low) == (stratified.rr, stratified.low)


def test_labels_planned_by_one_outcome_are_weighted_for_another() -> None:
    """Of interviewed ones, the hired were labelled ten times as often as the others."""

    def cells(q: bool, y: bool, o: bool, n: int, k: int, s: int) -> list[dict[str, Any]]:
        about = {"outcome": "interviewed", "stratum": y}
        return [
            _cell(q, o, True, s, planned=True, **about),
            _cell(q, o, False, k - s, planned=True, **about),
            _cell(q, o, None, n - k, **about),
        ]  # fmt: skip

    rows = [
        *cells(True, True, True, 100, 100, 90), *cells(True, False, True, 900, 90, 45),
        *cells(True, False, False, 4000, 400, 320), *cells(False, True, True, 100, 100, 30),
        *cells(False, False, True, 900, 90, 9), *cells(False, False, False, 4000, 400, 20),
    ]  # fmt: skip
    found = corrected_lift(rows)
    # true and interviewed: 90 + 45 + 810 * 45.5/91 = 540; 30 + 9 + 810 * 9.5/91 = 123.5604
    # true: 540 + 320 + 3600 * 320.5/401 = 3737.307; 123.5604 + 20 + 3600 * 20.5/401 = 327.602
    a, m = 540 + 123.5604, 3737.307 + 327.602
    assert found.rr == pytest.approx((a / m) / ((2000 - a) / (10_000 - m)), rel=1e-5)


def test_no_labels_and_no_events_say_so() -> None:
    assert corrected_lift([_cell(True, True, None, 50), _cell(False, False, None, 50)]).reason == (
        "no_labels"
    )
    assert corrected_lift([_cell(True, None, True, 50)]).reason == "empty_arm"
    assert corrected_lift([_cell(True, False, True, 50)]).reason == "no_events"

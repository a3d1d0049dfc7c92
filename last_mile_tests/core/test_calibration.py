"""How often a judge agrees with people, from 2 x 2 counts."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile.core.calibration import CALIBRATION_SCHEMA, judge_calibration


def _row(tp: int | None, fp: int | None, fn: int | None, tn: int | None) -> dict[str, Any]:
    cell = {
        "metric": "robotic", "true_positive": tp, "false_positive": fp, "false_negative": fn,
        "true_negative": tn,
    }  # fmt: skip
    return judge_calibration([cell], "e").row(0, named=True)


def test_sensitivity_specificity_and_kappa_of_a_good_judge() -> None:
    row = _row(45, 20, 5, 80)
    assert (row["metric"], row["epoch"], row["n"]) == ("robotic", "e", 150)
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


def test_what_people_never_said_has_no_rate() -> None:
    row = _row(0, 3, 0, 7)  # nobody called it true
    assert (row["sensitivity"], row["sensitivity_low"], row["sensitivity_high"]) == (None,) * 3
    assert row["specificity"] == pytest.approx(0.7)


@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (None, None, None, None), (0, 0, 0, 9)])
def test_kappa_is_missing_when_it_says_nothing(counts: tuple[int | None, ...]) -> None:
    assert _row(*counts)["kappa"] is None


def test_without_labels_there_are_no_rows_but_all_columns() -> None:
    assert judge_calibration([], "e").schema == CALIBRATION_SCHEMA

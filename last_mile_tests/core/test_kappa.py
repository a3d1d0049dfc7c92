"""The interval of kappa: by hand, against statsmodels, and where it says nothing."""

from __future__ import annotations

import pytest
from statsmodels.stats.inter_rater import cohens_kappa  # type: ignore[import-untyped]

from last_mile.core.kappa import kappa_interval
from last_mile.core.stats import cohen_kappa


def test_the_interval_of_a_textbook_table() -> None:
    # shares .4 .1 .2 .3; yes .5 and .6; chance .5 * .6 + .5 * .4 = .5; kappa (.7 - .5) / .5 = .4
    # A = .4 (1 - 1.1 * .6)^2 + .3 (1 - .9 * .6)^2 = .04624 + .06348 = .10972
    # B = .36 (.1 (.6 + .5)^2 + .2 (.5 + .4)^2) = .36 * .283 = .10188;  C = (.4 - .5 * .6)^2 = .01
    # se = sqrt(.2016 / 50) / .5 = .126996; .4 +- 1.959964 * .126996 = .4 +- .248908
    assert kappa_interval(20, 5, 10, 15) == pytest.approx((0.151092, 0.648908), abs=1e-6)


@pytest.mark.parametrize(
    ("tp", "fp", "fn", "tn"),
    [(20, 5, 10, 15), (166, 16, 98, 20), (1, 30, 7, 262), (350, 1400, 465, 2292), (8, 1, 0, 91)],
)
def test_the_interval_is_the_one_of_statsmodels(tp: int, fp: int, fn: int, tn: int) -> None:
    reference = cohens_kappa([[tp, fp], [fn, tn]])
    low, high = reference.kappa_low, min(1.0, reference.kappa_upp)
    assert kappa_interval(tp, fp, fn, tn) == pytest.approx((low, high), abs=1e-12)


def test_who_of_the_two_raters_comes_first_does_not_matter() -> None:
    assert kappa_interval(20, 5, 10, 15) == pytest.approx(kappa_interval(20, 10, 5, 15))


def test_yes_and_no_can_change_places() -> None:
    assert kappa_interval(20, 5, 10, 15) == pytest.approx(kappa_interval(15, 10, 5, 20))


def test_a_hundred_times_the_units_give_a_tenth_of_the_width() -> None:
    low, high = kappa_interval(20, 5, 10, 15) or (0.0, 0.0)
    lower, higher = kappa_interval(2000, 500, 1000, 1500) or (0.0, 0.0)
    assert high - low == pytest.approx(10 * (higher - lower))


def test_the_interval_stays_within_what_kappa_can_be() -> None:
    low, high = kappa_interval(9, 1, 0, 10) or (0.0, 0.0)  # kappa 0.9, half of the width 0.19
    assert high == 1.0
    assert low == pytest.approx(0.9 - 0.19, abs=0.01)


@pytest.mark.parametrize(
    ("tp", "fp", "fn", "tn", "kappa"),
    [
        (0, 0, 0, 0, None),  # nobody was rated
        (0, 0, 0, 30, None),  # chance agrees fully
        (10, 0, 0, 20, 1.0),  # full agreement
        (0, 0, 7, 23, 0.0),  # the first rater never says yes
        (3, 0, 27, 0, 0.0),  # the second always says yes
        (0, 15, 15, 0, -1.0),  # full disagreement
    ],
)
def test_where_the_standard_error_is_0_there_is_no_interval(
    tp: int, fp: int, fn: int, tn: int, kappa: float | None
) -> None:
    assert cohen_kappa(tp, fp, fn, tn) == (None if kappa is None else pytest.approx(kappa))
    assert kappa_interval(tp, fp, fn, tn) is None

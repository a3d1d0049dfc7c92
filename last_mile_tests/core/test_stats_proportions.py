"""Wilson intervals, kappa and false discovery: published lists and agreement with statsmodels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa  # type: ignore[import-untyped]
from statsmodels.stats.proportion import proportion_confint  # type: ignore[import-untyped]

from last_mile.core.stats import benjamini_hochberg, cohen_kappa, wilson_interval

# Benjamini and Hochberg (1995), the 15 p-values of their example.
BH_1995 = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
    0.5719, 0.6528, 0.7590, 1.0000,
]  # fmt: skip


def test_wilson_interval_of_four_in_five() -> None:
    # 40 of 50: centre (.8 + 3.84146/100) / (1 + 3.84146/50) = .778596
    # half 1.959964 sqrt(.8*.2/50 + 3.84146/10000) / 1.0768292 = .108965
    assert wilson_interval(40, 50) == pytest.approx((0.66963, 0.88756), abs=1e-5)


def test_wilson_interval_of_nobody_is_undefined() -> None:
    assert wilson_interval(0, 0) is None


def test_wilson_interval_of_none_and_of_all_ends_at_the_edge() -> None:
    # 0 of 10: high = z^2 / (n + z^2) = 3.841459 / 13.841459 = .277533
    assert wilson_interval(0, 10) == pytest.approx((0, 0.277533), abs=1e-6)
    assert wilson_interval(10, 10) == pytest.approx((1 - 0.277533, 1), abs=1e-6)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_agrees_with_statsmodels(counts: tuple[int, int]) -> None:
    ours, theirs = wilson_interval(*counts), proportion_confint(*counts, method="wilson")
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_kappa_of_a_textbook_table() -> None:
    # agreement (20 + 15)/50 = .7; by chance (25*30 + 25*20)/2500 = .5; (.7 - .5)/(1 - .5) = .4
    assert cohen_kappa(20, 5, 10, 15) == pytest.approx(0.4)
    assert cohen_kappa(20, 5, 10, 15) == pytest.approx(cohens_kappa([[20, 5], [10, 15]]).kappa)


def test_kappa_is_undefined_when_nobody_was_rated_or_both_always_say_the_same() -> None:
    assert cohen_kappa(0, 0, 0, 0) is None
    assert cohen_kappa(30, 0, 0, 0) is None
    assert cohen_kappa(0, 0, 0, 30) is None


def test_raters_worse_than_chance_have_a_negative_kappa() -> None:
    assert cohen_kappa(0, 10, 10, 0) == pytest.approx(-1)


def test_benjamini_hochberg_rejects_four_of_the_1995_list_where_bonferroni_rejects_three() -> None:
    q = [value for value in benjamini_hochberg(BH_1995) if value is not None]
    assert sum(value <= 0.05 for value in q) == 4
    assert sum(p <= 0.05 / 15 for p in BH_1995) == 3
    assert q[3] == pytest.approx(0.0095 * 15 / 4)
    # .0201, .0278, .0298 and .0344 take the smallest of p*15/rank from there on: .0344*15/8
    assert q[4] == pytest.approx(min(0.0201 * 15 / 5, 0.0298 * 15 / 7, 0.0344 * 15 / 8))


def test_a_missing_p_stays_missing_and_is_not_in_the_family() -> None:
    # of two tests, not three: .01*2/1 = .02 and .04*2/2 = .04
    assert benjamini_hochberg([0.04, None, 0.01]) == [
        pytest.approx(0.04),
        None,
        pytest.approx(0.02),
    ]


def test_a_family_of_nothing_is_nothing() -> None:
    assert benjamini_hochberg([]) == []
    assert benjamini_hochberg([None, None]) == [None, None]

"""Breslow-Day-Tarone: published tables, agreement with statsmodels, strata that say nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from last_mile.core.stats import heterogeneity, mantel_haenszel
from last_mile_tests.core.stratified_tables import (
    BERKELEY,
    BERKELEY_278,
    STRATIFIED_2,
    Arms,
    Tables,
    arms_of,
    printed,
    stratified,
)


@pytest.mark.parametrize(
    ("tables", "statistic", "p"),
    [
        pytest.param(BERKELEY, 18.8255, 0.00207, id="Berkeley"),
        # without Tarone's correction 18.83297 and 1.8438
        pytest.param(BERKELEY_278, 18.83296, 0.002065, id="Berkeley, 278"),
        pytest.param(STRATIFIED_2, 1.8436, 0.7645, id="DescTools"),
    ],
)
def test_heterogeneity_equals_the_published_one(tables: Tables, statistic: float, p: float) -> None:
    found = heterogeneity(*arms_of(tables))
    assert (found.statistic, found.p) == (printed(statistic), printed(p))
    assert found.df == len(tables) - 1


_CELL = st.integers(1, 60)
_TABLE = st.tuples(st.tuples(_CELL, _CELL), st.tuples(_CELL, _CELL))


@given(st.lists(_TABLE, min_size=2, max_size=6))
def test_heterogeneity_agrees_with_statsmodels(tables: Tables) -> None:
    theirs = stratified(tables)
    assume(abs(theirs.oddsratio_pooled - 1) > 1e-6)  # there it divides by 0
    tested = theirs.test_equal_odds(adjust=True)
    found = heterogeneity(*arms_of(tables))
    assert found.statistic == pytest.approx(tested.statistic, rel=1e-5, abs=1e-6)
    assert found.p == pytest.approx(tested.pvalue, rel=1e-5, abs=1e-6)


def test_strata_with_the_same_rates_are_not_heterogeneous() -> None:
    # an odds ratio of exactly 1, where the quadratic of the expected count is none
    found = heterogeneity([100, 200], [10, 40], [300, 100], [30, 20])
    assert found.statistic == pytest.approx(0, abs=1e-9)
    assert found.p == pytest.approx(1)


def test_only_strata_that_say_something_are_degrees_of_freedom() -> None:
    found = heterogeneity(
        *arms_of([*BERKELEY, [[5, 0], [9, 0]], [[0, 5], [0, 9]], [[3, 4], [0, 0]]])
    )
    assert found == heterogeneity(*arms_of(BERKELEY))


@pytest.mark.parametrize(
    ("arms", "reason"),
    [
        (([10], [3], [10], [4]), "fewer_than_two_strata"),
        (([10, 0], [3, 0], [10, 8], [4, 2]), "fewer_than_two_strata"),
        (([], [], [], []), "fewer_than_two_strata"),
        (([10, 10], [0, 0], [10, 10], [4, 2]), "no_common_odds_ratio"),
        (([10, 10], [3, 4], [10, 10], [0, 0]), "no_common_odds_ratio"),
    ],
)
def test_untestable_heterogeneity_has_its_reason(arms: tuple[list[int], ...], reason: str) -> None:
    found = heterogeneity(*arms)
    assert (found.statistic, found.df, found.p, found.reason) == (None, None, None, reason)


_ANY = st.lists(st.integers(0, 100_000), min_size=4, max_size=4)


@given(st.lists(_ANY, max_size=5))
def test_figures_over_strata_are_finite_or_missing_with_a_reason(cells: list[list[int]]) -> None:
    counts = np.array(cells, float).reshape(-1, 2, 2)
    arms = arms_of(counts.tolist()) if cells else Arms([], [], [], [])
    pooled, tested = mantel_haenszel(*arms), heterogeneity(*arms)
    assert (pooled.low is None) == (pooled.reason is not None)
    assert (tested.p is None) == (tested.reason is not None)
    figures = (pooled.rr, pooled.low, pooled.high, pooled.p, tested.statistic, tested.p)
    assert all(math.isfinite(x) for x in figures if x is not None)

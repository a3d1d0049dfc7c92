"""Mantel-Haenszel: published tables, by hand, and statsmodels where it has the figure."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import Table2x2  # type: ignore[import-untyped]

from last_mile.core.stats import mantel_haenszel, mantel_haenszel_many, relative_risk
from last_mile_tests.core.stratified_tables import (
    BERKELEY,
    BERKELEY_278,
    BIRTHWT,
    RABBITS,
    STRATIFIED_2,
    Tables,
    arms_of,
    printed,
    stratified,
)


@pytest.mark.parametrize(
    ("tables", "odds", "low", "high", "statistic", "p"),
    [
        pytest.param(BERKELEY, 0.90470, 0.77191, 1.06033, 1.42695, 0.23226, id="Berkeley"),
        pytest.param(RABBITS, 7, 1.026713, 47.725133, 3.9286, 0.04747, id="rabbits"),
        pytest.param(STRATIFIED_2, 3.5912, 1.781135, 7.240633, 11.8852, 0.0005658, id="DescTools"),
        pytest.param(BIRTHWT, 3.09, 1.49, 6.39, None, None, id="birth weight"),
        pytest.param(BERKELEY_278, 1.101879, 0.94020, 1.29136, None, None, id="Berkeley, 278"),
    ],
)
def test_the_tables_below_are_the_published_ones(
    tables: Tables, odds: float, low: float, high: float, statistic: float | None, p: float | None
) -> None:
    theirs = stratified(tables)
    assert theirs.oddsratio_pooled == printed(odds)
    assert theirs.oddsratio_pooled_confint() == (printed(low), printed(high))
    if statistic is not None and p is not None:
        tested = theirs.test_null_odds(correction=True)
        assert (tested.statistic, tested.pvalue) == (printed(statistic), printed(p))


@pytest.mark.parametrize(
    ("tables", "odds", "low", "high", "rr"),
    [
        pytest.param(BERKELEY, 1.8411, 1.6244, 2.0867, 1.4666, id="Berkeley"),
        pytest.param(BIRTHWT, 2.02, 1.08, 3.78, None, id="birth weight"),
    ],
)
def test_without_strata_the_same_tables_say_something_else(
    tables: Tables, odds: float, low: float, high: float, rr: float | None
) -> None:
    whole = np.array(tables).sum(axis=0)
    theirs = Table2x2(whole)
    assert theirs.oddsratio == printed(odds)
    assert theirs.oddsratio_confint() == (printed(low), printed(high))
    (a, c), (b, d) = whole.tolist()
    crude = relative_risk(a, a + c, b, b + d).rr
    assert crude == (pytest.approx(theirs.riskratio) if rr is None else printed(rr))


@pytest.mark.parametrize(
    ("tables", "rr", "low", "high"),
    [
        pytest.param(BERKELEY, 0.94491, 0.86645, 1.03046, id="Berkeley: Simpson's reversal"),
        pytest.param(RABBITS, 2.8, 1.1051, 7.0944, id="rabbits"),
        pytest.param(BIRTHWT, 2.1514, 1.2928, 3.5803, id="birth weight"),
    ],
)
def test_the_common_relative_risk_and_its_interval(
    tables: Tables, rr: float, low: float, high: float
) -> None:
    found = mantel_haenszel(*arms_of(tables))
    assert (found.rr, found.low, found.high) == (printed(rr), printed(low), printed(high))
    assert (found.reason, found.method) == (None, "mantel_haenszel")
    assert found.rr == pytest.approx(stratified(tables).riskratio_pooled)


def test_the_common_relative_risk_of_two_strata_by_hand() -> None:
    # 30/100 against 20/100 and 8/50 against 10/150:
    #   R = 30*100/200 + 8*150/200 = 21, S = 20*100/200 + 10*50/200 = 12.5, RR = 1.68
    #   sum of (a + b) n1 n0/n^2 - a b/n: 50*10000/40000 - 600/200 = 9.5
    #                                     18*7500/40000 - 80/200 = 2.975
    #   var = 12.475/(21*12.5) = .0475238, se = .217999
    #   z = ln 1.68/.217999 = 2.379796
    found = mantel_haenszel([100, 50], [30, 8], [100, 150], [20, 10])
    assert found.rr == pytest.approx(1.68)
    half = 1.959964 * 0.217999
    assert (found.low, found.high) == pytest.approx(
        (1.68 * math.exp(-half), 1.68 * math.exp(half)), rel=1e-5
    )
    assert found.p == pytest.approx(math.erfc(2.379796 / math.sqrt(2)), rel=1e-4)


_ARM = st.integers(5, 300).flatmap(lambda e: st.tuples(st.just(e), st.integers(e + 1, 3000)))


@given(_ARM, _ARM)
def test_a_single_stratum_is_katz(arm1: tuple[int, int], arm0: tuple[int, int]) -> None:
    found = mantel_haenszel([arm1[1]], [arm1[0]], [arm0[1]], [arm0[0]])
    katz = relative_risk(*arm1, *arm0)
    ours, theirs = (found.rr, found.low, found.high), (katz.rr, katz.low, katz.high)
    assert ours == pytest.approx(theirs, rel=1e-6)
    assert found.p == pytest.approx(katz.p, rel=1e-5, abs=1e-12)


def test_strata_with_one_arm_or_nobody_add_nothing() -> None:
    alone = mantel_haenszel([100, 50], [30, 8], [100, 150], [20, 10])
    padded = mantel_haenszel(
        [100, 50, 7, 0, 0], [30, 8, 7, 0, 0], [100, 150, 0, 9, 0], [20, 10, 0, 9, 0]
    )
    assert padded == alone


@pytest.mark.parametrize(
    "arms",
    [
        pytest.param(([10, 0], [5, 0], [0, 10], [0, 5]), id="no stratum with both arms"),
        pytest.param(([10, 10], [0, 0], [10, 10], [3, 2]), id="no events in arm 1"),
        pytest.param(([10, 10], [3, 2], [10, 10], [0, 0]), id="no events in arm 0"),
        pytest.param(([], [], [], []), id="no stratum"),
    ],
)
def test_without_an_informative_stratum_nothing_is_defined(arms: tuple[list[int], ...]) -> None:
    found = mantel_haenszel(*arms)
    assert (found.rr, found.low, found.high, found.p, found.method) == (None,) * 5
    assert found.reason == "no_informative_stratum"


def test_when_everybody_has_the_event_there_is_no_variation() -> None:
    found = mantel_haenszel([3, 7.1], [3, 7.1], [5, 0.3], [5, 0.3])
    assert found.rr == pytest.approx(1)
    assert (found.low, found.high, found.p, found.reason) == (None, None, None, "no_variation")


def test_many_metrics_at_once_are_each_on_its_own() -> None:
    rng = np.random.default_rng(7)
    n1, n0 = rng.integers(0, 60, (12, 25)), rng.integers(0, 60, (12, 25))
    n1[:, 3] = 0  # a metric nobody has
    events1, events0 = rng.binomial(n1, 0.2), rng.binomial(n0, 0.1)
    together = mantel_haenszel_many(n1, events1, n0, events0)
    assert len(together) == 25
    assert together[3].reason == "no_informative_stratum"
    for i, found in enumerate(together):
        alone = mantel_haenszel(n1[:, i], events1[:, i], n0[:, i], events0[:, i])
        assert (found.reason, found.rr) == (alone.reason, alone.rr and pytest.approx(alone.rr))
        assert (found.low, found.p) == (
            alone.low and pytest.approx(alone.low), alone.p and pytest.approx(alone.p),
        )  # fmt: skip

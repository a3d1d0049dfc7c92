"""Relative risks: published tables, the traps of small counts, agreement with statsmodels."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from scipy.stats.contingency import relative_risk as scipy_relative_risk
from statsmodels.stats.contingency_tables import Table2x2  # type: ignore[import-untyped]
from statsmodels.stats.proportion import (  # type: ignore[import-untyped]
    confint_proportions_2indep,
)

from last_mile.core.stats import relative_risk


@pytest.mark.parametrize(
    ("counts", "rr", "low", "high"),
    [
        pytest.param((27, 122, 44, 487), 2.4495156, 1.5836991, 3.7886786, id="Sahai-Khurshid 3.1"),
        pytest.param((189, 11034, 104, 11037), 1.8178, 1.4330, 2.3059, id="Physicians aspirin"),
        pytest.param((13, 2176, 5, 3354), 4.01, 1.43, 11.23, id="epiR FLUTD"),
        pytest.param((313, 825, 19, 108), 2.1566, 1.4206, 3.2737, id="STAT 504 department A"),
    ],
)
def test_relative_risk_and_katz_interval_equal_the_published_ones(
    counts: tuple[int, int, int, int], rr: float, low: float, high: float
) -> None:
    risk = relative_risk(*counts)
    # each figure to as many digits as its source prints
    for figure, printed in ((risk.rr, rr), (risk.low, low), (risk.high, high)):
        digits = len(str(printed).partition(".")[2])
        assert figure == pytest.approx(printed, abs=0.5001 * 10.0**-digits)
    assert (risk.reason, risk.method) == (None, "katz")


@pytest.mark.parametrize(
    ("counts", "rr"),
    [
        # Berkeley 1973, all departments: 1198 of 2691 men and 557 of 1835 women admitted
        ((1198, 2691, 557, 1835), 1.4666),
        # episensr, Fink and Lash: 215 of 883 against 1449 of 5745
        ((215, 215 + 668, 1449, 1449 + 4296), 0.9654),
        # episensr, myocardial infarction: 4558 of 50863 against 3428 of 49513
        ((4558, 4558 + 46305, 3428, 3428 + 46085), 1.2944),
    ],
)
def test_crude_relative_risk_equals_the_published_one(
    counts: tuple[int, int, int, int], rr: float
) -> None:
    # within 1e-4: the sources round the fourth digit differently (1.29435 is printed as 1.2944)
    assert relative_risk(*counts).rr == pytest.approx(rr, abs=1e-4)


def test_without_events_in_both_arms_nothing_is_defined() -> None:
    risk = relative_risk(0, 500, 0, 9500)  # a half-event shift would show "19 times" here
    assert (risk.rr, risk.low, risk.high, risk.p) == (None, None, None, None)
    assert risk.reason == "no_events"


def test_without_events_in_the_smaller_arm_there_is_no_interval() -> None:
    risk = relative_risk(0, 500, 20, 9500)
    assert (risk.rr, risk.low, risk.high) == (0.0, None, None)
    assert (risk.reason, risk.method) == ("not_enough_events", None)
    assert risk.p == pytest.approx(fisher_exact([[0, 500], [20, 9480]]).pvalue)


def test_without_events_in_the_larger_arm_the_ratio_has_one_limit() -> None:
    risk = relative_risk(5, 500, 0, 9500)  # a half-event shift would show "190 times" here
    assert (risk.rr, risk.high, risk.reason, risk.method) == (None, None, "one_sided", "score")
    assert risk.low == pytest.approx(24.7334, abs=1e-4)
    assert risk.p == pytest.approx(fisher_exact([[5, 495], [0, 9500]]).pvalue)
    mirrored = relative_risk(0, 9500, 5, 500)
    assert (mirrored.rr, mirrored.low, mirrored.reason) == (0.0, None, "one_sided")
    assert mirrored.high == pytest.approx(1 / 24.7334, rel=1e-5)


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param((50, 500, 4, 9500), id="arm 0"),
        pytest.param((4, 9500, 50, 500), id="arm 1"),
        pytest.param((5, 100, 1, 101), id="hardly larger"),
    ],
)
def test_with_few_events_in_the_larger_arm_the_interval_is_the_score_interval(
    counts: tuple[int, int, int, int],
) -> None:
    risk = relative_risk(*counts)
    events1, n1, events0, n0 = counts
    interval = confint_proportions_2indep(*counts, method="score", compare="ratio")
    assert risk.rr == pytest.approx((events1 / n1) / (events0 / n0))
    assert (risk.low, risk.high) == pytest.approx(interval, rel=1e-6)
    table = [[events1, n1 - events1], [events0, n0 - events0]]
    assert risk.p == pytest.approx(fisher_exact(table).pvalue)
    assert (risk.reason, risk.method) == (None, "score")


@pytest.mark.parametrize("counts", [(4, 100, 50, 100), (50, 100, 4, 100)])
def test_of_arms_of_one_size_the_one_with_fewer_events_decides(
    counts: tuple[int, int, int, int],
) -> None:
    assert relative_risk(*counts).reason == "not_enough_events"
    assert relative_risk(*counts).low is None


@pytest.mark.parametrize("counts", [(0, 0, 3, 10), (3, 10, 0, 0), (0, 0, 0, 0)])
def test_an_empty_arm_is_named_and_nothing_is_defined(counts: tuple[int, int, int, int]) -> None:
    risk = relative_risk(*counts)
    assert (risk.rr, risk.low, risk.high, risk.p) == (None, None, None, None)
    assert risk.reason == "empty_arm"


@pytest.mark.parametrize(("events1", "reason"), [(4, "not_enough_events"), (5, None)])
def test_five_events_in_the_smaller_arm_are_needed_for_an_interval(
    events1: int, reason: str | None
) -> None:
    risk = relative_risk(events1, 100, 50, 1000)
    assert risk.reason == reason
    assert (risk.low is None) == (reason is not None)
    assert risk.rr == pytest.approx(events1 / 100 / 0.05)  # counts are never shifted


def test_an_arm_where_everybody_has_the_event_is_not_shifted() -> None:
    risk = relative_risk(10, 10, 20, 9500)
    assert risk.rr == pytest.approx(475)  # 1 / (20 / 9500); a half-event shift would show 452
    # variance = 1/10 - 1/10 + 1/20 - 1/9500 = 0.04989474
    half = 1.959963984540054 * math.sqrt(0.05 - 1 / 9500)
    assert risk.low == pytest.approx(475 * math.exp(-half))
    assert risk.high == pytest.approx(475 * math.exp(half))


def test_when_everybody_in_both_arms_has_the_event_there_is_no_variation() -> None:
    for counts in ((10, 10, 20, 20), (2, 2, 3, 3)):  # with few events as well
        assert relative_risk(*counts).reason == "no_variation"
    risk = relative_risk(10, 10, 20, 20)
    assert (risk.rr, risk.low, risk.high, risk.p) == (1.0, None, None, None)


_ARM = st.integers(5, 400).flatmap(lambda e: st.tuples(st.just(e), st.integers(e + 1, 4000)))


@given(_ARM, _ARM)
def test_relative_risk_agrees_with_scipy_and_its_p_value_with_statsmodels(
    arm1: tuple[int, int], arm0: tuple[int, int]
) -> None:
    risk = relative_risk(*arm1, *arm0)
    oracle = scipy_relative_risk(*arm1, *arm0)
    interval = oracle.confidence_interval(0.95)
    assert risk.rr == pytest.approx(oracle.relative_risk)
    assert (risk.low, risk.high) == pytest.approx((interval.low, interval.high))
    table = [[arm1[0], arm1[1] - arm1[0]], [arm0[0], arm0[1] - arm0[0]]]
    p = float(Table2x2(table, shift_zeros=False).log_riskratio_pvalue())
    assert risk.p == pytest.approx(p, rel=1e-6, abs=1e-12)


_FEW = st.integers(0, 30)


@given(_FEW, _FEW, _FEW, _FEW)
def test_every_figure_is_finite_or_missing_and_a_missing_limit_has_its_reason(
    events1: int, rest1: int, events0: int, rest0: int
) -> None:
    risk = relative_risk(events1, events1 + rest1, events0, events0 + rest0)
    known = [x for x in (risk.rr, risk.low, risk.high, risk.p) if x is not None]
    assert all(math.isfinite(x) for x in known)
    limits = 2 - [risk.low, risk.high].count(None)
    assert limits == {None: 2, "one_sided": 1}.get(risk.reason, 0)
    assert (risk.method is not None) == (limits > 0)
    if risk.rr is not None and risk.low is not None and risk.high is not None:
        assert risk.low <= risk.rr <= risk.high


@given(_FEW, _FEW, _FEW, _FEW)
def test_exchanging_the_arms_turns_the_figures_round(
    events1: int, rest1: int, events0: int, rest0: int
) -> None:
    arm1, arm0 = (events1, events1 + rest1), (events0, events0 + rest0)
    one, other = relative_risk(*arm1, *arm0), relative_risk(*arm0, *arm1)
    assert (one.reason, one.method) == (other.reason, other.method)
    assert one.p == (other.p if other.p is None else pytest.approx(other.p))
    for figure, turned in ((one.rr, other.rr), (one.low, other.high), (one.high, other.low)):
        if figure and turned:
            assert figure == pytest.approx(1 / turned, rel=1e-6)

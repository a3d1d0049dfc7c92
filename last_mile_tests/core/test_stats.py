"""Published tables, the traps of small counts, and agreement with scipy and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from scipy.stats.contingency import relative_risk as scipy_relative_risk
from statsmodels.stats.contingency_tables import Table2x2  # type: ignore[import-untyped]
from statsmodels.stats.inter_rater import cohens_kappa  # type: ignore[import-untyped]
from statsmodels.stats.proportion import proportion_confint  # type: ignore[import-untyped]

from last_mile.core.stats import (
    WeightedArm,
    benjamini_hochberg,
    cohen_kappa,
    relative_risk,
    weighted_relative_risk,
    wilson_interval,
)

# Benjamini and Hochberg (1995), the 15 p-values of their example.
BH_1995 = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
    0.5719, 0.6528, 0.7590, 1.0000,
]  # fmt: skip


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
    assert risk.reason is None


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


def test_without_events_in_the_exposed_arm_the_ratio_is_zero_and_has_no_interval() -> None:
    risk = relative_risk(0, 500, 20, 9500)
    assert (risk.rr, risk.low, risk.high) == (0.0, None, None)
    assert risk.reason == "not_enough_events"


def test_without_events_in_the_other_arm_the_ratio_is_undefined_and_not_infinite() -> None:
    risk = relative_risk(5, 500, 0, 9500)  # a half-event shift would show "190 times" here
    assert (risk.rr, risk.low, risk.high) == (None, None, None)
    assert risk.reason == "not_enough_events"
    assert risk.p == pytest.approx(fisher_exact([[5, 495], [0, 9500]]).pvalue)


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
    risk = relative_risk(10, 10, 20, 20)
    assert (risk.rr, risk.low, risk.high, risk.p) == (1.0, None, None, None)
    assert risk.reason == "no_variation"


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


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_every_figure_is_finite_or_missing_and_a_missing_interval_has_its_reason(
    events1: int, rest1: int, events0: int, rest0: int
) -> None:
    risk = relative_risk(events1, events1 + rest1, events0, events0 + rest0)
    known = [x for x in (risk.rr, risk.low, risk.high, risk.p) if x is not None]
    assert all(math.isfinite(x) for x in known)
    assert (risk.low is None) == (risk.high is None) == (risk.reason is not None)
    if risk.rr is not None and risk.low is not None and risk.high is not None:
        assert risk.low <= risk.rr <= risk.high


def _arm(*groups: tuple[int, int, float]) -> WeightedArm:
    """An arm of groups of (events, others) of one weight each."""
    return WeightedArm(
        n=sum(events + rest for events, rest, _ in groups),
        events=sum(events for events, _, _ in groups),
        w_event=sum(events * w for events, _, w in groups),
        w_rest=sum(rest * w for _, rest, w in groups),
        w2_event=sum(events * w * w for events, _, w in groups),
        w2_rest=sum(rest * w * w for _, rest, w in groups),
    )


def test_a_weighted_relative_risk_by_hand() -> None:
    # with it: 10 events and 40 others of weight 4, 10 and 10 of weight 1
    #   A = 50 of 220, p1 = 5/22; Q11 = 170, Q10 = 650
    #   (17/22)^2 170/2500 + (5/22)^2 650/2500 = .0406033 + .0134298 = .0540331
    # without it: 5 events and 45 others of weight 4, 10 and 40 of weight 1
    #   B = 30 of 250, p0 = .12; Q01 = 90, Q00 = 760
    #   .88^2 90/900 + .12^2 760/900 = .07744 + .01216 = .0896
    risk = weighted_relative_risk(_arm((10, 40, 4), (10, 10, 1)), _arm((5, 45, 4), (10, 40, 1)))
    # RR = (5/22)/.12 = 1.893939; se = sqrt(.1436331) = .378990; exp(1.959964 se) = 2.101825
    assert risk.rr == pytest.approx(1.893939, abs=1e-6)
    assert (risk.low, risk.high) == pytest.approx(
        (1.893939 / 2.101825, 1.893939 * 2.101825), rel=1e-6
    )
    # z = ln 1.893939 / .378990 = 1.685163
    assert risk.p == pytest.approx(math.erfc(1.685163 / math.sqrt(2)), rel=1e-5)
    assert risk.reason is None


_COUNT = st.integers(0, 400)


@given(_COUNT, _COUNT, _COUNT, _COUNT)
def test_with_weights_of_one_it_is_the_unweighted_one(
    events1: int, rest1: int, events0: int, rest0: int
) -> None:
    ours = weighted_relative_risk(_arm((events1, rest1, 1)), _arm((events0, rest0, 1)))
    katz = relative_risk(events1, events1 + rest1, events0, events0 + rest0)
    assert ours.reason == katz.reason
    for one, other in ((ours.rr, katz.rr), (ours.low, katz.low), (ours.p, katz.p)):
        assert one == (other if other is None else pytest.approx(other, rel=1e-6, abs=1e-9))


@given(st.integers(1, 300), st.integers(0, 300), st.integers(1, 300), st.integers(0, 300))
def test_one_weight_for_all_changes_nothing(
    events1: int, rest1: int, events0: int, rest0: int
) -> None:
    once = weighted_relative_risk(_arm((events1, rest1, 1)), _arm((events0, rest0, 1)))
    eight = weighted_relative_risk(_arm((events1, rest1, 8)), _arm((events0, rest0, 8)))
    assert eight.reason == once.reason
    assert eight.rr == pytest.approx(once.rr)
    if once.low is not None:
        assert (eight.low, eight.high) == pytest.approx((once.low, once.high))


def test_few_events_are_counted_raw_and_tested_by_fisher_on_raw_counts() -> None:
    # 4 events with it: no interval though they stand for 40
    risk = weighted_relative_risk(_arm((4, 96, 10)), _arm((50, 50, 1)))
    assert (risk.low, risk.high, risk.reason) == (None, None, "not_enough_events")
    assert risk.rr == pytest.approx(0.04 / 0.5)
    assert risk.p == pytest.approx(fisher_exact([[4, 96], [50, 50]]).pvalue)


def test_undefined_weighted_figures_have_the_same_reasons() -> None:
    some, none, all_of_them = _arm((20, 20, 3)), _arm((0, 40, 3)), _arm((20, 0, 3))
    assert weighted_relative_risk(_arm(), some).reason == "empty_arm"
    assert weighted_relative_risk(some, _arm()).rr is None
    assert weighted_relative_risk(none, none).reason == "no_events"
    assert weighted_relative_risk(some, none).rr is None
    assert weighted_relative_risk(none, some).rr == 0
    certain = weighted_relative_risk(all_of_them, all_of_them)
    assert (certain.rr, certain.low, certain.reason) == (1.0, None, "no_variation")


def test_the_linearised_interval_is_the_sandwich_of_a_weighted_log_linear_model() -> None:
    # (flag, event, weight, conversations)
    groups = [
        (1, 1, 4.0, 10), (1, 0, 4.0, 40), (1, 1, 1.0, 10), (1, 0, 1.0, 10),
        (0, 1, 4.0, 5), (0, 0, 4.0, 45), (0, 1, 1.5, 10), (0, 0, 1.5, 40),
    ]  # fmt: skip
    rows = np.array([group[:3] for group in groups for _ in range(int(group[3]))])
    flag, event, weight = rows.T
    model = sm.GLM(event, sm.add_constant(flag), sm.families.Poisson(), var_weights=weight)
    fitted = model.fit(cov_type="HC0")
    ours = weighted_relative_risk(_arm((10, 40, 4), (10, 10, 1)), _arm((5, 45, 4), (10, 40, 1.5)))
    assert ours.rr == pytest.approx(math.exp(fitted.params[1]))
    low, high = np.exp(fitted.conf_int()[1])
    assert (ours.low, ours.high) == pytest.approx((low, high), rel=1e-6)


def test_the_weighted_interval_holds_the_truth_of_unequally_drawn_strata() -> None:
    # 90 % of conversations in a, 10 % in b; 1500 of each are drawn, so weights are as 9 to 1.
    # Shares of (flag and event, flag, event, neither): the flag hurts in a and helps in b
    a, b = (0.02, 0.38, 0.08, 0.52), (0.40, 0.10, 0.10, 0.40)
    # with it: (.9 .02 + .1 .4)/(.9 .4 + .1 .5) = .058/.41
    # without: (.9 .08 + .1 .1)/(.9 .6 + .1 .5) = .082/.59
    # RR = .058 .59/(.41 .082) = 1.017847; unweighted (.42/.9)/(.18/1.1) = 2.85
    truth = 1.017847
    rng = np.random.default_rng(20260105)
    draws = zip(rng.multinomial(1500, a, 2000), rng.multinomial(1500, b, 2000), strict=True)
    held, raw_held = 0, 0
    for (a11, a10, a01, a00), (b11, b10, b01, b00) in draws:
        risk = weighted_relative_risk(
            _arm((a11, a10, 9), (b11, b10, 1)), _arm((a01, a00, 9), (b01, b00, 1))
        )
        raw = relative_risk(a11 + b11, a11 + a10 + b11 + b10, a01 + b01, a01 + a00 + b01 + b00)
        held += (risk.low or 9) <= truth <= (risk.high or 0)
        raw_held += (raw.low or 9) <= truth <= (raw.high or 0)
    # 95 % of 2000, standard deviation .5 %; strata make it a little cautious
    assert 0.94 <= held / 2000 <= 0.98
    assert raw_held == 0


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

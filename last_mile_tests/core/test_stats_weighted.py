"""Relative risks of weighted samples: by hand, against a sandwich, and how often they hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from last_mile.core.stats import (
    RelativeRisk,
    WeightedArm,
    relative_risk,
    score_interval,
    weighted_relative_risk,
)


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
    assert (risk.reason, risk.method) == (None, "weighted")


def _assert_equal(ours: RelativeRisk, theirs: RelativeRisk) -> None:
    assert ours.reason == theirs.reason
    figures = ((ours.rr, theirs.rr), (ours.low, theirs.low), (ours.high, theirs.high))
    for one, other in (*figures, (ours.p, theirs.p)):
        assert one == (other if other is None else pytest.approx(other, rel=1e-6, abs=1e-9))


_COUNT = st.integers(0, 400)


@given(_COUNT, _COUNT, _COUNT, _COUNT)
def test_with_weights_of_one_it_is_the_unweighted_one(
    events1: int, rest1: int, events0: int, rest0: int
) -> None:
    ours = weighted_relative_risk(_arm((events1, rest1, 1)), _arm((events0, rest0, 1)))
    katz = relative_risk(events1, events1 + rest1, events0, events0 + rest0)
    _assert_equal(ours, katz)
    assert ours.method == {"katz": "weighted"}.get(str(katz.method), katz.method)


@given(st.integers(1, 300), st.integers(0, 300), st.integers(1, 300), st.integers(0, 300))
def test_one_weight_for_all_changes_nothing(
    events1: int, rest1: int, events0: int, rest0: int
) -> None:
    once = weighted_relative_risk(_arm((events1, rest1, 1)), _arm((events0, rest0, 1)))
    eight = weighted_relative_risk(_arm((events1, rest1, 8)), _arm((events0, rest0, 8)))
    _assert_equal(eight, once)


def test_few_events_are_counted_raw_and_tested_by_fisher_on_raw_counts() -> None:
    # 4 events with it: no interval though they stand for 40
    risk = weighted_relative_risk(_arm((4, 96, 10)), _arm((50, 50, 1)))
    assert (risk.low, risk.high, risk.reason) == (None, None, "not_enough_events")
    assert risk.rr == pytest.approx(0.04 / 0.5)
    assert risk.p == pytest.approx(fisher_exact([[4, 96], [50, 50]]).pvalue)


def test_with_few_events_in_the_larger_arm_the_interval_is_of_effective_counts() -> None:
    # without it nobody of 100 of weight 4 and 900 of weight 1: Kish's (400 + 900)^2/(1600 + 900)
    # = 676 conversations of one weight
    some = _arm((20, 80, 1))
    risk = weighted_relative_risk(some, _arm((0, 100, 4), (0, 900, 1)))
    assert (risk.rr, risk.high, risk.reason, risk.method) == (None, None, "one_sided", "score")
    assert risk.low == pytest.approx(score_interval(20, 100, 0, 676)[0])
    # with 1 event of weight 4 and 3 of weight 1 among 96 of weight 4 and 900 of weight 1:
    #   A = 7 of 1291, p = .00542215; Q1 = 19, Q0 = 2436
    #   variance of log = (.99457785^2 19 + .00542215^2 2436)/49 = .385019
    #   n = (1 - p)/(p .385019) = 476.41, events p n = 2.58317
    few = weighted_relative_risk(some, _arm((1, 96, 4), (3, 900, 1)))
    assert few.rr == pytest.approx(0.2 / (7 / 1291))
    limits = score_interval(20, 100, 2.58317, 476.41)
    assert (few.low, few.high) == pytest.approx(limits, rel=1e-4)
    assert (few.reason, few.method) == (None, "score")


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

"""Detectable relative risks and E-values: published and measured figures."""

from __future__ import annotations

import math

import pytest
from statsmodels.stats.proportion import power_proportions_2indep  # type: ignore[import-untyped]

from last_mile.core.stats import e_value, minimal_detectable, per_arm, relative_risk

BONFERRONI = 0.05 / 25


@pytest.mark.parametrize(
    ("prevalence", "n", "alpha", "down", "up"),
    [
        (0.05, 100_000, 0.05, 0.72, 1.29), (0.05, 100_000, BONFERRONI, 0.60, 1.41),
        (0.26, 100_000, 0.05, 0.86, 1.15), (0.26, 100_000, BONFERRONI, 0.81, 1.21),
        (0.50, 100_000, 0.05, 0.88, 1.13), (0.50, 100_000, BONFERRONI, 0.84, 1.19),
        (0.93, 100_000, 0.05, 0.80, 1.32), (0.93, 100_000, BONFERRONI, 0.74, 1.51),
        (0.05, 10_000, 0.05, None, 1.95), (0.05, 10_000, BONFERRONI, None, 2.38),
        (0.26, 10_000, 0.05, 0.59, 1.51), (0.26, 10_000, BONFERRONI, 0.45, 1.76),
        (0.50, 10_000, 0.05, 0.67, 1.49), (0.50, 10_000, BONFERRONI, 0.56, 1.77),
        (0.93, 10_000, 0.05, 0.55, None), (0.93, 10_000, BONFERRONI, 0.46, None),
    ],
)  # fmt: skip
def test_what_a_rate_of_two_percent_lets_one_detect(
    prevalence: float, n: int, alpha: float, down: float | None, up: float | None
) -> None:
    found = minimal_detectable(prevalence, 0.02, n, alpha)
    for ours, expected in zip(found, (down, up), strict=True):
        # the expected ones are to two digits, 1.775 and 0.457 among them
        assert ours == (expected if expected is None else pytest.approx(expected, abs=0.006))


@pytest.mark.parametrize(
    ("prevalence", "up", "corrected"),
    [(0.05, 1.16, 1.23), (0.26, 1.08, 1.12), (0.50, 1.07, 1.10), (0.93, 1.16, 1.24)],
)
def test_a_more_frequent_outcome_lets_one_detect_less(
    prevalence: float, up: float, corrected: float
) -> None:
    for alpha, expected in ((0.05, up), (BONFERRONI, corrected)):
        found = minimal_detectable(prevalence, 0.06, 100_000, alpha)
        assert found.up == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize("power", [0.5, 0.8, 0.9])
@pytest.mark.parametrize("prevalence", [0.26, 0.5])
def test_the_power_at_the_detectable_ratios_is_the_one_asked_for(
    prevalence: float, power: float
) -> None:
    n, rate = 100_000, 0.02
    for rr in minimal_detectable(prevalence, rate, n, power=power):
        assert rr is not None
        p0 = rate / (prevalence * rr + 1 - prevalence)
        theirs = power_proportions_2indep(
            p0 * (rr - 1), p0, n * prevalence, ratio=(1 - prevalence) / prevalence,
            return_results=False,
        )  # fmt: skip
        # of a pooled z test, which is not the z of a log ratio
        assert theirs == pytest.approx(power, abs=0.025)


def test_nothing_is_detectable_where_a_strong_effect_would_leave_an_arm_without_events() -> None:
    # 700 without the flag. A ratio of 2.94 leaves them 700 * .02/2.80 = 5 events, and has a power
    # of P(Z > 1.96 - ln 2.94/.4512) = P(Z > -.43) = .67; with fewer events there is no interval
    assert minimal_detectable(0.93, 0.02, 10_000).up is None
    assert minimal_detectable(0.93, 0.02, 10_000, power=0.66).up == pytest.approx(2.9, abs=0.05)
    # .5 at 2.141: p0 = .02/2.0611 = .009703, p1 = .020775, se^2 = .97922/193.21 + .9903/6.792
    # = .15086, ln 2.141/.38841 = 1.960
    assert minimal_detectable(0.93, 0.02, 10_000, power=0.5).up == pytest.approx(2.141, abs=1e-3)
    assert minimal_detectable(0.5, 0.02, 0) == (None, None)


@pytest.mark.parametrize(("prevalence", "rate"), [(0, 0.1), (1, 0.1), (0.5, 0), (0.5, 1)])
def test_shares_of_nobody_and_of_everybody_are_refused(prevalence: float, rate: float) -> None:
    with pytest.raises(ValueError, match="give them above 0 and below 1"):
        minimal_detectable(prevalence, rate, 1000)


@pytest.mark.parametrize(
    ("rr", "expected"), [(3.9, 7.26), (4.0, 7.46), (1.8, 3.00), (0.66, 2.40), (1.0, 1.0)]
)
def test_e_values_of_vanderweele_and_ding(rr: float, expected: float) -> None:
    found = e_value(rr, None, None)
    assert found is not None
    assert found.point == pytest.approx(expected, abs=0.005)
    assert found.limit is None


@pytest.mark.parametrize(
    ("rr", "low", "high", "limit"),
    [
        pytest.param(3.9, 1.8, 8.7, 3.0, id="above 1: the lower limit"),
        pytest.param(0.5, 0.3, 1 / 1.8, 3.0, id="below 1: the upper limit"),
        pytest.param(1.2, 0.9, 1.6, 1.0, id="above 1, the interval holds 1"),
        pytest.param(0.8, 0.6, 1.1, 1.0, id="below 1, the interval holds 1"),
    ],
)
def test_the_limit_nearest_one_has_its_e_value(
    rr: float, low: float, high: float, limit: float
) -> None:
    found = e_value(rr, low, high)
    assert found is not None
    assert found.limit == pytest.approx(limit)


def test_the_e_value_of_feline_urologic_disease() -> None:
    risk = relative_risk(13, 2176, 5, 3354)  # 4.01 (1.43 to 11.23)
    found = e_value(risk.rr, risk.low, risk.high)
    assert found is not None
    assert found.point == pytest.approx(7.48, abs=0.005)
    # 1.4292 + sqrt(1.4292 * .4292) = 2.2124 from the printed limit
    assert found.limit == pytest.approx(1.43 + math.sqrt(1.43 * 0.43), abs=0.01)


def test_without_a_ratio_or_with_none_of_the_events_there_is_no_e_value() -> None:
    assert e_value(None, None, None) is None
    assert e_value(None, 24.7, None) is None
    assert e_value(0.0, None, 0.04) is None


def test_the_arms_of_an_experiment_are_those_of_published_examples() -> None:
    # R's help of power.prop.test: p1 = .50, p2 = .75, power = .90 gives n = 76.7
    assert per_arm(0.5, 0.75, power=0.9) == 77
    # (1.95996 sqrt(2 x .125 x .875) + .84162 sqrt(.1 x .9 + .15 x .85))^2 / .05^2 = 685.6
    assert per_arm(0.1, 0.15) == per_arm(0.15, 0.1) == 686
    assert per_arm(0.1, 0.1) is None

"""Rates at the horizon: by hand, beside SurvfuncRight, and a release that was rolled out lately."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gamma
from statsmodels.duration.survfunc import SurvfuncRight  # type: ignore[import-untyped]

from last_mile.core.stats import (
    Incidence,
    incidence,
    incidence_difference,
    incidence_many,
    incidence_ratio,
    relative_risk,
    risk_difference,
    score_interval,
)

HORIZON = 45


class Counts(NamedTuple):
    """Day counts of one arm."""

    events: npt.NDArray[np.float64]
    censored: npt.NDArray[np.float64]

    def arm(self) -> Incidence:
        return incidence(*self)


def test_an_incidence_by_hand() -> None:
    # 10 conversations, horizon 3 days
    #   day 0: 1 was observed for no full day: 9 at risk, 1 event
    #   day 1: 2 for one day: 10 - 1 - 3 = 6 at risk, 2 events
    #   day 2: nobody for two days: 10 - 3 - 3 = 4 at risk, 1 event; 3 are left at the horizon
    #   S = 8/9 4/6 3/4 = 4/9
    #   variance = (4/9)^2 (1/(9*8) + 2/(6*4) + 1/(4*3)) = 16/81 * 13/72 = .0356653
    found = incidence([1, 2, 1], [1, 2, 0, 3])
    assert found.rate == pytest.approx(5 / 9)
    assert found.variance == pytest.approx(0.0356653, abs=1e-7)
    assert (found.n, found.events, found.observed, found.reason) == (10, 4, 3, None)


def test_someone_observed_for_exactly_d_days_is_not_at_risk_on_day_d() -> None:
    # 4 conversations; 2 observed for exactly one day are at risk on day 0 and not on day 1
    assert incidence([0, 1], [0, 2, 1]).rate == pytest.approx(1 / 2)
    assert incidence([0, 1], [0, 0, 3]).rate == pytest.approx(1 / 4)
    assert incidence([1, 0], [0, 2, 1]).rate == pytest.approx(1 / 4)


@pytest.mark.parametrize(
    ("events", "censored", "reason"),
    [
        pytest.param([0, 0], [0, 0, 0], "empty_arm", id="nobody"),
        pytest.param([2, 0], [0, 5, 0], "not_observed_to_horizon", id="nobody to the end"),
        pytest.param([0, 2], [0, 5, 0], "not_observed_to_horizon", id="the last one had it"),
        pytest.param([0, 0], [5, 0, 0], "not_observed_to_horizon", id="today's"),
    ],
)
def test_a_rate_nobody_was_observed_for_is_missing(
    events: list[int], censored: list[int], reason: str
) -> None:
    found = incidence(events, censored)
    assert (found.rate, found.variance, found.reason) == (None, None, reason)
    other = incidence([10, 10], [0, 0, 80])
    for ratio in (incidence_ratio(found, other), incidence_ratio(other, found)):
        assert (ratio.rr, ratio.low, ratio.high, ratio.p, ratio.method) == (None,) * 5
        assert ratio.reason == reason
    assert incidence_difference(found, other) is None
    assert incidence_difference(other, found) is None


def test_when_everybody_had_the_event_the_rate_is_one() -> None:
    found = incidence([2, 3], [0, 0, 0])
    assert (found.rate, found.variance, found.reason) == (1, 0, None)


def test_arrays_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(ValueError, match="one more day"):
        incidence([1, 2], [1, 2])
    with pytest.raises(ValueError, match="by day and group"):
        incidence_many([1, 2], [1, 2, 3])


_ARM = st.tuples(
    st.lists(st.integers(0, 12), min_size=4, max_size=4), st.integers(0, 400)
)  # events by day, others


@given(_ARM, _ARM)
def test_with_everybody_observed_to_the_horizon_it_is_the_plain_figure(
    arm1: tuple[list[int], int], arm0: tuple[list[int], int]
) -> None:
    with_it, without = (incidence(events, [0, 0, 0, 0, rest]) for events, rest in (arm1, arm0))
    counts = [(sum(events), sum(events) + rest) for events, rest in (arm1, arm0)]
    plain, ratio = relative_risk(*counts[0], *counts[1]), incidence_ratio(with_it, without)
    assert ratio.reason == plain.reason
    assert ratio.method == {"katz": "kaplan_meier"}.get(str(plain.method), plain.method)
    figures = ((ratio.rr, plain.rr), (ratio.low, plain.low), (ratio.high, plain.high))
    for ours, theirs in (*figures, (ratio.p, plain.p)):
        assert ours == (theirs if theirs is None else pytest.approx(theirs, rel=1e-6, abs=1e-9))
    difference = incidence_difference(with_it, without)
    expected = risk_difference(*counts[0], *counts[1])
    assert (difference is None) == (expected is None)
    if difference and expected:
        assert (difference.value, difference.low, difference.high) == pytest.approx(
            (expected.value, expected.low, expected.high), abs=1e-9
        )


def _simulated(rng: np.random.Generator, n: int, rate: float) -> tuple[Counts, SurvfuncRight]:
    """An arm with ages of 0 to 80 days: its counts, and what statsmodels makes of its rows."""
    age = rng.integers(0, 81, n).clip(max=HORIZON)
    delay = np.where(
        rng.random(n) < rate, np.floor(gamma(2, scale=7).rvs(n, random_state=rng)), 999
    )
    came = delay < age
    # somebody observed for d days leaves before the events of day d
    theirs = SurvfuncRight(np.where(came, delay + 0.5, age), came.astype(int))
    counts = Counts(
        np.bincount(delay[came].astype(int), minlength=HORIZON).astype(float),
        np.bincount(age[~came], minlength=HORIZON + 1).astype(float),
    )
    return counts, theirs


@pytest.mark.parametrize(("n", "rate"), [(400, 0.3), (20_000, 0.02), (60, 0.9)])
def test_incidences_agree_with_statsmodels(n: int, rate: float) -> None:
    counts, theirs = _simulated(np.random.default_rng(20261126), n, rate)
    found = counts.arm()
    assert found.rate == pytest.approx(1 - theirs.surv_prob[-1], rel=1e-9)
    assert found.variance == pytest.approx(theirs.surv_prob_se[-1] ** 2, rel=1e-9)


def test_the_ratio_is_the_delta_method_on_the_rates_of_statsmodels() -> None:
    rng = np.random.default_rng(45)
    (counts1, sf1), (counts0, sf0) = _simulated(rng, 9000, 0.03), _simulated(rng, 30_000, 0.02)
    ratio = incidence_ratio(counts1.arm(), counts0.arm())
    f1, f0 = 1 - sf1.surv_prob[-1], 1 - sf0.surv_prob[-1]
    se = math.hypot(sf1.surv_prob_se[-1] / f1, sf0.surv_prob_se[-1] / f0)
    assert ratio.rr == pytest.approx(f1 / f0)
    assert ratio.low == pytest.approx(f1 / f0 * math.exp(-1.959964 * se), rel=1e-6)
    assert ratio.high == pytest.approx(f1 / f0 * math.exp(1.959964 * se), rel=1e-6)
    assert ratio.p == pytest.approx(math.erfc(math.log(f1 / f0) / se / math.sqrt(2)), rel=1e-6)
    assert (ratio.reason, ratio.method) == (None, "kaplan_meier")


def test_many_groups_at_once_are_each_on_its_own() -> None:
    rng = np.random.default_rng(3)
    events, censored = rng.integers(0, 3, (5, 8)), rng.integers(0, 4, (6, 8))
    events[:, 2], censored[:, 2] = 0, 0  # a group of nobody
    together = incidence_many(events, censored)
    assert np.isnan(together.rate[2])
    for group in range(8):
        assert together.at(group) == incidence(events[:, group], censored[:, group])


def test_few_events_are_counted_raw_and_tested_as_of_those_observed() -> None:
    few = incidence([2, 2], [0, 40, 56])  # 4 events of 100, 40 of them observed for one day only
    many = incidence([30, 30], [0, 0, 940])
    ratio = incidence_ratio(few, many)
    assert (ratio.low, ratio.high, ratio.reason) == (None, None, "not_enough_events")
    # F = 1 - 98/100 * 56/58 = .053793; variance = .946207^2 (2/9800 + 2/3248) = .000733995
    # F (1 - F)/variance = 69.347: as good as 3.73 events of 69.35
    assert ratio.rr == pytest.approx(0.053793 / 0.06, rel=1e-5)
    assert few.effective == pytest.approx((69.347, 3.7304), rel=1e-4)
    whole = relative_risk(4, 69, 60, 1000)
    assert ratio.p == pytest.approx(whole.p)


def test_with_few_events_in_the_larger_arm_the_score_interval_is_of_effective_counts() -> None:
    small, large = incidence([10, 10], [0, 0, 80]), incidence([1, 2], [0, 400, 597])
    ratio = incidence_ratio(small, large)
    # F = 1 - 999/1000 * 597/599 = .0043356; variance = .9956644^2 (1/999000 + 2/357603)
    # = 6.536762e-6; n = F (1 - F)/variance = 660.38, events 2.86315
    assert large.effective == pytest.approx((660.38, 2.86315), rel=1e-4)
    limits = score_interval(20, 100, 2.86315, 660.38)
    assert (ratio.low, ratio.high) == pytest.approx(limits, rel=1e-3)
    assert (ratio.reason, ratio.method) == (None, "score")


def test_an_arm_without_events_counts_as_many_as_were_observed_to_the_horizon() -> None:
    small, none = incidence([10, 10], [0, 0, 80]), incidence([0, 0], [0, 400, 600])
    ratio = incidence_ratio(small, none)
    assert (ratio.rr, ratio.high, ratio.reason) == (None, None, "one_sided")
    assert ratio.low == pytest.approx(score_interval(20, 100, 0, 600)[0])
    difference = incidence_difference(small, none)
    expected = risk_difference(20, 100, 0, 600)
    assert difference is not None
    assert expected is not None
    assert (difference.low, difference.high) == pytest.approx((expected.low, expected.high))

"""Intervals that hold at every look: by hand, and over paths of looks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from last_mile.core.stats import detectable_difference, sequential


def test_the_factor_at_the_tuned_size_by_hand() -> None:
    # spread 1/2, t = 2,500 comparisons: se = 1/2/50 = .01. -2 log .05 = 5.99146, its log 1.79034,
    # h = 8.78180; factor^2 = (9.78180/8.78180)(5.99146 + log 9.78180 = 2.28052) = 9.21390
    found = sequential(0.02, 0.01, 0.5)
    assert found.factor == pytest.approx(math.sqrt(9.21390), abs=1e-4)
    assert (found.low, found.high) == pytest.approx((0.02 - 0.030354, 0.02 + 0.030354), abs=1e-5)


@pytest.mark.parametrize("alpha", [0.05, 0.001])
@pytest.mark.parametrize("se", [0.2, 0.01, 0.001])
def test_evidence_passes_one_over_alpha_where_the_interval_reaches_0(
    alpha: float, se: float
) -> None:
    edge = sequential(0.0, se, 0.4, alpha).factor * se
    assert sequential(edge, se, 0.4, alpha).e == pytest.approx(1 / alpha)
    assert sequential(edge, se, 0.4, alpha).p == pytest.approx(alpha)
    assert sequential(0.0, se, 0.4).p == 1


def test_it_is_narrowest_where_it_is_tuned_and_far_evidence_does_not_overflow() -> None:
    widths = {size: sequential(0, 0.01, 0.5, tuned_at=size).factor for size in (250, 2_500, 25_000)}
    assert min(widths, key=widths.__getitem__) == 2_500
    assert sequential(1.0, 1e-4, 0.5).e > 1e300
    assert sequential(1.0, 1e-4, 0.5).p == 0


def test_looks_at_every_day_cover_where_the_interval_for_one_look_does_not() -> None:
    """2,000 paths of 60 looks at a difference of 0: 200 conversations of each arm a day."""
    rng = np.random.default_rng(8)
    arms = rng.binomial(200, 0.1, (2, 2_000, 60)).cumsum(axis=2)
    n = 200 * np.arange(1, 61)
    value, p = (arms[0] - arms[1]) / n, arms / n
    se = np.sqrt((p * (1 - p)).sum(axis=0) / n)
    plain = (np.abs(value) > 1.96 * se).any(axis=1).mean()
    once = np.array([[sequential(0, s, 0.3).factor for s in row] for row in se[:200]])
    always = (np.abs(value[:200]) > once * se[:200]).any(axis=1).mean()
    assert plain > 0.25
    assert always <= 0.05


def test_the_detectable_difference_of_one_look_is_the_usual_formula() -> None:
    assert detectable_difference(0.01, 1.959964) == pytest.approx(0.0280158, abs=1e-6)

"""Risk differences: a published interval and agreement with statsmodels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import (  # type: ignore[import-untyped]
    confint_proportions_2indep,
)

from last_mile.core.stats import risk_difference


def test_the_difference_of_newcombes_first_example() -> None:
    # Newcombe (1998), table II (a), method 10: 56/70 - 48/80 = .2, .0524 to .3339
    found = risk_difference(56, 70, 48, 80)
    assert found is not None
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_without_events_the_difference_is_zero_and_has_an_interval() -> None:
    # the upper Wilson limit of 0 in n is z^2/(n + z^2): 3.841459/103.841459 = .036994 of 100,
    # 3.841459/403.841459 = .009512 of 400
    found = risk_difference(0, 100, 0, 400)
    assert found is not None
    assert (found.low, found.value, found.high) == pytest.approx((-0.009512, 0, 0.036994), abs=1e-6)


def test_with_an_empty_arm_there_is_no_difference() -> None:
    assert risk_difference(0, 0, 3, 10) is None
    assert risk_difference(3, 10, 0, 0) is None


_ARM = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(_ARM, _ARM)
def test_the_difference_agrees_with_statsmodels(
    arm1: tuple[int, int], arm0: tuple[int, int]
) -> None:
    found = risk_difference(*arm1, *arm0)
    theirs = confint_proportions_2indep(*arm1, *arm0, method="newcomb", compare="diff")
    assert found is not None
    assert (found.low, found.high) == pytest.approx(theirs, abs=1e-9)
    assert -1 <= found.low <= found.value <= found.high <= 1

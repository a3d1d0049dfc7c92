"""The score interval beside statsmodels: its closed form, and its test where that breaks."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.proportion import (  # type: ignore[import-untyped]
    confint_proportions_2indep,
    score_test_proportions_2indep,
)

from last_mile.core.stats import score_interval


def _p(counts: tuple[int, int, int, int], ratio: float) -> float:
    tested = score_test_proportions_2indep(
        *counts, value=ratio, compare="ratio", return_results=False
    )
    return float(tested[1])


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        pytest.param((27, 122, 44, 487), 1.5769, 3.7512, id="Sahai-Khurshid 3.1"),
        pytest.param((0, 500, 20, 9500), 0, 3.6264, id="nobody in arm 1"),
        pytest.param((5, 500, 0, 9500), 24.7334, None, id="nobody in arm 0"),
        pytest.param((0, 500, 0, 9500), None, None, id="nobody"),
        pytest.param((0, 0, 20, 9500), None, None, id="empty arm"),
    ],
)
def test_the_score_interval_equals_the_one_of_statsmodels(
    counts: tuple[int, int, int, int], low: float | None, high: float | None
) -> None:
    for ours, theirs in zip(score_interval(*counts), (low, high), strict=True):
        assert ours == (theirs if theirs is None else pytest.approx(theirs, abs=5e-5))


def test_where_everybody_has_the_event_the_closed_form_is_wrong_and_ours_is_not() -> None:
    counts = (10, 10, 20, 9500)
    low, high = score_interval(*counts)
    assert (low, high) == pytest.approx((301.458, 733.533), abs=1e-3)
    assert (_p(counts, low or 0), _p(counts, high or 0)) == pytest.approx((0.05, 0.05))
    # statsmodels gives the root n/events = 9510/30 = 317, which its own test does not reject
    closed, _ = confint_proportions_2indep(*counts, method="score", compare="ratio")
    assert closed == pytest.approx(317)
    assert _p(counts, 317) > 0.06


def test_a_higher_level_is_wider() -> None:
    theirs = confint_proportions_2indep(
        4, 200, 60, 1000, method="score", compare="ratio", alpha=0.01
    )
    assert score_interval(4, 200, 60, 1000, level=0.99) == pytest.approx(theirs, rel=1e-6)


_ARM = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(_ARM, _ARM)
def test_the_test_of_statsmodels_rejects_at_a_limit_with_exactly_five_percent(
    arm1: tuple[int, int], arm0: tuple[int, int]
) -> None:
    counts = (*arm1, *arm0)
    assume(0 < arm1[0] + arm0[0] < arm1[1] + arm0[1])
    low, high = score_interval(*counts)
    assert (low == 0) == (arm1[0] == 0)
    assert (high is None) == (arm0[0] == 0)
    for limit in (low, high):
        # 1 is left out: there the test pools the arms in another way
        if limit and abs(limit - 1) > 1e-6:
            assert _p(counts, limit) == pytest.approx(0.05, abs=1e-6)

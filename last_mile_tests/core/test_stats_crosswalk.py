"""The crosswalk: its formula by hand, what it refuses, and what full agreement is worth."""

from __future__ import annotations

import math

import pytest

from last_mile.core.stats import Interval, crosswalk, crosswalk_difference, wilson_interval

YES_NO = [[90, 10, 0], [20, 180, 0], [0, 0, 0]]


def test_a_share_is_moved_by_what_the_new_judge_says_of_either_answer() -> None:
    found = crosswalk(YES_NO, [300, 700, 0])
    # 0.3 x 90/100 + 0.7 x 20/200 = 0.27 + 0.07
    assert found.value == pytest.approx(0.34)
    assert found.reason is None


def test_the_interval_has_the_variance_of_double_sampling() -> None:
    found = crosswalk([[900, 100, 0], [200, 1800, 0], [0, 0, 0]], [300, 700, 0])
    # .09 x .9 x .1/1000 + .49 x .1 x .9/2000 of the bridge,
    # (.9 - .1)^2 x .3 x .7/1000 of the old answers (Tenenbein 1970)
    variance = 0.09 * 0.09 / 1000 + 0.49 * 0.09 / 2000 + 0.64 * 0.21 / 1000
    size = 0.34 * 0.66 / variance
    expected = wilson_interval(0.34 * size, size)
    assert (found.low, found.high) == pytest.approx(expected, abs=5e-4)


def test_a_bridge_of_everything_gives_the_new_judges_own_share() -> None:
    found = crosswalk(YES_NO, [100, 200, 0])
    assert found.value == pytest.approx(110 / 300)


def test_what_the_new_judge_calls_not_applicable_leaves_the_denominator() -> None:
    found = crosswalk([[40, 10, 50], [0, 100, 0], [5, 5, 10]], [100, 100, 100])
    # thirds: true .4 + 0 + .25 = .65; scored .5 + 1 + .5 = 2
    assert found.value == pytest.approx(0.65 / 2)


def test_not_applicable_without_pairs_is_taken_to_stay_so() -> None:
    assert crosswalk(YES_NO, [300, 700, 50]).value == pytest.approx(0.34)


def test_full_agreement_among_few_pairs_is_no_certainty() -> None:
    few = crosswalk([[20, 0, 0], [0, 20, 0], [0, 0, 0]], [5000, 5000, 0])
    many = crosswalk([[2000, 0, 0], [0, 2000, 0], [0, 0, 0]], [5000, 5000, 0])
    assert few.interval is not None
    assert many.interval is not None
    assert few.value == many.value == 0.5
    assert few.interval.high - few.interval.low > 3 * (many.interval.high - many.interval.low)


def test_weights_count_as_their_effective_number() -> None:
    whole, sampled = crosswalk(YES_NO, [300, 700, 0]), crosswalk(YES_NO, [300, 700, 0], 100)
    assert whole.value == sampled.value
    assert sampled.low is not None
    assert whole.low is not None
    assert sampled.low < whole.low


@pytest.mark.parametrize(
    ("pairs", "old", "reason"),
    [
        ([[0] * 3] * 3, [3, 7, 0], "no_bridge"),
        (YES_NO, [0, 0, 9], "no_old_answers"),
        ([[10, 4, 0], [5, 10, 0], [0, 0, 0]], [3, 7, 0], "too_few_pairs"),
        ([[4, 0, 0], [5, 100, 0], [0, 0, 0]], [3, 7, 0], "few_old_true"),
        ([[100, 9, 0], [0, 4, 0], [0, 0, 0]], [3, 7, 0], "few_old_false"),
        ([[100, 9, 0], [0, 4, 0], [0, 0, 0]], [3, 0, 0], None),
        ([[0, 0, 9], [0, 0, 9], [30, 0, 0]], [3, 7, 0], "nothing_applies"),
    ],
    ids=["none", "no_old", "few", "few_true", "few_false", "never_false", "never_applies"],
)
def test_too_little_is_refused_with_its_reason(
    pairs: list[list[int]], old: list[int], reason: str | None
) -> None:
    found = crosswalk(pairs, old)
    assert found.reason == reason
    assert (found.value is None) == (found.interval is None) == (reason is not None)


def test_a_difference_adds_the_errors_of_both_sides() -> None:
    found = crosswalk_difference(Interval(0.5, 0.46, 0.54), Interval(0.3, 0.27, 0.33))
    # sqrt(.04^2 + .03^2) = .05 to either side
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.15, 0.25))
    assert math.isclose(crosswalk_difference(Interval(1, 0, 1), Interval(0, 0, 1)).high, 1)

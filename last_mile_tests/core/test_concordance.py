"""DeLong from counted cells against the definition over all pairs, and against Mann-Whitney."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from last_mile.core.stats.concordance import concordance, paired_concordance

Values = NDArray[np.int64]


def _people(seed: int, n: int = 120) -> tuple[Values, Values, NDArray[np.bool_]]:
    """Two correlated scores with many ties, and an outcome that follows the first."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 6, n)
    second = np.where(rng.random(n) < 0.5, first > 2, rng.random(n) < 0.5).astype(np.int64)
    return first, second, rng.random(n) < 0.1 + 0.1 * first


def _cells(
    first: Values, second: Values, event: NDArray[np.bool_]
) -> tuple[Values, Values, Values, Values]:
    pairs, place = np.unique(np.stack([first, second]), axis=1, return_inverse=True)
    size = pairs.shape[1]
    events = np.bincount(place, event, size).astype(np.int64)
    return pairs[0], pairs[1], events, np.bincount(place, ~event, size).astype(np.int64)


def _delong(
    scores: list[Values], event: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Concordances and their covariance, from the definition over all pairs."""
    wins = [
        np.array([[(x > y) + (x == y) / 2 for y in score[~event]] for x in score[event]])
        for score in scores
    ]
    v10 = np.stack([pairs.mean(axis=1) for pairs in wins])
    v01 = np.stack([pairs.mean(axis=0) for pairs in wins])
    covariance = np.cov(v10) / event.sum() + np.cov(v01) / (~event).sum()
    return np.array([pairs.mean() for pairs in wins]), covariance


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cells_give_the_figures_of_all_pairs(seed: int) -> None:
    first, second, event = _people(seed)
    found = paired_concordance(*_cells(first, second, event))
    areas, covariance = _delong([first, second], event)
    spread = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    for estimate, value, variance in (
        (found.first, areas[0], covariance[0, 0]),
        (found.second, areas[1], covariance[1, 1]),
        (found.difference, areas[0] - areas[1], spread),
    ):
        assert estimate.value == pytest.approx(value)
        assert estimate.low == pytest.approx(value - 1.959964 * math.sqrt(variance))
        assert estimate.high == pytest.approx(value + 1.959964 * math.sqrt(variance))


def test_one_concordance_is_mann_whitney_u_over_the_pairs() -> None:
    first, second, event = _people(4)
    score, _, events, rest = _cells(first, second, event)
    u = stats.mannwhitneyu(first[event], first[~event]).statistic
    assert concordance(score, events, rest) == pytest.approx(u / (event.sum() * (~event).sum()))


def test_the_interval_holds_the_truth_in_19_of_20_samples() -> None:
    # events score 0..3 with 1:2:3:4, the others 4:3:2:1. Above: 2*4 + 3*7 + 4*9 = 65 of 100,
    # ties 4 + 6 + 6 + 4 = 20, half of them: 75
    rng, inside = np.random.default_rng(5), 0
    levels = np.arange(4)
    for _ in range(1000):
        events = rng.multinomial(60, [0.1, 0.2, 0.3, 0.4])
        rest = rng.multinomial(200, [0.4, 0.3, 0.2, 0.1])
        found = paired_concordance(levels, levels % 2, events, rest).first
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= 0.75 <= found.high
    assert 925 <= inside <= 970  # 950, s.e. 7


def test_without_variation_there_is_a_figure_and_no_interval() -> None:
    events, rest = np.array([5, 5]), np.array([50, 50])
    found = paired_concordance(np.array([1, 1]), np.array([0, 1]), events, rest)
    assert (found.first.value, found.first.low, found.first.high) == (0.5, None, None)
    assert found.second.low is not None


def test_a_score_against_itself_has_no_difference_and_no_interval() -> None:
    score, _, events, rest = _cells(*_people(6))
    found = paired_concordance(score, score, events, rest).difference
    assert (found.value, found.low) == (0.0, None)


def test_the_order_and_the_splitting_of_cells_change_no_digit() -> None:
    first, second, events, rest = _cells(*_people(7))
    order = np.random.default_rng(8).permutation(2 * first.size)
    split = [np.concatenate([score, score])[order] for score in (first, second)]
    parts = [np.concatenate([n // 3, n - n // 3])[order] for n in (events, rest)]
    assert paired_concordance(*split, *parts) == paired_concordance(first, second, events, rest)

"""Standardised differences and ratios: against statsmodels, Mantel-Haenszel, and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped]

from last_mile.core.stats import Layout, mantel_haenszel, standardised_contrasts


def _plain(stratum: list[int], cluster: list[int] | None = None) -> Layout:
    codes = np.array(stratum)
    users = np.arange(len(codes)) if cluster is None else np.array(cluster)
    zeros = np.zeros(int(codes.max()) + 1, np.int64), np.zeros(int(users.max()) + 1, np.int64)
    return Layout(codes, users, zeros[0], zeros[1], 1)


def _drawn(n: int, strata: int, users: int, seed: int = 1) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    stratum, user = rng.integers(0, strata, n), rng.integers(0, users, n)
    arm = rng.random(n) < 0.2 + 0.6 * stratum / strata
    event = rng.random(n) < 0.1 + 0.4 * stratum / strata + 0.1 * arm
    return stratum, user, arm, event


def test_two_strata_by_hand() -> None:
    # stratum 0: 1/2 against 0/2, overlap 2 2/4 = 1; stratum 1: 1/1 against 1/2, overlap 1 2/3 = 2/3
    stratum = [0, 0, 0, 0, 1, 1, 1]
    arm = np.array([1, 1, 0, 0, 1, 0, 0], bool)
    event = np.array([1, 0, 0, 0, 1, 1, 0], bool)
    [found] = standardised_contrasts(_plain(stratum), arm, event, np.ones(7))
    assert found.rate1 == pytest.approx((0.5 * 1 + 1 * 2 / 3) / (5 / 3))
    assert found.rate0 == pytest.approx((0 + 0.5 * 2 / 3) / (5 / 3))
    assert (found.n, found.events, found.n_strata, found.n_clusters) == (7, 3, 2, 7)


@pytest.mark.parametrize(("strata", "users"), [(1, 1_000), (6, 40), (200, 80)])
def test_the_difference_is_that_of_a_regression_with_stratum_effects(
    strata: int, users: int
) -> None:
    stratum, user, arm, event = _drawn(600, strata, users)
    user = np.unique(user, return_inverse=True)[1]
    layout = Layout(
        stratum, user, np.zeros(strata, np.int64), np.zeros(user.max() + 1, np.int64), 1
    )
    [found] = standardised_contrasts(layout, arm, event, np.ones(600))
    both = np.array([len(set(arm[stratum == s])) == 2 for s in range(strata)])[stratum]
    kept = stratum[both]
    design = np.column_stack([arm[both], *(kept == s for s in np.unique(kept))]).astype(float)
    fit = sm.OLS(event[both].astype(float), design).fit(
        cov_type="cluster", cov_kwds={"groups": user[both]}
    )
    assert found.value == pytest.approx(fit.params[0])
    assert found.se == pytest.approx(fit.bse[0])


def test_the_ratio_is_mantel_haenszels_with_nearly_its_interval() -> None:
    stratum, _, arm, event = _drawn(6_000, 5, 10)
    [found] = standardised_contrasts(_plain(stratum.tolist()), arm, event, np.ones(6_000))
    counts = [
        np.bincount(stratum, mask.astype(float)) for mask in (arm, arm & event, ~arm, ~arm & event)
    ]
    pooled = mantel_haenszel(*counts)
    ratio = found.ratio
    assert ratio.rr == pytest.approx(pooled.rr)
    assert (ratio.low, ratio.high) == pytest.approx((pooled.low, pooled.high), rel=0.01)


def test_groups_are_told_apart_and_rows_without_weight_are_left_out() -> None:
    stratum, user, arm, event = _drawn(800, 4, 50)
    users = 50
    grouped = Layout(
        stratum, user + users * (stratum // 2), np.array([0, 0, 1, 1]),
        np.repeat([0, 1], users), 2,
    )  # fmt: skip
    both = standardised_contrasts(grouped, arm, event, np.ones(800))
    alone = Layout(stratum, user, np.zeros(4, np.int64), np.zeros(users, np.int64), 1)
    for place, found in enumerate(both):
        [one] = standardised_contrasts(alone, arm, event, (stratum // 2 == place).astype(float))
        assert found == one


def test_weights_count_as_copies_do_in_the_point() -> None:
    stratum, user, arm, event = _drawn(300, 3, 300)
    twice = np.where(event, 2, 1)
    [found] = standardised_contrasts(
        _plain(stratum.tolist(), user.tolist()), arm, event, twice * 1.0
    )
    copied = [np.repeat(part, twice) for part in (stratum, user, arm, event)]
    [copies] = standardised_contrasts(
        _plain(copied[0].tolist(), copied[1].tolist()), copied[2], copied[3], np.ones(twice.sum())
    )
    assert found.value == pytest.approx(copies.value)
    assert found.se == pytest.approx(copies.se, rel=0.01)  # only the small-sample factor differs


def test_pairs_of_two_users_have_the_error_of_their_differences() -> None:
    # three tasks: 1-0, 0-0, 1-1: differences 1, 0, 0; mean 1/3, se = sqrt(1/3)/sqrt(3) = 1/3
    stratum = [0, 0, 1, 1, 2, 2]
    arm = np.array([1, 0] * 3, bool)
    event = np.array([1, 0, 0, 0, 1, 1], bool)
    [found] = standardised_contrasts(_plain(stratum), arm, event, np.ones(6))
    assert found.value == pytest.approx(1 / 3)
    # sum (d - mean)^2/8 = (2/3)/8 over D = 3/2: 1/27; times 6/5 5/2 = 3: se = 1/3
    assert found.se == pytest.approx(1 / 3)


def test_without_a_stratum_of_both_arms_there_is_nothing() -> None:
    arm = np.array([1, 1, 0, 0], bool)
    [found] = standardised_contrasts(_plain([0, 0, 1, 1]), arm, ~arm, np.ones(4))
    assert (found.value, found.difference, found.ratio.reason) == (
        None, None, "no_informative_stratum",
    )  # fmt: skip


def test_a_small_arm_without_events_is_not_taken_for_certain() -> None:
    # 0 of 10 against 30 of 90: p = .3; hypergeometric: .21 100/99 (1/10 + 1/90) = .023569
    arm = np.arange(100) < 10
    event = np.arange(100) >= 70
    [found] = standardised_contrasts(_plain([0] * 100), arm, event, np.ones(100))
    assert found.null_se == pytest.approx(0.023569**0.5, abs=1e-5)
    assert found.se is not None
    assert found.se < 0.06

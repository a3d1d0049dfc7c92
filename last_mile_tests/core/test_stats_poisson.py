"""The adjusted fit on counts and its variance by user, beside statsmodels on the rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped]
from numpy.typing import NDArray

from last_mile.core.stats import (
    AdjustedFit,
    ClusteredRows,
    cluster_variance,
    clustered_rows,
    fit_adjusted,
    flag_codes,
    with_error,
)

# it is the sandwich of weighted scores all the same, as the rows below show
pytestmark = pytest.mark.filterwarnings("ignore:cov_type not fully supported with var_weights")

N, USERS, LEVELS = 3000, 60, (4, 3, 2)
NAMES = ("category", "history", "model")


@dataclass(frozen=True)
class Rows:
    """Conversations one by one; `flag` is -1 where it is missing."""

    codes: NDArray[np.int64]  # [rows, covariates]
    user: NDArray[np.int64]
    flag: NDArray[np.int8]
    event: NDArray[np.bool_]
    weight: NDArray[np.float64]
    sizes: tuple[int, ...] = LEVELS

    @property
    def stratum(self) -> NDArray[np.int64]:
        return np.asarray(np.ravel_multi_index(tuple(self.codes.T), self.sizes), np.int64)

    def fit(self, names: tuple[str, ...] = NAMES) -> AdjustedFit:
        """From weighted counts alone."""
        shape = (math.prod(self.sizes), 2)
        n, events = np.zeros(shape), np.zeros(shape)
        known = self.flag >= 0
        place = self.stratum[known], self.flag[known]
        np.add.at(n, place, self.weight[known])
        np.add.at(events, place, self.weight[known] * self.event[known])
        levels = np.unravel_index(np.arange(shape[0]), self.sizes)
        return fit_adjusted(dict(zip(names, levels, strict=True)), n, events)

    def fit_with_error(self) -> AdjustedFit:
        fit = self.fit()
        variance, _ = cluster_variance(
            fit.influence, self.user, self.stratum, self.flag, self.event,
            weight=self.weight, parameters=fit.parameters,
        )  # fmt: skip
        return with_error(fit, variance)


class Reference(NamedTuple):
    """statsmodels' log relative risk, its standard error, the p-value and the interval."""

    beta: float
    se: float
    p: float
    interval: tuple[float, float]


def simulated(seed: int = 1, n_users: int = USERS) -> Rows:
    """Users with a habit of the flag and a luck of their own, 50 conversations each."""
    rng = np.random.default_rng(seed)
    codes = np.column_stack([rng.integers(0, size, N) for size in LEVELS])
    user = rng.integers(0, n_users, N)
    habit, luck = rng.random(n_users), rng.gamma(2, 0.5, n_users)
    flag = (rng.random(N) < 0.6 * habit[user] + 0.1 * codes[:, 1]).astype(np.int8)
    rate = 0.08 * luck[user] * 1.5**flag * 1.3 ** codes.sum(axis=1)
    return Rows(codes, user, flag, rng.random(N) < rate, np.ones(N))


def reference(rows: Rows, codes: NDArray[np.int64] | None = None) -> Reference:
    """Row-level Poisson GLM with a log link and the sandwich clustered on the user."""
    known = rows.flag >= 0
    codes = (rows.codes if codes is None else codes)[known]
    dummies = [codes[:, [i]] == np.unique(codes[:, i])[1:] for i in range(codes.shape[1])]
    columns = np.column_stack([np.ones(known.sum()), *dummies, rows.flag[known]]).astype(float)
    model = sm.GLM(
        rows.event[known].astype(float), columns, sm.families.Poisson(),
        var_weights=rows.weight[known],
    )  # fmt: skip
    fit = model.fit(tol=1e-12, cov_type="cluster", cov_kwds={"groups": rows.user[known]})
    low, high = fit.conf_int()[-1]
    interval = math.exp(low), math.exp(high)
    return Reference(fit.params[-1], fit.bse[-1], fit.pvalues[-1], interval)


def assert_equal(fit: AdjustedFit, expected: Reference, digits: float = 1e-6) -> None:
    assert fit.reason is None
    assert fit.beta == pytest.approx(expected.beta, rel=digits)
    assert fit.rr == pytest.approx(math.exp(expected.beta), rel=digits)
    assert (fit.low, fit.high) == pytest.approx(expected.interval, rel=digits)
    assert fit.p == pytest.approx(expected.p, rel=100 * digits)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counts_and_rows_give_the_same_fit_error_and_p(seed: int) -> None:
    rows = simulated(seed)
    assert_equal(rows.fit_with_error(), reference(rows))


def test_clustering_matters_with_many_conversations_a_user() -> None:
    rows = simulated()
    fit = rows.fit()
    by_user, n_users = cluster_variance(
        fit.influence, rows.user, rows.stratum, rows.flag, rows.event
    )
    by_row, n_rows = cluster_variance(
        fit.influence, np.arange(N), rows.stratum, rows.flag, rows.event
    )
    assert (n_users, n_rows) == (USERS, N)
    assert by_user > 1.3 * by_row


def test_weights_are_statsmodels_var_weights() -> None:
    rng = np.random.default_rng(5)
    rows = replace(simulated(), weight=rng.choice([1.0, 2.5, 7.0], N))
    assert_equal(rows.fit_with_error(), reference(rows))
    unweighted = replace(rows, weight=np.ones(N)).fit_with_error()
    assert unweighted.beta != pytest.approx(rows.fit().beta, rel=1e-3)


def test_rows_without_a_flag_are_left_out_and_so_are_users_with_no_other() -> None:
    rows = simulated()
    missing = (np.random.default_rng(6).random(N) < 0.4) | (rows.user < 7)
    rows = replace(rows, flag=np.where(missing, np.int8(-1), rows.flag))
    fit = rows.fit()
    assert fit.n == (~missing).sum()
    assert_equal(rows.fit_with_error(), reference(rows))
    _, n_users = cluster_variance(fit.influence, rows.user, rows.stratum, rows.flag, rows.event)
    assert n_users == USERS - 7


def test_a_level_without_events_changes_nothing_else_and_the_fit_converges() -> None:
    rows = simulated()
    rows = replace(rows, event=rows.event & (rows.codes[:, 0] != 2))
    fit = rows.fit_with_error()
    # statsmodels stops with a coefficient near -25 for the level: equal as far as that is -infinity
    assert_equal(fit, reference(rows), digits=1e-5)
    assert fit.dropped == ()
    strata_without = np.unique(rows.stratum[rows.codes[:, 0] == 2])
    assert not fit.influence[strata_without].any()


def test_a_covariate_that_repeats_another_is_dropped_by_name() -> None:
    rows = simulated()
    codes = rows.codes.copy()
    codes[:, 2] = codes[:, 0] >= 2  # the model is known from the category
    rows = replace(rows, codes=codes)
    fit = rows.fit_with_error()
    assert fit.dropped == ("model",)
    assert_equal(fit, reference(rows, codes[:, :2]))


def test_levels_that_repeat_each_other_in_part_are_dropped_without_a_name() -> None:
    rows = simulated()
    codes = rows.codes.copy()
    codes[codes[:, 0] == 3, 1] = 2  # category 3 and history 2 are the same conversations
    codes[(codes[:, 0] != 3) & (codes[:, 1] == 2), 1] = 1
    rows = replace(rows, codes=codes)
    fit = rows.fit_with_error()
    assert fit.dropped == ()
    merged = np.column_stack([codes[:, 0], np.minimum(codes[:, 1], 1), codes[:, 2]])
    assert_equal(fit, reference(rows, merged))


def test_a_flag_known_from_a_covariate_has_no_adjusted_risk() -> None:
    rows = simulated()
    fit = replace(rows, flag=(rows.codes[:, 0] > 1).astype(np.int8)).fit()
    assert (fit.reason, fit.rr, fit.beta) == ("collinear", None, None)


def test_without_covariates_it_is_the_crude_ratio_with_its_interval() -> None:
    n, events = np.array([[487.0, 122.0]]), np.array([[44.0, 27.0]])
    fit = fit_adjusted({}, n, events)
    # (27/122) / (44/487) = 2.449516
    assert fit.rr == pytest.approx(2.4495156)
    flag = np.repeat([0, 0, 1, 1], [443, 44, 95, 27]).astype(np.int8)
    event = np.repeat([False, True, False, True], [443, 44, 95, 27])
    nobody = np.zeros(609, dtype=np.int64)
    variance, n_users = cluster_variance(fit.influence, np.arange(609), nobody, flag, event)
    assert n_users == 609
    # Katz: 1/27 - 1/122 + 1/44 - 1/487; every user has one row, so only G/(G-1) is added
    assert variance == pytest.approx((1 / 27 - 1 / 122 + 1 / 44 - 1 / 487) * 609 / 608)


def test_the_ratio_within_strata_is_found_where_the_crude_one_is_confounded() -> None:
    # rates 1 % and 10 %, twice that with the flag; the flag is rare where the rate is low
    n = np.array([[9000.0, 1000.0], [1000.0, 9000.0]])
    events = np.array([[90.0, 20.0], [100.0, 1800.0]])
    fit = fit_adjusted({"history": np.array([0, 1])}, n, events)
    assert fit.rr == pytest.approx(2, rel=1e-9)
    # the influence of all conversations adds up to nothing, by the score equation
    rest = n - events
    moved = (fit.influence[:, :, 1] * events + fit.influence[:, :, 0] * rest).sum()
    assert moved == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("n", "events", "rr", "reason"),
    [
        pytest.param((100, 0), (9, 0), None, "empty_arm", id="nobody has the flag"),
        pytest.param((100, 50), (0, 0), None, "no_events", id="no events"),
        pytest.param((100, 50), (20, 4), 0.4, "not_enough_events", id="4 events with it"),
        pytest.param((100, 50), (20, 0), 0.0, "not_enough_events", id="none with it"),
        pytest.param((100, 50), (0, 20), None, "not_enough_events", id="none without it"),
    ],
)
def test_few_events_have_a_reason_and_no_interval(
    n: tuple[int, int], events: tuple[int, int], rr: float | None, reason: str
) -> None:
    fit = with_error(fit_adjusted({}, np.array([n]), np.array([events])), 0.01)
    assert (fit.low, fit.high, fit.p, fit.reason) == (None, None, None, reason)
    assert fit.rr == (None if rr is None else pytest.approx(rr))


def test_few_events_are_judged_without_their_weights() -> None:
    n, weighted = np.array([[1000.0, 500.0]]), np.array([[200.0, 40.0]])
    assert fit_adjusted({}, n, weighted).reason is None
    few = fit_adjusted({}, n, weighted, counted=np.array([[20, 4]]))
    assert few.reason == "not_enough_events"
    assert few.rr == pytest.approx(0.4)


def test_an_infinite_coefficient_of_the_flag_is_not_reported_as_a_number() -> None:
    # category 0 without the flag has no events and category 1 has nobody with the flag
    n, events = np.array([[50, 50], [50, 0]]), np.array([[0, 10], [10, 0]])
    fit = fit_adjusted({"category": np.array([0, 1])}, n, events)
    assert (fit.reason, fit.rr, fit.beta) == ("not_converged", None, None)


def test_everybody_with_an_event_leaves_no_variation() -> None:
    n = np.array([[40, 30]])
    fit = fit_adjusted({}, n, n)
    flag = np.repeat([0, 1], [40, 30]).astype(np.int8)
    variance, _ = cluster_variance(
        fit.influence, np.arange(70), np.zeros(70, np.int64), flag, np.ones(70, bool)
    )
    assert with_error(fit, variance).reason == "no_variation"


def test_one_user_has_no_variance() -> None:
    rows = replace(simulated(), user=np.zeros(N, np.int64))
    assert rows.fit_with_error().reason == "no_variation"


def test_strata_outside_the_scope_are_left_out_when_their_influence_is_nan() -> None:
    rows = simulated()
    inside = (rows.codes[:, 2] == 0) & (rows.user > 3)
    kept = Rows(*(getattr(rows, n)[inside] for n in ("codes", "user", "flag", "event", "weight")))
    fit = kept.fit()
    influence = fit.influence.copy()
    influence[1::2] = np.nan  # the model is the last of the three codes
    elsewhere = np.where(rows.user > 3, rows.user, rows.user + 100)
    flag = np.where(rows.user > 3, rows.flag, np.int8(-1))
    whole = cluster_variance(influence, elsewhere, rows.stratum, flag, rows.event)
    assert whole == pytest.approx(
        cluster_variance(fit.influence, kept.user, kept.stratum, kept.flag, kept.event)
    )


def test_users_in_any_order_and_of_any_number_of_rows_give_the_same_variance() -> None:
    # more rows than one chunk, and a user larger than a chunk
    rng = np.random.default_rng(8)
    user = rng.choice(np.arange(5000, dtype=np.uint64) * np.uint64(3_689_348_814_741_910), 70_000)
    user[rng.random(70_000) < 0.4] = 0
    stratum, event = rng.integers(0, 3, 70_000), rng.random(70_000) < 0.1
    flag = rng.integers(-1, 2, 70_000).astype(np.int8)
    influence = rng.normal(size=(3, 2, 2))
    weight = rng.random(70_000)
    used = flag >= 0
    value = weight[used] * influence[stratum[used], flag[used], event[used].astype(int)]
    users, code = np.unique(user[used], return_inverse=True)
    g, n = len(users), used.sum()
    expected = (np.bincount(code, value) ** 2).sum() * g / (g - 1) * (n - 1) / (n - 4)
    rows = ClusteredRows.of(user, stratum, event, weight)
    variance, n_users = rows.variance(influence, flag, parameters=4)
    assert variance == pytest.approx(expected)
    assert n_users == g
    plain = ClusteredRows.of(user, stratum, event)
    assert rows.variance(influence, flag, weighted=False) == plain.variance(influence, flag)


def test_a_frame_of_hashes_becomes_rows() -> None:
    keys = np.array([11, 2**63 + 5], dtype=np.uint64)
    frame = pl.DataFrame(
        {
            "user": pl.Series([2**64 - 1, 7, 2**64 - 1], dtype=pl.UInt64),
            "stratum": pl.Series([2**63 + 5, 11, 11], dtype=pl.UInt64),
            "event": [True, False, False],
            "polite": [True, None, False],
            "weight": [2.0, 1.0, 3.0],
        }
    )
    rows = clustered_rows(frame, keys)
    flag = flag_codes(frame["polite"])
    assert flag.tolist() == [1, -1, 0]
    influence = np.arange(8.0).reshape(2, 2, 2)
    # the one user with flags: 2 x influence[1, 1, 1] + 3 x influence[0, 0, 0] = 14; one is too few
    assert rows.variance(influence, flag) == (0.0, 1)
    # 2 users: (2 x 7 + 3 x 0)^2 + (1 x influence[0, 1, 0])^2 = 196 + 4, x 2/1, x (3-1)/(3-1)
    variance, n_users = rows.variance(influence, np.array([1, 1, 0], np.int8))
    assert (variance, n_users) == (400, 2)


def test_a_row_of_a_stratum_that_was_not_counted_is_an_error() -> None:
    frame = pl.DataFrame(
        {"user": [1], "stratum": pl.Series([12], dtype=pl.UInt64), "event": [True]}
    )
    with pytest.raises(ValueError, match="strata that were not counted"):
        clustered_rows(frame, np.array([11, 13], dtype=np.uint64))


def test_no_rows_have_no_variance() -> None:
    none = np.array([], dtype=np.int64)
    variance = cluster_variance(
        np.zeros((1, 2, 2)), none, none, none.astype(np.int8), none.astype(bool)
    )
    assert variance == (0.0, 0)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_variance_does_not_depend_on_the_order_of_the_rows(weighted: bool) -> None:
    rng = np.random.default_rng(5)
    n = 40_000
    influence = rng.normal(size=(7, 2, 2)) / 3
    user, stratum = rng.integers(0, 900, n), rng.integers(0, 7, n)
    flag, event = rng.integers(-1, 2, n).astype(np.int8), rng.random(n) < 0.1
    weight = 1 + rng.random(n) if weighted else None
    found = set()
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(n)
        found.add(
            cluster_variance(
                influence, user[order], stratum[order], flag[order], event[order],
                weight=None if weight is None else weight[order],
            )
        )  # fmt: skip
    assert len(found) == 1


def test_rows_of_some_strata_have_the_variance_of_these_alone() -> None:
    rng = np.random.default_rng(6)
    n = 3_000
    influence = rng.normal(size=(4, 2, 2))
    user, stratum = rng.integers(0, 200, n), rng.integers(0, 4, n)
    flag, event = rng.integers(0, 2, n).astype(np.int8), rng.random(n) < 0.2
    some = np.array([True, False, True, False])
    inside = some[stratum]
    alone = cluster_variance(influence, user[inside], stratum[inside], flag[inside], event[inside])
    rows = ClusteredRows.of(user, stratum, event)
    assert rows.within(some).variance(influence, flag) == pytest.approx(alone)
    assert rows.within(np.ones(4, dtype=bool)) is rows

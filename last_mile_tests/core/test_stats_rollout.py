"""A release that was rolled out lately, against the one before it: both are equally good."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import gamma

from last_mile.core.stats import (
    Incidence,
    incidence,
    incidence_difference,
    incidence_many,
    incidence_ratio,
    relative_risk,
)

HORIZON = 45
RATE = 0.02  # of hires in the end, whatever the release
HIRED_BY = gamma(2, scale=7).cdf(np.arange(HORIZON + 1))  # of these, by day: 14 days on average
AGES = np.arange(1, 366)  # whole days since the conversation
# a release that took over from the old one within 70 days; 1000 conversations a day in all
NEW = 1000 * np.clip((71 - AGES) / 70, 0, None) ** 3
OLD = 1000 - NEW


class Counts(NamedTuple):
    """Day counts of one arm."""

    events: npt.NDArray[np.float64]
    censored: npt.NDArray[np.float64]

    def arm(self) -> Incidence:
        return incidence(*self)


def _expected(by_age: npt.NDArray[np.float64], rate: float = RATE) -> Counts:
    """Expected day counts of conversations by age, in fractions of conversations."""
    observed = np.minimum(AGES, HORIZON)
    daily = rate * np.diff(HIRED_BY)
    seen = observed[:, None] > np.arange(HORIZON)  # [ages, days]
    censored = np.zeros(HORIZON + 1)
    np.add.at(censored, observed, by_age * (1 - rate * HIRED_BY[observed]))
    return Counts((by_age[:, None] * daily * seen).sum(axis=0), censored)


def test_a_release_that_was_rolled_out_lately_is_not_half_as_good() -> None:
    new, old = _expected(NEW), _expected(OLD)
    # hires so far over all conversations, as a dashboard would have it
    naive = (new.events.sum() / NEW.sum()) / (old.events.sum() / OLD.sum())
    assert naive == pytest.approx(0.50, abs=0.02)
    ratio = incidence_ratio(new.arm(), old.arm())
    assert ratio.rr == pytest.approx(1, abs=1e-9)
    assert ratio.low is not None
    assert ratio.high is not None
    assert 0.8 < ratio.low < 1 < ratio.high < 1.25
    assert new.arm().rate == pytest.approx(RATE * HIRED_BY[HORIZON])
    difference = incidence_difference(new.arm(), old.arm())
    assert difference is not None
    assert difference.value == pytest.approx(0, abs=1e-9)
    # of matured conversations alone the ratio is 1 as well, but 98 % of the new ones are left out
    mature = AGES >= HORIZON
    matured = incidence_ratio(_expected(NEW * mature).arm(), _expected(OLD * mature).arm())
    assert matured.rr == pytest.approx(1, abs=1e-9)
    assert (NEW * mature).sum() / NEW.sum() == pytest.approx(0.02, abs=0.001)
    assert matured.low is not None
    assert matured.low < 0.55


def test_a_release_that_is_better_is_seen_to_be() -> None:
    ratio = incidence_ratio(_expected(NEW, 1.5 * RATE).arm(), _expected(OLD).arm())
    assert ratio.rr == pytest.approx(1.5, abs=1e-9)


def test_the_interval_of_a_young_release_holds_the_truth() -> None:
    rng, draws = np.random.default_rng(11), 600
    ages, held, naive_held = np.minimum(AGES, HORIZON), 0, 0
    n_new, n_old = np.round(NEW / 4).astype(int), np.round(OLD / 4).astype(int)
    arms = []
    for by_age in (n_new, n_old):
        events, censored = np.zeros((HORIZON, draws)), np.zeros((HORIZON + 1, draws))
        for age in range(1, HORIZON + 1):
            n = int(by_age[ages == age].sum())
            shares = RATE * np.diff(HIRED_BY[: age + 1])
            drawn = rng.multinomial(n, [*shares, 1 - shares.sum()], draws)
            events[:age] += drawn[:, :-1].T
            censored[age] += drawn[:, -1]
        arms.append(incidence_many(events, censored))
    for draw in range(draws):
        new, old = arms[0].at(draw), arms[1].at(draw)
        ratio = incidence_ratio(new, old)
        raw = relative_risk(int(new.events), int(new.n), int(old.events), int(old.n))
        held += (ratio.low or 9) <= 1 <= (ratio.high or 0)
        naive_held += (raw.low or 9) <= 1 <= (raw.high or 0)
    # 95 % of 600, standard deviation .9 %
    assert 0.925 <= held / draws <= 0.975
    assert naive_held == 0

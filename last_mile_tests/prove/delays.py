"""Outcomes that arrive late while the flag's arm is young: incidence and its ratio at a horizon.

The truth is the law's own distribution of whole days. Not here: risks without delay (counts.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import stats

from last_mile.core.stats import (
    incidence_difference,
    incidence_many,
    incidence_ratio,
    relative_risk,
    wilson_interval,
)
from last_mile_tests.prove.coverage import MISSES, SHOWN, Answers, Claim, Setting, pair
from last_mile_tests.prove.worlds import Bools, Ints

HORIZON = 45


@dataclass(frozen=True, slots=True)
class RollOut:
    """Conversations start evenly over `days`; the flag exists only from day `since` on.

    A conversation is hired with probability `rate` (times `ratio` with the flag), after a
    Gamma(2, 7 days) delay, the article's. All is seen at the end of the last day, so one that
    started on day s is followed for `days - s` whole days.
    """

    n: int
    days: int
    since: int
    share: float  # of the conversations from `since` on that have the flag
    rate: float
    ratio: float

    def incidence(self, *, flagged: bool) -> float:
        """True share hired before the horizon."""
        rate = self.rate * (self.ratio if flagged else 1.0)
        return float(rate * stats.gamma.cdf(HORIZON, 2.0, scale=7.0))

    def draw(self, rng: np.random.Generator) -> tuple[Bools, Ints, Ints]:
        """Return per row: flag, whole days followed, day of follow-up of the hire (-1: never)."""
        start = rng.integers(0, self.days, self.n)
        flag = (start >= self.since) & (rng.random(self.n) < self.share)
        hired = rng.random(self.n) < self.rate * np.where(flag, self.ratio, 1.0)
        delay = np.floor(rng.gamma(2.0, 7.0, self.n)).astype(np.int64)
        return flag, self.days - start, np.where(hired, delay, -1)


RATE, RATIO, DIFFERENCE = (
    "incidence_many with the flag (effective Wilson)",
    "incidence_ratio",
    "incidence_difference",
)
MATURED, NAIVE = "relative_risk of matured alone", "relative_risk of all, open ones as negative"


def roll_out_trial(world: RollOut, rng: np.random.Generator) -> Answers:
    """Kaplan-Meier of everybody, matured conversations alone, and open ones taken for negative."""
    flag, followed, day = world.draw(rng)
    came = (day >= 0) & (day < np.minimum(followed, HORIZON))
    events = np.zeros((HORIZON, 2), dtype=np.int64)
    censored = np.zeros((HORIZON + 1, 2), dtype=np.int64)
    np.add.at(events, (day[came], flag[came].astype(int)), 1)
    np.add.at(censored, (np.minimum(followed, HORIZON)[~came], flag[~came].astype(int)), 1)
    found = incidence_many(events, censored)
    without, with_it = found.at(0), found.at(1)
    ratio, difference = incidence_ratio(with_it, without), incidence_difference(with_it, without)
    effective = with_it.effective
    matured, naive = (
        relative_risk(*_counts(flag[rows], came[rows]))
        for rows in (followed >= HORIZON, np.ones(flag.size, dtype=bool))
    )
    return {
        RATE: wilson_interval(effective.events, effective.n),
        RATIO: pair(ratio.low, ratio.high),
        DIFFERENCE: pair(difference.low, difference.high) if difference else None,
        MATURED: pair(matured.low, matured.high),
        NAIVE: pair(naive.low, naive.high),
    }


def _counts(flag: Bools, came: Bools) -> tuple[int, int, int, int]:
    n1, events1 = int(flag.sum()), int((flag & came).sum())
    return events1, n1, int(came.sum()) - events1, flag.size - n1


def _roll_out(name: str, world: RollOut, *, biased: bool = True) -> Setting:
    with_it, without = world.incidence(flagged=True), world.incidence(flagged=False)
    ratio = with_it / without
    return Setting(
        name,
        partial(roll_out_trial, world),
        (
            Claim(RATE, with_it),
            Claim(RATIO, ratio),
            Claim(DIFFERENCE, with_it - without),
            Claim(MATURED, ratio),
            Claim(NAIVE, ratio, MISSES if biased else SHOWN),
        ),
        times=10,
    )


SETTINGS = (
    _roll_out("roll-out on day 30 of 100", RollOut(20_000, 100, 30, 0.6, 0.05, 1.5)),
    _roll_out("roll-out on day 45 of 100", RollOut(20_000, 100, 45, 0.6, 0.05, 1.0)),
    _roll_out(
        "roll-out on day 30 of 100, rare outcome",
        RollOut(20_000, 100, 30, 0.2, 0.01, 1.5),
        biased=False,  # as much as elsewhere, but lost in the noise
    ),
)

"""Laws with exact truths and the counts or rows drawn from them.

No truth here is estimated: each follows from the law's own numbers. Not here: estimators, delays
(delays.py), judges (judging.py), the article's law (article.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from last_mile.core.stats import WeightedArm
from last_mile.demo.law import load_law

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TwoArms:
    """Conversations with a flag of some prevalence; the flag multiplies the rate by `ratio`."""

    n: int
    prevalence: float
    rate: float  # without the flag
    ratio: float = 1.0

    def draw(self, rng: np.random.Generator) -> tuple[int, int, int, int]:
        """Return events and size of the arm with the flag, then of the other."""
        n1 = int(rng.binomial(self.n, self.prevalence))
        n0 = self.n - n1
        events1 = int(rng.binomial(n1, self.rate * self.ratio))
        return events1, n1, int(rng.binomial(n0, self.rate)), n0


@dataclass(frozen=True)
class Stratified:
    """24 strata, the article's 8 categories by 3 user histories, that move both flag and rate.

    The flag is likelier where the rate is higher, so the crude ratio is biased; inside every
    stratum the flag multiplies the rate by `ratio`.
    """

    n: int
    ratio: float
    rate: float = 0.05  # of a stratum whose multipliers are 1, without the flag

    @cached_property
    def strata(self) -> tuple[Floats, Floats, Floats]:
        """Per stratum: its share, the flag's prevalence, the rate without the flag."""
        confounders = load_law()["confounders"]
        category, history = confounders["category"], confounders["user_history"]
        cells = [
            (w * v, m * k)
            for (w, m), (v, k) in product(
                zip(category["weights"], category["rate_multiplier"], strict=True),
                zip(history["weights"], history["rate_multiplier"], strict=True),
            )
        ]
        share, effect = np.array(cells).T
        return share / share.sum(), 0.15 + 0.7 * effect / (1 + effect), self.rate * effect

    def draw(self, rng: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
        """Return per stratum: events and sizes with the flag, then without it."""
        share, prevalence, rate = self.strata
        sizes = rng.multinomial(self.n, share)
        n1 = rng.binomial(sizes, prevalence)
        n0 = sizes - n1
        return rng.binomial(n1, rate * self.ratio), n1, rng.binomial(n0, rate), n0


@dataclass(frozen=True)
class Sampled:
    """Conversations of three strata that differ in flag and rate, of which shares are judged.

    Shares are drawn without replacement, and each judged conversation stands for N/n of its
    stratum, as in core/judge/sampling.py.
    """

    n: int
    judged: tuple[float, float, float]

    @cached_property
    def cells(self) -> Floats:
        """Share of [stratum][flag][event]."""
        share, prevalence = np.array([0.2, 0.5, 0.3]), np.array([0.7, 0.4, 0.2])
        rates = np.array([0.12, 0.06, 0.03])[:, None] * np.array([1.0, 1.4])
        flag = share[:, None] * np.stack([1 - prevalence, prevalence], axis=1)
        return np.stack([flag * (1 - rates), flag * rates], axis=2)

    @property
    def ratio(self) -> float:
        """True relative risk over all strata together."""
        by_flag = self.cells.sum(axis=0)
        rate = by_flag[:, 1] / by_flag.sum(axis=1)
        return float(rate[1] / rate[0])

    def draw(self, rng: np.random.Generator) -> tuple[WeightedArm, WeightedArm]:
        """Return the judged arms with and without the flag."""
        counts = rng.multinomial(self.n, self.cells.ravel()).reshape(3, 4)
        sums = np.zeros((3, 2, 2))  # power of the weight, flag, event
        for stratum, share in zip(counts, self.judged, strict=True):
            judged = round(share * stratum.sum())
            drawn = rng.multivariate_hypergeometric(stratum, judged).reshape(2, 2)
            for power in range(3):
                sums[power] += drawn * (stratum.sum() / judged) ** power
        raw, w, w2 = sums
        with_it, without = (
            WeightedArm(
                int(raw[flag].sum()), int(raw[flag, 1]),
                w[flag, 1], w[flag, 0], w2[flag, 1], w2[flag, 0],
            )
            for flag in (1, 0)
        )  # fmt: skip
        return with_it, without


@dataclass(frozen=True, slots=True)
class FewUsers:
    """Few users with many conversations each, a habit of using the flag and a shared frailty.

    The frailty is one of (0.25, 1.75) with mean 1 and independent of the flag, so under the log
    link it leaves the ratio as it is; the habit makes the flag nearly constant in a user, so
    conversations of a user say much the same thing. `category` (3 values) confounds.
    """

    users: int
    each: int
    ratio: float
    rate: float = 0.08

    def draw(self, rng: np.random.Generator) -> tuple[Ints, Ints, Bools, Ints]:
        """Return the rows' user, category, flag and event (0 or 1)."""
        user = np.repeat(np.arange(self.users), self.each)
        frailty = rng.choice([0.25, 1.75], self.users)
        habit = rng.beta(0.5, 0.5, self.users)
        category = rng.integers(0, 3, user.size)
        tilted = habit[user] ** np.array([2.0, 1.0, 0.5])[category]
        flag = rng.random(user.size) < tilted
        effect = np.array([0.6, 1.0, 1.6])[category] * np.where(flag, self.ratio, 1.0)
        event = rng.random(user.size) < self.rate * effect * frailty[user]
        return user, category, flag, event.astype(np.int64)

"""A tier against the others in one period: ratio, interval, exact test, design effect.

Not here: what follows from it (table.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import scipy

from last_mile.core.rubric import ORDINARY, TierRule
from last_mile.core.stats import score_interval
from last_mile.core.tier_lift.periods import Arm, Period, total

LEVELS = {"desirable": 0.999, "undesirable": 0.99}  # of intervals, by what is to be proven
OTHERS = "all other tiers"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A tier against the others in one period; a figure that is undefined is None.

    Attributes:
        arm: The tier.
        other: What it is compared with.
        reference: Its name.
        level: Of the interval.
        low: Of the interval of the ratio of the rates.
        high: None with a `low`: infinite.
        p: One-sided, of the counts and of those divided by the design effect: the larger one.
        design_effect: What the interval's counts were divided by; None: nothing to compare.
    """

    arm: Arm
    other: Arm
    reference: str
    level: float
    low: float | None = None
    high: float | None = None
    p: float | None = None
    design_effect: float | None = None

    @property
    def rr(self) -> float | None:
        """Ratio of the two rates."""
        rate, other = self.arm.rate, self.other.rate
        return rate / other if rate is not None and other else None

    @property
    def has_outcomes(self) -> bool:
        """Whether there is anything to compare."""
        return self.design_effect is not None

    @property
    def sign(self) -> int:
        """1 when the outcome is more frequent in the tier, -1 when it is less, else 0."""
        return order(self.arm, self.other) if self.has_outcomes else 0

    def proves(self, sign: int) -> bool:
        """Whether the tier's rate is higher (1) or lower (-1), by interval and by exact test."""
        outside = (self.low or 0) > 1 if sign > 0 else self.high is not None and self.high < 1
        return outside and self.p is not None and self.p <= (1 - self.level) / 2


def meant(rule: TierRule) -> int:
    """The side a tier is meant for: 1 more of the outcome, -1 less."""
    return 1 if rule.train == "desirable" else -1


def order(one: Arm, other: Arm) -> int:
    """Sign of the difference of two rates, in whole numbers."""
    difference = one.events * other.n_matured - other.events * one.n_matured
    return (difference > 0) - (difference < 0)


def compare(rule: TierRule, period: Period) -> Comparison:
    """A tier against what no rule matched; where that is nothing, against all other tiers."""
    arm = period.tallies.get((rule.tier, rule.reason or ""), Arm())
    other, reference = period.tallies.get((ORDINARY, ""), Arm()), ORDINARY
    if not other.n_matured:
        other = total(of for (tier, _), of in period.tallies.items() if tier != rule.tier)
        reference = OTHERS
    (_, n1, events1), (_, n0, events0) = arm, other
    level = LEVELS[rule.train or "desirable"]
    if not (n1 and n0 and events1 + events0):
        return Comparison(arm, other, reference, level)
    effect = _design_effect(rule, period.users, reference, arm, other)
    low, high = score_interval(events1 / effect, n1 / effect, events0 / effect, n0 / effect, level)
    p = max(_exact_p(arm, other, meant(rule), by) for by in (1.0, effect))
    return Comparison(arm, other, reference, level, low, high, p, effect)


def _exact_p(arm: Arm, other: Arm, sign: int, effect: float) -> float:
    """Fisher's test of one side; counts that the design effect leaves broken are rounded."""
    table = [
        [round(of.events / effect), round((of.n_matured - of.events) / effect)]
        for of in (arm, other)
    ]
    side = "greater" if sign > 0 else "less"
    return float(scipy.stats.fisher_exact(table, alternative=side).pvalue)


def _design_effect(
    rule: TierRule, users: pl.DataFrame | None, reference: str, arm: Arm, other: Arm
) -> float:
    """How much users widen the spread of the difference of two rates; at least 1.

    The sum over users of their squared sum of residuals, over the sum of squared residuals of all
    conversations. Residuals are from the rate of both arms together: those from a tier's own rate
    would vanish for a tier of a single user.
    """
    whole = total((arm, other))
    rate = whole.events / whole.n_matured
    alone = sum(
        (of.events * (1 - rate) ** 2 + (of.n_matured - of.events) * rate**2) / of.n_matured**2
        for of in (arm, other)
    )
    if users is None or not alone:
        return 1.0
    own = (pl.col("tier") == rule.tier) & (pl.col("reason") == (rule.reason or ""))
    rest = pl.col("tier") == ORDINARY if reference == ORDINARY else pl.col("tier") != rule.tier
    sums = [
        pl.when(of).then(pl.col(column)).otherwise(0).sum().alias(f"{column}{side}")
        for side, of in ((1, own), (0, rest))
        for column in ("n_matured", "events")
    ]
    alike = users.filter(own | rest).group_by("user").agg(sums).drop("user")
    # users of equal counts as one row, sorted: the sum of floats is the same every time
    alike = alike.group_by(alike.columns).len("users").sort(alike.columns)
    residuals = [
        (pl.col(f"events{side}") - rate * pl.col(f"n_matured{side}")) / of.n_matured
        for side, of in ((1, arm), (0, other))
    ]
    together = alike.select(((residuals[0] - residuals[1]) ** 2 * pl.col("users")).sum()).item()
    return max(1.0, float(together) / alone)

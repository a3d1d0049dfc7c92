"""The relative risk of a weighted sample, such as of conversations a judge saw a share of.

Not here: drawing the sample (core/judge/sampling.py), unweighted arms (risk.py).
"""

from __future__ import annotations

from dataclasses import dataclass

from last_mile.core.stats.risk import Counts, RelativeRisk, compare


@dataclass(frozen=True, slots=True)
class WeightedArm:
    """One arm of a weighted sample: raw counts, sums of weights, sums of squared weights."""

    n: int
    events: int
    w_event: float  # over conversations with the event
    w_rest: float  # over those without it
    w2_event: float
    w2_rest: float

    @property
    def weight(self) -> float:
        """Conversations the arm stands for."""
        return self.w_event + self.w_rest

    @property
    def rate(self) -> float | None:
        """Weighted share with the event; None when nobody is in the arm."""
        return self.w_event / self.weight if self.n else None

    @property
    def relative_variance(self) -> float:
        """Variance of the log of the rate: sum of w^2 (y - rate)^2 over w_event^2."""
        rate = self.w_event / self.weight
        return ((1 - rate) ** 2 * self.w2_event + rate**2 * self.w2_rest) / self.w_event**2

    @property
    def effective(self) -> Counts:
        """An unweighted arm that knows the rate as well; by Kish (1965) when the rate is 0 or 1."""
        if not self.n:
            return Counts(0, 0)
        rate = self.w_event / self.weight
        if 0 < self.events < self.n:
            n = (1 - rate) / (rate * self.relative_variance)
        else:
            n = self.weight**2 / (self.w2_event + self.w2_rest)
        return Counts(n, rate * n)


def weighted_relative_risk(arm1: WeightedArm, arm0: WeightedArm) -> RelativeRisk:
    """Relative risk of arm 1 versus arm 0 in a weighted sample, with a 95 % interval.

    RR is the ratio of the weighted rates A/W1 and B/W0; by Taylor linearisation
    var(log RR) = [(1-p1)^2 Q11 + p1^2 Q10]/A^2 + [(1-p0)^2 Q01 + p0^2 Q00]/B^2 with Q the sums of
    squared weights of events and non-events of each arm (Binder 1983; Lumley 2010, Complex
    Surveys). Conversations count as drawn independently, so strata and a large sampled share
    narrow nothing. With all weights 1 it is Katz's interval. Few events and Fisher's exact test
    are judged by raw counts, as in `relative_risk`; the score interval is of effective counts.

    Args:
        arm1: Conversations with the flag.
        arm0: Conversations without it.

    Returns:
        The estimate; reasons as in `relative_risk`.
    """
    raw = Counts(arm1.n, arm1.events), Counts(arm0.n, arm0.events)
    return compare(raw, (arm1.effective, arm0.effective), "weighted")

"""Which effects a comparison of some size would show, and which size an effect would take.

Not here: the figures themselves (risk.py), verdicts about them (core/lift/verdict.py).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy

from last_mile.core.stats.risk import FEW_EVENTS

_SAME = 1e-6  # rates, nearer than which no experiment tells them apart
_LOG_RANGE = np.linspace(0, math.log(1e4), 1000)[1:]  # how far from 1 to look

Floats = npt.NDArray[np.float64]


class Detectable(NamedTuple):
    """Relative risks nearest 1 that would be found; None where none would."""

    down: float | None
    up: float | None


def minimal_detectable(
    prevalence: float, rate: float, n: float, alpha: float = 0.05, power: float = 0.8
) -> Detectable:
    """Relative risks nearest 1 that a two-sided test finds with some power.

    Power = P(Z > z_{1-alpha/2} - |log RR|/se) with p0 = rate/(prevalence RR + 1 - prevalence),
    p1 = RR p0 and se that of Katz's interval with expected counts, at least 5 events in each arm.
    A stronger effect leaves the weaker arm without events, so there may be none to be found.

    Args:
        prevalence: Share of conversations with the flag, above 0 and below 1.
        rate: Share of all conversations with the outcome, above 0 and below 1.
        n: Conversations, with and without the flag.
        alpha: Level of the test.
        power: Wanted.

    Raises:
        ValueError: A share that is not between 0 and 1.
    """
    if not (0 < prevalence < 1 and 0 < rate < 1):
        raise ValueError(
            f"prevalence {prevalence} and rate {rate} are shares: give them above 0 and below 1"
        )
    needed = float(scipy.stats.norm.isf(alpha / 2) + scipy.stats.norm.ppf(power))

    def spare(log_rr: Floats) -> Floats:
        """By how much |log RR|/se exceeds what is needed; far below 0 where it cannot be."""
        rr = np.exp(log_rr)
        p0 = rate / (prevalence * rr + 1 - prevalence)
        p1 = rr * p0
        events1, events0 = n * prevalence * p1, n * (1 - prevalence) * p0
        enough = (np.minimum(events1, events0) >= FEW_EVENTS) & (np.maximum(p1, p0) < 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            se = np.sqrt((1 - p1) / events1 + (1 - p0) / events0)
            return np.asarray(np.where(enough, np.abs(log_rr) / se, 0.0) - needed)

    def nearest(sign: int) -> float | None:
        enough = np.flatnonzero(spare(sign * _LOG_RANGE) >= 0)
        if not len(enough):
            return None
        end = float(_LOG_RANGE[enough[0]])
        start = end - float(_LOG_RANGE[0])
        return math.exp(
            sign * scipy.optimize.brentq(lambda x: float(spare(np.asarray(sign * x))), start, end)
        )

    return Detectable(nearest(-1), nearest(1))


def detectable_difference(se: float, factor: float, power: float = 0.8) -> float:
    """Smallest difference that an interval of +- factor * se leaves 0 out of with some power.

    (factor + z_power) se, as factor = z_{1-alpha/2} gives the usual sample size formula (Cohen
    1988); the other side of the interval adds next to nothing.

    Args:
        se: Standard error of the difference.
        factor: Half the interval's width over `se`.
        power: Wanted.
    """
    return (factor + float(scipy.stats.norm.ppf(power))) * se


def per_arm(rate0: float, rate1: float, alpha: float = 0.05, power: float = 0.8) -> int | None:
    """Members of each of two equal arms that a two-sided test of two rates needs.

    n = (z_{1-alpha/2} sqrt(2 p q) + z_power sqrt(p0 q0 + p1 q1))^2 / (p1 - p0)^2 with p the mean of
    both rates (Fleiss, Levin and Paik 2003, 4.14, without the correction for continuity).

    Args:
        rate0: Rate of one arm, from 0 to 1.
        rate1: Rate of the other.
        alpha: Level of the test.
        power: Wanted.

    Returns:
        Rounded up; None when the rates are the same but for rounding.
    """
    if abs(rate1 - rate0) < _SAME:
        return None
    mean = (rate0 + rate1) / 2
    pooled = math.sqrt(2 * mean * (1 - mean))
    apart = math.sqrt(rate0 * (1 - rate0) + rate1 * (1 - rate1))
    needed = (
        float(scipy.stats.norm.isf(alpha / 2)) * pooled + float(scipy.stats.norm.ppf(power)) * apart
    )
    return math.ceil((needed / (rate1 - rate0)) ** 2)

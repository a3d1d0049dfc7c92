"""Crude figures of counts: ratios, differences, shares, and the ratio of a weighted sample.

Not here: adjustment (adjustment.py), late outcomes (delays.py), judges (judging.py).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from last_mile.core.stats import (
    minimal_detectable,
    relative_risk,
    risk_difference,
    score_interval,
    weighted_relative_risk,
    wilson_interval,
)
from last_mile_tests.prove.coverage import (
    COVERS,
    MISSES,
    Answers,
    Claim,
    Setting,
    pair,
)
from last_mile_tests.prove.worlds import Sampled, TwoArms

RATIO, DIFFERENCE, RATE = "relative_risk", "risk_difference", "wilson_interval"
SCORE, PREVALENCE = "score_interval", "wilson_interval of the prevalence"
FOUND = "p < 0.05 at minimal_detectable"
POWER = (0.77, 0.83)


def arms_trial(world: TwoArms, rng: np.random.Generator) -> Answers:
    """Ratio, difference, rate with the flag and prevalence of one world."""
    counts = world.draw(rng)
    events1, n1, _, n0 = counts
    ratio, difference = relative_risk(*counts), risk_difference(*counts)
    return {
        RATIO: pair(ratio.low, ratio.high),
        SCORE: pair(*score_interval(*counts)),
        DIFFERENCE: pair(difference.low, difference.high) if difference else None,
        RATE: wilson_interval(events1, n1),
        PREVALENCE: wilson_interval(n1, n1 + n0),
    }


def sample_trial(world: Sampled, rng: np.random.Generator) -> Answers:
    """Ratio of a sample with unequal weights, weighted and not."""
    arms = world.draw(rng)
    weighted = weighted_relative_risk(*arms)
    raw = relative_risk(arms[0].events, arms[0].n, arms[1].events, arms[1].n)
    return {
        "weighted_relative_risk": pair(weighted.low, weighted.high),
        "relative_risk without weights": pair(raw.low, raw.high),
    }


def power_trial(world: TwoArms, rng: np.random.Generator) -> Answers:
    """Whether the ratio that 80% power should find is found: as an interval, 1 or 0."""
    p = relative_risk(*world.draw(rng)).p
    found = float(p is not None and p < 0.05)
    return {FOUND: (found, found)}


def _arms(
    name: str, world: TwoArms, ratio: tuple[float, float] = COVERS, *, score: bool = False
) -> Setting:
    rate = world.rate * world.ratio
    claims = (
        Claim(RATIO, world.ratio, ratio),
        *((Claim(SCORE, world.ratio),) if score else ()),
        Claim(DIFFERENCE, rate - world.rate),
        Claim(RATE, rate),
        Claim(PREVALENCE, world.prevalence),
    )
    return Setting(name, partial(arms_trial, world), claims)


def _sample(name: str, world: Sampled) -> Setting:
    return Setting(
        name,
        partial(sample_trial, world),
        (
            Claim("weighted_relative_risk", world.ratio),
            Claim("relative_risk without weights", world.ratio, MISSES),
        ),
        times=10,
    )


def _power(prevalence: float, rate: float, n: int, *, up: bool) -> Setting:
    ratio = minimal_detectable(prevalence, rate, n)[up]
    assert ratio is not None
    without = rate / (prevalence * ratio + 1 - prevalence)
    name = f"flag {prevalence:.0%}, event {rate:.0%}, n {n:,}, ratio {ratio:.2f}"
    world = TwoArms(n, prevalence, without, ratio)
    return Setting(name, partial(power_trial, world), (Claim(FOUND, 1.0, POWER),))


SETTINGS = (
    _arms("flag 50%, rate 2%", TwoArms(10_000, 0.5, 0.02, 1.5)),
    _arms("flag 74%, rate 3%, as the robotic flag", TwoArms(20_000, 0.74, 0.03, 0.5556)),
    _arms("flag 95%, rate 2%", TwoArms(20_000, 0.95, 0.02, 0.9)),
    _arms("flag 1%, rate 2%: 30 events expected", TwoArms(100_000, 0.01, 0.02, 1.5)),
    _arms("flag 5%, rate 2%: 12 events expected", TwoArms(12_000, 0.05, 0.02, 1.0), score=True),
    _arms("flag 5%, rate 2%: 8 events expected", TwoArms(8_000, 0.05, 0.02, 1.0), score=True),
    _arms("flag 5%, rate 2%: 5 events expected", TwoArms(5_000, 0.05, 0.02, 1.0), score=True),
    _arms("flag 30%, ratio 8: 4 events without", TwoArms(3_000, 0.3, 0.002, 8.0), score=True),
)
SAMPLES = (
    _sample("three strata, judged shares 100%, 25%, 10%", Sampled(30_000, (1.0, 0.25, 0.1))),
    _sample("three strata, judged shares 50%, 20%, 5%", Sampled(60_000, (0.5, 0.2, 0.05))),
)
POWERS = tuple(
    _power(prevalence, rate, n, up=up)
    for prevalence, rate, n in ((0.5, 0.02, 100_000), (0.26, 0.02, 100_000), (0.93, 0.06, 100_000))
    for up in (True, False)
)

"""How often a verdict is given in worlds where it is right, and where it is wrong.

Crude figures of one metric, so q is p. Not here: families of metrics (discovery.py).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from last_mile.core.lift.verdict import measured_sign, verdict
from last_mile.core.stats import relative_risk
from last_mile_tests.prove.coverage import SHOWN, Answers, Claim, Setting
from last_mile_tests.prove.worlds import TwoArms

CONFIRMED, REVERSED, NEGLIGIBLE, UNIVERSAL, UNDERPOWERED = (
    "confirmed",
    "reversed",
    "negligible",
    "universal",
    "underpowered",
)
RARELY = (0.0, 0.05)  # a wrong one
OFTEN = (0.8, 1.0)  # the right one, in worlds large enough


def verdict_trial(world: TwoArms, prior: int, rng: np.random.Generator) -> Answers:
    """Which verdict a world gets: 1 for that one, 0 for the others."""
    events1, n1, events0, n0 = world.draw(rng)
    found = relative_risk(events1, n1, events0, n0)
    row = {
        "adjusted_low": None, "rr": found.rr, "rr_low": found.low, "rr_high": found.high,
        "q": found.p, "reason": found.reason, "leaks": None, "prior_sign": prior,
        "prevalence": n1 / (n1 + n0), "rate_true": events1 / n1, "rate_false": events0 / n0,
        "n_scored": n1 + n0, "n_true": n1, "events_true": events1, "events_false": events0,
    }  # fmt: skip
    row["measured_sign"] = measured_sign(row)
    given = verdict(row)
    names = (CONFIRMED, REVERSED, NEGLIGIBLE, UNIVERSAL, UNDERPOWERED)
    return {name: (float(name == given),) * 2 for name in names}


def _world(
    name: str, world: TwoArms, asked: dict[str, tuple[float, float]], prior: int = 1
) -> Setting:
    claims = tuple(Claim(verdict, 1.0, between) for verdict, between in asked.items())
    return Setting(name, partial(verdict_trial, world, prior), claims)


SETTINGS = (
    _world(
        "no effect, 10,000 conversations",
        TwoArms(10_000, 0.5, 0.02),
        {CONFIRMED: RARELY, REVERSED: RARELY, NEGLIGIBLE: RARELY, UNDERPOWERED: OFTEN},
    ),
    _world(
        "no effect, 2,000,000 conversations",
        TwoArms(2_000_000, 0.5, 0.02),
        {CONFIRMED: RARELY, REVERSED: RARELY, NEGLIGIBLE: OFTEN},
    ),
    _world(
        "ratio 1.05, the edge of negligible, 2,000,000 conversations",
        TwoArms(2_000_000, 0.5, 0.02, 1.05),
        {NEGLIGIBLE: RARELY, REVERSED: RARELY, CONFIRMED: OFTEN},
    ),
    _world(
        "ratio 1.3, prior +, 100,000 conversations",
        TwoArms(100_000, 0.5, 0.02, 1.3),
        {CONFIRMED: OFTEN, REVERSED: RARELY, NEGLIGIBLE: RARELY},
    ),
    _world(
        "ratio 0.77, prior +, 100,000 conversations",
        TwoArms(100_000, 0.5, 0.02, 0.77),
        {REVERSED: OFTEN, CONFIRMED: RARELY, NEGLIGIBLE: RARELY},
    ),
    _world(
        "ratio 0.9, flag 95%, prior +, 100,000 conversations",
        TwoArms(100_000, 0.95, 0.02, 0.9),
        {CONFIRMED: RARELY, NEGLIGIBLE: RARELY, UNIVERSAL: SHOWN, REVERSED: SHOWN},
    ),
    _world(
        "no effect, 6 events expected with the flag",
        TwoArms(6_000, 0.05, 0.02),
        {CONFIRMED: RARELY, REVERSED: RARELY, NEGLIGIBLE: RARELY, UNDERPOWERED: SHOWN},
    ),
)

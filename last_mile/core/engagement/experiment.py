"""How many users an experiment would need to settle what a log only suggests.

Not here: what a log of some size would have shown (core/stats/power.py).
"""

from __future__ import annotations

from typing import NamedTuple

from last_mile.core.stats import per_arm

OFFERED = 0.3  # share of users who take up what they are offered


class Experiment(NamedTuple):
    """Users per arm, each counted once; None where the two rates are the same.

    Attributes:
        per_arm: If the adjusted difference is the whole truth and everybody in one arm does it.
        per_arm_half: If half of the difference is.
        per_arm_offered: If the difference is the truth and 30 % do it because it is offered.
    """

    per_arm: int | None
    per_arm_half: int | None
    per_arm_offered: int | None


def experiment(without: float | None, with_it: float | None) -> Experiment:
    """Sizes for the rates without a behaviour and with it, at 80 % power and a level of 5 %.

    An offer moves the rate of its arm by the share that takes it up times the difference (the
    intention to treat), so sizes grow with about the square of one over that share.
    """
    if without is None or with_it is None:
        return Experiment(None, None, None)
    return Experiment(
        *(per_arm(without, without + part * (with_it - without)) for part in (1, 0.5, OFFERED))
    )

"""Counts how often intervals hold the truth of the worlds they were computed in.

Not here: the worlds (worlds.py), which intervals (one module per question), the page (table.py).
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

Interval = tuple[float, float]
Answers = Mapping[str, Interval | None]  # by the name of the interval; None: it was withheld
Trial = Callable[[np.random.Generator], Answers]

COVERS = (0.93, 0.97)  # what is asked of a 95% interval
AT_LEAST = (0.93, 1.0)  # it may be too wide, not too narrow
MISSES = (0.0, 0.93)  # the naive figure beside: a world in which it held would prove nothing
SHOWN = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Claim:
    """One interval of a setting, the true value it is about and the coverage asked of it."""

    interval: str
    truth: float
    asked: tuple[float, float] = COVERS


@dataclass(frozen=True, slots=True)
class Setting:
    """One law of worlds and what is computed in each of them.

    Attributes:
        name: Unique; it is also part of every world's seed.
        trial: Draws one world with the generator it is given and answers every claim's interval.
        claims: At least one.
        times: Worlds are this many times the number asked for on the command line.
    """

    name: str
    trial: Trial
    claims: tuple[Claim, ...]
    times: int = 25


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often one interval held its truth; `below` and `above` say on which side it lay."""

    setting: str
    claim: Claim
    worlds: int
    withheld: int
    below: int
    above: int

    @property
    def shown(self) -> int:
        """Worlds in which there was an interval."""
        return self.worlds - self.withheld

    @property
    def share(self) -> float | None:
        """Share of the intervals shown that held the truth; None when none was shown."""
        return 1 - (self.below + self.above) / self.shown if self.shown else None

    @property
    def noise(self) -> Interval:
        """Exact 95% interval of the share, for the number of worlds (Clopper and Pearson 1934)."""
        held = self.shown - self.below - self.above
        found = stats.binomtest(held, self.shown).proportion_ci(0.95, method="exact")
        return float(found.low), float(found.high)

    @property
    def passed(self) -> bool:
        """Whether the share lies where it was asked to."""
        return self.share is not None and self.claim.asked[0] <= self.share <= self.claim.asked[1]


def pair(low: float | None, high: float | None) -> Interval | None:
    """Return an interval, open where a limit is missing, or None when both are."""
    if low is None and high is None:
        return None
    return -math.inf if low is None else low, math.inf if high is None else high


def generator(seed: int, name: str, world: int) -> np.random.Generator:
    """Return the generator of one world: no other setting or world changes what it draws."""
    words = np.random.SeedSequence((seed, zlib.crc32(name.encode()), world))
    return np.random.default_rng(words)


def measure(setting: Setting, worlds: int, seed: int) -> list[Coverage]:
    """Draw the worlds of a setting and count, claim by claim, where the truth lay.

    Args:
        setting: What to draw and compute.
        worlds: As asked for on the command line; the setting's `times` multiplies it.
        seed: Same seed, same counts.
    """
    total = worlds * setting.times
    seen: Counter[tuple[Claim, str]] = Counter()
    for world in range(total):
        answers = setting.trial(generator(seed, setting.name, world))
        for claim in setting.claims:
            seen[claim, _side(answers[claim.interval], claim.truth)] += 1
    return [
        Coverage(
            setting.name,
            claim,
            total,
            *(seen[claim, side] for side in ("withheld", "below", "above")),
        )
        for claim in setting.claims
    ]


def _side(interval: Interval | None, truth: float) -> str:
    """Where the truth lies: `below` the interval, `above` it, or `held`."""
    if interval is None:
        return "withheld"
    if not interval[0] <= interval[1]:  # a NaN would hold every truth
        raise ValueError(f"The interval {interval} is none; withhold it with None and a reason.")
    if truth < interval[0]:
        return "below"
    return "above" if truth > interval[1] else "held"

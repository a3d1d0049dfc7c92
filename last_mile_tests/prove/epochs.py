"""Worlds in which the judge changed: what two epochs look like beside each other, and bridged.

Not here: the crosswalk (core/stats/crosswalk.py), judge errors against people (judging.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from last_mile.core.stats import (
    Interval,
    crosswalk,
    crosswalk_difference,
    risk_difference,
    wilson_interval,
)
from last_mile_tests.prove.coverage import COVERS, SHOWN, Answers, Claim, Setting, pair
from last_mile_tests.prove.verdicts import OFTEN, RARELY

Ints = NDArray[np.int64]
MISLED = (0.9, 1.0)  # the naive comparison, where it must be


@dataclass(frozen=True, slots=True)
class Judge:
    """How often a judge says what is so; and how often that a question does not apply."""

    sensitivity: float
    specificity: float
    sees: float = 0.0  # of conversations to which the question does not apply, it says so

    def answers(self, truth: Ints, rng: np.random.Generator) -> Ints:
        """Return 0 (true), 1 (false) or 2 (not applicable) per conversation of a truth."""
        n = len(truth)
        right = rng.random(n) < np.where(truth == 0, self.sensitivity, self.specificity)
        said = np.where(truth == 0, ~right, right).astype(np.int64)
        return np.where((truth == 2) & (rng.random(n) < self.sees), 2, said)

    def share(self, true: float, applies: float) -> float:
        """Return the share of true among what it scores."""
        rest = (1 - applies) * (1 - self.sees)
        said = true * self.sensitivity + (applies - true) * (1 - self.specificity)
        return (said + rest * (1 - self.specificity)) / (applies + rest)


@dataclass(frozen=True, slots=True)
class Change:
    """Conversations of an older epoch, then of the current one; a bridge among the older.

    Attributes:
        true: Share of the older conversations that have the behaviour.
        moved: Added to it by the product, under the current epoch.
        applies: Share to which the question applies.
        older: The judge that was replaced.
        newer: The one of now.
        size: Conversations of either epoch.
        bridge: Of the older ones, judged under both.
    """

    true: float
    older: Judge
    newer: Judge
    moved: float = 0.0
    applies: float = 1.0
    size: int = 3_000
    bridge: int = 300

    def truth(self, true: float, rng: np.random.Generator) -> Ints:
        """Return 0, 1 or 2 (the question does not apply) per conversation."""
        draw = rng.random(self.size)
        return np.where(draw < true, 0, np.where(draw < self.applies, 1, 2)).astype(np.int64)

    @property
    def bridged_share(self) -> float:
        """Share that the newer judge finds among the older conversations."""
        return self.newer.share(self.true, self.applies)

    @property
    def difference(self) -> float:
        """What the product changed, as the newer judge sees it."""
        return self.newer.share(self.true + self.moved, self.applies) - self.bridged_share


def compared(world: Change, rng: np.random.Generator) -> Answers:
    """What stands beside each other: as counted, and by the bridge."""
    before = world.truth(world.true, rng)
    after = world.truth(world.true + world.moved, rng)
    old, again = world.older.answers(before, rng), world.newer.answers(before, rng)
    new = np.bincount(world.newer.answers(after, rng), minlength=3)
    pairs = np.zeros((3, 3))
    np.add.at(pairs, (old[: world.bridge], again[: world.bridge]), 1)
    counts = np.bincount(old, minlength=3)
    found = crosswalk(pairs, counts)
    naive = risk_difference(new[0], new[:2].sum(), counts[0], counts[:2].sum())
    limits = wilson_interval(new[0], new[:2].sum())
    assert naive
    assert limits
    answers = {
        "as counted: changed": _changed(naive),
        "the bridged share's interval holds": pair(found.low, found.high),
    }
    if found.interval is None:
        return {
            **answers,
            "by the bridge: changed": None,
            "the bridged difference's interval holds": None,
        }
    now = Interval(float(new[0] / new[:2].sum()), *limits)
    difference = crosswalk_difference(now, found.interval)
    return {
        **answers,
        "by the bridge: changed": _changed(difference),
        "the bridged difference's interval holds": (difference.low, difference.high),
    }


def _changed(found: Interval) -> tuple[float, float]:
    return (float(not found.low <= 0 <= found.high),) * 2


def _setting(name: str, world: Change, asked: tuple[float, float] = MISLED) -> Setting:
    return Setting(
        name,
        partial(compared, world),
        (
            Claim("as counted: changed", 1.0, asked),
            Claim("by the bridge: changed", 1.0, RARELY if world.moved == 0 else OFTEN),
            Claim("the bridged share's interval holds", world.bridged_share, COVERS),
            Claim("the bridged difference's interval holds", world.difference, COVERS),
        ),
    )


LENIENT, STRICT = Judge(0.92, 0.80), Judge(0.90, 0.95)
SETTINGS = (
    _setting("a stricter judge, flag 30%", Change(0.30, LENIENT, STRICT)),
    _setting("a stricter judge, flag 3%", Change(0.03, Judge(0.9, 0.96), Judge(0.9, 0.99))),
    _setting("a stricter judge, flag 95%", Change(0.95, Judge(0.98, 0.9), Judge(0.94, 0.9))),
    _setting("a stricter judge, a bridge of 100", Change(0.30, LENIENT, STRICT, bridge=100)),
    _setting(
        "a judge that also sees what does not apply",
        Change(0.20, Judge(0.9, 0.85), Judge(0.9, 0.9, sees=0.8), applies=0.7),
        SHOWN,
    ),
    _setting(
        "a stricter judge, and the product +12 points",
        Change(0.30, LENIENT, STRICT, moved=0.12),
        SHOWN,
    ),
)

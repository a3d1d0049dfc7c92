"""False discoveries among 25 metrics of which 15 do nothing, crude and adjusted.

Not here: intervals (coverage.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from last_mile.core.stats import benjamini_hochberg, mantel_haenszel, relative_risk
from last_mile_tests.prove.adjustment import fit_by_rows, with_rows
from last_mile_tests.prove.coverage import generator
from last_mile_tests.prove.worlds import Bools, Floats, Ints

NULLS, EFFECTS = 15, 10
LEVEL = 0.05
_RATIOS = (0.6, 0.7, 0.75, 0.8, 0.85, 1.15, 1.2, 1.3, 1.4, 1.6)  # of the ten that do something
_SHARES = (0.79, 0.14, 0.07)  # of engagement, as in the article
_LIFT = (1.0, 2.4, 6.2)


@dataclass(frozen=True, slots=True)
class Metrics:
    """25 flags, the first 15 without any effect, in a world of users with three levels.

    `tilt` says how far engagement moves the flags: at 0 the nulls are independent of everything,
    else they are confounded, and null only inside a level. Given the level flags are independent,
    so the effects of the others leave a null a null.
    """

    n: int
    rate: float  # at level 0, without a flag
    tilt: float
    each: int = 4  # conversations of a user

    @property
    def prevalence(self) -> Floats:
        """Of every flag at every level [levels, flags]."""
        middle = np.linspace(0.08, 0.92, NULLS + EFFECTS)
        middle = np.concatenate(
            [middle[::5], middle[1::5], middle[2::5], middle[3::5], middle[4::5]]
        )
        sign = np.where(np.arange(middle.size) % 2, 1.0, -1.0)
        odds = np.log(middle / (1 - middle)) + self.tilt * np.arange(3)[:, None] * sign
        return np.asarray(1 / (1 + np.exp(-odds)))

    def draw(self, rng: np.random.Generator) -> tuple[Ints, Ints, Bools, Ints]:
        """Return user, level, flags [rows, 25] and event of every row."""
        user = np.arange(self.n) // self.each
        habit = rng.choice(3, user[-1] + 1, p=_SHARES)
        fresh = rng.choice(3, self.n, p=_SHARES)
        level = np.where(rng.random(self.n) < 0.6, habit[user], fresh)
        frailty = rng.gamma(3.0, 1 / 3.0, user[-1] + 1)
        flags = rng.random((self.n, NULLS + EFFECTS)) < self.prevalence[level]
        effect = np.exp(flags[:, NULLS:] @ np.log(_RATIOS))
        chance = self.rate * np.array(_LIFT)[level] * effect * frailty[user]
        return user, level, flags, (rng.random(self.n) < chance).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Discoveries:
    """What Benjamini-Hochberg called at 5%, averaged over worlds."""

    setting: str
    analysis: str
    worlds: int
    nulls_called: float  # share of the 15
    effects_found: float  # share of the 10
    false_share: float  # of what was called, 0 where nothing was: the false discovery proportion
    noise: float  # half of a 95% interval of `false_share`
    must_hold: bool

    @property
    def passed(self) -> bool:
        """At most 5% where it must hold; clearly more where confounding is left alone."""
        held = max(self.false_share, self.nulls_called) <= LEVEL
        return held if self.must_hold else not held


@dataclass(frozen=True, slots=True)
class Setting:
    """A world and the analyses of it; False for those that must not hold."""

    name: str
    world: Metrics
    analyses: Mapping[str, bool]


def crude(level: Ints, user: Ints, flag: Bools, event: Ints) -> float | None:
    """P-value of the crude ratio."""
    a, n1 = int(event[flag].sum()), int(flag.sum())
    return relative_risk(a, n1, int(event.sum()) - a, flag.size - n1).p


def pooled(level: Ints, user: Ints, flag: Bools, event: Ints) -> float | None:
    """P-value of the ratio pooled over the three levels."""
    n, events = (
        np.bincount(2 * level + flag, weights, 6).reshape(3, 2)
        for weights in (np.ones(level.size), event.astype(np.float64))
    )
    return mantel_haenszel(n[:, 1], events[:, 1], n[:, 0], events[:, 0]).p


def adjusted(level: Ints, user: Ints, flag: Bools, event: Ints) -> float | None:
    """P-value of the ratio adjusted for the level, errors by user."""
    fit = fit_by_rows({"level": np.arange(3)}, level, flag, event)
    return with_rows(fit, user, level, flag, event).p


ANALYSES: Mapping[str, Callable[[Ints, Ints, Bools, Ints], float | None]] = {
    "relative_risk, crude": crude,
    "mantel_haenszel": pooled,
    "fit_adjusted, by user": adjusted,
}


def measure(setting: Setting, worlds: int, seed: int) -> list[Discoveries]:
    """Draw worlds and average what each analysis calls.

    Args:
        setting: What to draw.
        worlds: How many.
        seed: Same seed, same shares.
    """
    called = np.zeros((worlds, len(setting.analyses), NULLS + EFFECTS), dtype=bool)
    for world in range(worlds):
        user, level, flags, event = setting.world.draw(generator(seed, setting.name, world))
        for place, name in enumerate(setting.analyses):
            test = partial(ANALYSES[name], level, user)
            q = benjamini_hochberg([test(flag, event) for flag in flags.T])
            called[world, place] = [x is not None and x < LEVEL for x in q]
    return [
        averaged(setting, name, called[:, place]) for place, name in enumerate(setting.analyses)
    ]


def averaged(setting: Setting, name: str, called: Bools) -> Discoveries:
    """Average what one analysis called [worlds, metrics]."""
    false = called[:, :NULLS].sum(axis=1) / np.maximum(called.sum(axis=1), 1)
    return Discoveries(
        setting.name,
        name,
        len(called),
        float(called[:, :NULLS].mean()),
        float(called[:, NULLS:].mean()),
        float(false.mean()),
        float(1.96 * false.std() / len(called) ** 0.5),
        setting.analyses[name],
    )


SETTINGS = (
    Setting(
        "15 nulls, independent of everything",
        Metrics(20_000, 0.03, 0.0),
        {"relative_risk, crude": True, "fit_adjusted, by user": True},
    ),
    Setting(
        "15 nulls, confounded by engagement",
        Metrics(20_000, 0.03, 0.5),
        {
            "relative_risk, crude": False,
            "mantel_haenszel": True,
            "fit_adjusted, by user": True,
        },
    ),
)

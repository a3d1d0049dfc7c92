"""Worlds of 118 days that are quiet, or in which one thing changes, watched every day.

Not here: the monitor (core/drift), releases that change the mix (releases.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
from numpy.typing import NDArray

from last_mile.core.drift import (
    ALPHA,
    KINDS,
    Arms,
    Kind,
    Points,
    Series,
    Track,
    alarmed,
    detect,
    ratio_points,
    share_points,
)
from last_mile_tests.prove.coverage import Answers, Claim, Setting
from last_mile_tests.prove.verdicts import OFTEN, RARELY

Floats = NDArray[np.float64]
BASELINE, DAYS, FLAGS, WEEK = 28, 118, 25, 7
FIRST = date(2026, 1, 5)
CHANGED = 12  # the flag in the middle
PREVALENCES = np.linspace(0.05, 0.6, FLAGS)
RATIOS = np.array([1.3, 0.7, 1.2, 0.8, 1.5] + [1.0] * (FLAGS - 5))
HIRED = 0.2
LABELS = 40  # of a metric on a day
MISLED = (0.3, 1.0)  # a naive chart beside, which must be wrong
# e-BH holds the expected share of false ones among the alarms at 5 %: where the change itself is
# alarmed, one false alarm beside it is half of them, so it comes in at most 10 % of the worlds.
BESIDE = (0.0, 0.10)


@dataclass(frozen=True, slots=True)
class World:
    """Users who come for some days with habits of their own; weekdays that differ.

    Attributes:
        users: Who begin on a day.
        prevalence: Added to the share of one flag.
        agreement: Added to the share of labels that the judge agrees with, for that flag.
        relation: By which its relative risk is multiplied.
        rarity: The outcome's rate is multiplied by it.
    """

    users: int = 100
    prevalence: float = 0.0
    agreement: float = 0.0
    relation: float = 1.0
    rarity: float = 1.0

    def draw(self, rng: np.random.Generator) -> Drawn:
        """Draw all three kinds of series; a change comes on one of seven days."""
        change = 56 + int(rng.integers(WEEK))
        day, user = self._visits(rng)
        weekday, n_users = day % WEEK, int(user.max()) + 1
        level = np.log(PREVALENCES / (1 - PREVALENCES)).astype(np.float32)
        logit = level + 0.2 * _normal(rng, WEEK)[weekday]
        logit += 0.05 * _normal(rng, DAYS)[day]
        logit += 0.7 * _normal(rng, n_users)[user]
        share = 1 / (1 + np.exp(-logit))
        share[day >= change, CHANGED] += self.prevalence
        flags = rng.random(share.shape, dtype=np.float32) < share
        rate = HIRED * self.rarity * np.exp(0.1 * rng.normal(size=WEEK))[weekday]
        rate *= rng.choice([0.7, 1.3], n_users)[user]
        rate *= np.where(flags[:, :5], RATIOS[:5], 1.0).prod(axis=1)
        rate *= np.where(flags[:, CHANGED] & (day >= change), self.relation, 1.0)
        hired = rng.random(len(day)) < rate.clip(0, 1)
        return Drawn(day, user, flags, hired, self._labels(rng, change), change)

    def _visits(self, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Day and user of every conversation; six in ten of those on weekends stay."""
        begins = np.repeat(np.arange(-30, DAYS), self.users)
        user = np.repeat(np.arange(len(begins)), 1 + rng.poisson(2, len(begins)))
        day = begins[user] + rng.exponential(5, len(user)).astype(int)
        here = (day >= 0) & (day < DAYS)
        here &= (day % WEEK < WEEK - 2) | (rng.random(len(day)) < 0.6)
        return day[here], np.unique(user[here], return_inverse=True)[1]

    def _labels(self, rng: np.random.Generator, change: int) -> tuple[Floats, Floats]:
        """Labels that agree, and all, by flag, day and the judge's answer."""
        n_true = rng.binomial(LABELS, PREVALENCES[:, None], (FLAGS, DAYS))
        n = np.stack([LABELS - n_true, n_true], axis=2)
        share = np.broadcast_to([0.93, 0.85], n.shape).copy()
        share[CHANGED, change:] += self.agreement
        return rng.binomial(n, share).astype(float), n.astype(float)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Conversations of a world [n], and labels; `change` is the day on which something changes."""

    day: NDArray[np.int64]
    user: NDArray[np.int64]
    flags: NDArray[np.bool_]
    hired: NDArray[np.bool_]
    labels: tuple[Floats, Floats]
    change: int

    def shares(self) -> tuple[Floats, Floats]:
        """Conversations with each flag, and all, by flag, day and weekday."""
        n, place = np.bincount(self.day, minlength=DAYS).astype(float), np.arange(DAYS)
        of_weekday = np.zeros((2, FLAGS, DAYS, WEEK))
        of_weekday[0][:, place, place % WEEK] = self._by_day(self.flags).T
        of_weekday[1][:, place, place % WEEK] = n
        return of_weekday[0], of_weekday[1]

    def arms(self) -> Arms:
        """Conversations and outcomes with and without each flag."""
        hired = np.bincount(self.day, self.hired, DAYS)
        n = np.bincount(self.day, minlength=DAYS).astype(float)
        n_true = self._by_day(self.flags).T
        events = self._by_day(self.flags & self.hired[:, None]).T
        return Arms(n_true, events, n - n_true, hired - events)

    def together(self, kind: Kind) -> Floats:
        """What reads/drift_users.sql returns, over the baseline."""
        early = self.day < BASELINE
        flags, hired = self.flags[early], self.hired[early, None]
        if kind == "prevalence":
            moved = flags - flags.mean(axis=0)
        else:
            moved = np.zeros(flags.shape)
            for arm, sign in ((flags, 1), (~flags, -1)):
                events = np.maximum((arm & hired).sum(axis=0), 1)
                moved += sign * arm * (hired / events - 1 / np.maximum(arm.sum(axis=0), 1))
        day, user = self.day[early], self.user[early]
        side = np.where(day < BASELINE // 2, -1, 1)[:, None]
        whole, apart = _summed(user, side * moved), _summed(user * DAYS + day, moved)
        return np.asarray(np.maximum(1.0, (whole**2).sum(axis=0) / (apart**2).sum(axis=0)))

    def _by_day(self, columns: NDArray[np.bool_]) -> Floats:
        return np.stack([np.bincount(self.day, column, DAYS) for column in columns.T], axis=1)

    def points(self, kind: Kind) -> tuple[Points, Floats]:
        """Values of a kind of series, and how much users who come back blur their sums."""
        if kind == "agreement":
            return share_points(*self.labels, BASELINE), np.ones(FLAGS)
        if kind == "prevalence":
            return share_points(*self.shares(), BASELINE), self.together(kind)
        return ratio_points(self.arms(), BASELINE), self.together(kind)

    def alarms(self, kind: Kind) -> NDArray[np.int64]:
        """Day of the first alarm of each series; DAYS: none."""
        points, together = self.points(kind)
        e = detect(points.y, points.w, BASELINE, together, points.least_scale).e
        first = np.full(FLAGS, DAYS)
        for day in range(DAYS - 1, BASELINE - 1, -1):
            first[alarmed(e[:, day], FLAGS, ALPHA)] = day
        return first

    def planned(self, kind: Kind) -> int | None:
        """Days to find the change worth knowing, as `drift` says on the day before it comes."""
        counts: tuple[Floats, Floats] | Arms
        if kind == "relation":
            counts = Arms(*(part[CHANGED : CHANGED + 1] for part in self.arms().parts))
        else:
            both = self.labels if kind == "agreement" else self.shares()
            counts = (both[0][CHANGED], both[1][CHANGED])
        shown, together = np.ones((DAYS, 2), np.int64), float(self.points(kind)[1][CHANGED])
        series = Series(kind, "flag", "1", FIRST, counts, shown, together)
        before = FIRST + timedelta(days=self.change - 1)
        days: int | None = Track(series, FLAGS).row(before)["days_to_detect"]
        return days


def quiet(world: World, rng: np.random.Generator) -> Answers:
    """Whether any of 25 series of a kind ever had an alarm; a chart of daily shares beside."""
    drawn = world.draw(rng)
    answers = {f"an alarm on {kind}": bool((drawn.alarms(kind) < DAYS).any()) for kind in KINDS}
    positive, n = (part.sum(axis=2) for part in drawn.shares())
    share = positive[:, :BASELINE].sum(axis=1) / n[:, :BASELINE].sum(axis=1)
    error = np.sqrt((share * (1 - share))[:, None] / n)
    outside = np.abs(positive / n - share[:, None]) / error > 3
    answers["a daily share 3 binomial errors off"] = bool(outside[:, BASELINE:].any())
    return {name: (float(found),) * 2 for name, found in answers.items()}


def changed(world: World, kind: Kind, rng: np.random.Generator) -> Answers:
    """Whether the change was found in time, and anything else was."""
    drawn = world.draw(rng)
    first = {one: drawn.alarms(one) for one in KINDS}
    own, planned = first[kind][CHANGED], drawn.planned(kind)
    last = drawn.change - 1 + (DAYS if planned is None else planned)
    answers = {
        "found within the days it says": drawn.change <= own <= min(last, DAYS - 1),
        "an alarm on it before": own < drawn.change,
        "an alarm on another flag of the kind": (np.delete(first[kind], CHANGED) < DAYS).any(),
        "an alarm of another kind": any((first[one] < DAYS).any() for one in KINDS if one != kind),
        "the days are over by day 118": last < DAYS,
    }
    return {name: (float(found),) * 2 for name, found in answers.items()}


def _normal(rng: np.random.Generator, rows: int) -> NDArray[np.float32]:
    return rng.standard_normal((rows, FLAGS), dtype=np.float32)


def _summed(keys: NDArray[np.int64], rows: Floats) -> Floats:
    order = np.argsort(keys, kind="stable")
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    return np.asarray(np.add.reduceat(rows[order], starts, axis=0))


_QUIET = {
    **{f"an alarm on {kind}": RARELY for kind in KINDS},
    "a daily share 3 binomial errors off": MISLED,
}
_CHANGED = {
    "found within the days it says": OFTEN,
    "an alarm on it before": RARELY,
    "an alarm of another kind": BESIDE,
    "an alarm on another flag of the kind": BESIDE,
    "the days are over by day 118": OFTEN,
}


def _setting(name: str, trial: partial[Answers], asked: dict[str, tuple[float, float]]) -> Setting:
    claims = tuple(Claim(answer, 1.0, between) for answer, between in asked.items())
    return Setting(name, trial, claims, times=1)


SETTINGS = (
    _setting("90 quiet days, 20% hired", partial(quiet, World()), _QUIET),
    _setting("90 quiet days, 2% hired", partial(quiet, World(rarity=0.1)), _QUIET),
    _setting(
        "one flag 5 points more often",
        partial(changed, World(prevalence=0.05), "prevalence"), _CHANGED,
    ),
    _setting(
        "the judge agrees 10 points less on one flag",
        partial(changed, World(agreement=-0.1), "agreement"), _CHANGED,
    ),
    _setting(
        "relative risk of one flag times 1.25, 2,000 conversations a day",
        partial(changed, World(users=740, relation=1.25), "relation"), _CHANGED,
    ),
)  # fmt: skip

"""Worlds in which a release changed what is known, looked at every day while it is rolled out.

Not here: the comparison (core/release_effect), worlds of flags (worlds.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np
import polars as pl

from last_mile.core.release_effect import release_comparison
from last_mile.core.rubric import Rubric
from last_mile.core.stats import detectable_difference, sequential
from last_mile_tests.prove.coverage import AT_LEAST, SHOWN, Answers, Claim, Setting
from last_mile_tests.prove.verdicts import OFTEN, RARELY
from last_mile_tests.scenario import metric, rubric

CATEGORIES = ("writing", "design", "code", "data")
RATES = np.array([0.05, 0.10, 0.20, 0.30])  # of the outcome, for users of the middle
USUAL = (0.4, 0.3, 0.2, 0.1)
EASIER = (0.2, 0.2, 0.2, 0.4)
FIRST = date(2026, 1, 5)
NULLS = ("polite", "long", "certain", "cites")  # flags that no release changes
OFTEN_MISLED = (0.1, 1.0)  # a naive figure beside, which must be wrong


@dataclass(frozen=True, slots=True)
class Rollout:
    """Days with the old release alone, then half of the conversations with the new one.

    Attributes:
        change: Added to the outcome's rate by the new release, by category.
        mix: Categories under the new release; the old one has the usual ones.
        robotic: Share of conversations with this flag under the new release; 0.3 under the old.
        rarity: The outcome's rates are multiplied by it.
        days: All days; the new release comes after a fifth of them.
        daily: Conversations of a day.
    """

    change: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    mix: tuple[float, float, float, float] = USUAL
    robotic: float = 0.3
    rarity: float = 1.0
    days: int = 25
    daily: int = 240

    @property
    def begins(self) -> int:
        """Day on which the new release comes."""
        return self.days // 5

    def draw(self, rng: np.random.Generator) -> pl.DataFrame:
        """Return the rows of reads/release_rows.sql; users have a frailty and come again."""
        n = self.days * self.daily
        day = np.repeat(np.arange(self.days), self.daily)
        new = (day >= self.begins) & (rng.random(n) < 0.5)
        user = rng.integers(0, n // 4, n)
        frailty = rng.choice([0.6, 1.4], n // 4)[user]
        category = np.where(new, rng.choice(4, n, p=self.mix), rng.choice(4, n, p=USUAL))
        drafts = rng.random(n) < np.array([0.2, 0.3, 0.4, 0.5])[category]
        rate = self.rarity * RATES[category] * np.where(drafts, 1.3, 1.0) * frailty
        rate += np.where(new, np.array(self.change)[category], 0.0)
        flags = {name: rng.random(n) < 0.3 + 0.1 * category / 3 for name in NULLS}
        robotic = rng.random(n) < np.where(new, self.robotic, 0.3)
        return pl.DataFrame(
            {
                "release": np.where(new, "new", "old"),
                "day": [FIRST + timedelta(days=int(one)) for one in day],
                "_user": user.astype(np.uint64),
                "_task": pl.Series([None] * n, dtype=pl.UInt64),
                "_weight": np.ones(n),
                "category": np.array(CATEGORIES)[category],
                "own_draft": drafts,
                "robotic": robotic,
                **flags,
                "hired": rng.random(n) < rate.clip(0, 1),
            }
        )

    def looks(self, rng: np.random.Generator, *, daily: bool) -> Iterator[pl.DataFrame]:
        """Rows of `release_comparison` after every day with both releases, or after the last."""
        rows = self.draw(rng)
        for day in range(self.begins if daily else self.days - 1, self.days):
            known = rows.filter(pl.col("day") <= FIRST + timedelta(days=day))
            yield release_comparison(known, RUBRIC, None).filter(release="new")


def _rubric() -> Rubric:
    helps = {"sign": 1, "author": "team", "date": "2025-12-01"}
    rule = {"kind": "heuristic", "rule": "entry_point_is", "params": {"value": "own_draft"}}
    return rubric(
        strata=["category", "model"],
        outcomes=[{"id": "hired", "horizon_days": 10, "primary": True}],
        metrics=[
            metric("own_draft", prior=helps, about="engagement", **rule),
            metric("robotic"),
            *(metric(name, prior=helps) for name in NULLS),
        ],
        tiers=[],
    )


RUBRIC = _rubric()


def planned_change(world: Rollout) -> float:
    """The change that the last look of a rollout has 80 % power to find, in every category."""
    with_new = (world.days - world.begins) * world.daily / 2
    without = world.days * world.daily - with_new
    rates = RATES[:, None] * np.array([1.0, 1.3])
    share = np.array(USUAL)[:, None] * np.array([[0.8, 0.2], [0.7, 0.3], [0.6, 0.4], [0.5, 0.5]])
    middle = float((share * rates).sum())
    change = 0.0
    for _ in range(5):  # the change raises the new arm's variance, which raises the change
        inside1, inside0 = (float((share * p * (1 - p)).sum()) for p in (rates + change, rates))
        se = math.sqrt(inside1 / with_new + inside0 / without)
        look = sequential(0.0, se, math.sqrt(middle * (1 - middle)))
        change = detectable_difference(se, look.factor)
    return change


def told(world: Rollout, rng: np.random.Generator) -> Answers:
    """What the last look says of the outcome and of the flags: 1 where it does."""
    [rows] = world.looks(rng, daily=False)
    outcome = rows.row(by_predicate=pl.col("measure") == "hired", named=True)
    robotic = rows.row(by_predicate=pl.col("measure") == "robotic", named=True)
    others = rows.filter(pl.col("measure").is_in(NULLS))
    hidden = outcome["hides_regression"] and outcome["worst_stratum"] == "category=code"
    answers = {
        "improved": outcome["verdict"] == "improved",
        "regressed": outcome["verdict"] == "regressed",
        "no evidence": outcome["verdict"] == "no_evidence",
        "crude interval above 0": outcome["rd_low"] > 0,
        "code named as regressed while the whole is not": hidden,
        "another stratum named": bool(outcome["hides_regression"]) and not hidden,
        "robotic regressed": robotic["verdict"] == "regressed",
        "a null flag moved": (others["verdict"] != "no_evidence").any(),
    }
    return {name: (float(found),) * 2 for name, found in answers.items()}


def quiet(world: Rollout, rng: np.random.Generator) -> Answers:
    """Whether any of the daily looks was wrong in a world without change."""
    wrong, hidden, naive, missed = False, False, False, False
    for rows in world.looks(rng, daily=True):
        wrong |= (rows["verdict"] != "no_evidence").any()
        hidden |= bool(rows["hides_regression"].any())
        outcome = rows.row(by_predicate=pl.col("measure") == "hired", named=True)
        if outcome["sequential_low"] is not None:
            naive |= outcome["adjusted_low"] > 0 or outcome["adjusted_high"] < 0
            missed |= not outcome["sequential_low"] <= 0 <= outcome["sequential_high"]
    answers = {
        "a verdict on any of 6 flags or the outcome": wrong,
        "a stratum named": hidden,
        "the interval for one look leaves 0 out": naive,
        "the interval for every look holds 0": not missed,
    }
    return {name: (float(found),) * 2 for name, found in answers.items()}


def _claims(asked: dict[str, tuple[float, float]]) -> tuple[Claim, ...]:
    return tuple(Claim(name, 1.0, between) for name, between in asked.items())


_PLANNED = planned_change(Rollout())
SETTINGS = (
    Setting(
        f"every category {_PLANNED:+.1%}, planned for 80% power",
        partial(told, Rollout(change=(_PLANNED,) * 4)),
        _claims({"improved": (0.7, 0.9), "regressed": RARELY, "a null flag moved": RARELY}),
        times=1,
    ),
    Setting(
        "robotic 30% to 40%",
        partial(told, Rollout(robotic=0.4)),
        _claims({"robotic regressed": OFTEN, "improved": RARELY, "regressed": RARELY}),
        times=1,
    ),
    Setting(
        "code -12 points, the others +3.6, a mix of easier tasks",
        partial(told, Rollout(change=(0.036, 0.036, -0.12, 0.036), mix=EASIER)),
        _claims(
            {
                "crude interval above 0": OFTEN,
                "code named as regressed while the whole is not": OFTEN,
                "another stratum named": RARELY,
                "improved": SHOWN,
                "regressed": RARELY,
            }
        ),
        times=1,
    ),
    Setting(
        "a mix of easier tasks, no change",
        partial(told, Rollout(mix=EASIER)),
        _claims(
            {
                "crude interval above 0": OFTEN,
                "improved": RARELY,
                "regressed": RARELY,
                "code named as regressed while the whole is not": RARELY,
                "another stratum named": RARELY,
            }
        ),
        times=1,
    ),
    *(
        Setting(
            f"no change, {about}, looked at on 20 days",
            partial(quiet, Rollout(rarity=rarity)),
            _claims(
                {
                    "a verdict on any of 6 flags or the outcome": RARELY,
                    "a stratum named": RARELY,
                    "the interval for one look leaves 0 out": OFTEN_MISLED,
                    "the interval for every look holds 0": AT_LEAST,
                }
            ),
            times=1,
        )
        for about, rarity in (("12% hired", 1.0), ("2% hired", 0.15))
    ),
)

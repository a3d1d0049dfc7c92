"""Worlds in which a phrase lowers the outcome or none does, searched for what failures share.

Users have words, a topic and a frailty of their own. Not here: the search (core/failure_modes).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from last_mile.core.failure_modes import failure_modes
from last_mile_tests.prove.coverage import SHOWN, Answers, Claim, Setting
from last_mile_tests.prove.verdicts import OFTEN, RARELY

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
CATEGORIES = ("code", "data", "design", "writing")
RATES = np.array([0.2, 0.3, 0.4, 0.5])  # of the outcome, without a flag, for users of the middle
WORDS = ["".join(pair) + end for end in ("n", "r") for pair in product(
    ("ba", "de", "fi", "go", "ku", "la", "me", "no", "pi", "ru", "sa", "to"), repeat=2
)]  # fmt: skip
TOPIC, OWN = 15, 8  # words of a category, and of a user
MARKS = 10
ROBOTIC = len(WORDS) - 2 * MARKS  # where words of robotic texts begin, then those of the others
PHRASE = (WORDS[3], WORDS[5])  # ordinary words, which also stand alone
MOSTLY = (0.9, 1.0)  # of the worlds
# Of what is said to lower the outcome 5 % may be false. The categories are, and lower it: with
# them in the family a word without an effect passes in more worlds than in 5 %.
BESIDE = (0.0, 0.1)


@dataclass(frozen=True, slots=True)
class World:
    """Conversations of users who come about four times; three in ten are robotic, a harmful flag.

    Attributes:
        phrase: Shares of the conversations with the phrase: not robotic, robotic.
        times: The phrase multiplies the outcome's rate by it.
        missed: Share of the robotic ones that do not get the flag.
        rarity: The outcome's rates are multiplied by it.
        n: Conversations.
        length: Words of a final output; a first message has half of them.
    """

    phrase: tuple[float, float] = (0.0, 0.0)
    times: float = 1.0
    missed: float = 0.0
    rarity: float = 1.0
    n: int = 6_000
    length: int = 16

    def draw(self, rng: np.random.Generator) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
        """Rows of reads/failure_rows.sql and the texts of each part."""
        users = self.n // 4
        user = rng.integers(0, users, self.n)
        topic = np.where(
            rng.random(self.n) < 0.7,
            rng.integers(0, 4, users)[user],
            rng.choice(4, self.n, p=(0.4, 0.3, 0.2, 0.1)),
        )
        robotic = rng.random(self.n) < np.array([0.35, 0.35, 0.25, 0.25])[topic]
        flagged = robotic & (rng.random(self.n) >= self.missed)
        phrase = rng.random(self.n) < np.where(robotic, self.phrase[1], self.phrase[0])
        rate = self.rarity * RATES[topic] * rng.choice([0.6, 1.4], users)[user]
        rate *= np.where(robotic, 0.5, 1.0) * np.where(phrase, self.times, 1.0)
        event = rng.random(self.n) < rate
        kept = np.flatnonzero(~(event & flagged))
        own = rng.integers(0, ROBOTIC, (users, OWN))[user[kept]]
        rows = pl.DataFrame(
            {
                "conversation_id": np.char.mod("c%05d", kept),
                "_user": user[kept].astype(np.uint64),
                "_held_out": (rng.random(users) < 0.5)[user[kept]],
                "_event": event[kept],
                "_explained": flagged[kept],
                "category": np.array(CATEGORIES)[topic[kept]],
                "surface": np.array(["app", "mail", "web"])[rng.integers(0, 3, users)[user[kept]]],
            }
        )
        output = _words(rng, self.length, topic[kept], robotic[kept], own)
        mine = np.flatnonzero(phrase[kept])
        place = rng.integers(0, self.length - 1, len(mine))
        output[mine, place], output[mine, place + 1] = 3, 5
        asked = _words(rng, self.length // 2, topic[kept], np.zeros(len(kept), bool), own)
        nothing = pl.Series([None] * len(kept), dtype=pl.String)
        return rows, {"final_output": _text(output), "first_user": _text(asked), "user": nothing}


def found(rows: pl.DataFrame, texts: dict[str, pl.Series]) -> pl.DataFrame:
    """Rows of `failure_modes` that have no effect, or the phrase's: terms and one context."""
    rows = failure_modes(
        rows, texts.__getitem__, "hired", strata=["category"], today=date(2026, 1, 5)
    ).rows
    return rows.filter((pl.col("kind") == "term") | (pl.col("part") == "surface"))


def naive(rows: pl.DataFrame, texts: dict[str, pl.Series]) -> bool:
    """Whether the phrase has a lower rate where no flag is, strata and users unlooked at."""
    left = ~rows["_explained"].to_numpy()
    said = texts["final_output"].str.contains(" ".join(PHRASE), literal=True).to_numpy()[left]
    event = rows["_event"].to_numpy()[left]
    p, n1, n0 = float(event.mean()), int(said.sum()), int((~said).sum())
    change = float(event[said].mean() - event[~said].mean())
    return bool(change < -1.96 * math.sqrt(p * (1 - p) * (1 / n1 + 1 / n0)))


def _words(rng: np.random.Generator, length: int, topic: Ints, robotic: Bools, own: Ints) -> Ints:
    """Places in WORDS: half of them anybody's; a user's, a category's, of robotic texts or not."""
    size = (len(topic), length)
    share = 1 / np.arange(10, 10 + ROBOTIC)
    words = rng.choice(ROBOTIC, size, p=share / share.sum())
    which = rng.random(size)
    of_user = np.take_along_axis(own, rng.integers(0, OWN, size), axis=1)
    of_topic = 20 + topic[:, None] * TOPIC + rng.integers(0, TOPIC, size)
    usual = rng.random(size) < np.where(robotic, 0.2, 0.8)[:, None]
    marks = ROBOTIC + rng.integers(0, MARKS, size) + MARKS * usual
    words = np.where(which < 0.3, of_user, words)
    words = np.where(which > 0.85, of_topic, words)
    return np.where((which > 0.5) & (which < 0.55), marks, words)


def _text(words: Ints) -> pl.Series:
    rows, length = words.shape
    flat = pl.Series(WORDS).gather(words.ravel())
    return flat.reshape((rows, length)).arr.join(" ")


def quiet(world: World, rng: np.random.Generator) -> Answers:
    """Whether anything without an effect was said to have one."""
    null = found(*world.draw(rng))
    alone = null.filter((pl.col("rate") < pl.col("rate_without")) & (pl.col("p") < 0.05))
    answers = {
        "anything is proposed": "proposed" in null["state"],
        "anything is said to lower the outcome": (null["state"] != "not_confirmed").any(),
        "the smallest p of a lower rate is below 0.05": len(alone) > 0,
    }
    return _told(answers)


def planted(world: World, rng: np.random.Generator) -> Answers:
    """What is said of the phrase, and of anything else without an effect."""
    drawn = world.draw(rng)
    rows = found(*drawn)
    whole = rows.filter(feature=" ".join(PHRASE), part="final_output")["state"].to_list()
    parts = pl.col("feature").is_in([" ".join(PHRASE), *PHRASE]) & (pl.col("part") != "first_user")
    others = rows.filter(~parts)["state"]
    answers = {
        "the phrase is proposed": whole == ["proposed"],
        "the phrase is proposed or said to lower the outcome":
            whole in (["proposed"], ["lowers_outcome"]),
        "the phrase alone has a lower rate, p below 0.05": naive(*drawn),
        "the phrase or a part of it is proposed": "proposed" in rows.filter(parts)["state"],
        "anything else is proposed": "proposed" in others,
        "anything else is said to lower the outcome": (others != "not_confirmed").any(),
    }  # fmt: skip
    return _told(answers)


def _told(answers: dict[str, bool]) -> Answers:
    return {name: (float(found),) * 2 for name, found in answers.items()}


def _setting(name: str, trial: partial[Answers], asked: dict[str, tuple[float, float]]) -> Setting:
    claims = tuple(Claim(answer, 1.0, between) for answer, between in asked.items())
    return Setting(name, trial, claims, times=1)


_QUIET = {
    "anything is proposed": RARELY,
    "anything is said to lower the outcome": BESIDE,
    "the smallest p of a lower rate is below 0.05": (0.1, 1.0),
}
_ELSE = {
    "anything else is proposed": RARELY,
    "anything else is said to lower the outcome": BESIDE,
}
SETTINGS = (
    _setting("no phrase matters, 35% hired", partial(quiet, World()), _QUIET),
    _setting(
        "no phrase matters, 8% hired",
        partial(quiet, World(rarity=0.25)),
        {**_QUIET, "the smallest p of a lower rate is below 0.05": SHOWN},
    ),
    _setting(
        "a phrase in 10%, in 3% of the robotic, halves the rate",
        partial(planted, World(phrase=(0.1, 0.03), times=0.5)),
        {"the phrase is proposed": MOSTLY, **_ELSE},
    ),
    _setting(
        "a phrase in 10%, robotic or not, halves the rate",
        partial(planted, World(phrase=(0.1, 0.1), times=0.5)),
        {
            "the phrase is proposed": SHOWN,
            "the phrase is proposed or said to lower the outcome": MOSTLY,
            **_ELSE,
        },
    ),
    _setting(
        "a phrase of the robotic, of whom 40% get no flag",
        partial(planted, World(phrase=(0.02, 0.4), missed=0.4)),
        {
            "the phrase alone has a lower rate, p below 0.05": OFTEN,
            "the phrase or a part of it is proposed": RARELY,
            **_ELSE,
        },
    ),
)

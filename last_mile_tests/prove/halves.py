"""What was chosen on one half of the users and measured on the other: segments, the quality score.

Flags are independent, so the rate inside any conjunction and the concordance of any score follow
from the law. Not here: figures that nobody chose (counts.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from itertools import product
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from last_mile.core.composite import composite_lift
from last_mile.core.segments import segment_lift
from last_mile.core.stats import wilson_interval
from last_mile_tests.prove.coverage import (
    MISSES,
    SHOWN,
    Answers,
    Claim,
    Interval,
    Setting,
    pair,
)
from last_mile_tests.prove.worlds import Bools, Floats, Ints

RATE, BEST_RATE, LAST_RATE = (
    "held-out rate / truth, best segment",
    "discovery rate / truth, best segment",
    "held-out rate / truth, last segment shown",
)
RISK = "held-out relative risk / truth, best segment"
SCORE, FLAG, DIFFERENCE = (
    "AUC of the score",
    "AUC of the best flag - truth",
    "difference of the AUCs - truth",
)


@dataclass(frozen=True)
class Flags:
    """Independent flags f0, f1, ... that each multiply the rate when true."""

    n: int
    rate: float  # with no flag
    prevalence: tuple[float, ...]
    effect: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(f"f{i}" for i in range(len(self.prevalence)))

    @cached_property
    def patterns(self) -> Bools:
        """Every combination [patterns, flags]."""
        return np.array(list(product((False, True), repeat=len(self.prevalence))))

    @cached_property
    def law(self) -> tuple[Floats, Floats]:
        """Share and rate of every combination."""
        p, effect = np.array(self.prevalence), np.array(self.effect)
        share = np.where(self.patterns, p, 1 - p).prod(axis=1)
        return share, self.rate * np.where(self.patterns, effect, 1.0).prod(axis=1)

    def members(self, segment: str) -> Bools:
        """Combinations inside a segment as it is written: `f0 and not f3`."""
        inside = np.ones(len(self.patterns), dtype=bool)
        for literal in segment.split(" and "):
            column = self.patterns[:, int(literal.removeprefix("not ")[1:])]
            inside &= ~column if literal.startswith("not ") else column
        return inside

    def rates(self, segment: str) -> tuple[float, float]:
        """True rate inside a segment and outside of it."""
        (share, rate), inside = self.law, self.members(segment)
        within, outside = (
            float(share[where] @ rate[where] / share[where].sum()) for where in (inside, ~inside)
        )
        return within, outside

    def concordance(self, score: Ints) -> float:
        """True chance that a conversation with the event scores above one without; ties half."""
        share, rate = self.law
        levels, place = np.unique(score, return_inverse=True)
        events = np.bincount(place, share * rate, levels.size)
        rest = np.bincount(place, share * (1 - rate), levels.size)
        above = np.tril(np.ones((levels.size, levels.size)), -1) + 0.5 * np.eye(levels.size)
        return float(events @ above @ rest / (events.sum() * rest.sum()))

    def draw(self, rng: np.random.Generator) -> pl.DataFrame:
        """Return both halves as rows of reads/flag_patterns.sql."""
        share, rate = self.law
        frames = []
        for held_out in (False, True):
            n = rng.multinomial(self.n // 2, share)
            seen = n > 0
            columns: dict[str, NDArray[Any]] = {
                name: self.patterns[seen, i] for i, name in enumerate(self.names)
            }
            columns["n"] = n[seen].astype(np.int64)
            columns["events"] = rng.binomial(n[seen], rate[seen]).astype(np.int64)
            frames.append(pl.DataFrame(columns).with_columns(held_out=pl.lit(held_out)))
        return pl.concat(frames)


def segment_trial(world: Flags, rng: np.random.Generator) -> Answers:
    """The best and the last of the segments shown; no interval in a world that shows none."""
    patterns = world.draw(rng)
    rows = segment_lift(patterns, world.names, "hired", None).rows
    if rows.is_empty():
        return dict.fromkeys((RATE, BEST_RATE, LAST_RATE, RISK))
    best, last = rows.row(0, named=True), rows.row(-1, named=True)
    inside, outside = world.rates(best["segment"])
    return {
        RATE: _over(pair(best["rate_low"], best["rate_high"]), inside),
        BEST_RATE: _over(_discovered(world, patterns, best["segment"]), inside),
        LAST_RATE: _over(
            pair(last["rate_low"], last["rate_high"]), world.rates(last["segment"])[0]
        ),
        RISK: _over(pair(best["rr_low"], best["rr_high"]), inside / outside),
    }


def _discovered(world: Flags, patterns: pl.DataFrame, segment: str) -> Interval | None:
    """Wilson interval of a segment's rate on the half it was chosen on."""
    half = patterns.filter(~pl.col("held_out"))
    for literal in segment.split(" and "):
        column = pl.col(literal.removeprefix("not "))
        half = half.filter(~column if literal.startswith("not ") else column)
    return wilson_interval(int(half["events"].sum()), int(half["n"].sum()))


def _over(interval: Interval | None, truth: float) -> Interval | None:
    return None if interval is None else (interval[0] / truth, interval[1] / truth)


def score_trial(world: Flags, rng: np.random.Generator) -> Answers:
    """A score of all flags, all with prior +1, against the best single flag."""
    row = composite_lift(world.draw(rng), dict.fromkeys(world.names, 1), "hired", None).row(
        0, named=True
    )
    sign, place = row["best_sign"], world.names.index(row["best_metric"])
    flag = world.concordance(sign * world.patterns[:, place].astype(np.int64))
    score = world.concordance(world.patterns.sum(axis=1))
    return {
        SCORE: pair(row["score_low"], row["score_high"]),
        FLAG: _less(pair(row["best_low"], row["best_high"]), flag),
        DIFFERENCE: _less(pair(row["difference_low"], row["difference_high"]), score - flag),
    }


def _less(interval: Interval | None, truth: float) -> Interval | None:
    return None if interval is None else (interval[0] - truth, interval[1] - truth)


_TEN = (0.5, 0.3, 0.2, 0.7, 0.4, 0.6, 0.25, 0.35, 0.8, 0.15)
CLEAR = Flags(20_000, 0.03, _TEN, (2.5, 1.6, 1.3) + (1.0,) * 7)
CLOSE = Flags(20_000, 0.04, _TEN, (1.4, 1.3, 1.25, 1.2, 1.2, 1.2, 1.15, 1.15, 1.1, 1.1))
WEAK = Flags(8_000, 0.05, _TEN, (1.5, 1.3, 1.2) + (1.0,) * 7)


def _segments(name: str, world: Flags, times: int, *, cursed: bool) -> Setting:
    return Setting(
        name,
        partial(segment_trial, world),
        (
            Claim(RATE, 1.0),
            Claim(LAST_RATE, 1.0),
            Claim(RISK, 1.0),
            Claim(BEST_RATE, 1.0, MISSES if cursed else SHOWN),
        ),
        times,
    )


def _score(name: str, world: Flags) -> Setting:
    truth = world.concordance(world.patterns.sum(axis=1))
    return Setting(
        name,
        partial(score_trial, world),
        (Claim(SCORE, truth), Claim(FLAG, 0.0), Claim(DIFFERENCE, 0.0)),
        times=10,
    )


SETTINGS = (
    _segments("segments, clear effects", CLEAR, 10, cursed=False),
    _segments("segments, many alike", CLOSE, 10, cursed=True),
    _segments("segments, weak effects, few conversations", WEAK, 25, cursed=True),
    _score("score against flag, clear effects", CLEAR),
    _score("score against flag, many alike", CLOSE),
)

"""The article's two worlds: the same headline ratios, another truth. Can the engine tell?

Not here: what the law says exactly (article_truth.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np

from last_mile.core.stats import Z95, mantel_haenszel, relative_risk
from last_mile.demo.law import ROBOTIC, Draws, draw, load_law
from last_mile_tests.prove.adjustment import fit_by_rows, with_rows
from last_mile_tests.prove.article_truth import (
    CATEGORY,
    ENGAGED,
    HISTORY,
    LEVEL,
    MODEL,
    adjusted_limit,
    population,
)
from last_mile_tests.prove.coverage import (
    MISSES,
    Answers,
    Claim,
    Setting,
    generator,
    pair,
)
from last_mile_tests.prove.worlds import Bools, Ints

WORLDS = ("confounded", "causal")
REQUIREMENTS = "mentions_job_requirements"
ENGAGEMENT = ("clicked_default", "added_custom_context", "own_draft_proofread", "multi_turn")
CONVERSATIONS, SEEDS = 1_000_000, 8
TOLERANCE = 0.03  # of the exact and of the published figure, eight million rows together
CRUDE, POOLED, POOLED_FULL, ADJUSTED, ADJUSTED_FULL = (
    "crude",
    "strata of category, history, model",
    "strata of category, history, model, engagement",
    "regression on category, history, model",
    "regression on these and the engagement flags",
)
PUBLISHED: Mapping[tuple[str, str, str], float] = {
    ("confounded", ROBOTIC, CRUDE): 0.550,
    ("confounded", ROBOTIC, POOLED): 0.597,
    ("confounded", ROBOTIC, POOLED_FULL): 0.918,
    ("confounded", ROBOTIC, ADJUSTED_FULL): 0.918,
    ("causal", ROBOTIC, CRUDE): 0.547,
    ("causal", ROBOTIC, POOLED): 0.559,
    ("causal", ROBOTIC, POOLED_FULL): 0.609,
    ("causal", ROBOTIC, ADJUSTED_FULL): 0.609,
    **{
        (world, REQUIREMENTS, analysis): value
        for world in WORLDS
        for analysis, value in (
            (CRUDE, 0.893),
            (POOLED, 0.940),
            (POOLED_FULL, 1.202),
            (ADJUSTED_FULL, 1.202),
        )
    },
    **{
        (world, ENGAGED, analysis): value
        for world in WORLDS
        for analysis, value in ((CRUDE, 4.0), (POOLED, 3.24), (ADJUSTED, 3.24))
    },
}  # measured once when the law was made; the exact figures beside them follow from it
SMALL = (CRUDE, POOLED_FULL, ADJUSTED_FULL)
Ratio = tuple[float, float, float]  # with its interval
Figures = Mapping[tuple[str, str, str], Ratio]  # by world, metric and analysis


@dataclass(frozen=True, slots=True)
class Figure:
    """One ratio over all seeds together, beside the exact and the published one."""

    world: str
    metric: str
    analysis: str
    exact: float
    published: float
    found: Ratio

    @property
    def passed(self) -> bool:
        """Within the tolerance of both."""
        targets = (self.exact, self.published)
        return all(abs(self.found[0] / target - 1) <= TOLERANCE for target in targets)


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence that must be true of every seed by itself, and of how many it is."""

    sentence: str
    times: int
    seeds: int

    @property
    def passed(self) -> bool:
        """True of every seed."""
        return self.times == self.seeds


def estimates(world: str, conversations: int, seed: int, place: int) -> Figures:
    """Draw the population at one place of a seed and estimate every published figure from it."""
    rng = generator(seed, f"article, {world}", place)
    rows = draw(load_law(), world, conversations, int(rng.integers(2**62)))
    figures: dict[tuple[str, str, str], Ratio] = {}
    for metric, analyses in groupby(
        (key[1:] for key in PUBLISHED if key[0] == world), key=lambda key: key[0]
    ):
        flag = rows.level > 0 if metric == ENGAGED else rows.flags[metric]
        for _, analysis in analyses:
            figures[world, metric, analysis] = estimate(rows, flag, analysis)
    return figures


def estimate(rows: Draws, flag: Bools, analysis: str) -> Ratio:
    """One ratio of hired with a flag versus without it."""
    event = rows.hired.astype(np.int64)
    codes, stratum = strata(rows, engagement=analysis in (POOLED_FULL, ADJUSTED_FULL))
    found: Any
    if analysis in (ADJUSTED, ADJUSTED_FULL):
        found = with_rows(fit_by_rows(codes, stratum, flag, event), rows.user, stratum, flag, event)
    else:
        size = stratum.max() + 1
        n1, events1, n0, events0 = (
            np.bincount(stratum[where], minlength=size)
            for where in (flag, flag & rows.hired, ~flag, ~flag & rows.hired)
        )
        if analysis == CRUDE:
            found = relative_risk(*(int(x.sum()) for x in (events1, n1, events0, n0)))
        else:
            found = mantel_haenszel(n1, events1, n0, events0)
    return found.rr, found.low, found.high


def small_trial(world: str, conversations: int, rng: np.random.Generator) -> Answers:
    """The robotic flag in a small draw of a world: crude, pooled and adjusted for engagement."""
    rows = draw(load_law(), world, conversations, int(rng.integers(2**62)))
    found = {name: estimate(rows, rows.flags[ROBOTIC], name) for name in SMALL}
    return {name: pair(low, high) for name, (_, low, high) in found.items()}


def strata(rows: Draws, *, engagement: bool) -> tuple[dict[str, Ints], Ints]:
    """Return the covariates' codes in every stratum, and the stratum of every row."""
    columns = {"category": rows.category, "history": rows.history, "model": rows.model}
    if engagement:
        columns |= {name: rows.flags[name].astype(np.int64) for name in ENGAGEMENT}
    sizes = tuple(int(column.max()) + 1 for column in columns.values())
    stratum = np.ravel_multi_index(tuple(columns.values()), sizes)
    found, of_row = np.unique(stratum, return_inverse=True)
    codes = np.unravel_index(found, sizes)
    return dict(zip(columns, codes, strict=True)), of_row.astype(np.int64)


def exact(world: str, metric: str, analysis: str) -> float:
    """What an analysis converges to under the law."""
    law = population(load_law(), world, metric)
    levels = {
        CRUDE: (),
        POOLED: (MODEL, CATEGORY, HISTORY),
        POOLED_FULL: (LEVEL, MODEL, CATEGORY, HISTORY),
        ADJUSTED: (MODEL, CATEGORY, HISTORY),
        ADJUSTED_FULL: (LEVEL, MODEL, CATEGORY, HISTORY),
    }[analysis]
    regression = analysis in (ADJUSTED, ADJUSTED_FULL)
    return adjusted_limit(law, levels) if regression else law.ratio(levels)


def settings() -> tuple[Setting, ...]:
    """Return the coverage of the exact figures in small draws of the world "confounded"."""
    world, n = "confounded", 30_000
    claims = [Claim(name, exact(world, ROBOTIC, name)) for name in SMALL]
    direct = exact(world, ROBOTIC, ADJUSTED_FULL)
    beside = Claim(CRUDE, direct, MISSES)
    return (
        Setting(f"sounds_robotic, {world}", partial(small_trial, world, n), (*claims, beside), 5),
    )


def figures(drawn: Iterable[Figures]) -> list[Figure]:
    """Return every published figure over all seeds together."""
    by_key: dict[tuple[str, str, str], list[Ratio]] = {}
    for one in drawn:
        for key, ratio in one.items():
            by_key.setdefault(key, []).append(ratio)
    return [
        Figure(*key, exact(*key), PUBLISHED[key], _together(by_key[key]))
        for key in PUBLISHED
        if key in by_key
    ]


def told_apart(confounded: list[Figures], causal: list[Figures]) -> list[Told]:
    """Return what must be seen in every seed by itself."""
    pairs = list(zip(confounded, causal, strict=True))
    both = [*confounded, *causal]
    robotic = [
        one["confounded", ROBOTIC, ADJUSTED_FULL][1] > other["causal", ROBOTIC, ADJUSTED_FULL][2]
        for one, other in pairs
    ]
    alike = [
        one["confounded", ROBOTIC, CRUDE][1] < other["causal", ROBOTIC, CRUDE][2]
        and other["causal", ROBOTIC, CRUDE][1] < one["confounded", ROBOTIC, CRUDE][2]
        for one, other in pairs
    ]
    flips = [
        next(one[key][0] for key in one if key[1:] == (REQUIREMENTS, CRUDE)) < 1
        and next(one[key][1] for key in one if key[1:] == (REQUIREMENTS, ADJUSTED_FULL)) > 1
        for one in both
    ]
    return [
        Told("crude, the worlds' intervals of the robotic flag overlap", sum(alike), len(alike)),
        Told("adjusted, the worlds' intervals do not overlap", sum(robotic), len(robotic)),
        Told(
            "mentions_job_requirements is below 1 crude, its adjusted interval above 1",
            sum(flips),
            len(flips),
        ),
    ]


def _together(ratios: list[Ratio]) -> Ratio:
    """The mean log ratio of independent draws with its interval."""
    logs = np.log(np.array(ratios))
    errors = (logs[:, 2] - logs[:, 1]) / (2 * Z95)
    middle, error = logs[:, 0].mean(), math.sqrt((errors**2).sum()) / len(ratios)
    low, high = middle - Z95 * error, middle + Z95 * error
    return math.exp(middle), math.exp(low), math.exp(high)

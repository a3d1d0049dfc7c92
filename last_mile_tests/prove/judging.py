"""A judge that errs: prevalence and relative risk by people's labels, and what ignoring it costs.

The world is the article's, with a judge whose specificity may depend on engagement. Not here:
human-free figures (counts.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from last_mile.core.stats import (
    corrected_risk,
    differential_errors,
    differential_of_shares,
    pooled_corrected_risk,
    ppi_mean,
    relative_risk,
    rogan_gladen,
    true_shares,
)
from last_mile.demo.law import load_law, world_of
from last_mile_tests.prove.coverage import (
    AT_LEAST,
    COVERS,
    MISSES,
    Answers,
    Claim,
    Interval,
    Setting,
    pair,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_CELLS_KEPT = "differential_of_shares, p >= 0.05"
_RANDOM_KEPT = "differential_errors of random labels, p >= 0.05"


@dataclass(frozen=True)
class Judged:
    """The article's world "confounded" seen by a judge, as shares of [judge][event][truth].

    The outcome depends on engagement, so a specificity that does too errs differently with the
    outcome than without it.
    """

    n: int
    sensitivity: float
    specificity: tuple[float, float, float]  # by engagement

    @cached_property
    def truth_by_level(self) -> tuple[Floats, Floats, Floats]:
        """Per engagement level: its share, the share truly robotic, the rates [level][truth]."""
        spec = world_of(load_law(), "confounded")
        par = spec["par"]
        robotic = np.array(spec["P_true_robotic_given_L_M"]) @ np.array(spec["P_model"])
        rate = par["r"] * np.array([1.0, par["e1"], par["e2"]])
        rates = rate[:, None] * np.array([par["rho"], 1.0])
        return np.array(spec["P_engagement"]), robotic, rates

    @cached_property
    def cells(self) -> Floats:
        """Share of [judge][event][truth]."""
        level, robotic, rates = self.truth_by_level
        shares = np.zeros((2, 2, 2))
        for truth in (0, 1):
            has = level * (robotic if truth else 1 - robotic)
            said = self.sensitivity if truth else 1 - np.array(self.specificity)
            for event in (0, 1):
                came = has * (rates[:, truth] if event else 1 - rates[:, truth])
                shares[1, event, truth] = (came * said).sum()
                shares[0, event, truth] = (came * (1 - said)).sum()
        return shares

    @property
    def ratio(self) -> float:
        """True relative risk of the event, truly robotic versus not."""
        by_event = self.cells.sum(axis=0)
        rate = by_event[1] / by_event.sum(axis=0)
        return float(rate[1] / rate[0])

    def draw(self, rng: np.random.Generator) -> Ints:
        """Return conversations by [judge][event][truth]."""
        return rng.multinomial(self.n, self.cells.ravel()).reshape(2, 2, 2)


def lift_trial(world: Judged, per_cell: int, at_random: int, rng: np.random.Generator) -> Answers:
    """Corrected by labels drawn from judge x outcome cells, pooled from random ones, naive."""
    counts = world.draw(rng)
    flagged = counts.sum(axis=2)
    labelled = np.minimum(flagged, per_cell)
    positive = rng.hypergeometric(counts[:, :, 1], counts[:, :, 0], labelled)
    drawn = rng.multivariate_hypergeometric(counts.ravel(), at_random).reshape(2, 2, 2)
    said = drawn.sum(axis=1)  # [judge][truth]
    stratified = corrected_risk(flagged, labelled, positive)
    pooled = pooled_corrected_risk(
        flagged, (said[1, 1], said[:, 1].sum()), (said[0, 0], said[:, 0].sum())
    )
    naive = relative_risk(
        int(flagged[1, 1]), int(flagged[1].sum()), int(flagged[0, 1]), int(flagged[0].sum())
    )
    by_cell = differential_of_shares(true_shares(flagged, labelled, positive))
    random = differential_errors(drawn.sum(axis=2), drawn[:, :, 1])
    return {
        "corrected_risk": pair(stratified.low, stratified.high),
        "pooled_corrected_risk": pair(pooled.low, pooled.high),
        "relative_risk of the judge's flags": pair(naive.low, naive.high),
        _CELLS_KEPT: _kept(by_cell),
        _RANDOM_KEPT: _kept(random),
    }


def _kept(p: float | None) -> Interval | None:
    """A test as an interval: it holds 0 when "no difference" is not rejected at 5%."""
    return None if p is None else (float(p < 0.05), float(p < 0.05))


def prevalence_trial(
    share: float, errors: tuple[float, float], sizes: tuple[int, int], rng: np.random.Generator
) -> Answers:
    """Prevalence from n flags and m random labels: corrected, prediction-powered, naive."""
    (sensitivity, specificity), (n, m) = errors, sizes
    true = int(rng.binomial(n, share))
    flagged = int(rng.binomial(true, sensitivity) + rng.binomial(n - true, 1 - specificity))
    said_true = int(rng.binomial(m, share))
    tp = int(rng.binomial(said_true, sensitivity))
    tn = int(rng.binomial(m - said_true, specificity))
    found = rogan_gladen(flagged, n, (tp, said_true), (tn, m - said_true))
    powered = ppi_mean((flagged, n), (tp, m - said_true - tn, said_true - tp, tn))
    naive = flagged / n
    half = 1.96 * (naive * (1 - naive) / n) ** 0.5
    return {
        "rogan_gladen": pair(found.low, found.high),
        "ppi_mean": None if powered is None else (powered.low, powered.high),
        "the judge's own share": (naive - half, naive + half),
    }


ALIKE = Judged(100_000, 0.92, (0.85, 0.85, 0.85))
BY_ENGAGEMENT = Judged(100_000, 0.92, (0.95, 0.80, 0.60))


def _lift(name: str, world: Judged, *, differential: bool) -> Setting:
    return Setting(
        name,
        partial(lift_trial, world, 250, 1000),
        (
            Claim("corrected_risk", world.ratio),
            Claim("pooled_corrected_risk", world.ratio, MISSES if differential else COVERS),
            Claim("relative_risk of the judge's flags", world.ratio, MISSES),
            Claim(_CELLS_KEPT, 0.0, MISSES if differential else AT_LEAST),
            Claim(_RANDOM_KEPT, 0.0, MISSES if differential else AT_LEAST),
        ),
        times=10,
    )


def _prevalence(
    name: str, share: float, errors: tuple[float, float], sizes: tuple[int, int]
) -> Setting:
    return Setting(
        name,
        partial(prevalence_trial, share, errors, sizes),
        (
            Claim("rogan_gladen", share),
            Claim("ppi_mean", share),
            Claim("the judge's own share", share, MISSES),
        ),
    )


LIFTS = (
    _lift("errors alike", ALIKE, differential=False),
    _lift("specificity by engagement", BY_ENGAGEMENT, differential=True),
)
PREVALENCES = (
    _prevalence("share 0.77, se 0.92, sp 0.85, 400 labels", 0.766, (0.92, 0.85), (10_000, 400)),
    _prevalence("share 0.35, se 0.80, sp 0.93, 400 labels", 0.352, (0.80, 0.93), (10_000, 400)),
    _prevalence("share 0.10, se 0.80, sp 0.95, 1,000 labels", 0.10, (0.80, 0.95), (10_000, 1000)),
)

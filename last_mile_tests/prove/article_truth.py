"""What a law of the article says exactly: crude and Mantel-Haenszel ratios of whole populations.

Summed over the law's cells, nothing is drawn. Not here: estimates from draws (article.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import statsmodels.api as sm  # type: ignore[import-untyped]
from numpy.typing import NDArray

from last_mile.demo.law import HALLUCINATED, ROBOTIC, world_of

Floats = NDArray[np.float64]
LEVEL, MODEL, CATEGORY, HISTORY = range(4)  # the axes of every array here
ENGAGED = "engaged"  # not clicked_default


@dataclass(frozen=True, slots=True)
class Population:
    """Shares and hire rates by (level, model, category, history), with a flag and without it."""

    with_flag: Floats  # share of all conversations
    without: Floats
    rate_with: Floats
    rate_without: Floats

    def ratio(self, strata: tuple[int, ...] = ()) -> float:
        """Limit of the Mantel-Haenszel ratio over some of the axes; the crude one without any."""
        others = tuple(axis for axis in range(4) if axis not in strata)
        n1, n0, a, b = (
            part.sum(axis=others)
            for part in (
                self.with_flag,
                self.without,
                self.with_flag * self.rate_with,
                self.without * self.rate_without,
            )
        )
        return float((a * n0 / (n1 + n0)).sum() / (b * n1 / (n1 + n0)).sum())


def adjusted_limit(law: Population, covariates: tuple[int, ...]) -> float:
    """Limit of a log-linear regression with main effects of some axes and the flag.

    The score equations of the whole population, solved by statsmodels, which the engine does not
    use.
    """
    index = np.indices(law.with_flag.shape).reshape(4, -1)
    columns = [np.ones(index.shape[1])]
    for axis in covariates:
        columns += [(index[axis] == code).astype(float) for code in range(1, index[axis].max() + 1)]
    plain = np.column_stack(columns)
    design = np.vstack([np.column_stack([plain, np.full(len(plain), flag)]) for flag in (1.0, 0.0)])
    weight, rate = (
        np.concatenate([with_flag.ravel(), without.ravel()])
        for with_flag, without in (
            (law.with_flag, law.without),
            np.broadcast_arrays(law.rate_with, law.rate_without, law.with_flag)[:2],
        )
    )
    used = weight > 0
    model = sm.GLM(
        rate[used], design[used], family=sm.families.Poisson(), freq_weights=weight[used]
    )
    return float(np.exp(model.fit(tol=1e-12).params[-1]))


def population(law: Mapping[str, Any], world: str, metric: str) -> Population:
    """Return the population of a world, split by what is seen of a metric.

    The law renormalises the effects of category, history, latent intent and of every other flag
    inside each level, and draws them independently there, so their means are 1 and drop out. The
    cap of a chance at 0.97 is left out; it touches a few conversations in a million.

    Args:
        law: As returned by `load_law`.
        world: "confounded" or "causal".
        metric: A metric of the law, or "engaged".
    """
    spec = world_of(law, world)
    par = spec["par"]
    rate, share = _base(law, spec)
    robotic = np.array(spec["P_true_robotic_given_L_M"])[:, :, None, None]
    made_up = np.array(spec["P_true_halluc_given_L_M"])[:, :, None, None]
    judge = spec["judge"]
    effects = {
        ROBOTIC: _seen(robotic, judge["se_robotic"], judge["sp_robotic"], 1.0, par["rho"]),
        HALLUCINATED: _seen(made_up, judge["se_halluc"], judge["sp_halluc"], par["eta"], 1.0),
    }
    if metric == ENGAGED:
        effects[ENGAGED] = _Seen(_by_level([0.0, 1.0, 1.0]), *(np.ones((3, 1, 1, 1)),) * 2)
    elif metric not in effects:
        effects[metric] = _extra(law, spec, metric)
    prevalence, effect_with, effect_without = effects.pop(metric).parts
    for other in effects.values():
        rate = rate * other.mean
    return Population(
        share * prevalence, share * (1 - prevalence), rate * effect_with, rate * effect_without
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """A flag as it is seen: its prevalence and the mean effect on the rate with and without it."""

    prevalence: Floats
    effect_with: Floats
    effect_without: Floats

    @property
    def parts(self) -> tuple[Floats, Floats, Floats]:
        return self.prevalence, self.effect_with, self.effect_without

    @property
    def mean(self) -> Floats:
        return self.prevalence * self.effect_with + (1 - self.prevalence) * self.effect_without


def _seen(truth: Floats, se: float, sp: float, effect_true: float, effect_false: float) -> _Seen:
    """A truth as a judge with these errors sees it."""
    seen = truth * se + (1 - truth) * (1 - sp)
    both = truth * se * effect_true + (1 - truth) * (1 - sp) * effect_false
    neither = truth * (1 - se) * effect_true + (1 - truth) * sp * effect_false
    return _Seen(seen, both / seen, neither / (1 - seen))


def _extra(law: Mapping[str, Any], spec: Mapping[str, Any], metric: str) -> _Seen:
    """A metric with a direct effect of its own, its mean 1 inside each level."""
    entry = next(entry for entry in law["metrics"] if entry["metric"] == metric)
    prevalence = _by_level(entry["p_given_engagement"])
    raised = np.exp(spec["beta_extra"].get(metric, 0.0))
    mean = 1 + prevalence * (raised - 1)
    return _Seen(prevalence, raised / mean, 1 / mean)


def _base(law: Mapping[str, Any], spec: Mapping[str, Any]) -> tuple[Floats, Floats]:
    """The rate by level, category and history before any flag, and the share of every cell."""
    par = spec["par"]
    rate = _by_level([par["r"], par["r"] * par["e1"], par["r"] * par["e2"]])
    share = _by_level(spec["P_engagement"]) * np.array(spec["P_model"])[None, :, None, None]
    for axis, name in ((CATEGORY, "category"), (HISTORY, "user_history")):
        confounder = law["confounders"][name]
        tilt = np.array(confounder["tilt_per_engagement_level"])
        weights = np.array(confounder["weights"]) * np.exp(np.arange(3)[:, None] * tilt)
        weights /= weights.sum(axis=1, keepdims=True)
        effect = np.array(confounder["rate_multiplier"])
        effect = effect / (weights @ effect)[:, None]
        shape = (3, 1, -1, 1) if axis == CATEGORY else (3, 1, 1, -1)
        rate, share = rate * effect.reshape(shape), share * weights.reshape(shape)
    return rate, share


def _by_level(values: list[float]) -> Floats:
    return np.array(values, dtype=np.float64)[:, None, None, None]

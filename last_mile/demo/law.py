"""The joint law behind the demo: who engages, what the judge sees, who is hired and when.

Numbers come from law.json. Texts, files and dates do not belong here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LAW_FILE = Path(__file__).with_name("law.json")
MODELS = ("writer-2025-06", "writer-2025-09", "writer-2025-12")
HISTORIES = ("new", "returning", "veteran")
CATEGORIES = (
    "web_development",
    "graphic_design",
    "copywriting",
    "data_analysis",
    "video_editing",
    "virtual_assistance",
    "marketing",
    "mobile_apps",
)
ROBOTIC, HALLUCINATED = "sounds_robotic", "hallucinated_claim"


@dataclass(frozen=True, slots=True)
class Draws:
    """One simulated population; every array has one entry per conversation.

    Attributes:
        user: user number, 0 <= user < n_users.
        level: engagement: 0 default click, 1 custom context, 2 own draft proofread.
        model: index into MODELS.
        category: index into CATEGORIES.
        history: index into HISTORIES.
        flags: metric id -> what a judge or heuristic sees; all 25 metrics.
        true_robotic: the truth behind `sounds_robotic`.
        true_hallucinated: the truth behind `hallucinated_claim`.
        hire_probability: probability of `hired`, frailty included.
        hired: eventually hired, however late.
        interviewed: eventually interviewed; true for everyone hired.
        hire_delay_days: days from the conversation to the hire, if there is one.
        interview_delay_days: days to the interview; never after the hire.
    """

    user: Ints
    level: Ints
    model: Ints
    category: Ints
    history: Ints
    flags: Mapping[str, Bools]
    true_robotic: Bools
    true_hallucinated: Bools
    hire_probability: Floats
    hired: Bools
    interviewed: Bools
    hire_delay_days: Floats
    interview_delay_days: Floats


def load_law() -> dict[str, Any]:
    """Return the whole law as written in law.json."""
    law: dict[str, Any] = json.loads(LAW_FILE.read_text(encoding="utf-8"))
    return law


def world_of(law: Mapping[str, Any], world: str) -> dict[str, Any]:
    """Return one world of the law.

    Raises:
        ValueError: the law has no such world.
    """
    if world not in law["worlds"]:
        known = ", ".join(sorted(law["worlds"]))
        raise ValueError(f"There is no demo world {world!r}: use one of {known}.")
    chosen: dict[str, Any] = law["worlds"][world]
    return chosen


def metric_ids(law: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the 25 metric ids in the order of the law."""
    return tuple(entry["metric"] for entry in law["metrics"])


def judged_ids(law: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of the metrics a judge answers, in the order of the law."""
    return tuple(entry["metric"] for entry in law["metrics"] if entry["kind"] == "judge")


def draw(law: Mapping[str, Any], world: str, conversations: int, seed: int) -> Draws:
    """Simulate a population.

    Args:
        law: as returned by `load_law`.
        world: "confounded" or "causal".
        conversations: number of rows, >= 1.
        seed: same seed, same arrays.

    Raises:
        ValueError: unknown world, or fewer than one conversation.
    """
    if conversations < 1:
        raise ValueError(f"Ask for at least 1 conversation, not {conversations}.")
    spec = world_of(law, world)
    rng = np.random.default_rng(seed)
    user, level, frailty = _users(law, spec, conversations, rng)
    model = _categorical(spec["P_model"], rng.random(conversations))
    robotic = rng.random(conversations) < np.array(spec["P_true_robotic_given_L_M"])[level, model]
    made_up = rng.random(conversations) < np.array(spec["P_true_halluc_given_L_M"])[level, model]
    flags = _flags(law, spec, level, (robotic, made_up), rng)
    category, category_effect = _confounder(law["confounders"]["category"], level, rng)
    history, history_effect = _confounder(law["confounders"]["user_history"], level, rng)
    par = spec["par"]
    chance = (
        np.array([par["r"], par["r"] * par["e1"], par["r"] * par["e2"]])[level]
        * np.where(robotic, 1.0, par["rho"])
        * np.where(made_up, par["eta"], 1.0)
        * _extra_effects(law, spec, level, flags)
        * category_effect
        * history_effect
        * _intent_effect(law, level, rng)
        * frailty[user]
    )
    luck = rng.random(conversations)  # one draw for both outcomes: every hire is an interview
    times = law["positive_is_hire_or_interview_times"]
    delay = law["delay_days_to_outcome"]
    hire_delay = rng.gamma(delay["gamma_shape"], delay["gamma_scale"], conversations)
    return Draws(
        user=user,
        level=level,
        model=model,
        category=category,
        history=history,
        flags=flags,
        true_robotic=robotic,
        true_hallucinated=made_up,
        hire_probability=np.minimum(chance, 0.97),
        hired=luck < np.minimum(chance, 0.97),
        interviewed=luck < np.minimum(times * chance, 0.97),
        hire_delay_days=hire_delay,
        interview_delay_days=hire_delay * rng.uniform(0.2, 0.8, conversations),
    )


def _users(
    law: Mapping[str, Any], spec: Mapping[str, Any], rows: int, rng: np.random.Generator
) -> tuple[Ints, Ints, Floats]:
    """Return the user of each row, its engagement level, and the frailty of each user."""
    habits = law["users"]
    count = max(1, round(rows / habits["mean_conversations"]))
    edges = np.cumsum(rng.exponential(size=count))  # exponential weights: skewed counts per user
    user = np.minimum(np.searchsorted(edges, rng.random(rows) * edges[-1]), count - 1)
    habit = _categorical(spec["P_engagement"], rng.random(count))
    fresh = _categorical(spec["P_engagement"], rng.random(rows))
    # Habit and fresh draws share one law, so persistence leaves the marginal unchanged.
    level = np.where(rng.random(rows) < habits["habit_persistence"], habit[user], fresh)
    shape = habits["frailty_gamma_shape"]
    return user.astype(np.int64), level, rng.gamma(shape, 1.0 / shape, count)


def _categorical(probabilities: list[float], uniforms: Floats) -> Ints:
    edges = np.cumsum(probabilities)[:-1]
    return np.searchsorted(edges, uniforms, side="right").astype(np.int64)


def _flags(
    law: Mapping[str, Any],
    spec: Mapping[str, Any],
    level: Ints,
    truth: tuple[Bools, Bools],
    rng: np.random.Generator,
) -> dict[str, Bools]:
    """Return what is seen for every metric: judge error on the two core ones, P(x|L) otherwise."""
    judge, (robotic, made_up) = spec["judge"], truth
    seen: dict[str, Bools] = {}
    for entry in law["metrics"]:
        uniforms = rng.random(level.size)
        if entry["metric"] == ROBOTIC:
            chance = np.where(robotic, judge["se_robotic"], 1.0 - judge["sp_robotic"])
        elif entry["metric"] == HALLUCINATED:
            chance = np.where(made_up, judge["se_halluc"], 1.0 - judge["sp_halluc"])
        else:
            chance = np.array(entry["p_given_engagement"], dtype=np.float64)[level]
        seen[entry["metric"]] = uniforms < chance
    return seen


def _confounder(
    spec: Mapping[str, Any], level: Ints, rng: np.random.Generator
) -> tuple[Ints, Floats]:
    """Return the stratum of each row and its rate multiplier, renormalised inside each level."""
    uniforms = rng.random(level.size)
    multiplier = np.array(spec["rate_multiplier"])
    stratum = np.zeros(level.size, dtype=np.int64)
    effect = np.ones(level.size)
    for step in range(3):
        weights = np.array(spec["weights"]) * np.exp(
            step * np.array(spec["tilt_per_engagement_level"])
        )
        weights /= weights.sum()
        inside = level == step
        stratum[inside] = _categorical(weights.tolist(), uniforms[inside])
        effect[inside] = multiplier[stratum[inside]] / (weights @ multiplier)
    return stratum, effect


def _intent_effect(law: Mapping[str, Any], level: Ints, rng: np.random.Generator) -> Floats:
    """Return the effect of latent intent, which no log shows, renormalised inside each level."""
    spec = law["confounders"]["latent_intent_never_exported"]
    share = np.array(spec["p_given_engagement"])[level]
    effect = np.where(rng.random(level.size) < share, spec["rate_multiplier"], 1.0)
    return np.asarray(effect / (1.0 + share * (spec["rate_multiplier"] - 1.0)), dtype=np.float64)


def _extra_effects(
    law: Mapping[str, Any], spec: Mapping[str, Any], level: Ints, flags: Mapping[str, Bools]
) -> Floats:
    """Return the product of the direct effects of the other flags, renormalised inside levels."""
    effect = np.ones(level.size)
    for entry in law["metrics"]:
        beta = spec["beta_extra"].get(entry["metric"], 0.0)
        if beta:
            share = np.array(entry["p_given_engagement"])[level]
            raised = np.where(flags[entry["metric"]], np.exp(beta), 1.0)
            effect *= raised / (1.0 + share * (np.exp(beta) - 1.0))
    return effect

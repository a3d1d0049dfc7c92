"""Builders of rows of the evidence tables, as the report reads them. Not here: computing them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

AS_OF = datetime(2026, 3, 14)  # noqa: DTZ001 - tables hold UTC without a zone
_NOT_ADJUSTED = dict.fromkeys(
    ("adjusted_rr", "adjusted_low", "adjusted_high", "adjusted_p", "adjusted_for", "mh_rr",
     "mh_low", "mh_high", "heterogeneity_p", "n_users")
)  # fmt: skip
_NO_FIGURES = dict.fromkeys(
    ("rate_true", "rate_false", "rd", "rd_low", "rd_high", "rr", "rr_low", "rr_high", "p", "q",
     "rr_matured", "rr_matured_low", "rr_matured_high", "e_value", "e_value_limit",
     "measured_sign")
)  # fmt: skip


def lift_row(metric: str = "asked_follow_up", **changes: Any) -> dict[str, Any]:
    """A confirmed lift: 30 of 200 with the flag, 40 of 800 without; less of it once adjusted."""
    row: dict[str, Any] = {
        "metric": metric, "outcome": "hired", "scope": "all", "n": 1000, "n_matured": 1000,
        "n_scored": 1000, "n_true": 200, "events_true": 30, "events_false": 40, "weighted": False,
        "prevalence": 0.2, "rate_true": 0.15, "rate_false": 0.05, "rd": 0.1, "rd_low": 0.05,
        "rd_high": 0.15, "rr": 3.0, "rr_low": 1.91, "rr_high": 4.7, "rr_method": "katz",
        "reason": None, "p": 0.00001, "rr_matured": 2.96, "rr_matured_low": 1.9,
        "rr_matured_high": 4.6, "adjusted_rr": 2.5, "adjusted_low": 1.6, "adjusted_high": 3.9,
        "adjusted_p": 0.0001, "adjusted_reason": None, "adjusted_for": "category, model",
        "n_users": 700, "mh_rr": 2.44, "mh_low": 1.5, "mh_high": 3.8, "n_strata": 12,
        "heterogeneity_p": 0.4, "corrected_rr": None, "corrected_low": None,
        "corrected_high": None, "corrected_reason": None, "pooled_rr": None, "pooled_low": None,
        "pooled_high": None, "differential_p": None, "q": 0.0002, "e_value": 4.44,
        "e_value_limit": 2.58, "mde_low": 0.45, "mde_high": 1.85, "prior_sign": 1,
        "measured_sign": 1, "verdict": "confirmed", "leaks": None, "exploratory": False,
        "first_visible_on": date(2026, 1, 20), "horizon_days": 45, "as_of": AS_OF, "epoch": "cd34",
        "question": "Did the user ask back?", "kind": "heuristic", "about": "engagement",
        "prior_author": "growth", "prior_date": "2025-12-18",
    }  # fmt: skip
    return row | changes


def crude_row(metric: str = "asked_follow_up", **changes: Any) -> dict[str, Any]:
    """A lift that could not be adjusted."""
    return lift_row(metric, **(_NOT_ADJUSTED | {"adjusted_reason": "not_enough_events"} | changes))


def unclear_row(metric: str, **changes: Any) -> dict[str, Any]:
    """A lift that is not told apart from none."""
    unclear = {"adjusted_rr": 1.1, "adjusted_low": 0.7, "adjusted_high": 1.7, "q": 0.6}
    verdict = {"measured_sign": 0, "verdict": "underpowered", "e_value_limit": 1.0}
    return lift_row(metric, **(unclear | verdict | changes))


def no_lift_row(metric: str, **changes: Any) -> dict[str, Any]:
    """A lift row of which nothing could be estimated."""
    why = {"reason": "not_enough_events", "verdict": "underpowered"}
    return crude_row(metric, **(_NO_FIGURES | why | changes))


def text_row(metric: str = "robotic", **changes: Any) -> dict[str, Any]:
    """A judged lift of the text that hurts, with the judge's errors taken out."""
    corrected = {"corrected_rr": 0.4, "corrected_low": 0.3, "corrected_high": 0.6}
    pooled = {"pooled_rr": 0.38, "pooled_low": 0.3, "pooled_high": 0.5, "differential_p": 0.6}
    adjusted = {"adjusted_rr": 0.7, "adjusted_low": 0.6, "adjusted_high": 0.82}
    about = {"kind": "judge", "about": "text", "prior_sign": -1, "measured_sign": -1}
    crude = {"rr": 0.5, "rr_low": 0.4, "rr_high": 0.62}
    return lift_row(metric, **(corrected | pooled | adjusted | about | crude | changes))


def leaking_row(metric: str = "said_hired", **changes: Any) -> dict[str, Any]:
    """A metric that knows the outcome."""
    known = {"leaks": "the user reports the hire", "verdict": None, "measured_sign": None}
    return lift_row(metric, **(known | {"q": None, "rr": 20.0, "rr_low": 9.0} | changes))


def quality_row(metric: str = "robotic", **changes: Any) -> dict[str, Any]:
    """A judge that found 40 of 50 and left 45 of 50 alone."""
    row: dict[str, Any] = {
        "metric": metric, "epoch": "cd34", "n": 100, "true_positive": 40, "false_positive": 5,
        "false_negative": 10, "true_negative": 45, "design": "stratified", "sensitivity": 0.8,
        "sensitivity_low": 0.67, "sensitivity_high": 0.89, "specificity": 0.9,
        "specificity_low": 0.79, "specificity_high": 0.96, "kappa": 0.7, "kappa_low": 0.56,
        "kappa_high": 0.84, "balanced_accuracy": 0.85, "balanced_low": 0.77,
        "balanced_high": 0.9, "at_chance": False, "n_flagged": 1000, "prevalence_judged": 0.3,
        "prevalence_corrected": 0.286, "corrected_low": 0.21, "corrected_high": 0.35,
        "clipped": False, "correction_reason": None,
    }  # fmt: skip
    return row | changes


def composite_row(outcome: str = "hired", **changes: Any) -> dict[str, Any]:
    """A score that does worse than the best single flag."""
    row: dict[str, Any] = {
        "outcome": outcome, "n": 500, "events": 75, "flags": 24, "score_auc": 0.58,
        "score_low": 0.52, "score_high": 0.64, "score_top_rate": 0.2, "score_bottom_rate": 0.13,
        "best_metric": "clicked_default", "best_sign": -1, "best_auc": 0.69, "best_low": 0.63,
        "best_high": 0.75, "best_rate_true": 0.1, "best_rate_false": 0.31, "difference": -0.11,
        "difference_low": -0.18, "difference_high": -0.04, "reason": None, "as_of": AS_OF,
    }  # fmt: skip
    return row | changes


def segment_row(segment: str = "a and not b", **changes: Any) -> dict[str, Any]:
    """A segment that holds on held-out users, inside which the headline flag turns round."""
    row: dict[str, Any] = {
        "segment": segment, "outcome": "hired", "n": 62, "events": 7, "n_rest": 1100,
        "events_rest": 15, "rate": 0.113, "rate_low": 0.056, "rate_high": 0.215, "rr": 8.28,
        "rr_low": 3.5, "rr_high": 19.6, "reason": None, "vs_all": 5.97, "discovery_rate": 0.16,
        "discovery_rr": 11.2, "dropped": "grammatical", "headline_metric": "robotic",
        "headline_rr": 1.31, "headline_low": 1.02, "headline_high": 1.7, "headline_reason": None,
        "headline_overall_rr": 0.55, "reversed": True, "reversals": "greeting", "as_of": AS_OF,
    }  # fmt: skip
    return row | changes


def tier_row(period: str = "later", **changes: Any) -> dict[str, Any]:
    """An undesirable tier of one reason that is rarer hired, but not by enough to be proven."""
    row: dict[str, Any] = {
        "tier": "poor", "reason": "dull", "rule": "robotic", "train": "undesirable",
        "period": period, "first_day": date(2026, 2, 1), "last_day": date(2026, 2, 20), "n": 60,
        "n_matured": 50, "events": 4, "rate": 0.08, "n_reference": 400, "events_reference": 40,
        "rate_reference": 0.1, "reference": "ordinary", "rr": 0.8, "rr_low": 0.3, "rr_high": 2.1,
        "level": 0.999, "p": 0.4, "design_effect": 1.0, "state": "underpowered",
        "unlocked": False, "outcome": "hired", "horizon_days": 45, "as_of": AS_OF,
    }  # fmt: skip
    return row | changes


def release_row(measure: str = "hired", **changes: Any) -> dict[str, Any]:
    """An outcome of m2 that rose over all, and fell in one category."""
    row: dict[str, Any] = {
        "release": "m2", "measure": measure, "kind": "outcome", "sign": 1,
        "first_day": date(2026, 2, 1), "reference": "m1", "reference_is": "previous",
        "basis": "all_tasks", "basis_reason": "tasks_come_and_go", "n_common_tasks": 40, "n": 500,
        "events": 75, "rate": 0.15, "rate_low": 0.1, "rate_high": 0.2, "n_reference": 600,
        "events_reference": 60, "rate_reference": 0.1, "rd": 0.05, "rd_low": 0.01, "rd_high": 0.09,
        "adjusted_for": "category, own_draft", "n_adjusted": 1_050, "n_strata": 9, "n_users": 800,
        "adjusted_rate": 0.14, "adjusted_rate_reference": 0.11, "adjusted_rd": 0.03,
        "adjusted_low": 0.002, "adjusted_high": 0.058, "adjusted_rr": 1.27,
        "adjusted_rr_low": 1.01, "adjusted_rr_high": 1.6, "sequential_low": -0.014,
        "sequential_high": 0.074, "p": 0.31, "q": 0.31, "verdict": "no_evidence",
        "detectable": 0.056, "n_paired_tasks": 40, "paired_rd": 0.025, "paired_low": -0.06,
        "paired_high": 0.11, "paired_p": 0.57, "paired_method": "by_task", "n_places": 8,
        "worst_stratum": "category=design", "worst_n": 120, "worst_rd": -0.2, "worst_low": -0.35,
        "worst_high": -0.05, "worst_p": 0.01, "worst_q": 0.02, "worst_verdict": "regressed",
        "hides_regression": True, "epoch_basis": None, "n_other_epochs": None,
        "bridged_rate": None, "bridged_rate_reference": None, "bridged_rd": None,
        "bridged_low": None, "bridged_high": None, "n_bridge_pairs": None, "bridge_reason": None,
        "reason": None, "as_of": AS_OF,
    }  # fmt: skip
    return row | changes


def first_release_row(measure: str = "hired", **changes: Any) -> dict[str, Any]:
    """Rates of the release that no other one came before."""
    own = ("measure", "kind", "sign", "n", "events", "rate", "rate_low", "rate_high", "as_of")
    whole = release_row(measure)
    row = {name: value if name in own else None for name, value in whole.items()}
    return (
        row | {"release": "m1", "first_day": date(2026, 1, 5), "reason": "first_release"} | changes
    )


def effect_row(**changes: Any) -> dict[str, Any]:
    """An engagement behaviour beside which the release is small."""
    row: dict[str, Any] = {
        "outcome": "hired", "kind": "engagement", "cause": "own_draft", "versus": None,
        "adjusted_for": "category, release", "n": 1_000, "n_users": 800, "rate": 0.3,
        "rate_versus": 0.1, "rd": 0.2, "rd_low": 0.15, "rd_high": 0.25, "rr": 3.0, "rr_low": 2.2,
        "rr_high": 4.1, "reason": None, "as_of": AS_OF,
    }  # fmt: skip
    return row | changes


def engagement_row(metric: str = "own_draft", **changes: Any) -> dict[str, Any]:
    """A behaviour that one of four users has tried, over all conversations."""
    row: dict[str, Any] = {
        "metric": metric, "outcome": "hired", "segment_by": "all", "segment": "all",
        "n_users": 1_000, "users_never": 750, "never": 0.75, "never_low": 0.722,
        "never_high": 0.776, "n": 2_000, "n_true": 500, "events_true": 40, "events_false": 60,
        "rate_true": 0.08, "rate_false": 0.04, "rr": 2.0, "rr_low": 1.4, "rr_high": 2.9,
        "adjusted_for": "category, release", "n_adjusted": 1_900, "n_strata": 8,
        "adjusted_rate": 0.08, "adjusted_rate_without": 0.04, "adjusted_rd": 0.04,
        "adjusted_low": 0.02, "adjusted_high": 0.06, "adjusted_rr": 2.0, "adjusted_rr_low": 1.3,
        "adjusted_rr_high": 3.0, "reason": None, "p": 0.001, "q": 0.002, "per_arm": 400,
        "per_arm_half": 1_500, "per_arm_offered": 4_200, "as_of": AS_OF,
    }  # fmt: skip
    return row | changes


def failure_row(feature: str = "kind regards", **changes: Any) -> dict[str, Any]:
    """A phrase that lowers the outcome and that no flag explains."""
    row: dict[str, Any] = {
        "failure_id": "0a1b2c3d", "kind": "term", "part": "final_output", "feature": feature,
        "outcome": "hired", "state": "proposed", "n": 300, "events": 9, "n_without": 900,
        "events_without": 90, "n_users": 210, "n_unexplained": 1_100, "n_explained": 2_000,
        "rate": 0.03, "rate_low": 0.016, "rate_high": 0.056, "rate_without": 0.1, "rd": -0.07,
        "rd_low": -0.1, "rd_high": -0.04, "rr": 0.3, "rr_low": 0.15, "rr_high": 0.6,
        "reason": None, "p": 0.0001, "q": 0.001, "share_unexplained": 0.26,
        "share_explained": 0.1, "separation_rr": 2.6, "separation_low": 2.0,
        "separation_high": 3.4, "separation_reason": None, "separation_p": 0.0001,
        "q_both": 0.001, "adjusted_for": "category", "n_tried": 12, "sampled": 1.0,
        "metric_id": "says_kind_regards", "proposal": "  - id: says_kind_regards\n", "as_of": AS_OF,
    }  # fmt: skip
    return row | changes


def failure_counts_row(**changes: Any) -> dict[str, Any]:
    """Most failures are explained."""
    row: dict[str, Any] = {
        "n_matured": 7_000, "n_failed": 6_000, "n_not_judged": 0, "n_explained": 4_000,
        "n_unexplained": 2_000, "n_unexplained_successes": 200,
    }  # fmt: skip
    return row | changes

"""Checks of drop files as they are landed, and of the evidence over all days.

Not here: checks of one day (daily.py), of training data (training.py).
"""

from __future__ import annotations

from last_mile.core.drift.words import ENDED_AFTER
from last_mile.core.expectation.kinds import (
    StageCheck,
    between,
    equal,
    none,
)

_FRESH_DAYS = 3  # a weekend


def _landing(table: str, kind: str, *more: str) -> StageCheck:
    return StageCheck(
        table, "lines_reconcile",
        f"Every physical line of every file of {kind} is landed once, accepted or refused.",
        (
            equal("lines_read", "lines_landed"),
            equal("records_read", "records_landed"), equal("records_read", "places_landed"),
            equal("records_read", "records_sorted"),
        ),
        "file", fix="Land these files again: touch them, or run `last-mile replay`.",
        counts="records_read", daily=False, tables=(table, *more),
        shared_query="logs__lines_reconcile", fragments={"logs": table, "kind": kind},
    )  # fmt: skip


def _figures(table: str, row_id: str, about: str, *counts: str) -> StageCheck:
    of = {
        "n_not_nested": "rows whose counts do not nest",
        "n_outside_range": "rates outside of 0 to 1",
        "n_outside_interval": "estimates outside of their interval",
        "n_without_reason": "missing figures without a reason",
    }
    return StageCheck(
        table, "figures_are_possible", about, tuple(none(name, of[name]) for name in counts),
        row_id, fix=f"Materialize {table} again; if it fails again, please report it.",
        daily=False, tables=(table,),
    )  # fmt: skip


def _steady(name: str, about: str, of: str, fix: str) -> StageCheck:
    return StageCheck(
        "drift",
        name,
        about,
        (none("n_alarms", of),),
        "series",
        fix=fix,
        daily=False,
        blocking=False,
        shared_query="drift__is_steady",
        fragments={"check": name, "ended_after": str(ENDED_AFTER)},
    )


LANDING_CHECKS = (
    _landing("conversation_logs", "conversations", "log_files", "day_changes"),
    _landing("outcome_logs", "outcomes"),
    _landing("label_logs", "labels"),
)
EVIDENCE_CHECKS = (
    StageCheck(
        "human_labels", "answers_add_up",
        "Every label is about a metric of the rubric and rests on an answer at least.",
        (
            none("n_of_others", "labels of metrics that are not in the rubric"),
            between("fewest_answers", 1, None),
        ),
        "metric", fix="Materialize human_labels again.", counts="n_labels", daily=False,
        tables=("human_labels",),
    ),
    _figures(
        "judge_calibration", "metric",
        "The four counts add up, shares lie in 0 to 1 and in their intervals.",
        "n_not_nested", "n_outside_range", "n_outside_interval", "n_without_reason",
    ),
    StageCheck(
        "metric_lift", "figures_are_possible",
        "Counts nest, rates and p lie in 0 to 1, intervals hold their estimate.",
        (
            between("rate_true", 0, 1), between("rate_false", 0, 1), between("p", 0, 1),
            between("q", 0, 1), none("outside_interval", "estimates outside of their interval"),
            none("missing_without_reason", "missing figures without a reason"),
        ),
        "metric", fix="Materialize metric_lift again; if it fails again, please report it.",
        daily=False, tables=("metric_lift", "lift_seen"),
    ),
    StageCheck(
        "metric_lift", "outcomes_are_fresh",
        f"Outcomes are known up to {_FRESH_DAYS} days before the newest conversation, or later.",
        (between("days_behind", None, _FRESH_DAYS),),
        "known",
        fix="Ask whoever delivers the outcome drops; until they come, new conversations stay open.",
        daily=False, blocking=False,
    ),
    StageCheck(
        "metric_lift", "no_orphans",
        "What lifts and tiers are counted from is about conversations of the same day.",
        (none("n_orphans", "rows whose conversation is gone, or on another day"),),
        "table",
        fix="Build the days of these rows again; a day that a check stopped keeps what it had.",
        counts="n_rows", daily=False, blocking=False,
    ),
    _figures(
        "segment_lift", "segment", "Counts nest, rates lie in 0 to 1 and in their intervals.",
        "n_not_nested", "n_outside_range", "n_outside_interval", "n_without_reason",
    ),
    _figures(
        "composite_lift", "outcome", "Counts nest, figures lie in 0 to 1 and in their intervals.",
        "n_not_nested", "n_outside_range", "n_outside_interval", "n_without_reason",
    ),
    _figures(
        "judge_bridge", "metric", "Counts nest, shares lie in 0 to 1 and in their intervals.",
        "n_not_nested", "n_outside_range", "n_outside_interval", "n_without_reason",
    ),
    _figures(
        "flag_trends", "metric", "Counts nest, shares lie in 0 to 1 and in their intervals.",
        "n_not_nested", "n_outside_range", "n_outside_interval", "n_without_reason",
    ),
    _figures(
        "release_comparison", "release",
        "Counts nest, rates lie in 0 to 1 and in their intervals.",
        "n_not_nested", "n_outside_range", "n_outside_interval", "n_without_reason",
    ),
    _figures(
        "outcome_effects", "cause", "Rates lie in 0 to 1, intervals hold their estimate.",
        "n_outside_range", "n_outside_interval", "n_without_reason",
    ),
    _figures(
        "engagement_effects", "segment",
        "Counts nest, shares lie in 0 to 1 and in their intervals.",
        "n_not_nested", "n_outside_range", "n_outside_interval", "n_without_reason",
    ),
    _figures(
        "drift", "series", "Counts nest, figures lie in their intervals, none is missing silently.",
        "n_not_nested", "n_outside_range", "n_outside_interval", "n_without_reason",
    ),
    _steady(
        "prevalence_is_steady",
        "Every flag is as frequent as in its baseline (5 % false alarms in 91 days for all flags).",
        "flags whose share of conversations changed",
        "See which release, surface or kind of user came on that day; docs/drift.md says more.",
    ),
    _steady(
        "judge_agrees_as_before",
        "The judge agrees with people as in the baseline (5 % false alarms in 91 days for all).",
        "judged metrics with another agreement than before",
        "Do not read lifts of these metrics before the judge was looked at; see docs/drift.md.",
    ),
    _steady(
        "relation_is_steady",
        "Flags go along with the outcome as in the baseline (5 % false alarms in 91 days for all).",
        "flags whose relative risk changed",
        "Do not act on the lift of all days for these flags; see docs/drift.md.",
    ),
    _figures(
        "failure_modes", "failure_id", "Counts nest, rates lie in 0 to 1 and in their intervals.",
        "n_not_nested", "n_outside_range", "n_outside_interval", "n_without_reason",
    ),
    _figures(
        "tier_lift", "tier", "Counts nest, rates lie in 0 to 1, intervals hold their estimate.",
        "n_not_nested", "n_outside_range", "n_outside_interval",
    ),
)  # fmt: skip

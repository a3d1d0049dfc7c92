"""Checks of one day's tables, in the order of the pipeline.

Not here: checks of landing and of the whole history (history.py), of training data (training.py).
"""

from __future__ import annotations

from last_mile.core.expectation.kinds import (
    Expectation,
    StageCheck,
    at_least,
    between,
    equal,
    none,
)


def _again(table: str) -> str:
    return f"Materialize {table} for the day again."


def _flags(table: str, about: str, epochs: str, *more: Expectation) -> StageCheck:
    return StageCheck(
        table, "complete", about,
        (
            none("n_missing", "conversations without a flag"),
            none("n_of_others", "flags of other conversations or metrics"),
            none("n_without_reason", "flags without a reason"),
            none("n_of_other_wording", "flags of another wording of the metric"),
            *more,
        ),
        "metric",
        fix=f"Materialize {table} for the day again, with all metrics of the rubric.",
        counts="n_conversations", tables=(table,), shared_query="flags__complete",
        fragments={"flags": table, "epochs": epochs},
    )  # fmt: skip


CONVERSATION_CHECKS = (
    StageCheck(
        "conversations", "lines_reconcile",
        "Every record of a file ends once: in a conversation, as a duplicate, or refused.",
        (equal("records_in", "records_accounted_for"),),
        "file", fix=_again("conversations"), counts="records_in",
        tables=("conversations", "duplicate_lines"),
    ),
    StageCheck(
        "rejected_lines", "complete",
        "Every line refused when it was landed is kept with its bytes, and no other line.",
        (equal("lines_refused", "lines_kept"),),
        "file", fix=_again("rejected_lines"), counts="lines_refused", tables=("rejected_lines",),
    ),
    StageCheck(
        "conversations", "rows_are_whole",
        "Ids are unique, times lie in their day, every conversation has messages and sources.",
        (
            none("n_twice", "conversation ids that stand twice"),
            none("n_without_key", "conversations without an id or a content hash"),
            none("n_without_messages", "conversations without messages"),
            none("n_without_sources", "conversations made of no landed line"),
            none("n_on_another_day", "conversations that started on another day"),
        ),
        "scope", fix="Look up their lines in conversation_logs, mend the drop and land it again.",
        counts="n_conversations",
    ),
)  # fmt: skip

FLAG_CHECKS = (
    _flags(
        "heuristic_flags",
        "Every conversation has every heuristic metric, each flag with its reason.", "1",
    ),
    StageCheck(
        "judge_verdicts", "answers_in_range",
        "Confidences lie in 0 to 1, verified quotes name their message, answers have their call.",
        (
            between("lowest_confidence", 0, 1), between("highest_confidence", 0, 1),
            between("lowest_cost_usd", 0, None),
            none("n_verified_nowhere", "verified quotes without the message they stand in"),
            none("n_without_call", "answers whose call is not in the ledger"),
        ),
        "metric",
        fix="These answers are in the ledger for good: take the rows out of judge_verdicts, then "
        "materialize judge_verdicts for the day again, which asks for them anew.",
        counts="n_verdicts",
        tables=(
            "judge_verdicts", "judge_calls", "judge_batches", "judge_samples", "judge_skipped",
        ),
    ),
    StageCheck(
        "judge_verdicts", "one_model_answers",
        "Replies of one judge in an epoch name one model: names may come to stand for another.",
        (none("n_of_several_models", "judges whose replies name several models"),),
        "judge",
        fix="See judge_agrees_as_before around the change (`reported_model`, `sent_at` of "
        "judge_calls). Name a dated version of the model as judge: it is an epoch of its own.",
        counts="n_calls", blocking=False, tables=("judge_calls",),
    ),
    _flags(
        "judge_flags",
        "Every conversation has every judged metric, of one epoch, each flag with its reason.",
        "count(distinct epoch)", between("n_epochs", 0, 1),
    ),
)  # fmt: skip

OUTCOME_CHECKS = (
    StageCheck(
        "outcome_events", "events_add_up",
        "Every accepted row of the outcome drops is one event of the day it occurred.",
        (
            none("n_missing", "landed rows without their event"),
            none("n_of_others", "events without their landed row"),
            none("n_too_early", "events that arrived before they occurred"),
        ),
        "file", fix=_again("outcome_events"), counts="n_landed", tables=("outcome_events",),
    ),
    StageCheck(
        "outcomes", "complete",
        "Every conversation has every outcome kind, positives in their horizon, decisions once.",
        (
            none("n_missing", "conversations without an outcome"),
            none("n_of_others", "outcomes of other conversations or kinds"),
            none("n_outside_horizon", "positives outside their horizon"),
            none("n_contradictory", "outcomes whose days contradict their state"),
            none("n_decisions_twice", "decisions for which two conversations count"),
        ),
        "outcome", fix=_again("outcomes"), counts="n_conversations", tables=("outcomes",),
    ),
    StageCheck(
        "labeled_conversations", "complete",
        "Every conversation is there once, with all its flags and outcomes as they were scored.",
        (
            none("n_missing", "conversations that are left out"),
            none("n_of_others", "rows of other conversations"),
            none("n_incomplete", "conversations without all metrics of the rubric"),
            none("n_too_light", "conversations that stand for less than themselves"),
            none("n_other_flags", "conversations with other flags than were scored"),
            none("n_other_outcomes", "conversations with other outcomes than are known"),
        ),
        "scope",
        fix="Materialize heuristic_flags, judge_flags, outcomes and labeled_conversations for the "
        "day again.",
        counts="n_conversations", tables=("labeled_conversations",),
    ),
    StageCheck(
        "labeled_conversations", "flags_are_plausible",
        "On a day with 100 scored conversations or more a metric is about as frequent as in the "
        "two weeks around it, and neither always nor never true unless it is so there.",
        (at_least("prevalence", "lowest"), at_least("highest", "prevalence")),
        "metric",
        fix="Odd, not wrong: look at a few of that day's conversations, at the judge and at what "
        "the product shipped.",
        blocking=False,
    ),
    StageCheck(
        "stat_cells", "add_up",
        "Every conversation that was waited for is in one cell of every outcome.",
        (
            equal("n_in_cells", "n_waited_for"),
            equal("positives_in_cells", "positives"),
            none("n_overfull", "cells with more flags than conversations"),
        ),
        "outcome", fix=_again("stat_cells"), counts="n_waited_for", tables=("stat_cells",),
    ),
    StageCheck(
        "quality_tiers", "complete",
        "Every conversation has one tier of the rubric; all but the ordinary one name their rule.",
        (
            none("n_missing", "conversations without a tier"),
            none("n_of_others", "tiers of other conversations"),
            none("n_unknown", "tiers that are not in the rubric"),
            none("n_without_rule", "tiers without the rule that chose them"),
        ),
        "scope", fix=_again("quality_tiers"), counts="n_conversations", tables=("quality_tiers",),
    ),
)  # fmt: skip

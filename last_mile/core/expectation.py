"""Which expectations hold between the stages: one table, read by the checks and by people.

Each check runs its query in sql/checks/ and expects this of the rows. Names are those of Great
Expectations. Not here: running them (adapters/expectations.py), Dagster (defs/checks.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Expectation:
    """One Great Expectations expectation by its snake_case name and arguments."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StageCheck:
    """A check of one asset: what it is called, what it reads, what it expects."""

    asset: str
    name: str
    about: str
    expectations: tuple[Expectation, ...]
    row_id: str  # the column that names a failing row
    daily: bool = True
    also_after: tuple[str, ...] = ()  # further assets its query reads

    @property
    def query(self) -> str:
        """Name of its file in sql/checks/."""
        return f"{self.asset}__{self.name}"


def present(*columns: str) -> tuple[Expectation, ...]:
    """No value is missing in these columns."""
    return tuple(Expectation("expect_column_values_to_not_be_null", {"column": c}) for c in columns)


def equal(left: str, right: str) -> Expectation:
    """Two columns are equal in every row."""
    arguments = {"column_A": left, "column_B": right}
    return Expectation("expect_column_pair_values_to_be_equal", arguments)


def between(column: str, low: float | None, high: float | None) -> Expectation:
    """Values lie in a closed range; missing values are not looked at."""
    arguments = {"column": column, "min_value": low, "max_value": high}
    return Expectation("expect_column_values_to_be_between", arguments)


def unique(column: str) -> Expectation:
    """No value stands twice."""
    return Expectation("expect_column_values_to_be_unique", {"column": column})


def zero(column: str) -> Expectation:
    """A count of broken rows is zero."""
    return between(column, 0, 0)


STAGE_CHECKS = (
    StageCheck(
        "conversation_logs", "lines_reconcile",
        "Every physical line of every file is landed once, accepted or refused.",
        (
            unique("file"), equal("lines_read", "lines_landed"),
            equal("records_read", "records_landed"), equal("records_read", "places_landed"),
            equal("records_read", "records_sorted"),
        ),
        "file", daily=False, also_after=("outcome_logs", "label_logs"),
    ),
    StageCheck(
        "conversations", "lines_reconcile",
        "Every record of a file ends once: in a conversation, as a duplicate, or refused.",
        (unique("file"), equal("records_in", "records_accounted_for")),
        "file",
    ),
    StageCheck(
        "rejected_lines", "complete",
        "Every line refused when it was landed is kept with its bytes.",
        (unique("file"), equal("lines_refused", "lines_kept")),
        "file",
    ),
    StageCheck(
        "conversations", "rows_are_whole",
        "Ids are unique, times lie in their day, every conversation has messages.",
        (
            *present("conversation_id", "content_hash"), unique("conversation_id"),
            between("n_messages", 1, None), equal("day", "started_day"),
        ),
        "conversation_id",
    ),
    StageCheck(
        "heuristic_flags", "complete",
        "Every conversation has every heuristic metric, each flag with its reason.",
        (unique("metric"), equal("n_flags", "n_conversations"), zero("n_without_reason")),
        "metric",
    ),
    StageCheck(
        "judge_verdicts", "answers_in_range",
        "Confidences lie in 0 to 1, verified quotes name their message.",
        (between("lowest_confidence", 0, 1), between("highest_confidence", 0, 1),
         zero("n_verified_nowhere")),
        "metric",
    ),
    StageCheck(
        "judge_flags", "complete",
        "Every conversation has every judged metric, of one epoch, each flag with its reason.",
        (unique("metric"), equal("n_flags", "n_conversations"), zero("n_without_reason"),
         between("n_epochs", 0, 1)),
        "metric",
    ),
    StageCheck(
        "outcomes", "complete",
        "Every conversation has every outcome kind, positives in their horizon, decisions once.",
        (unique("outcome"), equal("n_outcomes", "n_conversations"), zero("n_outside_horizon"),
         zero("n_decisions_twice")),
        "outcome",
    ),
    StageCheck(
        "labeled_conversations", "complete",
        "Every conversation is there once, with as many flags as were scored.",
        (equal("n_labeled", "n_conversations"), equal("n_flags_wide", "n_flags_long")),
        "scope",
    ),
    StageCheck(
        "stat_cells", "add_up",
        "Every conversation that was waited for is in one cell of every outcome.",
        (unique("outcome"), equal("n_in_cells", "n_waited_for"),
         equal("positives_in_cells", "positives")),
        "outcome",
    ),
    StageCheck(
        "metric_lift", "figures_are_possible",
        "Counts nest, rates and p lie in 0 to 1, intervals hold their estimate.",
        (between("rate_true", 0, 1), between("rate_false", 0, 1), between("p", 0, 1),
         between("q", 0, 1), zero("outside_interval"), zero("missing_without_reason")),
        "metric", daily=False,
    ),
    StageCheck(
        "quality_tiers", "complete",
        "Every conversation has one tier; all but the ordinary tier name their rule.",
        (equal("n_tiers", "n_conversations"), zero("n_without_rule")),
        "scope",
    ),
    StageCheck(
        "training_splits", "disjoint",
        "Every conversation has a split or a reason; training shares no user and no task.",
        (equal("n_splits", "n_conversations"), zero("n_users_shared"), zero("n_tasks_shared")),
        "scope", daily=False,
    ),
    StageCheck(
        "training_texts", "complete",
        "Every conversation that the pool keeps has texts or a reason, and no other one.",
        (equal("n_kept", "n_texts"), zero("n_of_others")),
        "scope", daily=False,
    ),
    StageCheck(
        "pair_candidates", "gates_hold",
        "Pairs that are kept are of like length, no ties, their texts used once or twice.",
        (zero("n_unequal"), zero("n_ties"), between("most_loser_uses", 0, 2),
         between("most_winner_uses", 0, 1)),
        "scope", daily=False,
    ),
    StageCheck(
        "sft_examples", "rows_are_trainable",
        "Prompts end with the user, answers are one assistant message that says something.",
        (zero("n_bad_prompt"), zero("n_bad_completion")),
        "scope", daily=False,
    ),
    StageCheck(
        "dpo_pairs", "rows_are_trainable",
        "Prompts end with the user, both answers say something, and they differ.",
        (zero("n_bad_prompt"), zero("n_bad_completion"), zero("n_same")),
        "scope", daily=False,
    ),
    StageCheck(
        "kto_examples", "rows_are_trainable",
        "Prompts end with the user, answers say something, no row is also in a pair.",
        (zero("n_bad_prompt"), zero("n_bad_completion"), zero("n_in_a_pair")),
        "scope", daily=False,
    ),
)  # fmt: skip

"""Checks of the training data, over all days. Not here: gates of a release (adapters/releases)."""

from __future__ import annotations

from last_mile.core.expectation.kinds import Expectation, StageCheck, between, none


def _check(
    table: str,
    name: str,
    about: str,
    *expectations: Expectation,
    counts: str = "n_rows",
    fix: str = "",
    more: tuple[str, ...] = (),
) -> StageCheck:
    return StageCheck(
        table, name, about, expectations, "scope", fix=fix or f"Materialize {table} again.",
        counts=counts, daily=False, tables=(table, *more),
    )  # fmt: skip


_BAD_PROMPT = none("n_bad_prompt", "prompts that do not end with the user")
_BAD_COMPLETION = none("n_bad_completion", "answers that are not one message that says something")
_NOT_IN_POOL = none("n_not_in_pool", "rows of conversations that a filter took out")
_OTHER_SPLIT = none("n_of_other_split", "rows of another split than their conversation")
_TWICE = none("n_twice", "exported lines that stand twice")

TRAINING_CHECKS = (
    _check(
        "training_splits", "disjoint",
        "Every conversation has a split or a reason; training shares no user and no task.",
        none("n_missing", "conversations without a split or a reason"),
        none("n_of_others", "splits of other conversations"),
        none("n_users_shared", "users in training and elsewhere"),
        none("n_tasks_shared", "tasks in training and elsewhere"),
        counts="n_conversations",
    ),
    _check(
        "training_pool", "filters_hold",
        "What is kept is of a known conversation, with a split, and of an unlocked tier.",
        none("n_of_others", "rows of unknown conversations"),
        none("n_without_split", "kept rows without a split"),
        none("n_locked", "kept rows of a locked tier"),
        none("n_labelled", "rows to train on that people labelled"),
    ),
    _check(
        "training_texts", "complete",
        "Every conversation that the pool keeps has texts or a reason, and no other one.",
        none("n_missing", "kept conversations without texts or a reason"),
        none("n_of_others", "texts of other conversations"),
        counts="n_kept",
    ),
    _check(
        "training_overlaps", "copies_are_known",
        "Copies are texts of the pool and not of themselves, and what may not be trained on says "
        "something.",
        none("n_of_others", "copies without texts"),
        none("n_of_itself", "copies of themselves"),
        none("n_of_unknown", "copies of unknown conversations"),
        none("n_impossible", "copies whose likeness is not in 0 to 1"),
        none("n_empty", "evaluation texts that say nothing"),
        none("n_misnumbered", "evaluation files whose items are not numbered from 1"),
        fix="Mend the evaluation files that the settings name, then materialize evaluation_texts "
        "and training_overlaps again.",
        more=("evaluation_texts",),
    ),
    _check(
        "pair_candidates", "gates_hold",
        "Pairs that are kept are of like length, no ties, their texts used once or twice.",
        none("n_of_others", "pairs of conversations without texts"),
        none("n_unequal", "kept pairs of unlike length"),
        none("n_ties", "kept pairs without a margin"),
        between("most_loser_uses", 0, 2), between("most_winner_uses", 0, 1),
        counts="n_kept",
    ),
    _check(
        "sft_examples", "rows_are_trainable",
        "Prompts end with the user, answers are one assistant message that says something.",
        _BAD_PROMPT, _BAD_COMPLETION, _NOT_IN_POOL, _OTHER_SPLIT, _TWICE,
    ),
    _check(
        "dpo_pairs", "rows_are_trainable",
        "Prompts end with the user, both answers say something, and they differ.",
        _BAD_PROMPT, _BAD_COMPLETION, none("n_same", "pairs of equal answers"),
        none("n_not_kept", "pairs that a gate refused"), _NOT_IN_POOL, _TWICE,
    ),
    _check(
        "kto_examples", "rows_are_trainable",
        "Prompts end with the user, answers say something, no row is also in a pair.",
        _BAD_PROMPT, _BAD_COMPLETION, none("n_in_a_pair", "rows that are in a pair, too"),
        _NOT_IN_POOL, _OTHER_SPLIT, _TWICE,
    ),
)  # fmt: skip

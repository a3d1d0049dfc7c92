"""Sentences of the report about product releases."""

from __future__ import annotations

from last_mile.core.report import release_sentences
from last_mile_tests.lift_rows import first_release_row, release_row


def test_a_release_says_what_it_was_compared_with_what_moved_and_what_hides() -> None:
    rows = [
        first_release_row(),
        release_row("hired"),
        release_row("own_draft", kind="flag", verdict="improved", hides_regression=False),
        release_row("sounds_robotic", kind="flag", verdict="regressed", hides_regression=False),
    ]
    assert release_sentences(rows) == [
        "m2 against m1, the release before; tasks come and go, so both drew from one stream. "
        "Own draft improved; sounds robotic regressed; no evidence that an outcome moved.",
        "m2 regressed on hired in category=design (-20.0 points), while the whole did not.",
    ]


def test_no_evidence_and_common_tasks_are_said() -> None:
    row = release_row(
        hides_regression=False, basis_reason="task_sets_differ", basis="common_tasks",
        reference_is="most_used",
    )  # fmt: skip
    assert release_sentences([row]) == [
        "m2 against m1, the most used one; their task sets differ, so only the 40 tasks common to "
        "both count. No evidence that any of 1 flags and outcomes moved."
    ]


def test_a_refusal_is_all_that_is_said() -> None:
    row = release_row(basis="refused", basis_reason="few_common_tasks", n_common_tasks=7)
    assert release_sentences([row]) == [
        "m2 against m1, the release before; their task sets differ and only 7 tasks are common: "
        "no comparison."
    ]

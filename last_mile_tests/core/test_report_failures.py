"""What the report says of failures that no flag explains."""

from __future__ import annotations

from last_mile.core.report import failure_section
from last_mile_tests.lift_rows import failure_counts_row, failure_row


def test_what_lowers_the_outcome_is_shown_and_what_was_only_tried_is_counted() -> None:
    rows = [
        failure_row(),
        failure_row("new", state="lowers_outcome"),
        failure_row("dear", state="goes_with_flags"),
        failure_row("the", state="not_confirmed"),
    ]
    found = failure_section(rows, failure_counts_row(), "hired")
    assert [row["feature"] for row in found["rows"]] == ["kind regards", "new"]
    assert found["not_shown"] == 2
    assert found["sentences"] == [
        "Of 6,000 conversations without “hired”, 2,000 (33 %) have no flag that explains it.",
        "12 terms and contexts were chosen on half of the users; on the others, 2 lower the "
        "outcome, and 1 of these also tell unexplained failures from explained ones. Terms among "
        "them can be accepted as metrics.",
    ]


def test_a_proposal_is_dated_and_so_not_in_a_report_that_is_made_again() -> None:
    [row] = failure_section([failure_row()], failure_counts_row(), "hired")["rows"]
    assert "proposal" not in row


def test_a_sample_conversations_without_answers_and_nothing_at_all_are_said() -> None:
    said = failure_section([failure_row(sampled=0.25)], failure_counts_row(n_not_judged=7), "hired")
    assert said["sentences"][0].endswith("; 7 more were not judged.")
    assert said["sentences"][-1] == "25 % of these conversations were read."
    assert failure_section([], failure_counts_row(), "hired")["sentences"][1] == (
        "No words or contexts stood out in the half that was searched."
    )
    none = failure_counts_row(n_failed=0, n_unexplained=0)
    assert failure_section([], none, "hired")["sentences"][0] == (
        "No conversation is known to have ended without “hired”."
    )


def test_the_share_is_of_the_conversations_that_were_looked_at() -> None:
    counts = failure_counts_row(
        n_failed=10_000, n_not_judged=9_000, n_explained=800, n_unexplained=200
    )
    assert failure_section([], counts, "hired")["sentences"][0] == (
        "Of 1,000 conversations without “hired”, 200 (20 %) have no flag that explains it; 9,000 "
        "more were not judged."
    )
    none = failure_counts_row(n_failed=9, n_not_judged=9, n_explained=0, n_unexplained=0)
    assert failure_section([], none, "hired")["sentences"][0] == (
        "None of 9 conversations without “hired” was judged."
    )

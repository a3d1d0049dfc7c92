"""Sentences of the page about engagement."""

from __future__ import annotations

from typing import Any

from last_mile.core.report import trying_section
from last_mile_tests.lift_rows import engagement_row


def _said(*rows: dict[str, Any]) -> list[str]:
    [entry] = trying_section(rows, {"own_draft": "Did they?"}, "hired")
    return list(entry["sentences"])


def test_what_is_found_is_said_with_its_interval_and_what_would_settle_it() -> None:
    part = engagement_row(segment_by="category", segment="design", q=0.2)
    assert _said(engagement_row(), part) == [
        "750 of 1,000 users never: own draft.",
        "With it, “hired” is more frequent: +4.00 points [+2.00, +6.00], with category, release "
        "held fixed.",
        "The same way in 0 of 1 segments that can be looked at by themselves.",
        "An experiment would settle it with 400 users per arm, were this the truth; 1,500, were "
        "half of it; 4,200, when it is offered and 3 of 10 take it up.",
    ]


def test_a_segment_that_goes_the_other_way_is_named() -> None:
    part = engagement_row(segment_by="category", segment="design", adjusted_rd=-0.03, q=0.01)
    assert "The other way in category=design: -3.00 points." in _said(engagement_row(), part)


def test_what_is_not_told_apart_or_not_known_is_not_claimed() -> None:
    assert "is not told apart from without" in _said(engagement_row(q=0.4))[1]
    none = engagement_row(adjusted_rd=None, reason="not_enough_events", q=None, per_arm=None)
    assert _said(none)[1:] == [
        "What it goes along with cannot be said with the mix held fixed (not enough events)."
    ]


def test_the_behaviour_with_most_to_gain_comes_first_and_other_outcomes_are_left_out() -> None:
    rows = [
        engagement_row("rare", users_never=10),
        engagement_row("unclear", users_never=10_000, q=0.5),
        engagement_row("common", users_never=900),
        engagement_row("other", outcome="interviewed"),
    ]
    names = [entry["metric"] for entry in trying_section(rows, {}, "hired")]
    assert names == ["common", "rare", "unclear"]

"""What the report says a training release did."""

from __future__ import annotations

from typing import Any

from last_mile.core.report import linked_releases
from last_mile.core.report.linked import targeted_flags
from last_mile_tests.lift_rows import first_release_row, release_row

RULES = [
    {"tier": "gold", "rule": "own_draft and not sounds_robotic"},
    {"tier": "bad", "rule": "sounds_robotic and hallucinated"},
]


def _link(**changes: Any) -> dict[str, Any]:
    link = {
        "training_release": "2026-01-20-0123abcd", "product_release": "m2",
        "manifest": {"tier_rules": RULES},
    }  # fmt: skip
    return link | changes


def _flag(measure: str, verdict: str, **changes: Any) -> dict[str, Any]:
    return release_row(measure, kind="flag", verdict=verdict, hides_regression=False, **changes)


def test_flags_of_the_tiers_outcomes_and_what_got_worse_are_told_apart() -> None:
    rows = [
        first_release_row(),
        _flag("sounds_robotic", "improved"),
        _flag("hallucinated", "no_evidence"),
        _flag("polished", "regressed"),
        release_row("hired"),
    ]
    [answer] = linked_releases([_link()], rows)
    assert [row["measure"] for row in answer["targeted"]] == ["sounds_robotic", "hallucinated"]
    assert [row["measure"] for row in answer["worse"]] == ["polished", "hired"]
    assert answer["sentences"][:3] == [
        "m2, trained from 2026-01-20-0123abcd, against m1. Flags its tiers name: improved: sounds "
        "robotic; no evidence: hallucinated.",
        "“hired”: no evidence that it followed, +3.00 points [-1.40, +7.40] at every look; a "
        "change of 5.60 points would have been found with 80 % power.",
        "Got worse: polished, hired in category=design.",
    ]


def test_an_outcome_that_followed_is_said_with_its_interval() -> None:
    row = release_row("hired", verdict="improved", sequential_low=0.004, hides_regression=False)
    [answer] = linked_releases([_link()], [row])
    assert answer["sentences"][1] == "“hired” improved, +3.00 points [+0.40, +7.40] at every look."
    assert answer["sentences"][2] == "Nothing is found to have got worse."


def test_what_cannot_be_compared_is_said_instead_of_figures() -> None:
    refused = release_row(basis="refused", basis_reason="few_common_tasks")
    said = [
        linked_releases([_link(**changes)], rows)[0]
        for changes, rows in (
            ({}, []),
            ({"product_release": "m1"}, [first_release_row()]),
            ({}, [refused]),
        )
    ]
    assert [answer["sentences"] for answer in said] == [
        ["m2, trained from 2026-01-20-0123abcd: no conversation of m2 has been compared yet."],
        ["m1, trained from 2026-01-20-0123abcd: m1 is the first release in these logs, so nothing "
         "is before it."],
        ["m2, trained from 2026-01-20-0123abcd: not comparable with m1 (few common tasks)."],
    ]  # fmt: skip
    assert all(answer["targeted"] == answer["worse"] == [] for answer in said)


def test_flags_of_a_release_that_is_gone_or_has_other_rules_are_not_known() -> None:
    [answer] = linked_releases([_link(manifest=None)], [release_row()])
    assert "its folder is gone" in answer["sentences"][0]
    assert targeted_flags({"tier_rules": {"gold": "a and not b", "odd": "a +"}}) == {"a", "b"}
    assert targeted_flags({}) == set()

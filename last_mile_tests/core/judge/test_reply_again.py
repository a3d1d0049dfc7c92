"""Canaries that a reply must answer right, and what is asked once more when it does not."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile.core.judge.prompt import CANARIES
from last_mile.core.judge.reply import (
    Reason,
    canaries_right,
    given_by,
    open_questions,
    unreadable,
    unscored,
    verdicts_of,
)
from last_mile_tests.core.judge.replies import RIGHT, TALK, proof, read, reply_of

# -- canaries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "right"),
    [
        (RIGHT, True),
        ({**RIGHT, "list_has_two": "t0"}, True),  # how sure it is does not matter
        ({**RIGHT, "list_has_two": "f10"}, False),
        ({**RIGHT, "list_has_thousand": "n9"}, False),
        ({"list_has_two": "f9"}, False),  # one wrong answer is enough
        ({"list_has_two": "t9"}, None),
        ({**RIGHT, "list_has_two": "yes"}, None),
        ({}, None),
    ],
)
def test_canaries_are_right_wrong_or_not_answered(answers: Any, right: bool | None) -> None:
    assert canaries_right(given_by(reply_of(answers))) is right


@pytest.mark.parametrize(
    "canaries", [{}, {"list_has_two": "t9"}, {"list_has_two": "f9", "list_has_thousand": "f9"}]
)
def test_without_right_canaries_every_verdict_is_unscored(canaries: dict[str, str]) -> None:
    reply = reply_of({"robotic": "f9", "polite": "t9", **canaries})
    assert read(reply, "robotic", "polite", canaries=True) == unscored(
        ["robotic", "polite"], "canary_failed"
    )


def test_canaries_that_were_not_asked_do_not_count() -> None:
    reply = reply_of({"robotic": "f9", "list_has_two": "f9"})
    assert read(reply, canaries=False)[0].flag == "false"


def test_canaries_have_no_verdict_of_their_own() -> None:
    verdicts = read(reply_of({"robotic": "f9", **RIGHT}), canaries=True)
    assert [v.metric for v in verdicts] == ["robotic"]


# -- repairs ---------------------------------------------------------------------------------------


def test_open_questions_are_those_without_a_usable_answer_canaries_too() -> None:
    given_answers = given_by(reply_of({"robotic": "f9", "polite": "maybe", "list_has_two": "t9"}))
    asked = ["robotic", "polite", "brief", *(canary.id for canary in CANARIES)]
    assert open_questions(given_answers, asked) == ["polite", "brief", "list_has_thousand"]
    assert open_questions(unreadable("cut_off"), asked) == asked


def test_a_repair_adds_answers_and_evidence() -> None:
    first = given_by(reply_of({"robotic": "f9", "polite": None}))
    both = first.joined(given_by(reply_of({"polite": "t9"}, proof(metric="polite"))))
    verdicts = verdicts_of(both, ["robotic", "polite"], TALK, canaries=False)
    assert [(v.flag, v.quote_match) for v in verdicts] == [("false", None), ("true", "exact")]


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        ("", "cut_off"),  # cannot be read either
        ('{"answers": {}}', "cut_off"),  # can be read and answers nothing
        ('{"answers": {"robotic": "f9"}}', None),
    ],
)
def test_after_a_repair_the_first_reason_holds_unless_there_are_answers(
    later: str, reason: Reason | None
) -> None:
    assert unreadable("cut_off").joined(given_by(later)).reason == reason


def test_a_repair_that_cannot_be_read_takes_nothing_away() -> None:
    first = given_by(reply_of({"robotic": "f9"}))
    assert first.joined(unreadable("cut_off")) == first


@pytest.mark.parametrize("again", ["t9", "maybe", None])
def test_a_repair_does_not_change_an_answer_it_was_not_asked_for(again: str | None) -> None:
    # only `polite` was asked again
    first = given_by(reply_of({"robotic": "f9", "polite": "maybe"}))
    both = first.joined(given_by(reply_of({"robotic": again, "polite": "f9"})))
    assert both.answers == {"robotic": "f9", "polite": "f9"}


def test_evidence_stays_with_the_reply_whose_answer_counts() -> None:
    # `robotic` was answered at first, `polite` by the repair; each brings evidence for both
    first = given_by(
        reply_of({"robotic": "t9", "polite": "?"}, proof(), proof(metric="polite", quote="old"))
    )
    later = given_by(
        reply_of({"robotic": "t1", "polite": "t8"}, proof(quote="new"), proof(metric="polite"))
    )
    both = first.joined(later)
    assert both.answers == {"robotic": "t9", "polite": "t8"}
    assert both.evidence == {"robotic": proof(), "polite": proof(metric="polite")}

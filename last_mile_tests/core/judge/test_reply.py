"""Verdicts out of a judge's reply: each reason, never a guessed `false`."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from last_mile.core.judge.reply import Flag, Given, Reason, Verdict, unscored, verdicts_of
from last_mile_tests.core.judge.replies import MENU, RIGHT, TALK, proof, read, reply_of

# -- on the menu -----------------------------------------------------------------------------------


def test_a_positive_has_confidence_message_index_and_a_checked_quote() -> None:
    assert read(reply_of({"robotic": "t9"}, proof())) == [
        Verdict("robotic", "true", "judged", 0.9, 2, "start today, for \u20ac50", "exact")
    ]


def test_negatives_have_a_confidence_and_no_evidence_also_when_some_is_given() -> None:
    answers = {"robotic": "f7", "polite": "n10"}
    assert read(reply_of(answers, proof(), proof(metric="polite")), "robotic", "polite") == [
        Verdict("robotic", "false", "judged", 0.7),
        Verdict("polite", "not_applicable", "judged", 1.0),
    ]


@pytest.mark.parametrize("answer", sorted(MENU))
def test_every_answer_of_the_schema_is_taken_for_what_it_says(answer: str) -> None:
    verdict = read(reply_of({"robotic": answer}))[0]
    assert verdict.flag == {"t": "true", "f": "false", "n": "not_applicable"}[answer[0]]
    assert verdict.confidence == int(answer[1:]) / 10


# -- off the menu ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        "", "f", "false", "f11", "f-1", "f1.0", "f 9", " f9", "f9 ", "F9", "f9!", "9f", "no",
        "f\u0669", "f\u00b2", "ff9", "f009", "unscored", "u9", "\uff46\uff19",
        False, True, 0, 9, 0.9, [], ["f9"], {}, {"answer": "f9"},
    ],
    ids=ascii,
)  # fmt: skip
def test_an_answer_off_the_menu_is_unscored_and_never_false(answer: Any) -> None:
    assert read(reply_of({"robotic": answer})) == [Verdict("robotic", "unscored", "off_menu")]


@pytest.mark.parametrize("answer", ["f00", "f07", "t09", "n01"])
def test_tenths_with_a_leading_zero_are_off_the_menu(answer: str) -> None:
    assert answer not in MENU
    assert read(reply_of({"robotic": answer})) == [Verdict("robotic", "unscored", "off_menu")]


_ANSWER = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.from_regex(r"[tfnTFNu]?[0-9]{0,2}", fullmatch=True)
)  # fmt: skip


@given(_ANSWER)
def test_only_the_menu_gives_a_flag(answer: Any) -> None:
    verdict = read(reply_of({"robotic": answer}))[0]
    on_menu = isinstance(answer, str) and answer in MENU
    assert (verdict.flag != "unscored") == on_menu
    assert (verdict.flag == "false") == (on_menu and answer[0] == "f")


@pytest.mark.parametrize("answers", [{}, {"robotic": None}, {"Robotic": "f9", "robotic ": "f9"}])
def test_a_question_without_an_answer_is_unscored(answers: Any) -> None:
    assert read(reply_of(answers)) == [Verdict("robotic", "unscored", "missing_answer")]


@pytest.mark.parametrize(
    "reply",
    [
        "",
        " ",
        "false",
        "f9",
        "I would say f9.",
        "null",
        "[]",
        "0",
        '"f9"',
        '{"robotic": "f9"}',
        '{"evidence": []}',
        '{"answers": null}',
        '{"answers": "f9"}',
        '{"answers": ["f9"]}',
        '{"answers": [{"id": "robotic", "answer": "f9"}]}',
        '{"answers": {"robotic": "f9"}',
        '{"answers": {"robotic": "f9"}} and so on',
        'Here it is: {"answers": {"robotic": "f9"}}',
        '{"answers": {"robotic": "f9"}}{"answers": {"robotic": "f9"}}',
        "{'answers': {'robotic': 'f9'}}",
        '{"answers": {"robotic": "f9"}, "answers": {"robotic": "t9"}}',
        "```json\n```",
        "[" * 100_000,
        '{"answers": ' * 100_000,
        '{"answers": {"robotic": ' + "9" * 10_000 + "}}",
        "\ufeff{}",
    ],
    ids=lambda reply: ascii(reply[:40]),
)
def test_a_reply_that_cannot_be_read_leaves_every_question_unscored(reply: str) -> None:
    assert read(reply, "robotic", "polite") == [
        Verdict("robotic", "unscored", "invalid_reply"),
        Verdict("polite", "unscored", "invalid_reply"),
    ]


@pytest.mark.parametrize(
    "fence", ["```json\n{}\n```", "```\n{}\n```", "  {}\n", "\n```json{}```\n"]
)
def test_a_markdown_fence_around_the_reply_is_taken_off(fence: str) -> None:
    assert read(fence.replace("{}", reply_of({"robotic": "f5"})))[0].flag == "false"


def test_an_answer_given_twice_counts_when_it_is_the_same_and_not_when_it_contradicts() -> None:
    reply = (
        '{"answers": {"a": "f9", "a": "f9", "b": "f9", "b": "t9", "c": "t9", "c": "f9", "c": "t9"}}'
    )
    assert read(reply, "a", "b", "c") == [
        Verdict("a", "false", "judged", 0.9),
        Verdict("b", "unscored", "contradiction"),
        Verdict("c", "unscored", "contradiction"),
    ]


def test_verdicts_come_in_the_order_asked_and_answers_to_others_are_dropped() -> None:
    answers = {"invented": "f9", "polite": "f9", "robotic": "maybe"}
    assert [(v.metric, v.flag) for v in read(reply_of(answers), "robotic", "polite", "brief")] == [
        ("robotic", "unscored"), ("polite", "false"), ("brief", "unscored"),
    ]  # fmt: skip


# -- anything --------------------------------------------------------------------------------------


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["f9", "t9"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["evidence", "answers", "metric", "message", "quote", "robotic", *RIGHT]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
_SHAPED = st.fixed_dictionaries(
    {
        "evidence": st.lists(_JSON, max_size=3) | _JSON,
        "answers": st.dictionaries(st.sampled_from(["robotic", "polite", *RIGHT]), _ANSWER) | _JSON,
    }
)


@given(st.text(max_size=40) | _JSON.map(json.dumps) | _SHAPED.map(json.dumps), st.booleans())
def test_any_reply_gives_one_verdict_per_question_with_a_known_reason(
    reply: str, canaries: bool
) -> None:
    verdicts = read(reply, "robotic", "polite", canaries=canaries)
    assert [v.metric for v in verdicts] == ["robotic", "polite"]
    for verdict in verdicts:
        assert verdict.flag in get_args(Flag)
        assert verdict.reason in get_args(Reason)
        assert (verdict.quote_match is not None) == (verdict.flag == "true")
        # the constraint of judge_verdicts
        unknown = verdict.confidence is None and verdict.reason != "judged"
        assert (verdict.flag == "unscored") == unknown


@given(_SHAPED.map(json.dumps), st.integers(0, 400))
def test_a_reply_that_breaks_off_never_says_more_than_the_whole(reply: str, length: int) -> None:
    whole = read(reply)[0]
    part = read(reply[:length])[0]
    assert part == whole or part.flag == "unscored"


def test_a_call_without_answers_has_one_reason_for_every_question() -> None:
    assert unscored(["a", "b"], "refused") == [
        Verdict("a", "unscored", "refused"), Verdict("b", "unscored", "refused"),
    ]  # fmt: skip
    assert verdicts_of(Given({}, {}, "too_long"), ["a"], TALK, canaries=True) == [
        Verdict("a", "unscored", "too_long")
    ]

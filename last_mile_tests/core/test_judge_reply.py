"""Verdicts out of a judge's reply: each reason, checked quotes, never a guessed `false`."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from last_mile.core.judge_reply import Flag, Reason, Verdict, read_reply, unscored
from last_mile_tests.scenario import message

TALK = {
    "messages": [
        message("user", "Can you start today?"),
        message("assistant", None, tool_calls="[]"),
        message("assistant", "Yes — I can start today, for €50."),
    ],
    "final_output": "I can start today.",
}


def _read(reply: str, *metrics: str) -> list[Verdict]:
    return read_reply(reply, metrics or ("robotic",), TALK)


def _answer(**over: Any) -> Verdict:
    given_answer = {"metric": "robotic", "answer": "true", "confidence": 0.9, **over}
    return _read(json.dumps({"verdicts": [given_answer]}))[0]


def test_an_answer_is_a_verdict_with_its_checked_quote() -> None:
    assert _answer(message=2, quote="start today, for €50") == Verdict(
        "robotic", "true", "judged", 0.9, 2, "start today, for €50", quote_verified=True
    )


@pytest.mark.parametrize("answer", ["true", "false", "not_applicable"])
def test_every_answer_on_the_menu_is_taken(answer: str) -> None:
    verdict = _answer(answer=answer)
    assert (verdict.flag, verdict.reason) == (answer, "judged")
    assert (verdict.quote, verdict.quote_verified) == (None, None)


@pytest.mark.parametrize(
    "over",
    [
        {"answer": "yes"},
        {"answer": "True"},
        {"answer": "maybe"},
        {"answer": "unscored"},
        {"answer": ""},
        {"answer": None},
        {"answer": False},
        {"answer": True},
        {"answer": 0},
        {"answer": ["false"]},
        {"confidence": 1.1},
        {"confidence": -0.1},
        {"confidence": None},
        {"confidence": "high"},
        {"message": -1},
        {"message": "second"},
        {"message": 1.5},
        {"quote": ["I can"]},
    ],
)
def test_an_answer_off_the_menu_is_unscored_and_never_false(over: dict[str, Any]) -> None:
    assert _answer(**over) == Verdict("robotic", "unscored", "off_menu")


def test_an_answer_without_its_fields_is_off_the_menu() -> None:
    assert _read('{"verdicts": [{"metric": "robotic"}]}')[0].reason == "off_menu"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "false",
        "I would say false.",
        "null",
        "[]",
        '{"answer": "false"}',
        '{"verdicts": null}',
        '{"verdicts": {"robotic": "false"}}',
        '{"verdicts": ["false"]}',
        '{"verdicts": [{"metric": "robotic", "answer": "false", "confidence": 0.9}',
        "```json\n```",
        '{"verdicts": [{"metric": "robotic", "answer": "false", "confidence": NaN}]',
    ],
)
def test_a_reply_that_cannot_be_read_leaves_every_question_unscored(reply: str) -> None:
    assert _read(reply, "robotic", "polite") == [
        Verdict("robotic", "unscored", "invalid_reply"),
        Verdict("polite", "unscored", "invalid_reply"),
    ]


def test_a_question_without_an_answer_is_unscored() -> None:
    assert _read('{"verdicts": []}')[0] == Verdict("robotic", "unscored", "missing_answer")


def test_verdicts_come_in_the_order_asked_and_others_are_dropped() -> None:
    answers = [
        {"metric": name, "answer": "false", "confidence": 1}
        for name in ("invented", "polite", "robotic")
    ]
    verdicts = _read(json.dumps({"verdicts": answers}), "robotic", "polite", "brief")
    assert [(v.metric, v.flag) for v in verdicts] == [
        ("robotic", "false"), ("polite", "false"), ("brief", "unscored"),
    ]  # fmt: skip


def test_one_bad_answer_does_not_spoil_the_others() -> None:
    answers = [
        {"metric": "robotic", "answer": "maybe", "confidence": 1},
        {"metric": "polite", "answer": "true", "confidence": 1, "thinking": "hm"},
    ]
    verdicts = _read(json.dumps({"verdicts": answers}), "robotic", "polite")
    assert [v.flag for v in verdicts] == ["unscored", "true"]


@pytest.mark.parametrize(
    "fence", ["```json\n{}\n```", "```\n{}\n```", "  {}\n", "\n```json{}```\n"]
)
def test_a_markdown_fence_around_the_reply_is_taken_off(fence: str) -> None:
    reply = json.dumps({"verdicts": [{"metric": "robotic", "answer": "false", "confidence": 0.5}]})
    assert _read(fence.replace("{}", reply))[0].flag == "false"


@pytest.mark.parametrize(
    ("index", "quote", "verified"),
    [
        (0, "Can you start today?", True),
        (2, "Yes — I can", True),
        (3, "I can start today.", True),  # the final output counts last
        (2, "yes — i can", False),  # letter by letter
        (2, "Yes - I can", False),
        (2, "Yes — I  can", False),
        (0, "I can start", False),  # stands in another message
        (1, "I can", False),  # a message that says nothing
        (4, "I can start today.", False),  # no such message
        (None, "I can start today.", False),  # of no message
    ],
)
def test_a_quote_is_verified_only_where_it_stands(
    index: int | None, quote: str, verified: bool
) -> None:
    verdict = _answer(message=index, quote=quote)
    assert verdict.flag == "true"
    assert verdict.quote_verified is verified


def test_an_empty_quote_is_no_quote() -> None:
    verdict = _answer(message=2, quote="")
    assert (verdict.quote, verdict.quote_verified) == (None, None)


def test_a_long_quote_is_cut() -> None:
    talk = {"messages": [message("user", "a" * 900)], "final_output": None}
    reply = {"metric": "robotic", "answer": "true", "confidence": 1, "message": 0}
    verdict = read_reply(
        json.dumps({"verdicts": [{**reply, "quote": "a" * 800}]}), ["robotic"], talk
    )[0]
    assert verdict.quote == "a" * 500
    assert verdict.quote_verified


def test_a_quote_that_is_invented_after_500_letters_is_not_verified() -> None:
    talk = {"messages": [message("user", "a" * 900)], "final_output": None}
    reply = {"metric": "robotic", "answer": "true", "confidence": 1, "message": 0}
    verdict = read_reply(
        json.dumps({"verdicts": [{**reply, "quote": "a" * 500 + "b"}]}), ["robotic"], talk
    )[0]
    assert verdict.quote_verified is False


def test_two_contradicting_answers_to_one_question_are_not_guessed_between() -> None:
    answers = [
        {"metric": "robotic", "answer": answer, "confidence": 1} for answer in ("false", "true")
    ]
    assert _read(json.dumps({"verdicts": answers}))[0].flag == "unscored"


def test_a_call_without_answers_has_one_reason_for_every_question() -> None:
    assert unscored(["a", "b"], "refused") == [
        Verdict("a", "unscored", "refused"), Verdict("b", "unscored", "refused"),
    ]  # fmt: skip


_VALUE = st.none() | st.booleans() | st.floats() | st.text(max_size=6) | st.just("false")
_ITEM = st.dictionaries(
    st.sampled_from(["metric", "answer", "confidence", "message", "quote", "x"]),
    _VALUE | st.just("robotic"),
)


@given(
    st.text(max_size=40) | st.lists(_ITEM, max_size=3).map(lambda v: json.dumps({"verdicts": v}))
)
def test_any_reply_gives_one_verdict_per_question_with_a_known_reason(reply: str) -> None:
    verdicts = _read(reply, "robotic", "polite")
    assert [v.metric for v in verdicts] == ["robotic", "polite"]
    for verdict in verdicts:
        assert verdict.flag in get_args(Flag)
        assert verdict.reason in get_args(Reason)
        # the constraint of judge_verdicts
        unknown = verdict.confidence is None and verdict.reason != "judged"
        assert (verdict.flag == "unscored") == unknown

"""Verdicts out of a judge's reply: each reason, checked quotes, never a guessed `false`."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from last_mile.core.judge.prompt import CANARIES, reply_schema
from last_mile.core.judge.reply import (
    Flag,
    Given,
    Reason,
    Verdict,
    canaries_right,
    given_by,
    open_questions,
    unreadable,
    unscored,
    verdicts_of,
)
from last_mile_tests.scenario import message

TALK = {
    "messages": [
        message("user", "Can you start today?"),
        message("assistant", None, tool_calls="[]"),
        message("assistant", "Yes \u2014 I can start today, for \u20ac50."),
    ],
    "final_output": "I can start today.",
}
MENU = frozenset(reply_schema(["robotic"])["$defs"]["answer"]["enum"])
RIGHT = {"list_has_two": "t10", "list_has_thousand": "f10"}


def _reply(answers: Any, *evidence: Any) -> str:
    return json.dumps({"evidence": list(evidence), "answers": answers})


def _read(reply: str, *metrics: str, canaries: bool = False) -> list[Verdict]:
    return verdicts_of(given_by(reply), metrics or ("robotic",), TALK, canaries=canaries)


def _proof(**over: Any) -> dict[str, Any]:
    return {"metric": "robotic", "message": 2, "quote": "start today, for \u20ac50", **over}


# -- on the menu ----------------------------------------------------------------------------------


def test_a_positive_has_confidence_message_index_and_a_checked_quote() -> None:
    assert _read(_reply({"robotic": "t9"}, _proof())) == [
        Verdict("robotic", "true", "judged", 0.9, 2, "start today, for \u20ac50", "exact")
    ]


def test_negatives_have_a_confidence_and_no_evidence_also_when_some_is_given() -> None:
    answers = {"robotic": "f7", "polite": "n10"}
    assert _read(_reply(answers, _proof(), _proof(metric="polite")), "robotic", "polite") == [
        Verdict("robotic", "false", "judged", 0.7),
        Verdict("polite", "not_applicable", "judged", 1.0),
    ]


@pytest.mark.parametrize("answer", sorted(MENU))
def test_every_answer_of_the_schema_is_taken_for_what_it_says(answer: str) -> None:
    verdict = _read(_reply({"robotic": answer}))[0]
    assert verdict.flag == {"t": "true", "f": "false", "n": "not_applicable"}[answer[0]]
    assert verdict.confidence == int(answer[1:]) / 10


# -- off the menu ---------------------------------------------------------------------------------


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
    assert _read(_reply({"robotic": answer})) == [Verdict("robotic", "unscored", "off_menu")]


@pytest.mark.parametrize("answer", ["f00", "f07", "t09", "n01"])
def test_tenths_with_a_leading_zero_are_off_the_menu(answer: str) -> None:
    assert answer not in MENU
    assert _read(_reply({"robotic": answer})) == [Verdict("robotic", "unscored", "off_menu")]


_ANSWER = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.from_regex(r"[tfnTFNu]?[0-9]{0,2}", fullmatch=True)
)  # fmt: skip


@given(_ANSWER)
def test_only_the_menu_gives_a_flag(answer: Any) -> None:
    verdict = _read(_reply({"robotic": answer}))[0]
    on_menu = isinstance(answer, str) and answer in MENU
    assert (verdict.flag != "unscored") == on_menu
    assert (verdict.flag == "false") == (on_menu and answer[0] == "f")


@pytest.mark.parametrize("answers", [{}, {"robotic": None}, {"Robotic": "f9", "robotic ": "f9"}])
def test_a_question_without_an_answer_is_unscored(answers: Any) -> None:
    assert _read(_reply(answers)) == [Verdict("robotic", "unscored", "missing_answer")]


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
    assert _read(reply, "robotic", "polite") == [
        Verdict("robotic", "unscored", "invalid_reply"),
        Verdict("polite", "unscored", "invalid_reply"),
    ]


@pytest.mark.parametrize(
    "fence", ["```json\n{}\n```", "```\n{}\n```", "  {}\n", "\n```json{}```\n"]
)
def test_a_markdown_fence_around_the_reply_is_taken_off(fence: str) -> None:
    assert _read(fence.replace("{}", _reply({"robotic": "f5"})))[0].flag == "false"


def test_an_answer_given_twice_counts_when_it_is_the_same_and_not_when_it_contradicts() -> None:
    reply = (
        '{"answers": {"a": "f9", "a": "f9", "b": "f9", "b": "t9", "c": "t9", "c": "f9", "c": "t9"}}'
    )
    assert _read(reply, "a", "b", "c") == [
        Verdict("a", "false", "judged", 0.9),
        Verdict("b", "unscored", "contradiction"),
        Verdict("c", "unscored", "contradiction"),
    ]


def test_verdicts_come_in_the_order_asked_and_answers_to_others_are_dropped() -> None:
    answers = {"invented": "f9", "polite": "f9", "robotic": "maybe"}
    assert [(v.metric, v.flag) for v in _read(_reply(answers), "robotic", "polite", "brief")] == [
        ("robotic", "unscored"), ("polite", "false"), ("brief", "unscored"),
    ]  # fmt: skip


# -- evidence -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("index", "quote", "match"),
    [
        (0, "Can you start today?", "exact"),
        (2, "Yes \u2014 I can", "exact"),
        (3, "I can start today.", "exact"),  # the final output counts last
        (2, "yes - i  can", "repaired"),
        (0, "I can start", "unverified"),  # stands in another message
        (1, "I can", "unverified"),  # a message that says nothing
        (4, "I can start today.", "unverified"),  # no such message
        (2, "I will start", "unverified"),  # nobody said it
    ],
)
def test_a_quote_is_verified_only_where_it_stands(index: int, quote: str, match: str) -> None:
    verdict = _read(_reply({"robotic": "t9"}, _proof(message=index, quote=quote)))[0]
    assert (verdict.flag, verdict.message_index, verdict.quote) == ("true", index, quote)
    assert verdict.quote_match == match


@pytest.mark.parametrize("index", [None, -1, True, 1.0, 1.5, "2", [2], 10**7, 10**30], ids=repr)
def test_an_index_that_is_none_of_a_message_is_left_out_and_the_quote_unverified(
    index: Any,
) -> None:
    assert _read(_reply({"robotic": "t9"}, _proof(message=index))) == [
        Verdict("robotic", "true", "judged", 0.9, None, "start today, for \u20ac50", "unverified")
    ]


@pytest.mark.parametrize("quote", [None, "", 9, ["start"], {"text": "start"}], ids=repr)
def test_a_quote_that_is_no_text_is_none_and_the_positive_unverified(quote: Any) -> None:
    assert _read(_reply({"robotic": "t9"}, _proof(quote=quote))) == [
        Verdict("robotic", "true", "judged", 0.9, 2, None, "unverified")
    ]


@pytest.mark.parametrize(
    "evidence", [None, {}, "x", [], ["x", 1, None, {}], [{"metric": 1}], [{"metric": "polite"}]]
)
def test_a_positive_without_evidence_is_unverified(evidence: Any) -> None:
    reply = json.dumps({"answers": {"robotic": "t9"}, "evidence": evidence})
    assert _read(reply) == [Verdict("robotic", "true", "judged", 0.9, None, None, "unverified")]


def test_of_two_pieces_of_evidence_for_a_metric_the_first_counts() -> None:
    reply = _reply({"robotic": "t9"}, _proof(quote="invented"), _proof())
    assert _read(reply)[0].quote_match == "unverified"


def test_a_long_quote_is_checked_whole_and_kept_in_part() -> None:
    talk = {"messages": [message("user", "a" * 600)], "final_output": None}
    found = [
        verdicts_of(
            given_by(_reply({"robotic": "t9"}, _proof(message=0, quote=quote))),
            ["robotic"], talk, canaries=False,
        )[0]
        for quote in ("a" * 600, "a" * 500 + "b")
    ]  # fmt: skip
    assert [(v.quote, v.quote_match) for v in found] == [
        ("a" * 500, "exact"), ("a" * 500, "unverified"),
    ]  # fmt: skip


def test_a_nul_in_a_quote_is_replaced_where_tables_cannot_hold_it() -> None:
    verdict = _read(_reply({"robotic": "t9"}, _proof(quote="a\x00b")))[0]
    assert verdict.quote == "a\ufffdb"


def test_half_an_emoji_in_a_quote_can_be_written_down() -> None:
    reply = _reply({"robotic": "t9"}, _proof(quote="I can \ud83d"))
    assert "\\ud83d" in reply
    verdict = _read(reply)[0]
    assert (verdict.quote, verdict.quote_match) == ("I can ?", "unverified")
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict) == verdict


# -- canaries -------------------------------------------------------------------------------------


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
    assert canaries_right(given_by(_reply(answers))) is right


@pytest.mark.parametrize(
    "canaries", [{}, {"list_has_two": "t9"}, {"list_has_two": "f9", "list_has_thousand": "f9"}]
)
def test_without_right_canaries_every_verdict_is_unscored(canaries: dict[str, str]) -> None:
    reply = _reply({"robotic": "f9", "polite": "t9", **canaries})
    assert _read(reply, "robotic", "polite", canaries=True) == unscored(
        ["robotic", "polite"], "canary_failed"
    )


def test_canaries_that_were_not_asked_do_not_count() -> None:
    reply = _reply({"robotic": "f9", "list_has_two": "f9"})
    assert _read(reply, canaries=False)[0].flag == "false"


def test_canaries_have_no_verdict_of_their_own() -> None:
    verdicts = _read(_reply({"robotic": "f9", **RIGHT}), canaries=True)
    assert [v.metric for v in verdicts] == ["robotic"]


# -- repairs --------------------------------------------------------------------------------------


def test_open_questions_are_those_without_a_usable_answer_canaries_too() -> None:
    given_answers = given_by(_reply({"robotic": "f9", "polite": "maybe", "list_has_two": "t9"}))
    asked = ["robotic", "polite", "brief", *(canary.id for canary in CANARIES)]
    assert open_questions(given_answers, asked) == ["polite", "brief", "list_has_thousand"]
    assert open_questions(unreadable("cut_off"), asked) == asked


def test_a_repair_adds_answers_and_evidence() -> None:
    first = given_by(_reply({"robotic": "f9", "polite": None}))
    both = first.joined(given_by(_reply({"polite": "t9"}, _proof(metric="polite"))))
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
    first = given_by(_reply({"robotic": "f9"}))
    assert first.joined(unreadable("cut_off")) == first


@pytest.mark.parametrize("again", ["t9", "maybe", None])
def test_a_repair_does_not_change_an_answer_it_was_not_asked_for(again: str | None) -> None:
    # only `polite` was asked again
    first = given_by(_reply({"robotic": "f9", "polite": "maybe"}))
    both = first.joined(given_by(_reply({"robotic": again, "polite": "f9"})))
    assert both.answers == {"robotic": "f9", "polite": "f9"}


def test_evidence_stays_with_the_reply_whose_answer_counts() -> None:
    # `robotic` was answered at first, `polite` by the repair; each brings evidence for both
    first = given_by(
        _reply({"robotic": "t9", "polite": "?"}, _proof(), _proof(metric="polite", quote="old"))
    )
    later = given_by(
        _reply({"robotic": "t1", "polite": "t8"}, _proof(quote="new"), _proof(metric="polite"))
    )
    both = first.joined(later)
    assert both.answers == {"robotic": "t9", "polite": "t8"}
    assert both.evidence == {"robotic": _proof(), "polite": _proof(metric="polite")}


# -- anything -------------------------------------------------------------------------------------

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
    verdicts = _read(reply, "robotic", "polite", canaries=canaries)
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
    whole = _read(reply)[0]
    part = _read(reply[:length])[0]
    assert part == whole or part.flag == "unscored"


def test_a_call_without_answers_has_one_reason_for_every_question() -> None:
    assert unscored(["a", "b"], "refused") == [
        Verdict("a", "unscored", "refused"), Verdict("b", "unscored", "refused"),
    ]  # fmt: skip
    assert verdicts_of(Given({}, {}, "too_long"), ["a"], TALK, canaries=True) == [
        Verdict("a", "unscored", "too_long")
    ]

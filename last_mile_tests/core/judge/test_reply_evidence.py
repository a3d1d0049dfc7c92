"""Quotes in a judge's reply: checked where they are said to stand, never believed."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from last_mile.core.judge.reply import Verdict, given_by, verdicts_of
from last_mile_tests.core.judge.replies import proof, read, reply_of
from last_mile_tests.scenario import message


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
    verdict = read(reply_of({"robotic": "t9"}, proof(message=index, quote=quote)))[0]
    assert (verdict.flag, verdict.message_index, verdict.quote) == ("true", index, quote)
    assert verdict.quote_match == match


@pytest.mark.parametrize("index", [None, -1, True, 1.0, 1.5, "2", [2], 10**7, 10**30], ids=repr)
def test_an_index_that_is_none_of_a_message_is_left_out_and_the_quote_unverified(
    index: Any,
) -> None:
    assert read(reply_of({"robotic": "t9"}, proof(message=index))) == [
        Verdict("robotic", "true", "judged", 0.9, None, "start today, for \u20ac50", "unverified")
    ]


@pytest.mark.parametrize("quote", [None, "", 9, ["start"], {"text": "start"}], ids=repr)
def test_a_quote_that_is_no_text_is_none_and_the_positive_unverified(quote: Any) -> None:
    assert read(reply_of({"robotic": "t9"}, proof(quote=quote))) == [
        Verdict("robotic", "true", "judged", 0.9, 2, None, "unverified")
    ]


@pytest.mark.parametrize(
    "evidence", [None, {}, "x", [], ["x", 1, None, {}], [{"metric": 1}], [{"metric": "polite"}]]
)
def test_a_positive_without_evidence_is_unverified(evidence: Any) -> None:
    reply = json.dumps({"answers": {"robotic": "t9"}, "evidence": evidence})
    assert read(reply) == [Verdict("robotic", "true", "judged", 0.9, None, None, "unverified")]


def test_of_two_pieces_of_evidence_for_a_metric_the_first_counts() -> None:
    reply = reply_of({"robotic": "t9"}, proof(quote="invented"), proof())
    assert read(reply)[0].quote_match == "unverified"


def test_a_long_quote_is_checked_whole_and_kept_in_part() -> None:
    talk = {"messages": [message("user", "a" * 600)], "final_output": None}
    found = [
        verdicts_of(
            given_by(reply_of({"robotic": "t9"}, proof(message=0, quote=quote))),
            ["robotic"], talk, canaries=False,
        )[0]
        for quote in ("a" * 600, "a" * 500 + "b")
    ]  # fmt: skip
    assert [(v.quote, v.quote_match) for v in found] == [
        ("a" * 500, "exact"), ("a" * 500, "unverified"),
    ]  # fmt: skip


def test_a_nul_in_a_quote_is_replaced_where_tables_cannot_hold_it() -> None:
    verdict = read(reply_of({"robotic": "t9"}, proof(quote="a\x00b")))[0]
    assert verdict.quote == "a\ufffdb"


def test_half_an_emoji_in_a_quote_can_be_written_down() -> None:
    reply = reply_of({"robotic": "t9"}, proof(quote="I can \ud83d"))
    assert "\\ud83d" in reply
    verdict = read(reply)[0]
    assert (verdict.quote, verdict.quote_match) == ("I can ?", "unverified")
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict) == verdict

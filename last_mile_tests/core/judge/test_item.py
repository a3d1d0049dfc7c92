"""Questions about a conversation on their way to an answer: taken, asked again, given up."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from last_mile.core.judge.item import Item, Panel, Settled, panels_of
from last_mile.core.judge.money import prompt_bytes
from last_mile.core.judge.policy import Tries
from last_mile.core.judge.prompt import repair_message, shown_conversation
from last_mile.core.judge.reply import Verdict
from last_mile_tests.scenario import message, rubric

RIGHT = {"list_has_two": "t10", "list_has_thousand": "f10"}
WRONG = {"list_has_two": "f9", "list_has_thousand": "f9"}
DRAFT = "Dear client, I can start today."
TALK: dict[str, Any] = {
    "content_hash": "h1", "conversation_id": "c1", "day": date(2026, 1, 5),
    "messages": [message("user", "Write."), message("assistant", DRAFT)], "context": [],
    "final_output": DRAFT,
}  # fmt: skip
PROOF = {"metric": "polite", "message": 1, "quote": "Dear client"}


def _panel(**asking: Any) -> Panel:
    return panels_of(rubric(judge=asking))[0]


def _item(talk: dict[str, Any] = TALK, limit: int = 60_000, **asking: Any) -> Item:
    return Item(talk, _panel(**asking), limit)


def _reply(canaries: dict[str, str] = RIGHT, **answers: Any) -> str:
    return json.dumps({"evidence": [PROOF], "answers": {**answers, **canaries}})


def _flags(settled: Settled) -> dict[str, str]:
    return {v.metric: v.flag if v.flag != "unscored" else v.reason for v in settled.verdicts}


# -- panels and prompts ---------------------------------------------------------------------------


def test_a_panel_asks_the_judged_metrics_and_the_canaries() -> None:
    panel = _panel()
    assert (panel.number, panel.metrics) == (0, ("robotic", "polite"))
    assert panel.asked == ("robotic", "polite", "list_has_two", "list_has_thousand")
    strict = panel.response_format["json_schema"]
    assert (panel.response_format["type"], strict["strict"]) == ("json_schema", True)
    assert list(strict["schema"]["properties"]["answers"]["required"]) == list(panel.asked)
    assert panel.schema_bytes == len(json.dumps(panel.response_format))


def test_asked_one_by_one_every_panel_has_its_number_and_its_own_canaries() -> None:
    made = panels_of(rubric(judge={"grouping": "one"}))
    assert [(panel.number, panel.metrics) for panel in made] == [
        (0, ("robotic",)),
        (1, ("polite",)),
    ]
    assert all(set(RIGHT) < set(panel.asked) for panel in made)


def test_without_canaries_none_are_asked_or_expected() -> None:
    assert _panel(canaries=False).asked == ("robotic", "polite")
    settled = _item(canaries=False).take(_reply({}, robotic="f9", polite="f9"), None, repairs=1)
    assert _flags(settled) == {"robotic": "false", "polite": "false"}


def test_the_fixed_prefix_comes_first_and_the_conversation_last() -> None:
    item = _item()
    assert [said["role"] for said in item.messages()] == ["system", "user"]
    assert item.messages()[0]["content"] == item.panel.prefix
    assert shown_conversation(item.messages()[1]["content"])["final_output"] == DRAFT


def test_what_is_cut_of_a_conversation_is_known_once_it_was_written() -> None:
    long = {**TALK, "messages": [message("user", "q" * 5_000)], "final_output": "f"}
    item = _item(long, 2_000)
    item.messages()
    # "user" and 5,000, and a final output of 1: 5,005 in all, of which 2,000 are shown
    assert item.cut_characters == 3_005


# -- answers --------------------------------------------------------------------------------------


def test_a_whole_reply_settles_every_question() -> None:
    settled = _item().take(_reply(robotic="f9", polite="t8"), None, repairs=1)
    assert settled == Settled(
        [
            Verdict("robotic", "false", "judged", 0.9),
            Verdict("polite", "true", "judged", 0.8, 1, "Dear client", "exact"),
        ],
        False,
        "answered",
    )


def test_what_a_partial_reply_answers_is_settled_at_once_and_the_rest_asked_again() -> None:
    item = _item()
    first = item.take(_reply(robotic="f9", polite="perhaps"), None, repairs=1)
    assert (_flags(first), first.again, first.result) == ({"robotic": "false"}, True, "partial")
    asked, shown, said, again = item.messages()
    assert (asked["content"], said["role"]) == (item.panel.prefix, "assistant")
    assert shown_conversation(shown["content"])["final_output"] == DRAFT
    assert again == {"role": "user", "content": repair_message(["polite"])}
    second = item.take(json.dumps({"answers": {"polite": "f7"}}), None, repairs=1)
    assert (_flags(second), second.again, second.result) == ({"polite": "false"}, False, "answered")


def test_no_question_is_settled_twice_whatever_the_repair_says() -> None:
    item = _item()
    first = item.take(_reply(robotic="f9"), None, repairs=1)
    second = item.take(_reply(robotic="t9", polite="f9"), None, repairs=1)
    assert _flags(first) == {"robotic": "false"}
    assert _flags(second) == {"polite": "false"}


def test_after_the_last_repair_what_has_no_answer_is_unscored_with_its_reason() -> None:
    item = _item()
    item.take(_reply(robotic="f9", polite="perhaps"), None, repairs=1)
    settled = item.take("not JSON", None, repairs=1)
    assert _flags(settled) == {"polite": "off_menu"}
    assert (settled.again, settled.result) == (False, "unusable")


def test_without_repairs_nothing_is_asked_again() -> None:
    settled = _item().take(_reply(robotic="f9"), None, repairs=0)
    assert _flags(settled) == {"robotic": "false", "polite": "missing_answer"}
    assert (settled.again, settled.result) == (False, "partial")


@pytest.mark.parametrize(
    ("trouble", "reason"), [(None, "invalid_reply"), ("cut_off", "cut_off")], ids=["whole", "cut"]
)
def test_a_reply_that_cannot_be_read_is_asked_again_then_unscored(
    trouble: Any, reason: str
) -> None:
    item = _item()
    first = item.take('{"answers": {"rob', trouble, repairs=1)
    assert (first.verdicts, first.again, first.result) == ([], True, "unusable")
    second = item.take("", trouble, repairs=1)
    assert _flags(second) == {"robotic": reason, "polite": reason}
    assert item.is_unusable(second.verdicts)


def test_a_reply_cut_off_after_its_last_answer_is_whole() -> None:
    settled = _item().take(_reply(robotic="f9", polite="f9"), "cut_off", repairs=1)
    assert settled.result == "answered"


def test_an_empty_reply_is_answered_by_an_empty_object_before_the_repair() -> None:
    item = _item()
    item.take("", None, repairs=1)
    assert item.messages()[2] == {"role": "assistant", "content": "{}"}  # providers refuse ""


def test_a_refusal_is_final_and_leaves_what_was_settled() -> None:
    item = _item()
    item.take(_reply(robotic="f9"), None, repairs=1)
    settled = item.take("", "refused", repairs=1)
    assert (_flags(settled), settled.again) == ({"polite": "refused"}, False)
    assert not item.is_unusable(settled.verdicts)  # the conversation's fault, not the judge's


def test_a_reply_that_ends_in_half_an_emoji_can_be_sent_back_for_repair() -> None:
    item = _item()
    item.take('{"evidence": [{"quote": "\ud83d', "cut_off", repairs=1)
    assert item.messages()[2]["content"] == '{"evidence": [{"quote": "?'
    assert prompt_bytes(item.messages(), 0) > 0


def test_of_a_long_reply_the_first_20000_characters_are_repeated_for_its_repair() -> None:
    item = _item()
    item.take("x" * 20_001, None, repairs=1)
    assert item.messages()[2]["content"] == "x" * 20_000


def test_an_answer_is_not_changed_by_a_repair_that_asked_for_a_canary() -> None:
    item = _item()
    item.take(_reply({"list_has_two": "t9"}, robotic="f9", polite="f9"), None, repairs=1)
    assert item.messages()[3]["content"] == repair_message(["list_has_thousand"])
    settled = item.take(_reply(robotic="t9", polite="maybe"), None, repairs=1)
    assert _flags(settled) == {"robotic": "false", "polite": "false"}


# -- canaries -------------------------------------------------------------------------------------


def test_a_wrong_canary_is_not_asked_again_and_nothing_is_scored() -> None:
    item = _item()
    settled = item.take(_reply(WRONG, robotic="f9"), None, repairs=1)
    assert _flags(settled) == {"robotic": "canary_failed", "polite": "canary_failed"}
    assert (settled.again, settled.result) == (False, "unusable")
    assert item.is_unusable(settled.verdicts)


def test_a_missing_canary_is_asked_for_before_anything_is_settled() -> None:
    item = _item()
    first = item.take(_reply({}, robotic="f9", polite="f9"), None, repairs=1)
    assert (first.verdicts, first.again) == ([], True)
    assert item.messages()[3]["content"] == repair_message(list(RIGHT))
    second = item.take(_reply(RIGHT), None, repairs=1)
    assert _flags(second) == {"robotic": "false", "polite": "false"}


@pytest.mark.parametrize(
    "wrong",
    [WRONG, {**RIGHT, "list_has_two": "n10"}, {"list_has_thousand": "t0"}],
    ids=["both", "one of both", "one alone"],
)
def test_a_repair_with_wrong_canaries_scores_no_more(wrong: dict[str, str]) -> None:
    item = _item()
    first = item.take(_reply(robotic="f9"), None, repairs=3)
    second = item.take(_reply(wrong, robotic="t9", polite="f9"), None, repairs=3)
    assert _flags(first) == {"robotic": "false"}  # settled, and stays so
    assert _flags(second) == {"polite": "canary_failed"}
    assert (second.again, second.result) == (False, "unusable")


def test_answers_that_waited_for_their_canaries_are_set_aside_when_the_repair_has_them_wrong() -> (
    None
):
    item = _item()
    first = item.take(_reply({}, robotic="f9", polite="f9"), None, repairs=3)
    second = item.take(_reply(WRONG), None, repairs=3)
    assert (first.verdicts, first.again) == ([], True)
    assert _flags(second) == {"robotic": "canary_failed", "polite": "canary_failed"}
    assert item.is_unusable(second.verdicts)


def test_a_repair_that_leaves_the_canaries_out_keeps_those_that_were_right() -> None:
    item = _item()
    item.take(_reply(robotic="f9"), None, repairs=1)
    settled = item.take(_reply({}, polite="f9"), None, repairs=1)
    assert _flags(settled) == {"polite": "false"}


# -- giving up, shortening, falling back -----------------------------------------------------------


def test_what_no_answer_can_be_had_for_is_unscored_but_not_what_is_settled() -> None:
    item = _item()
    item.take(_reply(robotic="f9"), None, repairs=1)
    assert item.unscored("too_long") == [Verdict("polite", "unscored", "too_long")]


def test_a_conversation_too_long_for_the_model_is_shown_by_halves_down_to_a_thousand() -> None:
    long = {**TALK, "messages": [message("user", "q" * 9_000)]}
    item = _item(long, 5_000)
    sizes = [len(item.messages()[1]["content"])]
    while item.shorten():
        sizes.append(len(item.messages()[1]["content"]))
    # each time half of what was shown or of the limit, whichever is less
    assert all(after < before for before, after in pairwise(sizes))
    assert 1 <= len(sizes) <= 3
    assert item.limit < 1_000


def test_a_short_conversation_below_a_large_limit_is_halved_from_what_it_shows() -> None:
    item = _item({**TALK, "messages": [message("user", "q" * 9_000)]}, 60_000)
    shown = len(item.messages()[1]["content"])
    assert item.shorten()
    assert item.limit == shown // 2


def test_a_fallback_asks_from_the_start_and_keeps_what_is_settled() -> None:
    item = _item()
    item.take(_reply(robotic="f9"), None, repairs=1)
    item.tries.passing = 6
    assert item.fall_back(2)
    assert (item.model, item.tries, len(item.messages())) == (1, Tries(), 2)
    settled = item.take(_reply(robotic="t9", polite="t9"), None, repairs=1)
    assert _flags(settled) == {"polite": "true"}
    assert not item.fall_back(2)


def test_a_fallback_is_not_trusted_with_the_canaries_of_the_first_model() -> None:
    item = _item()
    item.take(_reply(RIGHT), None, repairs=1)
    item.fall_back(2)
    settled = item.take(_reply({}, robotic="f9", polite="f9"), None, repairs=0)
    assert _flags(settled) == {"robotic": "canary_failed", "polite": "canary_failed"}


BROKEN = Verdict("robotic", "unscored", "invalid_reply")


def test_only_faults_of_the_reply_itself_make_it_unusable() -> None:
    item = _item()
    assert item.is_unusable([BROKEN, Verdict("polite", "unscored", "canary_failed")])
    assert not item.is_unusable([BROKEN, Verdict("polite", "false", "judged", 0.9)])
    assert not item.is_unusable([Verdict("polite", "unscored", "too_long")])


def test_a_repair_in_vain_does_not_make_replies_unusable_of_which_one_had_an_answer() -> None:
    item = _item()
    assert not item.is_scored
    item.take(_reply(robotic="f9"), None, repairs=1)
    assert item.is_scored
    settled = item.take("not JSON", None, repairs=1)
    assert _flags(settled) == {"polite": "missing_answer"}
    assert not item.is_unusable(settled.verdicts)


def test_answers_that_are_all_set_aside_are_no_answer() -> None:
    item = _item()
    item.take(_reply(WRONG, robotic="f9", polite="f9"), None, repairs=1)
    assert not item.is_scored

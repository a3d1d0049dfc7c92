"""Training rows of a conversation, or the reason there is none."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, get_args

import msgspec
import pytest

from last_mile.core.conversation import conversation_from
from last_mile.core.training import Exclusion, Task, split_of, task_of, training_rows
from last_mile_tests.scenario import DAY, conversation, message

ASK = message("user", "Write a proposal for this job.")
DRAFT = message("assistant", "Dear client, I can start today.")
CHANGE = message("user", "Shorter, please.")
REVISION = message("assistant", "Dear client, I can start now.")
REVISED = (ASK, DRAFT, CHANGE, REVISION)


def _talk(*messages: dict[str, Any], **over: Any) -> dict[str, Any]:
    """A row of reads/trainable.sql, by way of the log line; the last answer is the final output."""
    said = [m["content"] for m in messages if m["role"] == "assistant" and m["content"]]
    line = conversation(messages=messages, final_output=said[-1] if said else None)
    row = msgspec.to_builtins(conversation_from({**line, "messages": list(messages)})[0])
    return {**row, "day": DAY, "tier": "best", "train": "desirable", **over}


def _texts(messages: str) -> list[tuple[str, str]]:
    return [(m["role"], m["content"]) for m in json.loads(messages)]


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        pytest.param(_talk(ASK, DRAFT, final_output=None), "no_final_output", id="no output"),
        pytest.param(_talk(ASK, DRAFT, final_output=" \n"), "no_final_output", id="blank output"),
        pytest.param(_talk(ASK, final_output="mine"), "no_final_output", id="no draft"),
        pytest.param(
            _talk(ASK, message("assistant", " "), final_output="mine"),
            "no_final_output",
            id="blank",
        ),
        pytest.param(_talk(DRAFT), "no_user_message", id="the assistant speaks first"),
        pytest.param(
            _talk(message("system", "Be kind."), DRAFT), "no_user_message", id="no user at all"
        ),
        pytest.param(
            _talk(message("user", "  "), DRAFT), "no_user_message", id="the user says nothing"
        ),
        pytest.param(_talk(ASK, DRAFT, REVISION), "no_user_message", id="two answers in a row"),
        pytest.param(
            _talk(ASK, message("tool", "3 hits", name="search"), DRAFT), "tool_messages", id="tool"
        ),
        pytest.param(
            _talk(ASK, message("function", "3 hits"), DRAFT), "tool_messages", id="function"
        ),
        pytest.param(
            _talk(ASK, message("assistant", None, tool_calls=[{"id": "1"}]), ASK, DRAFT),
            "tool_messages",
            id="tool call",
        ),
    ],
)
def test_a_conversation_that_holds_no_task_says_why(talk: dict[str, Any], reason: str) -> None:
    assert reason in get_args(Exclusion)
    assert task_of(talk) == reason
    for kind in ("sft", "dpo", "kto"):
        rows, excluded = training_rows(kind, [talk])
        assert rows.is_empty()
        assert excluded == {reason: 1}


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        pytest.param(_talk(ASK, DRAFT), "single_draft", id="one draft"),
        pytest.param(_talk(ASK, DRAFT, CHANGE, DRAFT), "same_text", id="the draft again"),
        pytest.param(
            _talk(ASK, DRAFT, CHANGE, message("assistant", DRAFT["content"] + " \n")),
            "same_text",
            id="the draft again, with a blank more",
        ),
        pytest.param(
            # of 6 + 5 words none is shared
            _talk(ASK, DRAFT, CHANGE, message("assistant", "Here is your travel plan")),
            "another_task",
            id="something else",
        ),
    ],
)
def test_a_conversation_without_a_pair_says_why(talk: dict[str, Any], reason: str) -> None:
    rows, excluded = training_rows("dpo", [talk])
    assert rows.is_empty()
    assert excluded == {reason: 1}
    assert reason in get_args(Exclusion)


@pytest.mark.parametrize(
    ("revision", "excluded"),
    [
        # three words of the draft's six, and new ones: 3 of 6 + 4 shared is .3, 3 of 6 + 5 is .27
        ("dear client, i one two three four", {}),
        ("dear client, i one two three four five", {"another_task": 1}),
    ],
)
def test_a_revision_shares_three_tenths_of_the_words_of_its_draft(
    revision: str, excluded: dict[str, int]
) -> None:
    talk = _talk(ASK, DRAFT, CHANGE, message("assistant", revision))
    assert training_rows("dpo", [talk])[1] == excluded


def test_a_pair_keeps_the_prompt_of_the_first_draft() -> None:
    row = training_rows("dpo", [_talk(*REVISED)])[0].row(0, named=True)
    assert _texts(row["prompt"]) == [("user", ASK["content"])]
    assert _texts(row["chosen"]) == [("assistant", REVISION["content"])]
    assert _texts(row["rejected"]) == [("assistant", DRAFT["content"])]
    assert row["rule"] == "revision_over_draft"


def test_chosen_is_what_was_submitted_and_not_the_last_draft() -> None:
    talk = _talk(*REVISED, final_output="Dear client, I can start at noon.")
    row = training_rows("dpo", [talk])[0].row(0, named=True)
    assert _texts(row["chosen"]) == [("assistant", "Dear client, I can start at noon.")]
    assert row["chosen"] != row["rejected"]


def test_an_answer_to_imitate_has_everything_said_before_it_in_its_prompt() -> None:
    row = training_rows("sft", [_talk(*REVISED)])[0].row(0, named=True)
    assert _texts(row["prompt"]) == [
        ("user", ASK["content"]), ("assistant", DRAFT["content"]), ("user", CHANGE["content"]),
    ]  # fmt: skip
    assert _texts(row["completion"]) == [("assistant", REVISION["content"])]
    assert row["rule"] == "tier_best"


def test_an_answer_to_imitate_is_not_in_its_own_prompt() -> None:
    # the accepted draft is followed by thanks and a farewell; "all messages before the accepted
    # answer" end with the request
    thanks = (message("user", "Thanks!"), message("assistant", "You're welcome."))
    task = task_of(_talk(ASK, DRAFT, *thanks, final_output=DRAFT["content"]))
    assert isinstance(task, Task)
    assert task.last_prompt == [{"role": "user", "content": ASK["content"]}]


def test_an_empty_list_of_tool_calls_is_no_tool_call() -> None:
    talk = _talk(ASK, {**DRAFT, "tool_calls": []})
    assert not isinstance(task_of(talk), str)


def test_context_documents_stand_in_front_as_one_system_message() -> None:
    documents = [{"doc_id": "job", "text": "A job."}, {"doc_id": "profile", "text": "A person."}]
    row = training_rows("sft", [_talk(ASK, DRAFT, context=documents)])[0].row(0, named=True)
    assert _texts(row["prompt"])[0] == ("system", "A job.\n\nA person.")
    assert _texts(row["prompt"])[-1] == ("user", ASK["content"])


def test_a_document_that_is_a_system_message_already_stands_once() -> None:
    documents = [{"doc_id": "job", "text": "A job."}]
    talk = _talk(message("system", "A job."), ASK, DRAFT, context=documents)
    prompt = training_rows("sft", [talk])[0]["prompt"][0]
    assert _texts(prompt) == [("system", "A job."), ("user", ASK["content"])]


def test_a_developer_message_is_a_system_message() -> None:
    talk = _talk(message("developer", "Be kind."), ASK, DRAFT)
    assert _texts(training_rows("sft", [talk])[0]["prompt"][0])[0] == ("system", "Be kind.")


def test_a_desirable_conversation_with_a_pair_is_no_kto_example() -> None:
    rows, excluded = training_rows("kto", [_talk(*REVISED)])
    assert rows.is_empty()
    assert excluded == {"in_a_pair": 1}


@pytest.mark.parametrize(("train", "label"), [("desirable", True), ("undesirable", False)])
def test_a_single_draft_is_a_kto_example_with_the_judgement_of_its_tier(
    train: str, label: bool
) -> None:
    row = training_rows("kto", [_talk(ASK, DRAFT, train=train)])[0].row(0, named=True)
    assert row["label"] is label
    assert _texts(row["completion"]) == [("assistant", DRAFT["content"])]


def test_an_undesirable_revision_is_a_kto_example_and_never_a_chosen_answer() -> None:
    row = training_rows("kto", [_talk(*REVISED, train="undesirable")])[0].row(0, named=True)
    assert row["label"] is False


def test_all_conversations_of_a_user_have_one_split_for_ever() -> None:
    splits = {split_of("u1", f"c{i}") for i in range(100)}
    assert len(splits) == 1
    # a change here moves users between the splits of every release written so far
    assert [i for i in range(30) if split_of(f"u{i}", "c") == "test"] == [20, 21, 22]


def test_about_a_tenth_of_users_is_for_testing() -> None:
    share = sum(split_of(f"u{i}", "c") == "test" for i in range(5000)) / 5000
    assert share == pytest.approx(0.1, abs=0.015)  # three standard errors of .0042


def test_a_conversation_without_a_user_has_a_split_of_its_own() -> None:
    assert {split_of(None, f"c{i}") for i in range(100)} == {"train", "test"}


def test_equal_content_has_one_row_id_and_other_content_another() -> None:
    talks = [
        _talk(ASK, DRAFT),
        _talk(ASK, DRAFT, conversation_id="c2", user_id="someone else"),
        _talk(ASK, REVISION, conversation_id="c3"),
    ]
    ids = training_rows("sft", talks)[0]["row_id"].to_list()
    assert ids[0] == ids[1] != ids[2]
    assert {len(row_id) for row_id in ids} == {24}


def test_rows_carry_where_they_come_from_in_the_order_of_conversations() -> None:
    talks = [_talk(ASK, DRAFT, conversation_id=name) for name in ("c2", "c1")]
    rows, excluded = training_rows("sft", talks)
    assert rows.select("conversation_id", "day", "tier").rows() == [
        ("c1", date(2026, 1, 5), "best"), ("c2", date(2026, 1, 5), "best"),
    ]  # fmt: skip
    assert excluded == {}


def test_reasons_are_counted() -> None:
    talks = [_talk(DRAFT), _talk(DRAFT), _talk(ASK, DRAFT, final_output=""), _talk(ASK, DRAFT)]
    rows, excluded = training_rows("sft", talks)
    assert rows.height == 1
    assert excluded == {"no_user_message": 2, "no_final_output": 1}


def test_without_conversations_the_columns_are_there() -> None:
    assert training_rows("kto", [])[0].columns[-3:] == ["prompt", "completion", "label"]

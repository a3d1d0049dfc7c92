"""The task inside a conversation, or the reason there is none; its draft, or why it is no pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import pytest

from last_mile.core.training.tasks import Exclusion, Message, Task, Unpaired, task_of
from last_mile_tests.core.talks import ASK, CHANGE, DRAFT, REVISED, REVISION, talk
from last_mile_tests.scenario import message


def _task(row: dict[str, Any]) -> Task:
    task = task_of(row)
    assert isinstance(task, Task)
    return task


def _texts(messages: Sequence[Message]) -> list[tuple[str, str]]:
    return [(m.role, m.content) for m in messages]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(talk(ASK, DRAFT, final_output=None), "no_final_output", id="no output"),
        pytest.param(talk(ASK, DRAFT, final_output=" \n"), "no_final_output", id="blank output"),
        pytest.param(talk(ASK, final_output="mine"), "no_final_output", id="no draft"),
        pytest.param(
            talk(ASK, message("assistant", " "), final_output="mine"), "no_final_output", id="blank"
        ),
        pytest.param(talk(DRAFT), "no_user_message", id="the assistant speaks first"),
        pytest.param(
            talk(message("system", "Be kind."), DRAFT), "no_user_message", id="no user at all"
        ),
        pytest.param(
            talk(message("user", "  "), DRAFT), "no_user_message", id="the user says nothing"
        ),
        pytest.param(talk(ASK, DRAFT, REVISION), "no_user_message", id="two answers in a row"),
        pytest.param(
            talk(ASK, message("tool", "3 hits", name="search"), DRAFT), "tool_messages", id="tool"
        ),
        pytest.param(
            talk(ASK, message("function", "3 hits"), DRAFT), "tool_messages", id="function"
        ),
        pytest.param(
            talk(ASK, message("assistant", None, tool_calls=[{"id": "1"}]), ASK, DRAFT),
            "tool_messages",
            id="tool call",
        ),
    ],
)
def test_a_conversation_that_holds_no_task_says_why(row: dict[str, Any], reason: str) -> None:
    assert reason in get_args(Exclusion)
    assert task_of(row) == reason


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(talk(ASK, DRAFT), "single_draft", id="one draft"),
        pytest.param(talk(ASK, DRAFT, CHANGE, DRAFT), "same_text", id="the draft again"),
        pytest.param(
            talk(ASK, DRAFT, CHANGE, message("assistant", "Dear  client, I can\nstart today. ")),
            "same_text",
            id="the draft again, in other spaces",
        ),
        pytest.param(
            # of 6 + 5 words none is shared
            talk(ASK, DRAFT, CHANGE, message("assistant", "Here is your travel plan")),
            "another_task",
            id="something else",
        ),
        pytest.param(
            talk(
                ASK,
                DRAFT,
                message("user", "I have 12 years of practice."),
                message("assistant", "Dear client, I can start today after 12 years."),
            ),
            "new_facts",
            id="a number the draft could not know",
        ),
        pytest.param(
            talk(
                ASK,
                DRAFT,
                message("user", "Say I was head of design."),
                message("assistant", "Dear client, I was head of design and can start."),
            ),
            "new_facts",
            id="three words the draft could not know",
        ),
    ],
)
def test_a_conversation_without_a_pair_says_why(row: dict[str, Any], reason: str) -> None:
    assert reason in get_args(Unpaired)
    assert _task(row).unpaired == reason


def test_what_the_user_said_before_the_draft_is_no_new_fact() -> None:
    told = message("user", "Write a proposal. I have 12 years of practice.")
    late = message("assistant", "Dear client, I can start today after 12 years.")
    assert _task(talk(told, DRAFT, message("user", "Mention the 12 years"), late)).unpaired is None


@pytest.mark.parametrize(
    ("revision", "unpaired"),
    [
        # three words of the draft's six, and new ones: 3 of 6 + 4 shared is .3, 3 of 6 + 5 is .27
        ("dear client, i one two three four", None),
        ("dear client, i one two three four five", "another_task"),
    ],
)
def test_a_revision_shares_three_tenths_of_the_words_of_its_draft(
    revision: str, unpaired: str | None
) -> None:
    task = _task(talk(ASK, DRAFT, CHANGE, message("assistant", revision)))
    assert task.unpaired == unpaired


def test_a_revision_stands_against_the_first_draft_under_its_prompt() -> None:
    task = _task(talk(*REVISED))
    assert (task.rule, task.unpaired) == ("revision_over_draft", None)
    assert _texts(task.draft_prompt) == [("user", ASK["content"])]
    assert (task.draft.content, task.draft.position) == (DRAFT["content"], 1)
    assert (task.accepted.content, task.accepted.position) == (REVISION["content"], 3)


def test_what_the_user_edited_stands_against_the_answer_they_edited() -> None:
    row = talk(*REVISED, final_output="Dear client, I can start at noon.")
    task = _task(row)
    assert (task.rule, task.unpaired) == ("edit_over_answer", None)
    assert (task.accepted.content, task.accepted.position) == (row["final_output"], None)
    assert (task.draft.content, task.draft.position) == (REVISION["content"], 3)
    assert _texts(task.draft_prompt)[-1] == ("user", CHANGE["content"])


@pytest.mark.parametrize(
    ("later", "final"),
    [
        pytest.param(
            message("user", "I was head of design."),
            "Dear client, I was head of design and can start now.",
            id="what the user said after the last answer",
        ),
        pytest.param(None, "Dear client, I can start now for 4500.", id="a number nobody said"),
    ],
)
def test_an_edit_that_tells_what_the_prompt_does_not_is_no_answer_to_learn(
    later: dict[str, Any] | None, final: str
) -> None:
    row = talk(*REVISED, *([later] if later else []), final_output=final)
    assert task_of(row) == "untold_facts"


def test_a_greeting_before_the_first_request_is_no_draft() -> None:
    greeting = message("assistant", "Dear client, how can I help you to start today?")
    task = _task(talk(greeting, *REVISED))
    assert (task.draft.content, task.draft.position) == (DRAFT["content"], 2)
    assert _texts(task.draft_prompt) == [
        ("assistant", greeting["content"]),
        ("user", ASK["content"]),
    ]
    assert _task(talk(greeting, ASK, DRAFT)).unpaired == "single_draft"


def test_words_of_scripts_without_spaces_are_characters() -> None:
    draft = message("assistant", "我可以在星期一开始工作")
    revision = message("assistant", "我可以在星期二开始工作吗")
    assert _task(talk(ASK, draft, CHANGE, revision)).unpaired is None


def test_an_accepted_answer_may_stand_inside_a_message() -> None:
    inside = message("assistant", "Here you are:\n\nDear client, I can start now.\n\nBye!")
    row = talk(ASK, DRAFT, CHANGE, inside, final_output="Dear client, I  can start now.")
    task = _task(row)
    assert (task.rule, task.accepted.position) == ("revision_over_draft", 3)
    assert task.accepted.content == row["final_output"]


def test_an_answer_to_imitate_has_everything_said_before_it_in_its_prompt() -> None:
    assert _texts(_task(talk(*REVISED)).prompt) == [
        ("user", ASK["content"]), ("assistant", DRAFT["content"]), ("user", CHANGE["content"]),
    ]  # fmt: skip


def test_an_answer_to_imitate_is_not_in_its_own_prompt() -> None:
    # the accepted draft is followed by thanks and a farewell
    thanks = (message("user", "Thanks!"), message("assistant", "You're welcome."))
    task = _task(talk(ASK, DRAFT, *thanks, final_output=DRAFT["content"]))
    assert _texts(task.prompt) == [("user", ASK["content"])]


def test_an_empty_list_of_tool_calls_is_no_tool_call() -> None:
    assert not isinstance(task_of(talk(ASK, {**DRAFT, "tool_calls": []})), str)


def test_context_documents_stand_in_front_as_one_system_message() -> None:
    documents = [{"doc_id": "job", "text": "A job."}, {"doc_id": "profile", "text": "A person."}]
    prompt = _task(talk(ASK, DRAFT, context=documents)).prompt
    assert _texts(prompt) == [("system", "A job.\n\nA person."), ("user", ASK["content"])]


def test_a_document_that_is_a_system_message_already_stands_once() -> None:
    documents = [{"doc_id": "job", "text": "A job."}]
    prompt = _task(talk(message("system", "A job."), ASK, DRAFT, context=documents)).prompt
    assert _texts(prompt) == [("system", "A job."), ("user", ASK["content"])]


def test_a_developer_message_is_a_system_message() -> None:
    prompt = _task(talk(message("developer", "Be kind."), ASK, DRAFT)).prompt
    assert _texts(prompt)[0] == ("system", "Be kind.")


def test_places_count_messages_that_say_nothing() -> None:
    task = _task(talk(message("system", " "), *REVISED))
    assert (task.draft.position, task.accepted.position) == (2, 4)

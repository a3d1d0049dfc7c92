"""Texts of the pool as trainers read them: clean, whole, with what both sides of a contrast see."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from last_mile.core.rubric import Training
from last_mile.core.training.texts import TEXT_SCHEMA, training_texts
from last_mile_tests.core.talks import ASK, DRAFT, REVISED, REVISION, talk
from last_mile_tests.scenario import DAY, message

CONTRAST = {
    "chosen": "polite", "rejected": "robotic", "documents": ["job"],
    "request": "Write a proposal for this job.",
}  # fmt: skip
TRAINING = Training.model_validate(
    {"names": [{"document": "profile", "pattern": "(?m)^I am (.+)$"}], "contrast": CONTRAST}
)
JOB = {"doc_id": "job-1", "text": "Wanted: somebody who paints walls."}
PROFILE = {"doc_id": "profile-1", "text": "I am Ann Lee\nSix murals of whales, 4100 hours"}


class Censor:
    """A scrubber that knows no pattern: exact names only."""

    name = "censor"

    def scrub(self, text: str, names: Sequence[str] = ()) -> tuple[str, Mapping[str, int]]:
        n = sum(text.count(name) for name in names)
        for name in names:
            text = text.replace(name, "<NAME>")
        return text, {"name": n} if n else {}


def _row(row: dict[str, Any], training: Training = TRAINING) -> dict[str, Any]:
    return training_texts([row], training, Censor()).row(0, named=True)


def _said(text: str) -> list[tuple[str, str]]:
    return [(m["role"], m["content"]) for m in json.loads(text)]


def test_a_conversation_with_a_task_has_prompt_answer_and_draft() -> None:
    row = _row(talk(*REVISED))
    assert (row["conversation_id"], row["day"], row["dropped"]) == ("c1", DAY, None)
    assert [role for role, _ in _said(row["prompt"])] == ["user", "assistant", "user"]
    assert _said(row["answer"]) == [("assistant", REVISION["content"])]
    assert _said(row["draft_prompt"]) == [("user", ASK["content"])]
    assert _said(row["draft"]) == [("assistant", DRAFT["content"])]
    assert (row["answer_index"], row["draft_index"]) == (3, 1)
    assert (row["n_answer_words"], row["n_draft_words"]) == (6, 6)
    assert (row["pair_rule"], row["unpaired"]) == ("revision_over_draft", None)


def test_a_conversation_without_a_task_has_a_reason_and_no_text() -> None:
    row = _row(talk(DRAFT))
    assert row["dropped"] == "no_user_message"
    assert row["prompt"] is row["answer"] is row["names"] is None


def test_names_of_the_documents_are_taken_out_of_every_text_and_counted_once() -> None:
    signed = message("assistant", "Dear client, I can start today. Ann Lee")
    row = _row(
        talk(ASK, signed, message("user", "Thanks, says Ann Lee"), signed, context=[PROFILE])
    )
    assert "Ann Lee" not in "".join(row[name] for name in ("prompt", "answer", "draft"))
    assert row["names"] == ["Ann Lee"]
    # in the profile, in the answer, in the user's words: each text once
    assert json.loads(row["scrubbed"]) == {"name": 3}
    assert row["n_answer_words"] == 7  # as it is exported: <NAME> is one word


def test_what_differs_in_a_name_only_is_no_pair() -> None:
    signed = [
        message("assistant", f"Dear client, I can start today. {who}") for who in ("Ann Lee", "Bo")
    ]
    both = {"doc_id": "profile-1", "text": "I am Ann Lee\nI am Bo"}
    row = _row(talk(ASK, signed[0], message("user", "Sign as Bo"), signed[1], context=[both]))
    assert row["unpaired"] == "same_text"


def test_text_is_json_as_trainers_read_it_whatever_stands_in_it() -> None:
    odd = 'Say "hi",\n\\n {"role": "system"} \u2028 é 😀 </s>'
    row = _row(talk(message("user", odd), message("assistant", odd)))
    assert _said(row["prompt"]) == [("user", odd)]
    assert _said(row["answer"]) == [("assistant", odd)]


@pytest.mark.parametrize(
    ("answer", "leaks"),
    [
        ("I paint walls, and I can start today.", False),
        ("I did six murals of big fish.", True),  # "six murals of" stands in the profile alone
        ("I have worked 4100 of them.", True),  # so does the number
        ("Somebody who paints walls is here.", False),  # the job post says it as well
    ],
)
def test_an_answer_that_tells_what_only_its_user_knew_leaks(answer: str, leaks: bool) -> None:
    said = (message("user", "Go ahead."), message("assistant", answer))
    row = _row(talk(*said, context=[PROFILE, JOB], contrast="chosen"))
    assert row["leaks"] is leaks
    assert _said(row["shared_prompt"]) == [
        ("system", JOB["text"]), ("user", "Write a proposal for this job."),
    ]  # fmt: skip


def test_an_answer_may_leak_what_the_user_wrote() -> None:
    said = (
        message("user", "Say that I was head of design."),
        message("assistant", "I was head of it"),
    )
    assert _row(talk(*said, context=[JOB], contrast="chosen"))["leaks"] is True


def test_without_a_shared_document_there_is_no_shared_prompt() -> None:
    row = _row(talk(ASK, DRAFT, context=[PROFILE], contrast="rejected"))
    assert (row["shared_prompt"], row["leaks"]) == (None, None)


def test_what_is_in_no_contrast_has_no_shared_prompt() -> None:
    assert _row(talk(ASK, DRAFT, context=[JOB]))["shared_prompt"] is None


def test_without_conversations_there_are_columns() -> None:
    assert training_texts([], Training(), Censor()).schema == TEXT_SCHEMA

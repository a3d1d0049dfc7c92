"""What the server that stands in for a model replies: honest, spoilt, by rules, recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from last_mile.adapters.rubric_file import load_rubric
from last_mile.core.judge.prompt import conversation_message, repair_message, shown_conversation
from last_mile_tests.conftest import RUBRICS
from last_mile_tests.judge_server import (
    by_rules,
    digest_of,
    judge_server,
    recorded_verdicts,
    replaying,
)
from last_mile_tests.judge_server.asking import CANARIES_RIGHT, SAID, ask, messages, reply_in


def test_honest_replies_answer_every_question_and_the_canaries_right() -> None:
    with judge_server() as server:
        reply = reply_in(ask(server))
    answers = {"robotic": "f8", "polite": "f8", **CANARIES_RIGHT}
    assert reply == {"evidence": [], "answers": answers}
    assert server.prompts == [messages()]


def test_a_repair_is_answered_for_its_questions_only() -> None:
    turns = [
        *messages(),
        {"role": "assistant", "content": "{"},
        {"role": "user", "content": repair_message(["polite", "list_has_two"])},
    ]
    with judge_server() as server:
        assert reply_in(ask(server, messages=turns))["answers"] == {
            "polite": "f8",
            "list_has_two": "t10",
        }


def test_spoilt_replies_are_paid_successes() -> None:
    spoilt = [
        "malformed", "empty", "truncated", "filtered", "refusal", "no_choices", "no_usage",
        "missing", "off_menu", "wrong_type", "wrong_type:number",
    ]  # fmt: skip
    with judge_server(spoilt) as server:
        got = {fault: ask(server) for fault in spoilt}
    assert {response.status_code for response in got.values()} == {200}
    assert server.paid == len(spoilt)
    choices = {f: (r.json()["choices"] or [{}])[0] for f, r in got.items()}
    assert choices["malformed"]["message"]["content"] == "{not json"
    assert choices["empty"]["message"]["content"] == ""
    assert choices["truncated"]["finish_reason"] == "length"
    with pytest.raises(json.JSONDecodeError):
        reply_in(got["truncated"])
    assert choices["filtered"]["finish_reason"] == "content_filter"
    assert choices["refusal"]["message"]["content"] is None
    assert choices["refusal"]["message"]["refusal"]
    assert choices["no_choices"] == {}
    assert "usage" not in got["no_usage"].json()
    assert "robotic" not in reply_in(got["missing"])["answers"]
    assert reply_in(got["off_menu"])["answers"]["robotic"] == "perhaps"
    assert isinstance(reply_in(got["wrong_type"])["answers"], list)
    assert reply_in(got["wrong_type:number"])["answers"]["robotic"] == 9


def test_an_answerer_decides_the_answers_and_may_fail_a_canary() -> None:
    def obeying(ids: list[str], shown: dict[str, Any]) -> dict[str, Any]:
        quote = shown["messages"][0]["content"]
        return {"robotic": ("t", 9, 0, quote), "list_has_two": ("f", 10, None, None)}

    with judge_server(answerer=obeying) as server:
        reply = reply_in(ask(server))
    assert reply["evidence"] == [{"metric": "robotic", "message": 0, "quote": "Hi"}]
    assert reply["answers"] == {"robotic": "t9", "list_has_two": "f10", "list_has_thousand": "f10"}


def test_the_rules_answer_with_the_index_a_message_has_in_the_whole_conversation() -> None:
    turns = [{"role": "user", "content": "word " * 400} for _ in range(9)]
    turns += [{"role": "assistant", "content": "Which of your jobs fits?"}]
    whole = {"messages": turns, "context": [], "final_output": "A text."}
    shown = shown_conversation(conversation_message(whole, 3_000)[0])
    assert len(shown["messages"]) < len(turns)  # it is cut
    found = by_rules(["asks_clarifying_question", "polished"], shown)
    assert found["asks_clarifying_question"][2] == 9
    assert "polished" in found


def test_recorded_verdicts_of_p4g_are_answered_again(shared: Path) -> None:
    path, rubric = shared / "p4g/conversations.jsonl.gz", load_rubric(RUBRICS / "p4g.yaml")
    recorded = recorded_verdicts(path, rubric)
    # reference.json, any_turn_flag_vs_donated: n_flag of Guilt Induction and Reciprocity
    assert len(recorded) == 1017
    assert sum(verdicts["guilt_induction"] for verdicts in recorded.values()) == 104
    assert sum(verdicts["guilt_induction_mistral"] for verdicts in recorded.values()) == 35
    assert sum(verdicts["reciprocity"] for verdicts in recorded.values()) == 72


def test_replaying_finds_a_conversation_by_its_messages_and_refuses_another() -> None:
    recorded = {digest_of(SAID["messages"]): {"robotic": True, "polite": False}}
    other = {**SAID, "messages": [{"role": "user", "content": "Hello"}]}
    with judge_server(answerer=replaying(recorded)) as server:
        assert reply_in(ask(server))["answers"] == {
            "robotic": "t10",
            "polite": "f10",
            **CANARIES_RIGHT,
        }
        refused = ask(server, messages=messages(said=other))
    assert refused.status_code == 400
    assert "no verdicts are recorded" in refused.json()["error"]["message"]
    assert server.paid == 1

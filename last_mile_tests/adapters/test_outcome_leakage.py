"""What was said after the outcome is known to no flag: it is cut, counted and kept in the logs.

Not here: flags that know the outcome in other ways (core/test_leaks.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.landing import land
from last_mile_tests.adapters.judge.conftest import server
from last_mile_tests.adapters.judge.world import judge, judged_world, said
from last_mile_tests.adapters.ledger import Ledger, about_task
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.scenario import (
    DAYS,
    READING,
    conversation,
    json_lines,
    message,
    outcome,
    rubric,
    write_file,
)

__all__ = ["server"]  # a fixture

AT = ("10:00", "10:01", "11:00", "11:01")
SAID = ("Write a proposal.", "Here it is.", "I was hired!", "Congratulations.")


def _said(*times: str | None) -> list[dict[str, Any]]:
    """User and assistant in turn, with these times of 5 January; None: without one."""
    roles = ("user", "assistant") * 2
    return [
        message(role, text, **({} if at is None else {"at": f"2026-01-05T{at}:00Z"}))
        for role, text, at in zip(roles, SAID, times, strict=True)
    ]


def _event(at: str, **over: Any) -> dict[str, Any]:
    return outcome(occurred_at=f"2026-01-05T{at}:00Z", **over)


WHOLE = _said(*AT)
# messages, rows of the outcome drop, how many messages are left
CASES: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], int]] = {
    "no outcome": (WHOLE, [], 4),
    "in the middle": (WHOLE, [_event("10:30")], 2),
    "at the time of a message": (WHOLE, [_event("11:00")], 3),
    "after all": (WHOLE, [_event("12:00")], 4),
    "before all": (WHOLE, [_event("09:00")], 4),
    "before all, after the start": (_said("10:05", "10:06", *AT[2:]), [_event("10:02")], 4),
    "before all and in the middle": (WHOLE, [_event("09:00"), _event("10:30")], 2),
    "before the second message": (WHOLE, [_event("10:00")], 1),
    "of two the first": (WHOLE, [_event("11:00"), _event("10:30", outcome="interviewed")], 2),
    "said no": (WHOLE, [_event("10:30", value="0")], 2),
    "only the day is known": (WHOLE, [outcome(occurred_at="2026-01-05")], 4),
    "no time": (WHOLE, [outcome(occurred_at="")], 4),
    "retracted": (
        WHOLE,
        [_event("10:30", event_id="r"), _event("10:30", event_id="r", status="retracted")],
        4,
    ),
    "corrected": (
        WHOLE,
        [_event("10:00", event_id="k"), _event("11:00", event_id="k", status="corrected")],
        3,
    ),
    "by user and task": (WHOLE, [about_task(5, occurred_at="2026-01-05T10:30:00Z")], 2),
    "of another task": (WHOLE, [about_task(5, "t2", occurred_at="2026-01-05T10:30:00Z")], 4),
    "messages without times": (_said(None, None, None, None), [_event("10:30")], 4),
    "a message without a time before it": (_said("10:00", None, "11:00", "11:01"),
                                           [_event("10:30")], 2),
    "a message without a time after it": (_said("10:00", "10:01", "11:00", None),
                                          [_event("10:30")], 2),
    "a time that is none": (
        [message("user", "Hi", at="soon"), *WHOLE[1:]], [_event("10:30")], 2,
    ),
    # 11:00 at +01:00 is 10:00 in UTC, before the outcome
    "another zone": (
        [WHOLE[0], message("assistant", "Yes.", at="2026-01-05T11:00:00+01:00"), *WHOLE[2:]],
        [_event("10:30")], 2,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A conversation for every one of CASES, each of its own user."""
    made = Ledger(tmp_path_factory.mktemp("cut"), rubric())
    conversations, events = [], []
    for name, (messages, rows, _) in CASES.items():
        final = "What the user sent." if name in {"no outcome", "in the middle"} else None
        conversations.append(
            conversation(name, user_id=name, task_id="t1", messages=messages, final_output=final)
        )
        about = {"user_id": name}
        events += [
            {**row, **(about if "user_id" in row else {"conversation_id": name})} for row in rows
        ]
    made.land(conversations, events)
    made.build(only=["conversations"])
    return made


def _row(made: Ledger, name: str) -> dict[str, Any]:
    return made.rows("conversations").filter(conversation_id=name).row(0, named=True)


@pytest.mark.parametrize("name", CASES)
def test_messages_after_the_first_outcome_are_cut_and_counted(cut: Ledger, name: str) -> None:
    messages, _, kept = CASES[name]
    row = _row(cut, name)
    assert [m["content"] for m in row["messages"]] == [m["content"] for m in messages[:kept]]
    assert row["n_after_outcome"] == len(messages) - kept


def test_what_was_cut_stays_in_the_logs(cut: Ledger) -> None:
    logged = cut.warehouse.read("conversation_logs").filter(conversation_id="in the middle")
    assert [m["content"] for m in logged["messages"][0]] == list(SAID)


def test_the_final_output_is_the_last_answer_before_the_outcome(cut: Ledger) -> None:
    assert _row(cut, "no outcome")["final_output"] == "What the user sent."
    assert _row(cut, "in the middle")["final_output"] == "Here it is."
    assert _row(cut, "before the second message")["final_output"] is None
    assert _row(cut, "after all")["final_output"] == "Congratulations."


def test_rules_read_only_what_was_said_before(cut: Ledger) -> None:
    texts = cut.warehouse.read("conversation_texts").filter(conversation_id="in the middle")
    assert texts["assistant_text"].item() == "Here it is."


def test_a_late_outcome_opens_its_day_and_changes_the_hash_of_its_conversation_only(
    tmp_path: Path,
) -> None:
    made = Ledger(tmp_path, rubric())
    made.land([conversation("a", messages=WHOLE), conversation("b", messages=WHOLE)])
    made.build(DAYS)
    before = made.rows("conversations")
    made.land([], [_event("10:30", conversation_id="a")])
    assert made.open_days()[5, "day"] == max(made.open_days().values())
    made.build(DAYS)
    after = made.rows("conversations")
    assert (before["content_hash"] == after["content_hash"]).to_list() == [False, True]
    made.land([], [_event("10:30", conversation_id="a", event_id="e", status="recorded")])
    made.build(DAYS)
    assert made.rows("conversations").equals(after)


def test_the_judge_is_asked_again_about_what_was_cut_only(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 2, lines=[said(7, messages=WHOLE)])
    judge(warehouse)
    assert server.calls == 3
    drops = tmp_path / "drops"
    write_file(drops, "outcomes.jsonl", json_lines([_event("10:30", conversation_id="c007")]))
    land(warehouse, drops, "outcomes", READING)
    warehouse.build("conversations", DAYS)
    judge(warehouse, "r2")
    assert server.calls == 4
    asked = str(server.prompts[-1])
    assert "Here it is." in asked
    assert "hired" not in asked
    cut = warehouse.read("conversations").filter(pl.col("n_after_outcome") > 0)
    assert cut["conversation_id"].to_list() == ["c007"]

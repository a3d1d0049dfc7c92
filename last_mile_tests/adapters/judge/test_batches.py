"""Batches: handed over, waited for, collected once, at half the price."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.judge import batches as module
from last_mile_tests.adapters.judge.world import (
    NEXT_DAYS,
    asking,
    assert_books_balance,
    batch_states,
    batched_world,
    calls,
    flags,
    judge,
    judged_world,
    said,
    skipped,
    spent_nano,
    use_rubric,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer


def test_a_batch_is_handed_over_waited_for_and_collected(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = batched_world(tmp_path)
    server.batches.polls_before_done = 2
    handed_over = judge(warehouse)
    assert (handed_over.batches, handed_over.verdicts) == (1, 0)
    assert handed_over.skipped == {"in_batch": 6}
    assert set(flags(warehouse)["reason"]) == {"in_batch"}
    assert set(calls(warehouse)["result"]) == {"pending"}
    waiting = judge(warehouse, "r2")
    assert (waiting.batches, waiting.calls, waiting.skipped) == (0, 0, {"in_batch": 6})
    assert len(server.batches.made) == 1
    judge(warehouse, "r3")
    collected = judge(warehouse, "r4") if skipped(warehouse) else None
    assert verdicts(warehouse).height == 12
    assert set(flags(warehouse)["flag"]) == {"false"}
    assert skipped(warehouse) == []
    assert batch_states(warehouse) == ["collected"]
    assert collected is None or collected.batches == 0
    assert server.calls == 0  # nothing online
    assert_books_balance(warehouse, server)


def test_rows_cost_half_and_say_so(tmp_path: Path, server: JudgeServer) -> None:
    online = judged_world(tmp_path / "online", 2)
    judge(online)
    price = server.paid_nano
    server.till.bills.clear()
    warehouse = batched_world(tmp_path / "batch", 2)
    judge(warehouse)
    judge(warehouse)
    assert spent_nano(warehouse) == price // 2
    assert verdicts(warehouse)["cost_usd"].sum() == pytest.approx(price / 2 / 1e9)
    assert set(calls(warehouse)["mode"]) == {"batch"}
    assert_books_balance(warehouse, server)


def test_the_order_of_the_lines_that_come_back_does_not_matter(
    tmp_path: Path, server: JudgeServer
) -> None:
    """The server gives the last row first; each answer is about its own conversation."""
    warehouse = batched_world(tmp_path)
    server.answerer = lambda ids, shown: (
        {name: ("t", 9, 0, shown["messages"][0]["content"]) for name in ids if name == "polite"}
        | {"wordy": ("f", 9, None, None)}
    )
    judge(warehouse)
    judge(warehouse)
    quotes = verdicts(warehouse).filter(metric="polite").select("conversation_id", "quote").rows()
    assert quotes == [(f"c{i:03d}", f"secret question {i}") for i in range(6)]
    assert set(verdicts(warehouse).filter(metric="polite")["quote_match"]) == {"exact"}


def test_many_rows_are_several_batches(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_ROWS", 4)
    warehouse = batched_world(tmp_path, 10)
    assert judge(warehouse).batches == 3
    judge(warehouse)
    assert sorted(warehouse.read("judge_batches")["n_calls"]) == [2, 4, 4]
    assert verdicts(warehouse).height == 20
    assert_books_balance(warehouse, server)


def test_a_batch_is_collected_with_its_own_day(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = batched_world(tmp_path, 2, lines=[said(1, day=6)])
    judge(warehouse)
    judge(warehouse, "r2", NEXT_DAYS)
    assert batch_states(warehouse) == ["submitted", "submitted"]
    assert skipped(warehouse) == ["in_batch"] * 3
    judge(warehouse, "r3", NEXT_DAYS)
    assert verdicts(warehouse)["conversation_id"].unique().to_list() == ["d6-001"]
    assert skipped(warehouse) == ["in_batch"] * 2
    judge(warehouse, "r4")
    assert skipped(warehouse) == []
    assert_books_balance(warehouse, server)


@pytest.mark.parametrize(
    "later",
    [asking("polite"), asking(grouping="one"), asking("wordy", "polite", "brief")],
    ids=["fewer", "grouped", "more"],
)
def test_a_batch_that_comes_back_after_the_rubric_has_changed_settles_what_it_was_asked(
    tmp_path: Path, server: JudgeServer, later: dict[str, Any]
) -> None:
    before = asking("polite", "wordy", "curt", grouping=2)
    warehouse = batched_world(tmp_path, 2, rubric=before)
    judge(warehouse)
    (old,) = set(calls(warehouse)["epoch"])
    use_rubric(tmp_path, later)
    judge(warehouse, "r2")
    judge(warehouse, "r3")
    use_rubric(tmp_path, before)
    again = judge(warehouse, "r4")
    assert again.calls == 0
    answers = verdicts(warehouse).filter(epoch=old)
    assert answers.group_by("conversation_id").len()["len"].to_list() == [3, 3]
    assert set(answers["reason"]) == {"judged"}
    assert skipped(warehouse) == []
    assert_books_balance(warehouse, server)


def test_a_conversation_that_changed_meanwhile_is_paid_and_asked_as_it_is_now(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = batched_world(tmp_path, 2)
    judge(warehouse)
    changed = warehouse.read("conversations").with_columns(
        pl.when(pl.col("conversation_id") == "c001").then(pl.lit("new")).otherwise("content_hash")
        .alias("content_hash")
    )  # fmt: skip
    warehouse.replace("conversations", changed)
    assert judge(warehouse, "r2").batches == 1
    judge(warehouse, "r3")
    assert skipped(warehouse) == []
    assert calls(warehouse).height == 3
    assert_books_balance(warehouse, server)


def test_a_rubric_with_groups_hands_over_a_row_per_group(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = batched_world(tmp_path, 3, rubric=asking("a1", "b2", "c3", grouping=2))
    judge(warehouse)
    (file,) = server.batches.files.values() if len(server.batches.files) == 1 else (
        server.batches.files["file-000001"],
    )  # fmt: skip
    rows = [json.loads(line) for line in file.splitlines()]
    assert len(rows) == len({row["custom_id"] for row in rows}) == 6
    assert {row["body"]["model"] for row in rows} == {"gpt-4o-mini"}
    judge(warehouse)
    assert verdicts(warehouse).height == 9
    assert_books_balance(warehouse, server)

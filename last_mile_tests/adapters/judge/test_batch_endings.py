"""Batches that end badly, in whole or in part, or that nobody takes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from last_mile.errors import UserError
from last_mile_tests.adapters.judge.world import (
    assert_books_balance,
    batch_states,
    batched_world,
    calls,
    judge,
    reasons,
    skipped,
    spent_nano,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer


@pytest.mark.parametrize("ending", ["expired", "cancelled"])
def test_what_a_batch_did_not_get_to_is_not_paid_and_handed_over_again(
    tmp_path: Path, server: JudgeServer, ending: str
) -> None:
    warehouse = batched_world(tmp_path)
    server.batches.finish_as = ending  # type: ignore[assignment]
    judge(warehouse)
    if ending == "cancelled":
        server.batches.cancel("batch_000001")
    server.batches.finish_as = "completed"
    again = judge(warehouse, "r2")
    assert verdicts(warehouse)["conversation_id"].n_unique() == 3  # half of 6
    assert (again.batches, again.skipped) == (1, {"in_batch": 3})
    judge(warehouse, "r3")
    assert verdicts(warehouse).height == 12
    results = calls(warehouse).group_by("result").agg(pl.len(), pl.col("cost_nano").sum())
    assert {row[0]: row[1] for row in results.rows()} == {"answered": 6, "failed": 3}
    assert calls(warehouse).filter(result="failed")["cost_nano"].sum() == 0
    assert_books_balance(warehouse, server)


def test_a_batch_that_fails_as_a_whole_is_handed_over_again(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = batched_world(tmp_path)
    server.batches.finish_as = "failed"
    judge(warehouse)
    server.batches.finish_as = "completed"
    assert judge(warehouse, "r2").batches == 1
    judge(warehouse, "r3")
    assert verdicts(warehouse).height == 12
    assert_books_balance(warehouse, server)


def test_lines_with_errors_lost_ones_and_spoilt_replies_each_get_their_due(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = batched_world(tmp_path, 9)
    server.batches.row_faults = {
        0: "500", 1: "timeout", 2: "lost", 3: "policy", 4: "refusal", 5: "malformed", 6: "missing",
        7: "429",
    }  # fmt: skip
    judge(warehouse)
    server.batches.row_faults = {}
    second = judge(warehouse, "r2")
    by_result = calls(warehouse).filter(attempt=1).group_by("result").len().rows()
    assert dict(by_result)["refused"] == 1
    # again: three rows that met a fault, one that was limited, two whose replies were not whole
    assert second.skipped == {"in_batch": 6}
    judge(warehouse, "r3")
    assert skipped(warehouse) == []
    assert verdicts(warehouse).height == 18
    unscored = verdicts(warehouse).filter(flag="unscored").select("conversation_id", "reason")
    assert set(unscored.rows()) == {("c003", "refused"), ("c004", "refused")}
    assert verdicts(warehouse).filter(reason="judged").height == 14
    assert_books_balance(warehouse, server)


@pytest.mark.parametrize("fault", ["malformed", "missing"])
def test_a_spoilt_row_is_asked_once_more_and_then_unscored(
    tmp_path: Path, server: JudgeServer, fault: str
) -> None:
    warehouse = batched_world(tmp_path, 1)
    server.batches.row_faults = {0: fault}
    for run in range(5):
        judge(warehouse, f"r{run}")
    assert len(server.batches.made) == 2
    expected = {"malformed": ("invalid_reply", "invalid_reply"),
                "missing": ("missing_answer", "judged")}  # fmt: skip
    assert tuple(reasons(warehouse).values()) == expected[fault]
    assert skipped(warehouse) == []
    assert_books_balance(warehouse, server)


@pytest.mark.parametrize(
    ("fault", "state", "reserved"),
    [("401", "lost", False), ("quota", "lost", False), ("500", "preparing", True)],
)
def test_a_batch_the_provider_does_not_take_is_one_sentence_and_handed_over_by_the_next_run(
    tmp_path: Path, server: JudgeServer, fault: str, state: str, reserved: bool
) -> None:
    """After a 500 nobody knows whether there is a batch: its price stays set aside meanwhile."""
    warehouse = batched_world(tmp_path)
    server.batches.create_faults = [fault]
    with pytest.raises(UserError, match="judge openai/gpt-4o-mini: the batch API failed") as raised:
        judge(warehouse)
    assert "secret" not in str(raised.value)
    assert batch_states(warehouse) == [state]
    assert (spent_nano(warehouse) > 0) is reserved
    judge(warehouse, "r2")
    judge(warehouse, "r3")
    assert verdicts(warehouse).height == 12
    assert batch_states(warehouse) == ["lost", "collected"]
    assert_books_balance(warehouse, server)


def test_a_batch_that_the_provider_forgot_does_not_stop_the_judge_for_ever(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = batched_world(tmp_path)
    judge(warehouse)
    server.batches.made.clear()
    judge(warehouse, "r2")
    judge(warehouse, "r3")
    assert verdicts(warehouse).height == 12
    assert batch_states(warehouse) == ["lost", "collected"]
    assert calls(warehouse).filter(result="in_doubt").height == 6  # it may have been paid
    assert_books_balance(warehouse, server)


@pytest.mark.parametrize("judge_name", ["anthropic/claude-haiku-4-5", "groq/llama-3.1-8b-instant"])
def test_providers_whose_batches_are_not_proven_are_refused_before_anything_is_sent(
    tmp_path: Path, server: JudgeServer, judge_name: str
) -> None:
    warehouse = batched_world(tmp_path, judge=judge_name)
    with pytest.raises(UserError, match="--batch works with openai, hosted_vllm, litellm_proxy"):
        judge(warehouse)
    assert calls(warehouse).is_empty()
    assert not server.batches.files

"""Batches under a cap: what is handed over counts in full until it is collected."""

from __future__ import annotations

from pathlib import Path

from last_mile.adapters.judge.journal import Journal
from last_mile_tests.adapters.judge.world import (
    assert_books_balance,
    batched_world,
    calls,
    change,
    flags,
    judge,
    skipped,
    spent_nano,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer


def test_batches_keep_to_the_cap_of_the_run_that_hands_them_over(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = batched_world(tmp_path, 20, cap_usd=0.002)
    judged = judge(warehouse, "r1")
    handed_over = judged.skipped["in_batch"]
    assert 0 < handed_over < 20
    assert judged.skipped["run_cap"] == 20 - handed_over
    # everything reserved counts, until it is collected
    assert spent_nano(warehouse) <= 2_000_000
    assert set(flags(warehouse)["reason"]) == {"in_batch", "run_cap"}
    change(warehouse, cap_usd=None, month_cap_usd=0.002)
    # what was collected cost less than was reserved: the month has room for some more, not for all
    judge(warehouse, "r2")
    assert spent_nano(warehouse) <= 2_000_000
    assert server.paid_nano <= 2_000_000
    change(warehouse, month_cap_usd=None)
    judge(warehouse, "r3")
    judge(warehouse, "r4")
    assert verdicts(warehouse).height == 40
    assert_books_balance(warehouse, server)


def test_a_batch_that_is_collected_beside_another_run_gives_nobody_a_higher_cap(
    tmp_path: Path, server: JudgeServer
) -> None:
    """What r1 reserved and did not spend is no gain of r2, which collects it."""
    warehouse = batched_world(tmp_path, 60, cap_usd=0.004)
    r1 = judge(warehouse, "r1")
    assert 5 <= r1.skipped["in_batch"] <= 15
    change(warehouse, batch=False, cap_usd=0.0015)
    other = Journal(warehouse.installation.home / "judge" / "journal")
    judge(warehouse, "r2")
    other.close()
    of_r2 = calls(warehouse).filter(run="r2")
    assert 0 < of_r2["cost_nano"].sum() <= 1_500_000
    assert set(skipped(warehouse)) == {"run_cap"}

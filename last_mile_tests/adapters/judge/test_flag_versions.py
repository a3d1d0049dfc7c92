"""Flags made of the same answers in another way: told apart, and built again for nothing."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from last_mile.adapters.expectations import run_check
from last_mile.adapters.judge.bridge_source import build_trends
from last_mile.adapters.lift_source import read_counted
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.calibration import calibration_fragments
from last_mile.core.expectation import STAGE_CHECKS
from last_mile.core.fragments import version_fragments, wide_columns
from last_mile.core.judge.epoch import epoch_of
from last_mile_tests.adapters.judge.world import (
    JUDGE,
    asking,
    flags,
    judge,
    judged_world,
    use_rubric,
)
from last_mile_tests.judge_server import JudgeServer, honest
from last_mile_tests.scenario import DAYS

[COMPLETE] = [check for check in STAGE_CHECKS if check.asset == "judge_flags"]


@pytest.fixture
def warehouse(tmp_path: Path, server: JudgeServer) -> Warehouse:
    """Flags of four conversations, their positives kept though nobody said what they quote."""
    made = judged_world(tmp_path, 4)
    server.answerer = lambda ids, shown: {**honest(ids, shown), "polite": ("t", 9, 1, "unsaid")}
    judge(made)
    flags(made)
    made.add_columns("labeled_conversations", wide_columns(made.installation.rubric()))
    rows = made.read("judge_flags").filter(metric="polite")
    made.replace("labeled_conversations", rows.select(
        "conversation_id", "day", polite=pl.col("flag") == "true", judge_weight=pl.lit(1.0),
        hired=pl.lit(value=True), hired__event_day=1, hired__seen_days=10,
    ).cast({"hired__event_day": pl.Int32, "hired__seen_days": pl.Int32}))  # fmt: skip
    return made


def _trend(warehouse: Warehouse) -> list[tuple[object, ...]]:
    rows = [row for row in build_trends(warehouse) if row["metric"] == "polite"]
    return [(row["is_current"], row["n"], row["reason"]) for row in rows]


def _counted(warehouse: Warehouse) -> int:
    rubric = warehouse.installation.rubric()
    [counted] = read_counted(warehouse, rubric, epoch_of(rubric, JUDGE))
    assert counted.rows["polite"].count() == counted.cells["polite__true"].sum()
    return counted.rows["polite"].count()


def _others(warehouse: Warehouse) -> list[list[str]]:
    rubric = warehouse.installation.rubric()
    of = version_fragments(rubric, epoch_of(rubric, JUDGE))
    return warehouse.read("other_versions", fragments=of)["metrics"].to_list()


def _calibrated(warehouse: Warehouse) -> int:
    rubric = warehouse.installation.rubric()
    of = calibration_fragments(rubric, epoch_of(rubric, JUDGE))
    return warehouse.read("calibration_cells", fragments=of).height


def test_flags_are_of_their_version_while_nothing_changes(warehouse: Warehouse) -> None:
    assert _trend(warehouse) == [(True, 4, None)]
    assert (_counted(warehouse), _others(warehouse)) == (4, [])
    assert _calibrated(warehouse) > 0
    assert run_check(warehouse, COMPLETE, DAYS).passed


def test_what_becomes_of_unverified_positives_is_part_of_their_version(
    tmp_path: Path, warehouse: Warehouse, server: JudgeServer
) -> None:
    use_rubric(tmp_path, asking(unverified="unscored"))
    assert _trend(warehouse) == [(False, 4, "rule_changed")]
    assert (_counted(warehouse), _others(warehouse)) == (0, [["polite", "wordy"]])
    assert _calibrated(warehouse) == 0
    assert not run_check(warehouse, COMPLETE, DAYS).passed
    paid = len(server.bills)
    judge(warehouse, "r2")
    flags(warehouse)
    assert len(server.bills) == paid
    assert _trend(warehouse) == [(True, 0, "nothing_scored")]
    assert _others(warehouse) == []
    assert run_check(warehouse, COMPLETE, DAYS).passed

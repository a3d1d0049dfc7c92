"""`judge_flags`: one row per conversation and metric, whatever became of the question."""

from __future__ import annotations

from pathlib import Path

from last_mile.core.judge.epoch import epoch_of
from last_mile_tests.adapters.judge.world import (
    JUDGE,
    NEXT_DAYS,
    asking,
    change,
    flags,
    judge,
    judged_world,
    said,
    use_rubric,
)
from last_mile_tests.judge_server import JudgeServer


def test_every_conversation_has_a_flag_for_every_metric_also_before_anything_was_asked(
    tmp_path: Path,
) -> None:
    warehouse = judged_world(tmp_path, 2)
    rows = flags(warehouse).select("conversation_id", "metric", "flag", "reason").rows()
    assert rows == [
        (name, metric, "unscored", "not_asked")
        for name in ("c000", "c001")
        for metric in ("polite", "wordy")
    ]


def test_flags_are_of_the_current_epoch_and_its_definitions(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 1)
    judge(warehouse)
    use_rubric(tmp_path, asking("polite", "brief"))
    rows = flags(warehouse)
    assert rows.select("metric", "flag", "reason").rows() == [
        ("brief", "unscored", "not_asked"),
        ("polite", "unscored", "not_asked"),  # it was answered under another epoch
    ]
    judge(warehouse, "r2")
    rubric = warehouse.installation.rubric()
    rows = flags(warehouse)
    assert set(rows["flag"]) == {"false"}
    assert set(rows["epoch"]) == {epoch_of(rubric, JUDGE)}
    by_metric = dict(rows.select("metric", "definition_hash").iter_rows())
    assert by_metric == {m.id: m.definition_hash for m in rubric.judged}


def test_another_judge_is_another_epoch(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = judged_world(tmp_path, 1)
    judge(warehouse)
    change(warehouse, judge="openai/gpt-4o")
    assert set(flags(warehouse)["flag"]) == {"unscored"}
    change(warehouse, judge=JUDGE)
    assert set(flags(warehouse)["flag"]) == {"false"}


def test_reasons_are_of_their_own_day(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = judged_world(tmp_path, 2, lines=[said(1, day=6)], cap_usd=0.0)
    judge(warehouse)
    assert set(flags(warehouse)["reason"]) == {"run_cap"}
    assert set(flags(warehouse, NEXT_DAYS)["reason"]) == {"not_asked"}
    change(warehouse, cap_usd=None)
    judge(warehouse, "r2", NEXT_DAYS)
    assert set(flags(warehouse)["reason"]) == {"run_cap"}
    assert set(flags(warehouse, NEXT_DAYS)["reason"]) == {"judged"}

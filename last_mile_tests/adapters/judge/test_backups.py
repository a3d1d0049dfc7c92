"""A backup keeps every answer that was paid, also those that are not in the tables yet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from last_mile.adapters.backup import back_up, restore
from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.adapters.judge.processes import ended, judging_process, until_asked
from last_mile_tests.adapters.judge.world import (
    calls,
    in_journal,
    judge,
    judged_world,
    spent_nano,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def _restored(backups: Path, home: Path) -> Warehouse:
    restore(backups, home, NOW)
    return Warehouse(home=str(home))


def test_a_restored_home_pays_for_nothing_that_was_paid(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 5)
    judge(warehouse)
    back_up(warehouse.installation, tmp_path / "backups", NOW)
    restored = _restored(tmp_path / "backups", tmp_path / "new")
    asked = server.calls
    assert judge(restored, "r2").calls == 0
    assert server.calls == asked == 5
    assert verdicts(restored).equals(verdicts(warehouse))
    assert spent_nano(restored) == spent_nano(warehouse)


def test_answers_that_arrived_before_the_backup_began_are_in_it(
    tmp_path: Path, server: JudgeServer
) -> None:
    """In the journal of a living writer; calls in flight are in doubt and count as paid."""
    warehouse = judged_world(tmp_path, 60, in_flight=8)
    server.latency_s = 0.1
    run = judging_process(warehouse, "r1")
    until_asked(server, 30)
    asked = server.calls
    made = back_up(warehouse.installation, tmp_path / "backups", NOW)
    assert ended(run) == [0]
    assert made.manifest.tables["judge_verdicts"] == 0  # nothing was folded yet
    assert any(file.path.startswith("judge/journal/") for file in made.manifest.files)
    server.latency_s, asked_in_all = 0.0, server.calls
    restored = _restored(tmp_path / "backups", tmp_path / "new")
    judge(restored, "r1")
    assert verdicts(restored).height == 120
    assert in_journal(restored) == []
    lost = calls(restored).filter(result="in_doubt")
    assert lost.height <= 8
    assert lost["cost_nano"].to_list() == lost["reserved_nano"].to_list()
    # of 60, all but 8 of those asked before the backup were answered, and are not asked again
    assert server.calls - asked_in_all <= 60 - (asked - 8)

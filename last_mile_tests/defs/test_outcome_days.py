"""Days of outcome events: built by a run of any day, each with its check, held back by no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.defs import outcomes
from last_mile_tests.defs.watched import Watched
from last_mile_tests.scenario import conversation, json_lines

ADD_UP = dg.AssetCheckKey(dg.AssetKey("outcome_events"), "events_add_up")
HEADER = b"conversation_id,outcome,value,kind,occurred_at\n"


@pytest.fixture
def landed(tmp_path: Path) -> Iterator[Watched]:
    """A conversation of the 5th, and events of the 7th, 8th and 9th that are landed only."""
    with dg.DagsterInstance.ephemeral() as instance:
        watched = Watched(tmp_path, instance)
        watched.write("conversations.jsonl", json_lines([conversation("a")]))
        rows = b"".join(b"a,hired,1,binary,2026-01-%02dT10:00:00Z\n" % day for day in (7, 8, 9))
        watched.write("outcomes.csv", HEADER + rows)
        watched.make("land_drops")
        yield watched


def _checked(watched: Watched) -> dict[str, tuple[str, bool]]:
    """Each day's newest result, and whether it is about what the table holds now."""
    days = [f"2026-01-0{day}" for day in (7, 8, 9)]
    found = watched.instance.event_log_storage.get_asset_check_partition_info([ADD_UP], None, days)
    return {
        str(one.partition_key): (
            str(one.latest_execution_status),
            one.latest_target_materialization_storage_id == one.latest_materialization_storage_id,
        )
        for one in found
    }


def test_days_that_are_built_along_are_checked_too(landed: Watched) -> None:
    landed.make("outcome_day", "2026-01-09")
    assert landed.warehouse.read("outcome_events")["day"].n_unique() == 3
    passed = ("AssetCheckExecutionRecordStatus.SUCCEEDED", True)
    assert _checked(landed) == {f"2026-01-0{day}": passed for day in (7, 8, 9)}


def test_a_day_that_was_built_along_and_does_not_add_up_fails_alone(
    landed: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = outcomes._build_events

    def but_one(warehouse: Warehouse, days: Days, change: int) -> int:
        rows = build(warehouse, days, change)
        kept = warehouse.read("outcome_events")
        lost = kept["day"].cast(str) == "2026-01-08"
        warehouse.replace("outcome_events", kept.filter(~lost))
        return rows

    monkeypatch.setattr(outcomes, "_build_events", but_one)
    landed.make("outcome_day", "2026-01-09")
    statuses = {day: status.rpartition(".")[2] for day, (status, _) in _checked(landed).items()}
    assert statuses == {
        "2026-01-07": "SUCCEEDED", "2026-01-08": "FAILED", "2026-01-09": "SUCCEEDED",
    }  # fmt: skip


def test_conversations_that_failed_a_check_hold_no_events_back(landed: Watched) -> None:
    check = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("conversations"), check_name="rows_are_whole", passed=False,
        partition="2026-01-09",
    )  # fmt: skip
    landed.instance.report_runless_asset_event(check)
    landed.make("outcome_day", "2026-01-09")
    assert landed.warehouse.read("outcome_events")["day"].n_unique() == 3

"""The automation condition over a real warehouse and instance: what a tick asks for, and when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.asset_daemon_cursor import AssetDaemonCursor

from last_mile_tests.defs.watched import Watched
from last_mile_tests.scenario import conversation, json_lines

MADE_FROM_CONVERSATIONS = {
    "heuristic_flags", "judge_verdicts", "judge_flags", "outcomes", "labeled_conversations",
    "stat_cells", "quality_tiers",
}  # fmt: skip
MADE_FROM_OUTCOMES = {"outcomes", "labeled_conversations", "stat_cells", "quality_tiers"}
ROOTS = [dg.AssetKey("conversations"), dg.AssetKey("rejected_lines")]
EVENTS = [dg.AssetKey("outcome_events")]


class Carried(Watched):
    """Days built, and the condition evaluated tick after tick."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        super().__init__(folder, instance)
        self._daemon: AssetDaemonCursor | None = None

    def lines(self, name: str, *days: int) -> None:
        rows = [
            conversation(f"{name}-{day}", started_at=f"2026-01-{day:02d}T10:00:00Z") for day in days
        ]
        self.write(f"conversations-{name}.jsonl", json_lines(rows))
        self.make("land_drops")

    def carry(self) -> dict[str, set[str]]:
        """What one tick asks for: tables by day."""
        ticked = dg.evaluate_automation_conditions(
            self.definitions, self.instance, cursor=self._daemon
        )
        self._daemon = ticked.cursor
        asked: dict[str, set[str]] = {}
        for table in MADE_FROM_CONVERSATIONS:
            for day in ticked.get_requested_partitions(dg.AssetKey(table)):
                asked.setdefault(str(day), set()).add(table)
        return asked

    def build(self, asked: dict[str, set[str]]) -> None:
        for day, tables in asked.items():
            self.make("daily", day, [dg.AssetKey(table) for table in tables])


@pytest.fixture
def carried(tmp_path: Path) -> Iterator[Carried]:
    """Three days built, then a first tick, which asks for nothing."""
    with dg.DagsterInstance.ephemeral() as instance:
        days = Carried(tmp_path, instance)
        days.lines("first", 5, 6, 7)
        for day in (5, 6, 7):
            days.make("daily", f"2026-01-{day:02d}")
        assert days.carry() == {}
        yield days


def test_a_late_day_is_carried_through_every_table_made_from_it_once(carried: Carried) -> None:
    carried.lines("late", 5)
    carried.make("daily", "2026-01-05", ROOTS)
    asked = carried.carry()
    assert asked == {"2026-01-05": MADE_FROM_CONVERSATIONS}
    carried.build(asked)
    assert carried.carry() == {}
    labeled = carried.warehouse.read("labeled_conversations")["conversation_id"]
    assert sorted(labeled) == ["first-5", "first-6", "first-7", "late-5"]


def test_a_day_that_one_run_built_whole_is_not_asked_for(carried: Carried) -> None:
    carried.lines("late", 6)
    carried.make("daily", "2026-01-06")
    assert carried.carry() == {}


def test_a_day_is_held_back_until_the_failed_blocking_check_of_its_table_has_passed(
    carried: Carried,
) -> None:
    carried.lines("late", 5, 6)
    for day in ("2026-01-05", "2026-01-06"):
        carried.make("daily", day, ROOTS)
    check = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("conversations"), check_name="rows_are_whole", passed=False,
        partition="2026-01-05",
    )  # fmt: skip
    carried.instance.report_runless_asset_event(check)
    assert set(carried.carry()) == {"2026-01-06"}  # passing there does not release the other day
    carried.make("daily", "2026-01-05", ROOTS)  # mended: its checks pass
    assert carried.carry() == {"2026-01-05": MADE_FROM_CONVERSATIONS}


def test_a_run_of_a_later_table_alone_is_held_back_too(carried: Carried) -> None:
    check = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("conversations"), check_name="rows_are_whole", passed=False,
        partition="2026-01-05",
    )  # fmt: skip
    carried.instance.report_runless_asset_event(check)
    flags = [dg.AssetKey("heuristic_flags")]
    carried.make("daily", "2026-01-05", flags, succeeds=False)
    carried.make("daily", "2026-01-06", flags)


def test_late_outcomes_open_the_days_of_their_window_and_no_others(carried: Carried) -> None:
    carried.lines("later", 9)
    carried.make("daily", "2026-01-09")
    assert carried.carry() == {}
    row = b"conversation_id,outcome,value,occurred_at\nfirst-6,hired,1,2026-01-08T12:00:00Z\n"
    carried.write("outcomes-2026-01-08.csv", row)
    carried.make("land_drops")
    carried.make("outcome_day", "2026-01-08", EVENTS)
    asked = carried.carry()
    assert asked == {f"2026-01-{day:02d}": MADE_FROM_OUTCOMES for day in (5, 6, 7)}
    carried.build(asked)
    states = carried.warehouse.read("outcomes").filter(state="positive")["conversation_id"]
    assert states.to_list() == ["first-6"]
    assert carried.carry() == {}


def test_days_that_were_never_built_are_left_to_a_backfill(carried: Carried) -> None:
    carried.lines("new", 12)
    assert carried.carry() == {}


def test_landing_a_drop_carries_no_day_by_itself(carried: Carried) -> None:
    carried.make("land_drops")
    assert carried.carry() == {}

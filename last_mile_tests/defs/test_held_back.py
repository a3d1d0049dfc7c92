"""What a failed check of a real run holds back in other runs, and what is told of broken days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from last_mile.adapters.warehouse import Warehouse
from last_mile.adapters.warehouse.database import opened
from last_mile.defs.broken_days import broken_days, no_failed_partitions
from last_mile_tests.defs.watched import Watched
from last_mile_tests.scenario import conversation, json_lines

FIFTH, SIXTH = "2026-01-05", "2026-01-06"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
DAYS = [date.fromisoformat(day) for day in (FIFTH, SIXTH)]
CONVERSATIONS, FLAGS = dg.AssetKey("conversations"), dg.AssetKey("heuristic_flags")
WHOLE = dg.AssetCheckKey(CONVERSATIONS, "rows_are_whole")
NAME = "conversations:rows_are_whole"


class Looked(Watched):
    """Conversations of two days, which are spoiled and looked at again."""

    def spoil(self, day: str) -> None:
        """Take what was said away behind Dagster's back, as a broken program would."""
        update = "update conversations set messages = [] where day = $day"
        with opened(self.warehouse.installation.warehouse) as connection:
            connection.execute(update, {"day": day})

    def look(self, day: str) -> bool:
        """A run of the day's check alone, as from the UI."""
        job = self.definitions.resolve_job_def("daily").get_subset(
            asset_selection=set(), asset_check_selection={WHOLE}
        )
        ended = job.execute_in_process(
            instance=self.instance, partition_key=day, raise_on_error=False, run_config=QUIET
        )
        (evaluated,) = ended.get_asset_check_evaluations()
        return evaluated.passed

    def must_be_held_back(self, day: str) -> None:
        """A run of a table that is made from them ends before it builds anything."""
        before = self.instance.get_latest_materialization_event(FLAGS)
        self.make("daily", day, [FLAGS], QUIET, succeeds=False)
        assert self.instance.get_latest_materialization_event(FLAGS) == before
        (run,) = self.instance.get_runs(limit=1)
        failed = self.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
        told = [str(entry.dagster_event) for entry in failed]
        assert len(told) == 1
        assert f"held back: {NAME} failed for {day}" in told[0]

    def shown(self) -> dg.AssetCheckResult:
        """What the check of the report says of all days."""
        context = dg.build_asset_check_context(instance=self.instance)
        told = no_failed_partitions(context, warehouse=self.warehouse)
        assert isinstance(told, dg.AssetCheckResult)
        return told

    def broken(self) -> dict[str, list[str]]:
        return broken_days(self.instance, DAYS)


@pytest.fixture
def looked(tmp_path: Path) -> Iterator[Looked]:
    with dg.DagsterInstance.ephemeral() as instance:
        days = Looked(tmp_path, instance)
        rows = [conversation(f"c{day}", started_at=f"{day}T10:00:00Z") for day in (FIFTH, SIXTH)]
        days.write("conversations.jsonl", json_lines(rows))
        days.make("land_drops", config=QUIET)
        for day in (FIFTH, SIXTH):
            days.make("daily", day, [CONVERSATIONS], QUIET)
        yield days


def test_a_check_that_failed_holds_its_day_back_in_other_runs_until_the_day_is_built_again(
    looked: Looked,
) -> None:
    assert looked.look(FIFTH)
    looked.spoil(FIFTH)
    assert not looked.look(FIFTH)
    looked.must_be_held_back(FIFTH)
    looked.make("daily", SIXTH, [FLAGS], QUIET)
    looked.make("daily", FIFTH, [CONVERSATIONS], QUIET)
    looked.make("daily", FIFTH, [FLAGS], QUIET)


def test_a_run_that_failed_before_it_built_the_table_does_not_lift_the_hold(
    looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise RuntimeError("killed")

    looked.spoil(FIFTH)
    assert not looked.look(FIFTH)
    with monkeypatch.context() as killed:
        killed.setattr(Warehouse, "build", stop)
        looked.make("daily", FIFTH, [CONVERSATIONS], QUIET, succeeds=False)
    assert looked.broken() == {"conversations": [FIFTH], NAME: [FIFTH]}
    looked.must_be_held_back(FIFTH)


def test_a_failed_check_that_somebody_reported_counts_in_both(looked: Looked) -> None:
    reported = dg.AssetCheckEvaluation(
        asset_key=CONVERSATIONS, check_name=WHOLE.name, passed=False, partition=FIFTH
    )
    looked.instance.report_runless_asset_event(reported)
    assert looked.broken() == {NAME: [FIFTH]}
    looked.must_be_held_back(FIFTH)


def test_days_are_broken_from_their_failed_run_or_check_until_they_are_built_again(
    looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise RuntimeError("killed")

    assert looked.broken() == {}
    for day in (FIFTH, SIXTH):
        looked.spoil(day)
        assert not looked.look(day)
    with monkeypatch.context() as killed:
        killed.setattr(Warehouse, "build", stop)
        looked.make("daily", SIXTH, [CONVERSATIONS], QUIET, succeeds=False)
    assert looked.broken() == {"conversations": [SIXTH], NAME: [SIXTH, FIFTH]}
    told = looked.shown()
    assert not told.passed
    assert told.metadata["days_broken"].value == 2
    assert told.description == (f"conversations: {SIXTH}; {NAME}: {SIXTH}, {FIFTH}")
    looked.make("daily", FIFTH, [CONVERSATIONS], QUIET)
    assert looked.broken() == {"conversations": [SIXTH], NAME: [SIXTH]}
    looked.make("daily", SIXTH, [CONVERSATIONS], QUIET)
    assert looked.broken() == {}
    assert looked.shown().passed

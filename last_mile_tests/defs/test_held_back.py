"""What a failed check of a real run holds back in other runs, and what is told of broken days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from last_mile.adapters.expectations import run_check
from last_mile.adapters.warehouse import Warehouse
from last_mile.adapters.warehouse.database import opened
from last_mile.core.expectation import CheckResult
from last_mile.defs.broken_days import broken_days, no_failed_partitions
from last_mile.defs.report import check_results
from last_mile.errors import PassingError, UserError
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
        (told,) = self.failures()
        assert f"held back: {NAME} failed for {day}" in told

    def failures(self) -> list[str]:
        """Of the steps of the newest run."""
        (run,) = self.instance.get_runs(limit=1)
        failed = self.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
        return [str(entry.dagster_event) for entry in failed]

    def report_failed(self, table: str, check: str, day: str | None) -> None:
        """What Dagster notes when somebody says that a check failed."""
        failed = dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(table), check_name=check, passed=False, partition=day
        )
        self.instance.report_runless_asset_event(failed)

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


@pytest.fixture
def reported(tmp_path: Path) -> Iterator[Looked]:
    """An empty home, in which checks are only reported."""
    with dg.DagsterInstance.ephemeral() as instance:
        yield Looked(tmp_path, instance)


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
    looked.report_failed("conversations", WHOLE.name, FIFTH)
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


@pytest.mark.parametrize(
    ("table", "check"),
    [
        ("labeled_conversations", "complete"),
        ("quality_tiers", "complete"),
        ("conversations", "rows_are_whole"),
    ],
)
@pytest.mark.parametrize(
    "made", ["training_splits", "training_pool", "pair_candidates", "training_release"]
)
@pytest.mark.parametrize("in_a_run_of", [None, SIXTH])
def test_no_training_data_is_made_while_one_day_is_held_back(
    reported: Looked, table: str, check: str, made: str, in_a_run_of: str | None
) -> None:
    """Wherever on the way somebody begins, and also in a run of another day."""
    reported.report_failed(table, check, FIFTH)
    job = reported.definitions.resolve_implicit_global_asset_job_def()
    ended = job.get_subset(asset_selection={dg.AssetKey(made)}).execute_in_process(
        instance=reported.instance, partition_key=in_a_run_of, raise_on_error=False,
        run_config=QUIET,
    )  # fmt: skip
    assert not ended.success
    (told,) = reported.failures()
    assert f"held back: {table}:{check} failed for {FIFTH}; its result names" in told


def test_labels_that_do_not_reconcile_are_taken_for_no_evidence(reported: Looked) -> None:
    reported.report_failed("label_logs", "lines_reconcile", None)
    reported.make("evidence", None, [dg.AssetKey("human_labels")], QUIET, succeeds=False)
    (told,) = reported.failures()
    assert "label_logs:lines_reconcile failed: nothing is built from this landing" in told


def test_the_report_counts_the_days_that_are_held_and_no_others(looked: Looked) -> None:
    def held() -> int:
        found = {(row["asset"], row["check"]): row for row in check_results(looked.instance)}
        return int(found["conversations", "rows_are_whole"]["days_held"])

    looked.spoil(FIFTH)
    assert not looked.look(FIFTH)
    assert held() == 1
    looked.make("daily", FIFTH, [CONVERSATIONS], QUIET)
    assert held() == 0


def test_logs_that_do_not_reconcile_are_broken_until_they_are_landed_again(looked: Looked) -> None:
    assert looked.shown().passed
    looked.report_failed("conversation_logs", "lines_reconcile", None)
    told = looked.shown()
    assert not told.passed
    assert "conversation_logs:lines_reconcile failed: nothing is built" in (told.description or "")
    looked.write("more.jsonl", json_lines([conversation("more", started_at=f"{SIXTH}T11:00:00Z")]))
    looked.make("land_drops", config=QUIET)
    assert looked.shown().passed


def test_a_check_that_meets_something_passing_is_tried_again(
    looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day is not stopped because another program had the file open for a moment."""
    told = [PassingError("the database is open in another program")]

    def run_check_later(*given: Any) -> CheckResult:
        if told:
            raise told.pop()
        return run_check(*given)

    monkeypatch.setattr("last_mile.defs.checks.run_check", run_check_later)
    monkeypatch.setattr("last_mile.defs.endings._PAUSE_S", 0)
    assert looked.look(FIFTH)
    assert not told


def test_a_check_that_cannot_be_made_says_so_once(
    looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: Any) -> CheckResult:
        raise UserError("the settings name no drop folder")

    monkeypatch.setattr("last_mile.defs.checks.run_check", cannot)
    looked.make("daily", FIFTH, [CONVERSATIONS], QUIET, succeeds=False)
    told = looked.failures()
    assert told
    assert all("the settings name no drop folder" in failure for failure in told)
    assert all("tried_again" in failure for failure in told)
    (run,) = looked.instance.get_runs(limit=1)
    tried_again = dg.DagsterEventType.STEP_UP_FOR_RETRY
    assert looked.instance.all_logs(run.run_id, of_type=tried_again) == []

"""When evidence and releases are made again by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from last_mile.adapters.report_source import write_report
from last_mile.definitions import defs
from last_mile.defs.schedules import (
    broken_days_hourly,
    evidence_hourly,
    feedback_loop_daily,
    release_weekly,
)
from last_mile.run.selecting import tables_of
from last_mile_tests.defs.watched import Watched
from last_mile_tests.scenario import conversation, json_lines

LABELS = b"conversation_id,metric,annotator,value\na,long,ann,1\n"

LAST = [dg.AssetKey("metric_lift"), dg.AssetKey("report")]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    state = tmp_path / "state"  # on a disk: the context of a tick opens it by its path
    state.mkdir()
    with dg.DagsterInstance.local_temp(str(state)) as instance:
        yield Watched(tmp_path, instance)


def _asks(watched: Watched) -> bool:
    """Whether a tick asks for a run; else it says why not."""
    told = evidence_hourly(dg.build_schedule_context(instance=watched.instance))
    assert isinstance(told, dg.RunRequest | dg.SkipReason)
    return isinstance(told, dg.RunRequest)


def _build_a_day(watched: Watched) -> None:
    """What Dagster notes of it."""
    built = dg.AssetMaterialization("stat_cells", partition="2026-01-05")
    watched.instance.report_runless_asset_event(built)


def test_an_hour_makes_evidence_only_when_a_day_or_a_label_changed(watched: Watched) -> None:
    assert not _asks(watched)
    watched.write("conversations.jsonl", json_lines([conversation("a")]))
    watched.settle()
    assert _asks(watched)
    watched.make("evidence")
    assert not _asks(watched)
    watched.write("labels.csv", LABELS)
    watched.settle()
    assert _asks(watched)


def test_a_day_that_was_built_while_evidence_was_made_is_in_the_next_one(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written_late(*given: Any) -> dict[str, Any]:
        _build_a_day(watched)
        return write_report(*given)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("last_mile.defs.report.write_report", written_late)
        watched.make("evidence", tables=LAST)
    assert _asks(watched)
    watched.make("evidence", tables=LAST)
    assert not _asks(watched)


def test_the_report_of_a_release_does_not_stand_for_evidence(watched: Watched) -> None:
    watched.make("evidence", tables=LAST)
    _build_a_day(watched)
    watched.make("release", tables=[dg.AssetKey("report")])
    assert _asks(watched)


def test_an_hour_in_which_a_run_is_under_way_makes_none(watched: Watched) -> None:
    watched.write("conversations.jsonl", json_lines([conversation("a")]))
    watched.settle()
    job = defs().resolve_job_def("daily")
    watched.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    told = evidence_hourly(dg.build_schedule_context(instance=watched.instance))
    assert isinstance(told, dg.SkipReason)
    assert told.skip_message == "runs are under way: daily"


def test_the_loop_closes_every_morning_and_a_release_is_made_on_mondays_after_it() -> None:
    begin = datetime(2026, 1, 9, 12, tzinfo=UTC)  # a Friday
    assert _next(feedback_loop_daily, begin, 3) == [
        "2026-01-10T05:30:00+00:00", "2026-01-11T05:30:00+00:00", "2026-01-12T05:30:00+00:00",
    ]  # fmt: skip
    assert _next(release_weekly, begin, 2) == [
        "2026-01-12T06:00:00+00:00", "2026-01-19T06:00:00+00:00",
    ]  # fmt: skip
    for schedule, job in ((feedback_loop_daily, "feedback_loop"), (release_weekly, "release")):
        assert schedule.job_name == job
        told = schedule.evaluate_tick(dg.build_schedule_context())
        assert len(told.run_requests or ()) == 1


def test_broken_days_are_looked_for_when_a_run_ended_though_nothing_was_built(
    watched: Watched,
) -> None:
    def asks() -> bool:
        told = broken_days_hourly(dg.build_schedule_context(instance=watched.instance))
        return isinstance(told, dg.RunRequest)

    assert not asks()
    job = defs().resolve_job_def("daily")
    watched.instance.create_run_for_job(job, status=dg.DagsterRunStatus.FAILURE)
    assert asks()
    look = defs().resolve_job_def("broken_days")
    watched.instance.create_run_for_job(look, status=dg.DagsterRunStatus.FAILURE)
    assert asks()  # nobody has looked
    under_way = watched.instance.create_run_for_job(look, status=dg.DagsterRunStatus.STARTED)
    assert not asks()
    watched.instance.report_run_failed(under_way)
    watched.make("broken_days")
    assert not asks()


def _next(schedule: dg.ScheduleDefinition, begin: datetime, n: int) -> list[str]:
    ticks = schedule_execution_time_iterator(
        begin.timestamp(), schedule.cron_schedule, schedule.execution_timezone
    )
    return [next(ticks).isoformat() for _ in range(n)]


def test_the_loop_is_the_evidence_with_what_compares_releases_and_periods() -> None:
    hourly, daily = tables_of("evidence"), tables_of("feedback_loop")
    assert {"metric_lift", "report"} < hourly < daily
    assert "release_comparison" in daily - hourly

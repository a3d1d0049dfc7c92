"""Backfills: in any order, in several processes, of a part; always the tables of daily runs."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier
from typing import Any

import dagster as dg
import pytest

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.warehouse import Warehouse
from last_mile.errors import UserError
from last_mile.run import Wanted, days, run_everything
from last_mile.run.days import build_days
from last_mile.run.done import Done
from last_mile.run.runs import Asked, no_progress, runs_of
from last_mile.run.selecting import select
from last_mile_tests.conftest import run_cli
from last_mile_tests.faults.tables import differing, tables_of
from last_mile_tests.scenario import conversation, json_lines

RUBRIC = """
name: small
version: 1
outcomes: [{id: hired, horizon_days: 3}, {id: replied, horizon_days: 3, decided_by: task}]
metrics:
  - {id: robotic, kind: judge, question: "Does it sound robotic?",
     prior: {sign: -1, author: team, date: 2025-12-01}}
  - {id: long, kind: heuristic, question: "Is the answer longer than 3 words?", rule: words_over,
     params: {words: 3}, prior: {sign: 1, author: team, date: 2025-12-01}}
  - {id: longer, kind: heuristic, question: "Is the answer longer than 9 words?", rule: words_over,
     params: {words: 9}, prior: {sign: 1, author: team, date: 2025-12-01}}
tiers:
  - {tier: good, when: long, train: desirable}
training: {unproven: warn, holdout_days: 1}
"""
DAYS = [date(2026, 1, day) for day in (5, 6, 7, 8)]


@pytest.fixture(scope="module")
def drops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days: tasks that go on from day to day, outcomes days later, one without a time."""
    folder = tmp_path_factory.mktemp("world") / "drops"
    folder.mkdir()
    rows = [
        conversation(f"{day:%d}-{n}", started_at=f"{day}T10:0{n}:00Z", user_id=f"u{n}", task_id="t")
        for day in DAYS
        for n in range(3)
    ]
    (folder / "conversations.jsonl").write_bytes(json_lines(rows))
    (folder / "outcomes-2026-01-12.csv").write_text(
        "conversation_id,user_id,task_id,outcome,value,occurred_at\n"
        "05-0,,,hired,1,2026-01-07T10:00:00Z\n"
        "06-1,,,hired,1,\n"
        ",u1,t,replied,1,2026-01-08T12:00:00Z\n"
        ",u2,t,replied,1,2026-01-10T12:00:00Z\n"
    )
    (folder.parent / "rubric.yaml").write_text(RUBRIC)
    return folder


def _home(folder: Path, drops: Path) -> Installation:
    installation = Installation.at(folder)
    installation.save(Settings(str(drops), str(drops.parent / "rubric.yaml")))
    return installation


@pytest.fixture(scope="module")
def whole(drops: Path) -> Installation:
    """The home of a run over everything."""
    installation = _home(drops.parent / "whole", drops)
    assert run_everything(installation).failures == []
    return installation


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(DAYS, id="oldest first", marks=pytest.mark.runs),
        pytest.param(DAYS[::-1], id="newest first"),
    ],
)
def test_days_built_one_by_one_in_any_order_give_the_tables_of_a_whole_run(
    tmp_path: Path, drops: Path, whole: Installation, order: Sequence[date]
) -> None:
    installation = _home(tmp_path / "home", drops)
    with runs_of(installation) as runs:
        runs.execute("land_drops")
        for day in order:
            runs.execute("daily", day)
        for job in ("feedback_loop", "release"):
            runs.execute(job)
        assert runs.summary.failures == []
    found = tables_of(installation.home)
    assert differing(found, tables_of(whole.home)) == {}


def test_days_built_in_three_processes_give_the_tables_of_a_whole_run(
    tmp_path: Path, drops: Path, whole: Installation
) -> None:
    installation = _home(tmp_path / "home", drops)
    summary = run_everything(installation, Wanted(parallel=3))
    assert summary.failures == []
    assert differing(tables_of(installation.home), tables_of(whole.home)) == {}


@pytest.mark.runs
def test_a_backfill_of_some_days_touches_these_only_and_says_what_it_did(
    tmp_path: Path, drops: Path
) -> None:
    installation = _home(tmp_path / "home", drops)
    summary = run_everything(installation, Wanted(first=DAYS[1], last=DAYS[2]))
    assert set(Warehouse(home=str(installation.home)).read("conversations")["day"]) == {*DAYS[1:3]}
    assert summary.report is not None
    report = json.loads(summary.report.read_text())
    assert (report["days_built"], report["days_failed"]) == (2, {})
    assert report["rows_written"]["conversations"] == 6  # 3 a day
    assert [run["day"] for run in report["runs"] if run["job"] == "daily"] == [
        "2026-01-07", "2026-01-06",
    ]  # fmt: skip
    assert report["asked"]["first"] == "2026-01-06"


def test_a_backfill_of_one_stage_mends_what_was_broken_there(
    whole: Installation, drops: Path
) -> None:
    warehouse, reference = Warehouse(home=str(whole.home)), tables_of(whole.home)
    warehouse.replace("quality_tiers", warehouse.read("quality_tiers").clear())
    wanted = Wanted(selection="quality_tiers")
    summary = run_everything(whole, wanted)
    assert {done.job for done in summary.done} == {"daily"}
    assert set(summary.done[0].rows) == {"quality_tiers"}
    assert differing(tables_of(whole.home), reference) == {}


def test_a_backfill_of_one_metric_makes_its_flags_and_what_comes_from_them(
    whole: Installation,
) -> None:
    warehouse, reference = Warehouse(home=str(whole.home)), tables_of(whole.home)
    flags = warehouse.read("heuristic_flags")
    warehouse.replace("heuristic_flags", flags.filter(flags["metric"] != "longer"))
    summary = run_everything(whole, Wanted(metrics=("longer",)))
    assert summary.failures == []
    built = {table for done in summary.done for table in done.rows}
    assert {"heuristic_flags", "labeled_conversations", "metric_lift"} <= built
    assert not built & {"conversations", "judge_verdicts", "outcomes"}
    assert differing(tables_of(whole.home), reference) == {}


def test_of_a_metric_and_a_stage_no_other_flags_are_made(whole: Installation) -> None:
    selected = select(whole.rubric(), 'key:"conversations"+', ["longer"])
    assert selected is not None
    assert "judge_verdicts" not in selected.of_days  # it would be asked, and paid, about all
    assert selected.ops == {"heuristic_flags": {"config": {"metrics": ["longer"]}}}


def test_a_report_that_is_made_with_a_release_is_made_after_it(whole: Installation) -> None:
    summary = run_everything(whole, Wanted(selection='key:"quality_tiers"+'))
    assert summary.failures == []
    runs = {done.job: set(done.rows) for done in summary.done}
    assert list(runs) == ["daily", "feedback_loop", "release"]
    assert runs["feedback_loop"] == {"tier_lift"}
    assert "training_pool" in runs["release"]
    made = [done.job for done in summary.done if done.job != "daily"]
    assert made == ["feedback_loop", "release"]
    with runs_of(whole) as runs_then:
        event = runs_then.instance.get_latest_materialization_event(dg.AssetKey("report"))
        assert event is not None
        run = runs_then.instance.get_run_by_id(event.run_id)
    assert run is not None
    assert run.job_name == "release"


def test_the_day_that_stops_a_command_stands_in_its_report(
    tmp_path: Path, drops: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = _home(tmp_path / "home", drops)
    replace = Warehouse.replace

    def full(self: Warehouse, table: str, *given: Any, **named: Any) -> int:
        if table == "heuristic_flags" and given[1].start == DAYS[2]:
            raise _disk_is_full()
        return replace(self, table, *given, **named)

    monkeypatch.setattr(Warehouse, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        run_everything(installation)
    (report,) = (installation.home / "backfills").iterdir()
    told = json.loads(report.read_text())
    assert list(told["days_failed"]) == [str(DAYS[2])]
    assert "No space left" in told["days_failed"][str(DAYS[2])]
    assert told["days_built"] == 1  # the newest day is the first


def test_what_ended_beside_the_day_that_stops_a_command_is_noted_too(
    whole: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_go_on = Barrier(2)

    def end_of(_home: str, _command: str, asked: Asked) -> Done:
        both_go_on.wait(timeout=30)
        if asked.day == DAYS[0]:
            return Done("daily", asked.day, 0.0, {}, "No space left", _disk_is_full())
        return Done("daily", asked.day, 0.0, {})

    monkeypatch.setattr(days, "_end_of", end_of)
    monkeypatch.setattr(days, "worker_pool", lambda n, _: ThreadPoolExecutor(n))
    with runs_of(whole) as runs:
        asked = [Asked("daily", day) for day in DAYS[:2]]
        with pytest.raises(OSError, match="No space left"):
            build_days(runs, asked, no_progress, parallel=2)
        ended = {done.day: bool(done.failure) for done in runs.summary.done}
    assert ended == {DAYS[0]: True, DAYS[1]: False}


def _disk_is_full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Wanted(selection="nothing"), "--select 'nothing'"),
        (Wanted(selection="key:"), "--select 'key:'"),
        (Wanted(metrics=("wrong",)), "--metric wrong: rubric small has no such metric"),
    ],
    ids=["unknown table", "no selection", "unknown metric"],
)
def test_a_part_that_does_not_exist_is_named_before_anything_runs(
    whole: Installation, wanted: Wanted, says: str
) -> None:
    with pytest.raises(UserError, match=says):
        run_everything(whole, wanted)


@pytest.mark.runs
def test_the_command_line_says_what_a_backfill_did(tmp_path: Path, drops: Path) -> None:
    ended = run_cli(
        "run", "--drops", drops, "--home", tmp_path / "home", "--rubric",
        drops.parent / "rubric.yaml", "--from", "2026-01-06", "--to", "2026-01-07",
        "--parallel", "2", cwd=tmp_path,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "days built      2 of 2" in ended.stdout
    assert "conversations 6" in ended.stdout

"""Which runs under way `last-mile doctor` names: those without a process, and silent ones."""

from __future__ import annotations

import time

import dagster as dg
import pytest
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus

from last_mile.adapters.file_lock import locked
from last_mile.adapters.health import Patient
from last_mile.adapters.installation import Installation
from last_mile.adapters.run_launcher import WatchedRunLauncher
from last_mile.run import instance_of
from last_mile.run.health import dead_runs
from last_mile.run.instance import command_of, tags_of
from last_mile_tests.adapters.erasable import NOW


def test_a_run_whose_command_was_killed_is_found_until_the_next_command(
    empty_home: Installation,
) -> None:
    @dg.job
    def nothing() -> None:
        """No step."""

    started = dg.DagsterRunStatus.STARTED
    with instance_of(empty_home) as instance, locked(empty_home.home / "commands" / "living.lock"):
        ids = {
            command: instance.create_run_for_job(
                nothing,
                status=started,
                tags={**tags_of(empty_home, command), "dagster/partition": "2026-01-05"},
            ).run_id
            for command in ("dead", "living")
        }
        (finding,) = dead_runs(Patient(empty_home, NOW))
        with command_of(empty_home, instance):
            assert list(dead_runs(Patient(empty_home, NOW))) == []
    assert finding.what == f"run {ids['dead'][:8]} (nothing, 2026-01-05) has no process"
    assert "the next `last-mile run` ends it" in finding.fix


LIVES = CheckRunHealthResult(WorkerStatus.RUNNING)
UNKNOWN = CheckRunHealthResult(WorkerStatus.RUNNING, "its code server does not answer")
DEAD = CheckRunHealthResult(WorkerStatus.FAILED, "its process is gone: its code server has ended")


@pytest.mark.parametrize(
    ("said", "silent_h", "found"),
    [
        pytest.param(LIVES, 5, [], id="waits for the judge"),
        pytest.param(UNKNOWN, 0.5, [], id="was heard of"),
        pytest.param(UNKNOWN, 5, ["has said nothing for 5 h"], id="silent"),
        pytest.param(DEAD, 0, [f"counts as started, but {DEAD.msg}"], id="dead"),
    ],
)
def test_of_a_launched_run_its_launcher_says_whether_it_lives(
    empty_home: Installation,
    monkeypatch: pytest.MonkeyPatch,
    said: CheckRunHealthResult,
    silent_h: float,
    found: list[str],
) -> None:
    with instance_of(empty_home) as instance:
        run = dg.DagsterRun("daily", status=dg.DagsterRunStatus.STARTED)
        instance.run_storage.add_run(run)
    monkeypatch.setattr(WatchedRunLauncher, "check_run_worker_health", lambda *_: said)
    now = time.time() + silent_h * 3600
    monkeypatch.setattr(time, "time", lambda: now)
    findings = list(dead_runs(Patient(empty_home, NOW)))
    assert [one.what for one in findings] == [
        f"run {run.run_id[:8]} (daily, all days) {what}" for what in found
    ]
    assert all("Terminate" in one.fix for one in findings)

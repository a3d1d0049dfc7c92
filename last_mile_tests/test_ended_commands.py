"""Runs end with their command; those of living commands, and launched ones, go on."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from last_mile.adapters.file_lock import locked
from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.worker_pool import worker_pool
from last_mile.defs.judging import RUN_TAG
from last_mile.errors import UserError
from last_mile.run import instance_of
from last_mile.run.instance import command_of

STARTED, FAILED = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    installation = Installation.at(tmp_path / "home")
    installation.save(Settings("drops"))
    return installation


def _started(instance: dg.DagsterInstance, command: str, *, launched: bool = False) -> str:
    location = RegisteredCodeLocationOrigin("last_mile")
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "repository"), "daily")
    run = dg.DagsterRun(
        "daily", status=STARTED, tags={RUN_TAG: command},
        remote_job_origin=origin if launched else None,
    )  # fmt: skip
    return instance.run_storage.add_run(run).run_id


def _status(instance: dg.DagsterInstance, run: str) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run)
    assert found is not None
    return found.status


def test_a_run_whose_worker_was_killed_ends_with_its_command(home: Installation) -> None:
    with instance_of(home) as instance:
        with (
            pytest.raises(UserError, match="a worker that builds days was killed"),
            command_of(home, instance) as command,
            worker_pool(1, "builds days") as pool,
        ):
            run = _started(instance, command)  # by the worker
            pool.submit(os._exit, 9).result()
        assert _status(instance, run) == FAILED
        assert not list((home.home / "commands").glob("*.lock"))


@pytest.mark.parametrize("lock", [True, False], ids=["with its lock file", "without"])
def test_the_next_command_ends_the_runs_of_a_killed_one(home: Installation, lock: bool) -> None:
    with instance_of(home) as instance:
        run = _started(instance, "dead")
        commands = home.home / "commands"
        if lock:
            commands.mkdir()
            (commands / "dead.lock").touch()
        with command_of(home, instance):
            assert _status(instance, run) == FAILED
        assert list(commands.iterdir()) == []


def test_runs_of_a_living_command_and_launched_copies_of_its_runs_go_on(home: Installation) -> None:
    with instance_of(home) as instance, locked(home.home / "commands" / "living.lock"):
        living = _started(instance, "living")
        copy = _started(instance, "dead", launched=True)  # re-executed in the UI, with its tags
        with command_of(home, instance) as command:
            own = _started(instance, command, launched=True)
        assert [_status(instance, run) for run in (living, copy, own)] == [STARTED] * 3

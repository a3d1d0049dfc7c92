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
from last_mile.adapters.installation import Installation
from last_mile.adapters.worker_pool import worker_pool
from last_mile.errors import UserError
from last_mile.run import instance_of
from last_mile.run.instance import command_of, tags_of

STARTED, FAILED = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE


def _started(
    instance: dg.DagsterInstance, home: Installation, command: str, *, launched: bool = False
) -> str:
    location = RegisteredCodeLocationOrigin("last_mile")
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "repository"), "daily")
    run = dg.DagsterRun(
        "daily", status=STARTED, tags=tags_of(home, command),
        remote_job_origin=origin if launched else None,
    )  # fmt: skip
    return instance.run_storage.add_run(run).run_id


def _status(instance: dg.DagsterInstance, run: str) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run)
    assert found is not None
    return found.status


def test_a_run_whose_worker_was_killed_ends_with_its_command(empty_home: Installation) -> None:
    with instance_of(empty_home) as instance:
        with (
            pytest.raises(UserError, match="a worker that builds days was killed"),
            command_of(empty_home, instance) as command,
            worker_pool(1, "builds days") as pool,
        ):
            run = _started(instance, empty_home, command)  # by the worker
            pool.submit(os._exit, 9).result()
        assert _status(instance, run) == FAILED
        assert not list((empty_home.home / "commands").glob("*.lock"))


@pytest.mark.parametrize("lock", [True, False], ids=["with its lock file", "without"])
def test_the_next_command_ends_the_runs_of_a_killed_one(
    empty_home: Installation, lock: bool
) -> None:
    with instance_of(empty_home) as instance:
        run = _started(instance, empty_home, "dead")
        commands = empty_home.home / "commands"
        if lock:
            commands.mkdir()
            (commands / "dead.lock").touch()
        with command_of(empty_home, instance):
            assert _status(instance, run) == FAILED
        assert list(commands.iterdir()) == []


def test_runs_of_a_living_command_and_launched_copies_of_its_runs_go_on(
    empty_home: Installation,
) -> None:
    with instance_of(empty_home) as instance, locked(empty_home.home / "commands" / "living.lock"):
        living = _started(instance, empty_home, "living")
        copy = _started(
            instance, empty_home, "dead", launched=True
        )  # re-executed in the UI, with its tags
        with command_of(empty_home, instance) as command:
            own = _started(instance, empty_home, command, launched=True)
        assert [_status(instance, run) for run in (living, copy, own)] == [STARTED] * 3


def test_runs_of_another_home_that_shares_the_instance_go_on(
    empty_home: Installation, tmp_path: Path
) -> None:
    other = Installation.at(tmp_path / "other")
    with instance_of(empty_home) as instance:
        run = _started(instance, other, "elsewhere")  # its lock is in the other home
        with command_of(empty_home, instance):
            assert _status(instance, run) == STARTED
        with command_of(other, instance):
            assert _status(instance, run) == FAILED

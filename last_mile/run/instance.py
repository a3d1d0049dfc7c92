"""The Dagster instance of an installation, and which of its runs belong to a living command.

A command holds a lock file; a run whose command is dead is said to have failed by the next one.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef

from last_mile.adapters.event_log import with_kept_event_log
from last_mile.adapters.file_lock import try_lock
from last_mile.adapters.installation import Installation
from last_mile.defs.judging import RUN_TAG

_PACKAGED = Path(__file__).parents[1] / "dagster.yaml"
_INSTANCE_FILE = _PACKAGED if _PACKAGED.is_file() else Path(__file__).parents[2] / "dagster.yaml"
_UNENDED = [
    dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]  # fmt: skip
_HOME_TAG = "last_mile/home"


def instance_of(installation: Installation) -> dg.DagsterInstance:
    """The instance of $DAGSTER_HOME, as everywhere in Dagster; without it that of the home."""
    folder = Path(os.environ.get("DAGSTER_HOME") or installation.dagster_home)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "dagster.yaml").exists():  # a changed one is the user's
        shutil.copyfile(_INSTANCE_FILE, folder / "dagster.yaml")
    return dg.DagsterInstance.from_ref(with_kept_event_log(InstanceRef.from_dir(str(folder))))


@contextmanager
def command_of(installation: Installation, instance: dg.DagsterInstance) -> Iterator[str]:
    """The id of this command, locked as long as it lives; runs of dead ones are ended."""
    folder = installation.home / "commands"
    folder.mkdir(parents=True, exist_ok=True)
    command = uuid.uuid4().hex
    path, draft = folder / f"{command}.lock", folder / f".{command}"
    with draft.open("w") as lock:
        try_lock(lock.fileno())
        draft.rename(path)  # seen by other commands only once it is locked
        _end_runs_of_the_dead(installation, instance, command)
        try:
            yield command
        finally:
            _end_runs(instance, command, "the worker that made this run was killed")
            path.unlink(missing_ok=True)


def tags_of(installation: Installation, command: str) -> dict[str, str]:
    """The tags of the runs of a command: homes that share an instance know theirs."""
    return {RUN_TAG: command, _HOME_TAG: str(installation.home.resolve())}


def made_by_command(run: dg.DagsterRun, installation: Installation) -> bool:
    """Whether a command on this home executes it; a copy launched from the UI has its tags too."""
    tags = tags_of(installation, run.tags.get(RUN_TAG, ""))
    return _is_of_a_command(run) and run.tags.get(_HOME_TAG) == tags[_HOME_TAG]


def _is_of_a_command(run: dg.DagsterRun) -> bool:
    return RUN_TAG in run.tags and run.remote_job_origin is None


def _end_runs_of_the_dead(
    installation: Installation, instance: dg.DagsterInstance, command: str
) -> None:
    folder = installation.home / "commands"
    unended = instance.get_runs(dg.RunsFilter(statuses=_UNENDED))
    others = {run.tags[RUN_TAG] for run in unended if made_by_command(run, installation)}
    others |= {path.stem for path in folder.glob("*.lock")}
    for other in others - {command}:
        path = folder / f"{other}.lock"
        with path.open("w") as lock:
            if not try_lock(lock.fileno()):
                continue  # it lives
            _end_runs(instance, other, "the command that made this run was killed")
            path.unlink(missing_ok=True)


def _end_runs(instance: dg.DagsterInstance, command: str, why: str) -> None:
    tags = {RUN_TAG: command}
    for run in instance.get_runs(dg.RunsFilter(tags=tags, statuses=_UNENDED)):
        if _is_of_a_command(run):
            instance.report_run_failed(run, why)

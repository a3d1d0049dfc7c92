"""Dagster runs of one installation, in this process, one after the other.

Not here: which runs make up a command (everything.py, replay.py, batches.py).
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError

from last_mile.adapters.installation import Installation
from last_mile.adapters.judge.progress import Progress as Judging
from last_mile.adapters.warehouse import Warehouse
from last_mile.definitions import defs
from last_mile.defs.judging import RUN_TAG, JudgeWatch

Progress = Callable[[str, int, int], None]  # told the stage, runs done, runs in all
Watch = Callable[[Judging], None]
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_PACKAGED = Path(__file__).parents[1] / "dagster.yaml"
_INSTANCE_FILE = _PACKAGED if _PACKAGED.is_file() else Path(__file__).parents[2] / "dagster.yaml"


def no_progress(_stage: str, _done: int, _total: int) -> None:
    """For callers that show nothing."""


def no_watch(_judging: Judging) -> None:
    """For callers that show nothing."""


@dataclass(slots=True)
class RunSummary:
    """How a command's runs ended."""

    days: int = 0
    failures: list[str] = field(default_factory=list)  # one sentence per run that stopped
    locked: list[str] = field(default_factory=list)  # why there is nothing to release
    refused: list[str] = field(default_factory=list)  # why there is no release of what there is


@dataclass(frozen=True)
class Runs:
    """The runs of one command. To the judge they are one run: its spending cap is about all."""

    installation: Installation
    instance: dg.DagsterInstance
    watch: Watch
    summary: RunSummary = field(default_factory=RunSummary)
    judge_run: str = field(default_factory=lambda: uuid.uuid4().hex)

    def execute(
        self, job: str, day: date | None = None, *, ops: Mapping[str, Any] | None = None
    ) -> None:
        """One Dagster run in this process; a blocking check that fails is noted, not raised."""
        resources: Mapping[str, Any] = {
            "warehouse": Warehouse(home=str(self.installation.home)),
            "judge_watch": JudgeWatch(self.watch),
        }
        try:
            _definitions().resolve_job_def(job).execute_in_process(
                instance=self.instance,
                partition_key=day.isoformat() if day else None,
                resources=resources,
                run_config={**_QUIET, "ops": ops or {}},
                tags={RUN_TAG: self.judge_run},
            )
        except (DagsterAssetCheckFailedError, dg.Failure) as error:
            where = f"day {day}" if day else job
            self.summary.failures.append(f"{where}: {error}")


@contextmanager
def runs_of(installation: Installation, watch: Watch = no_watch) -> Iterator[Runs]:
    """The runs of a command, on the instance of the installation."""
    with instance_of(installation) as instance:
        yield Runs(installation, instance, watch)


def instance_of(installation: Installation) -> dg.DagsterInstance:
    """The Dagster instance of an installation; the UI shows the same history."""
    installation.dagster_home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_INSTANCE_FILE, installation.dagster_home / "dagster.yaml")
    return dg.DagsterInstance.from_config(str(installation.dagster_home))


@cache
def _definitions() -> dg.Definitions:
    return defs()

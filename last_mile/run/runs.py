"""Dagster runs of one installation, in this process, one after the other.

Not here: which runs make up a command (everything.py, replay.py, batches.py), runs in several
processes (days.py), Dagster's instance (instance.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError

from last_mile.adapters.installation import Installation
from last_mile.adapters.judge.progress import Progress as Judging
from last_mile.adapters.warehouse import Warehouse
from last_mile.definitions import defs
from last_mile.defs.judging import JudgeWatch
from last_mile.errors import UserError
from last_mile.run.done import Done
from last_mile.run.instance import command_of, instance_of, tags_of

Progress = Callable[[str, int, int], None]  # told the stage, runs done, runs in all
Watch = Callable[[Judging], None]
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def no_progress(_stage: str, _done: int, _total: int) -> None:
    """For callers that show nothing."""


def no_watch(_judging: Judging) -> None:
    """For callers that show nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One Dagster run to make.

    Attributes:
        job: Name of a job.
        day: Its partition; None for tables over all days.
        ops: Configuration by asset.
        tables: Only these assets of the job; None: all.
    """

    job: str
    day: date | None = None
    ops: Mapping[str, Any] = field(default_factory=dict)
    tables: Sequence[str] | None = None


@dataclass(slots=True)
class RunSummary:
    """How a command's runs ended."""

    failures: list[str] = field(default_factory=list)  # one sentence per run that stopped
    locked: list[str] = field(default_factory=list)  # why there is nothing to release
    refused: list[str] = field(default_factory=list)  # why there is no release of what there is
    done: list[Done] = field(default_factory=list)  # every run, in the order they ended
    report: Path | None = None  # the same as a file

    def take(self, done: Done) -> None:
        """Note a run that has ended."""
        self.done.append(done)
        if done.failure and not done.stops:  # what stops the command is told once, at its end
            self.failures.append(f"{done.what}: {done.failure}")


@dataclass(frozen=True)
class Runs:
    """The runs of one command. To the judge they are one run: its spending cap is about all."""

    installation: Installation
    instance: dg.DagsterInstance
    watch: Watch
    command: str
    summary: RunSummary = field(default_factory=RunSummary)

    def execute(
        self,
        job: str,
        day: date | None = None,
        *,
        ops: Mapping[str, Any] | None = None,
        tables: Sequence[str] | None = None,
    ) -> None:
        """One Dagster run in this process; a blocking check that fails is noted, not raised.

        Raises:
            UserError: What the run needs cannot be used; other runs would not get further.
        """
        self.take(self.end_of(Asked(job, day, ops or {}, tables)))

    def take(self, done: Done) -> None:
        """Note a run that has ended.

        Raises:
            UserError: It was stopped by what would stop every other one.
            OSError: Likewise: the disk is full.
        """
        self.summary.take(done)
        if done.stops:
            raise done.stops

    def end_of(self, asked: Asked) -> Done:
        """Make a run and say how it ended."""
        started, rows = time.monotonic(), dict[str, int]()
        failure: str | None = None
        stops: UserError | OSError | None = None
        try:
            ended = self._definitions.resolve_job_def(asked.job).execute_in_process(
                instance=self.instance,
                partition_key=asked.day.isoformat() if asked.day else None,
                run_config={**_QUIET, "ops": asked.ops},
                tags=tags_of(self.installation, self.command),
                asset_selection=_keys(asked.tables),
            )  # fmt: skip
            rows = _rows(ended)
        except (DagsterAssetCheckFailedError, dg.Failure) as error:
            failure = str(error)
            stops = error.__cause__ if isinstance(error.__cause__, UserError) else None
        except (UserError, OSError) as error:
            failure, stops = str(error), error
        seconds = round(time.monotonic() - started, 3)
        return Done(asked.job, asked.day, seconds, rows, failure, stops)

    @cached_property
    def _definitions(self) -> dg.Definitions:
        return with_resources(
            {
                "warehouse": Warehouse(home=str(self.installation.home)),
                "judge_watch": JudgeWatch(self.watch),
            }
        )


def with_resources(resources: Mapping[str, Any]) -> dg.Definitions:
    """The definitions over other resources; a run of some assets of a job takes none of its own."""
    known = defs()
    return dg.Definitions(
        assets=known.assets, asset_checks=known.asset_checks, jobs=known.jobs,
        resources=resources, executor=known.executor,
    )  # fmt: skip


@contextmanager
def runs_of(installation: Installation, watch: Watch = no_watch) -> Iterator[Runs]:
    """The runs of a command, on the instance of the installation."""
    with instance_of(installation) as instance, command_of(installation, instance) as command:
        yield Runs(installation, instance, watch, command)


def _keys(tables: Sequence[str] | None) -> list[dg.AssetKey] | None:
    return None if tables is None else [dg.AssetKey(table) for table in tables]


def _rows(ended: dg.ExecuteInProcessResult) -> dict[str, int]:
    """Rows written, by table."""
    events = [event.step_materialization_data for event in ended.get_asset_materialization_events()]
    return {
        data.materialization.asset_key.to_user_string(): int(count.value)  # type: ignore[arg-type]
        for data in events
        if (count := data.materialization.metadata.get("dagster/row_count"))
    }

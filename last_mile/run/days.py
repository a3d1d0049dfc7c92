"""Runs of many days, in this process or in several. Not here: which days (everything.py)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import as_completed
from datetime import date
from functools import cache
from pathlib import Path

from last_mile.adapters.installation import Installation
from last_mile.adapters.worker_pool import worker_pool
from last_mile.errors import UserError
from last_mile.run.done import Done
from last_mile.run.instance import instance_of
from last_mile.run.runs import Asked, Progress, Runs, no_watch


def build_days(runs: Runs, asked: Sequence[Asked], progress: Progress, parallel: int = 1) -> None:
    """Make the runs of some days, in any order; one that fails does not stop the others.

    Args:
        runs: Of the command.
        asked: A run for each day.
        progress: Told the day, runs done and runs in all.
        parallel: How many at once; more than one are made in processes of their own.

    Raises:
        UserError: What the runs need cannot be used; those under way are ended first.
        OSError: The disk is full; likewise.
    """
    if parallel == 1:
        for done, one in enumerate(asked):
            progress(f"day {one.day}", done, len(asked))
            runs.take(runs.end_of(one))
        return
    home = str(runs.installation.home)
    with worker_pool(parallel, "builds days") as pool:
        under_way = {pool.submit(_end_of, home, runs.command, one): one for one in asked}
        stopped: UserError | OSError | None = None
        for done, future in enumerate(as_completed(under_way)):
            if future.cancelled():
                continue
            progress(f"day {under_way[future].day}", done, len(asked))
            try:
                runs.take(future.result())
            except (UserError, OSError) as error:
                stopped = stopped or error
                for other in under_way:
                    other.cancel()
        if stopped:
            raise stopped


def events_of(days: Sequence[date]) -> list[Asked]:
    """At most one run: it builds the outcome events of all these days."""
    if not days:
        return []
    first, *others = days
    also = {"config": {"also": [day.isoformat() for day in others]}}
    return [Asked("outcome_day", first, {"outcome_events": also})]


def _end_of(home: str, command: str, asked: Asked) -> Done:
    return _worker(home, command).end_of(asked)


@cache
def _worker(home: str, command: str) -> Runs:
    """The runs of this process, on an instance that is open as long as the process lives."""
    installation = Installation.at(Path(home))
    return Runs(installation, instance_of(installation), no_watch, command)

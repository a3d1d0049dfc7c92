"""A backfill whose steps are executed by two Celery workers makes the tables of one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from last_mile.adapters.installation import Installation, Settings
from last_mile_tests.cluster.conftest import NOT_COMPARED, SmallWorld
from last_mile_tests.cluster.machines import WORKERS, Machines, is_installed, machines
from last_mile_tests.faults.command import until
from last_mile_tests.faults.person import failed
from last_mile_tests.faults.tables import differing, tables_of

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not is_installed(), reason="Redis is not installed"),
]
_POLL_S = 0.5


def test_two_workers_build_what_one_process_builds(tmp_path: Path, world: SmallWorld) -> None:
    days = sorted({day for day, _ in world.tables["conversations"]})
    with machines(tmp_path) as group:
        Installation.at(group.home).save(Settings(str(world.drops), str(world.rubric)))
        must_succeed(group, "land_drops")
        backfill = group.person.launches_backfill("daily", days)
        until(lambda: group.person.sees_end_of_backfill(backfill), group.said(), poll_s=_POLL_S)
        must_succeed(group, "feedback_loop")
        must_succeed(group, "release")
        assert failed(group.person.runs()) == [], group.said()
        steps = group.steps_by_process()
        took = {worker: group.processes_of(worker) & set(steps) for worker in WORKERS}
        assert all(took.values()), took
        assert set(steps) == set().union(*took.values())
    found = tables_of(group.home, NOT_COMPARED)
    known = {name: rows for name, rows in world.tables.items() if name != "day_changes"}
    assert differing({name: found[name] for name in known}, known) == {}


def must_succeed(group: Machines, job: str) -> None:
    """A person launches a job, which succeeds."""
    run = group.person.launches(job)
    until(lambda: group.person.sees_end_of_run(run) is not None, group.said(), poll_s=_POLL_S)
    end = group.person.sees_end_of_run(run)
    assert end == "SUCCESS", f"{job}: {end}\n{group.said()}"

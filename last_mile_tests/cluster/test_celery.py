"""A backfill whose steps are executed by two Celery workers makes the tables of one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.lake_address import CATALOG, DATA
from last_mile_tests.cluster.conftest import NOT_COMPARED, SmallWorld
from last_mile_tests.cluster.machines import WORKERS, Machines, is_installed, machines
from last_mile_tests.cluster.s3 import lake_at, s3
from last_mile_tests.faults.command import until
from last_mile_tests.faults.person import failed, retries
from last_mile_tests.faults.tables import differing, tables_of

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not is_installed(), reason="Redis is not installed"),
]
_POLL_S, _PATIENCE_S = 0.5, 1200.0
_NOTICED_S = 40.0  # Celery waits ten seconds for the result of a process that is gone


@pytest.fixture(params=["one file", "lake"])
def storage(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mapping[str, str]]:
    """The variables that say where the tables are; the test, which looks at them, has the keys."""
    if request.param == "one file":
        yield {}
        return
    with s3() as address:
        variables = lake_at(address)
        for name in variables.keys() - {CATALOG, DATA}:  # the home notes these two
            monkeypatch.setenv(name, variables[name])
        yield variables


def test_two_workers_build_what_one_process_builds(
    tmp_path: Path,
    world: SmallWorld,
    storage: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with machines(tmp_path, storage) as group:
        build(group, world)
        began = group.began_steps()
        took = {worker: group.processes_of(worker) & began for worker in WORKERS}
        assert all(took.values()), took
        assert began == set().union(*took.values())
        assert retries(group.person.runs()) == 0
        for name, value in storage.items():  # to read the tables in this process
            monkeypatch.setenv(name, group.table.here(value))
        assert_same(group, world)


def test_the_run_of_a_killed_worker_process_is_made_again(
    tmp_path: Path, world: SmallWorld
) -> None:
    """As when a step takes more memory than there is: Celery says so and begins another process."""
    with machines(tmp_path, {}) as group:
        build(group, world, kill_one_at_work)
        assert retries(group.person.runs()) >= 1
        assert_same(group, world)


def build(
    group: Machines, world: SmallWorld, meanwhile: Callable[[Machines], None] = lambda _group: None
) -> None:
    """What a person clicks: landing, a backfill of all days, evidence, release."""
    Installation.at(group.home).save(Settings(str(world.drops), str(world.rubric)))
    days = sorted({day for day, _ in world.tables["conversations"]})
    must_succeed(group, "land_drops")
    backfill = group.person.launches_backfill("daily", days)
    meanwhile(group)
    until(
        lambda: group.person.sees_end_of_backfill(backfill) and not failed(group.person.runs()),
        f"the backfill does not end\n{group.said()}", _PATIENCE_S, _POLL_S,
    )  # fmt: skip
    must_succeed(group, "feedback_loop")
    must_succeed(group, "release")


def must_succeed(group: Machines, job: str) -> None:
    """A person launches a job, which succeeds."""
    run = group.person.launches(job)
    until(
        lambda: group.person.sees_end_of_run(run) is not None,
        f"{job} does not end\n{group.said()}", _PATIENCE_S, _POLL_S,
    )  # fmt: skip
    end = group.person.sees_end_of_run(run)
    assert end == "SUCCESS", f"{job}: {end}\n{group.said()}"


def kill_one_at_work(group: Machines) -> None:
    """`kill -9` of a process in the middle of a step; once more where it had just ended it."""
    for _ in range(3):
        until(lambda: _killed(group), "no step is executed", _PATIENCE_S, 0.05)
        noticed = time.monotonic() + _NOTICED_S
        while time.monotonic() < noticed:
            if any(run["status"] == "FAILURE" for run in group.person.runs()):
                return
            time.sleep(_POLL_S)
    pytest.fail(f"no run failed\n{group.said()}")


def _killed(group: Machines) -> bool:
    for pid in group.at_work():
        psutil.Process(pid).kill()
        return True
    return False


def assert_same(group: Machines, world: SmallWorld) -> None:
    """The tables are those of one process; how landings were numbered is no part of them."""
    found = tables_of(group.home, NOT_COMPARED)
    known = {name: rows for name, rows in world.tables.items() if name != "day_changes"}
    assert differing({name: found[name] for name in known}, known) == {}

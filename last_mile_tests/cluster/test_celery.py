"""A backfill whose steps are executed by two Celery workers makes the tables of one process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from last_mile.adapters.installation import Installation
from last_mile.adapters.lake_address import CATALOG, DATA, ENDPOINT
from last_mile_tests.cluster.conftest import NOT_COMPARED, SmallWorld
from last_mile_tests.cluster.machines import WORKERS, Machines, is_installed, lake_at, machines
from last_mile_tests.faults.command import until
from last_mile_tests.faults.person import failed, retries
from last_mile_tests.faults.tables import differing, tables_of
from last_mile_tests.servers.postgres import Postgres, postgres
from last_mile_tests.servers.refusing import Refusing
from last_mile_tests.servers.store import new_bucket, store

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not is_installed(), reason="Redis is not installed"),
]
_POLL_S, _PATIENCE_S = 0.5, 1200.0
_BETWEEN_KILLS_S = 20.0
_NOTICED_S = 40.0  # Celery waits ten seconds for the result of a process that is gone


@pytest.fixture
def on_lake(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The variables of a lake in a store; the test, which looks at the tables, has them too."""
    with store() as address:
        variables = lake_at(address, new_bucket(address))
        for name, value in variables.items():
            if name not in (CATALOG, DATA):  # the home notes these two
                monkeypatch.setenv(name, value)
        yield variables


def test_two_workers_build_what_one_process_builds(tmp_path: Path, world: SmallWorld) -> None:
    with machines(tmp_path, {}) as group:
        build(group, world)
        assert_both_worked(group)
        assert retries(group.person.runs()) == 0
        assert_same(group, world)


@pytest.mark.parametrize("which", ["world", "p4g"])
def test_on_a_lake_two_workers_build_what_one_process_builds_in_a_file(
    tmp_path: Path,
    which: str,
    on_lake: Mapping[str, str],
    request: pytest.FixtureRequest,
) -> None:
    world: SmallWorld = request.getfixturevalue(which)
    with machines(tmp_path, on_lake) as group:
        build(group, world)
        assert_both_worked(group)
        assert retries(group.person.runs()) == 0
        assert_same(group, world)


def test_the_run_of_a_killed_worker_process_is_made_again(
    tmp_path: Path, world: SmallWorld
) -> None:
    """As when a step takes more memory than there is: Celery says so and begins another process."""
    with machines(tmp_path, {}) as group:
        build(group, world, kill_one_at_work)
        assert retries(group.person.runs()) >= 1
        assert_same(group, world)


def test_on_a_lake_a_backfill_outlives_a_worker_the_catalog_and_a_store_that_refuses(
    tmp_path: Path,
    world: SmallWorld,
    on_lake: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process killed at work, the catalog killed every twenty seconds, a request in twenty 503.

    The catalog is a PostgreSQL of its own: Dagster's, which holds its runs, stays up.
    """
    with Refusing(on_lake[ENDPOINT], share=0.05, seed=1) as refusing, postgres() as catalog:
        lake = {**on_lake, CATALOG: catalog.new_database(), ENDPOINT: refusing.address}
        monkeypatch.setenv(ENDPOINT, refusing.address)
        with machines(tmp_path, lake) as group, killed_now_and_then(catalog) as kills:
            build(group, world, kill_one_at_work)
            assert retries(group.person.runs()) >= 1
            assert_same(group, world)
        assert len(kills) >= 3
        assert refusing.refused > 20


@contextmanager
def killed_now_and_then(server: Postgres) -> Iterator[list[float]]:
    """A PostgreSQL that goes away and comes back; the moments at which it was killed."""
    kills, over = list[float](), threading.Event()

    def kill() -> None:
        while not over.wait(_BETWEEN_KILLS_S):
            kills.append(time.monotonic())
            server.kill()
            time.sleep(1)
            server.start()

    with ThreadPoolExecutor(1) as other:
        killing = other.submit(kill)
        try:
            yield kills
        finally:
            over.set()
        killing.result()


def assert_both_worked(group: Machines) -> None:
    """Nobody but the two executed steps, and each did."""
    began = group.began_steps()
    took = {worker: group.processes_of(worker) & began for worker in WORKERS}
    assert all(took.values()), took
    assert began == set().union(*took.values())


def build(
    group: Machines, world: SmallWorld, meanwhile: Callable[[Machines], None] = lambda _group: None
) -> None:
    """What a person clicks: landing, a backfill of all days, evidence, release."""
    Installation.at(group.home).save(world.settings)
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

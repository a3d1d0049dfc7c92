"""`kill -9` of run workers, daemon and webserver during a backfill, which then goes on.

What is killed is started again. A run that was killed is re-executed from failure: by the daemon
where the instance says so, else as a person does it in the UI.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from last_mile_tests.faults.account import account_of
from last_mile_tests.faults.command import IN_FLIGHT, until
from last_mile_tests.faults.conftest import SMALL, Note
from last_mile_tests.faults.kills import Moment, Progress, draw
from last_mile_tests.faults.person import failed, retries
from last_mile_tests.faults.reference import Reference
from last_mile_tests.faults.services import CODE, DAEMON, WEBSERVER, WORKER, Services, services
from last_mile_tests.faults.world import DAYS, World

KILLS = 10
_VICTIMS = (WORKER, DAEMON, WEBSERVER)
_DAYS_SHARE = 0.6  # of all events are of days at least; landing, evidence, release make the others
_POLL_S = 0.2


@pytest.mark.faults
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_backfill_goes_on_whatever_of_dagster_is_killed(
    world: World, reference: Reference, note: Note, seed: int
) -> None:
    home, moments = world.folder / "home", draw(seed, KILLS, _VICTIMS)
    of_days = replace(reference, events=round(_DAYS_SHARE * reference.events))
    with services(world, home) as served:
        must_succeed(served, "land_drops")
        progress = Progress.now(world, home)
        backfill = served.person.launches_backfill("daily", [str(day) for day in DAYS])
        for moment in sorted(moments, key=lambda moment: moment.share):
            progress.until_passed(moment, of_days)
            _kill(served, moment)
        again = _finished(served, backfill)
        must_succeed(served, "feedback_loop")
        must_succeed(served, "release")
    account = account_of(world, home, reference.tables)
    killed = [moment.victim for moment in moments]
    note(WORKER, killed.count(WORKER), again, account)
    note(DAEMON, killed.count(DAEMON), 0)
    note(WEBSERVER, killed.count(WEBSERVER), 0)
    account.assert_clean()
    assert account.again <= killed.count(WORKER) * IN_FLIGHT


@pytest.mark.faults
def test_runs_whose_container_dies_are_made_again(
    small_world: World, small_reference: Reference, note: Note
) -> None:
    """The code server and every run it executes are gone at once, as after a reboot."""
    world, home = small_world, small_world.folder / "home"
    with services(world, home) as served:
        must_succeed(served, "land_drops")
        backfill = served.person.launches_backfill("daily", [str(day) for day in DAYS[:SMALL]])
        until(lambda: world.server.calls > IN_FLIGHT, f"no day is judged\n{served.said()}")
        killed = served.kill_with_workers()
        served.start(CODE)
        again = _finished(served, backfill)
        must_succeed(served, "feedback_loop")
        must_succeed(served, "release")
    account = account_of(world, home, small_reference.tables)
    note("code server with its runs", 1, again, account)
    account.assert_clean()
    assert account.again <= killed * IN_FLIGHT


def must_succeed(served: Services, job: str) -> None:
    """A person launches a job, which succeeds."""
    run = served.person.launches(job)
    until(
        lambda: served.person.sees_end_of_run(run) is not None,
        f"{job} does not end\n{served.said()}", poll_s=_POLL_S,
    )  # fmt: skip
    end = served.person.sees_end_of_run(run)
    assert end == "SUCCESS", f"{job}: {end}\n{served.said()}"


def _kill(served: Services, moment: Moment) -> None:
    if moment.victim == WORKER:
        until(served.kill_worker, f"no run to kill\n{served.said()}", 180)
        return
    served.kill(moment.victim)
    served.start(moment.victim)


def _finished(served: Services, backfill: str) -> int:
    """Wait for its end, executing failed runs again as a person does; how many were in all."""
    while True:
        until(
            lambda: served.person.sees_end_of_backfill(backfill),
            f"it does not end\n{served.said()}", poll_s=_POLL_S,
        )  # fmt: skip
        runs = served.person.runs()
        if not failed(runs):
            return retries(runs)
        for run in failed(runs):
            served.person.executes_again(run)

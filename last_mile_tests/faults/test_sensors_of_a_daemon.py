"""No fault at all: drops come in portions, and sensors of a real daemon carry them everywhere."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.faults.account import account_of
from last_mile_tests.faults.command import until
from last_mile_tests.faults.conftest import Note
from last_mile_tests.faults.reference import Reference
from last_mile_tests.faults.services import Services, services
from last_mile_tests.faults.test_kills_of_services import must_succeed
from last_mile_tests.faults.test_twice_at_once import SENSORS
from last_mile_tests.faults.world import DAYS, World

_PORTIONS = (f"conversations-{DAYS[0]}*", "labels*", f"conversations-{DAYS[1]}*", "outcomes*")
_PATIENCE_S = 900.0  # sensors tick every 30 s


@pytest.mark.faults
def test_the_sensors_of_a_daemon_build_what_a_command_builds(
    small_world: World, small_reference: Reference, note: Note
) -> None:
    world, home = small_world, small_world.folder / "home"
    to_come = world.folder / "to_come"
    shutil.copytree(world.drops, to_come)  # with the times of the files
    shutil.rmtree(world.drops)
    world.drops.mkdir()
    with services(world, home) as served:
        for sensor in SENSORS:
            served.person.switches_on(sensor)
        for portion in _PORTIONS:
            for file in to_come.glob(portion):
                shutil.copy2(file, world.drops)
            files = len(list(world.drops.iterdir()))
            until(
                lambda files=files: _is_carried(served, files),  # type: ignore[misc]
                f"{portion} is not carried\n{served.said()}", _PATIENCE_S, poll_s=2,
            )  # fmt: skip
        must_succeed(served, "feedback_loop")
        must_succeed(served, "release")
        assert all(process.poll() is None for process in served.running.values())
    account = account_of(world, home, small_reference.tables)
    # What the last landing of a day brought is told by the portions; that no day waits was seen.
    tables = {name: how for name, how in account.differing.items() if name != "day_changes"}
    account = replace(account, differing=tables)
    note("drops in portions, by sensors", len(_PORTIONS), 0, account)
    account.assert_clean()
    assert account.again == 0


def _is_carried(served: Services, files: int) -> bool:
    """Whether every file is landed, no day waits to be built, and no run goes on."""
    if not served.person.sees_rest():
        return False
    warehouse = Warehouse(home=str(served.home))
    waiting = warehouse.read("changed_days").filter(is_built=False)
    waiting = waiting.filter(waiting["work"] != "recorded_labels")
    return warehouse.read("log_files").height == files and waiting.is_empty()

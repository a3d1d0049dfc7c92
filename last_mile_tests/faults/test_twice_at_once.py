"""Two sensors tick at once, two daemons run by mistake, a command beside them: all once only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest

from last_mile.adapters.installation import Settings
from last_mile.adapters.warehouse import Warehouse
from last_mile.defs.sensors import new_log_drops
from last_mile_tests.adapters.judge.processes import ended, judging_process
from last_mile_tests.adapters.judge.world import assert_books_balance, judged_world, verdicts
from last_mile_tests.defs.watched import Watched
from last_mile_tests.faults.account import account_of, landed
from last_mile_tests.faults.command import must_finish, said, started, until
from last_mile_tests.faults.conftest import Note
from last_mile_tests.faults.reference import Reference
from last_mile_tests.faults.services import DAEMON, SECOND_DAEMON, services
from last_mile_tests.faults.world import World
from last_mile_tests.judge_server import judge_server

SENSORS = (
    "new_log_drops", "new_outcome_drops", "new_label_drops", "carry_changed_days",
)  # fmt: skip


def test_two_ticks_at_once_ask_for_the_same_and_land_each_line_once(small_world: World) -> None:
    state = small_world.folder / "state"  # on a disk: the one in memory is no place for two threads
    state.mkdir()
    with dg.DagsterInstance.local_temp(str(state)) as instance:
        (small_world.folder / "watched").mkdir()
        watched = Watched(small_world.folder / "watched", instance)
        warehouse = watched.warehouse
        settings = Settings(str(small_world.drops), str(small_world.rubric))
        warehouse.installation.save(settings)
        cursor = _tick(warehouse, instance, None).cursor  # seen for the first time
        with ThreadPoolExecutor(2) as daemons:
            both = list(daemons.map(lambda _: _tick(warehouse, instance, cursor), range(2)))
            first, second = both
            assert first.run_requests
            assert _keys(first) == _keys(second)
            assert first.cursor == second.cursor
            requests = [*first.run_requests, *(second.run_requests or ())]
            list(daemons.map(watched.run, requests))  # as if there were no run keys
    for kind in ("outcomes", "labels"):
        assert warehouse.read("log_files").filter(kind=kind).is_empty()
    assert landed(warehouse, "conversation_logs") == (small_world.lines("conversations"), 0)


def test_two_runs_of_one_day_at_once_ask_the_judge_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = judged_world(tmp_path, 40, in_flight=4)
    with judge_server(latency_s=0.05) as server:
        monkeypatch.setenv("OPENAI_API_BASE", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "no-key")
        assert ended(*(judging_process(warehouse, run) for run in ("r1", "r2"))) == [0, 0]
        assert_books_balance(warehouse, server)
        assert server.paid == 40
    assert verdicts(warehouse).height == 80


@pytest.mark.faults
def test_two_daemons_and_a_command_at_once_do_nothing_twice(
    world: World, reference: Reference, note: Note
) -> None:
    home = world.folder / "home"
    with services(world, home, more=(SECOND_DAEMON,)) as served:
        for sensor in SENSORS:
            served.person.switches_on(sensor)
        until(lambda: world.server.calls > 0, f"no day is built\n{served.said()}")
        run = started(world, home)
        assert run.wait() == 0, said(world)
        until(served.person.sees_rest, f"runs do not end\n{served.said()}", poll_s=1)
        assert set(served.running) > {DAEMON, SECOND_DAEMON}
        assert all(process.poll() is None for process in served.running.values())
    must_finish(world, home)
    account = account_of(world, home, reference.tables)
    note("two daemons and a command", 1, 0, account)
    account.assert_clean()
    assert account.again == 0


def _tick(
    warehouse: Warehouse, instance: dg.DagsterInstance, cursor: str | None
) -> dg.SensorResult:
    context = dg.build_sensor_context(instance=instance, cursor=cursor)
    result = new_log_drops(context, warehouse=warehouse)
    assert isinstance(result, dg.SensorResult)
    return result


def _keys(result: dg.SensorResult) -> list[str | None]:
    return [request.run_key for request in result.run_requests or ()]

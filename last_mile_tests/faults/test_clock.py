"""The clock passes midnight UTC in a run, is set back, or says it is still the day before."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.faults.account import account_of
from last_mile_tests.faults.clock import with_clock
from last_mile_tests.faults.command import finish, must_finish, said, started
from last_mile_tests.faults.conftest import Note
from last_mile_tests.faults.kills import Moment, Progress
from last_mile_tests.faults.reference import Reference
from last_mile_tests.faults.world import DAYS, World

BEFORE = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
AFTER = datetime(2026, 3, 2, 0, 0, 3, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)
_SEEN_S = 1.5  # until running processes see another clock


@pytest.mark.faults
@pytest.mark.parametrize(
    ("first", "second"),
    [(BEFORE, AFTER), (AFTER, AFTER - AN_HOUR)],
    ids=["passes midnight", "is set back over midnight"],
)
def test_a_run_in_which_the_clock_changes_ends_like_any_other(
    first: datetime, second: datetime, small_world: World, small_reference: Reference, note: Note
) -> None:
    world, clock = with_clock(small_world, first)
    home, progress = world.folder / "home", Progress.now(small_world, small_world.folder / "home")
    run = started(world, home)
    moment = Moment(0.5, by_calls=True, victim="clock")
    progress.until_passed(moment, small_reference, lambda: run.poll() is not None)
    assert run.poll() is None, said(world)
    clock.set(second)
    assert run.wait() == 0, said(world)
    sent = Warehouse(home=str(home)).read("judge_calls")["sent_at"]
    assert {moment.date() for moment in sent} == {first.date(), second.date()}
    account = account_of(world, home, small_reference.tables)
    note("clock changes", 1, 0, account)
    account.assert_clean()
    assert account.again == 0


@pytest.mark.faults
def test_today_is_a_day_like_any_other_and_lines_of_tomorrow_come_tomorrow(
    small_world: World, small_reference: Reference, note: Note
) -> None:
    newest = DAYS[1]
    before = datetime(newest.year, newest.month, newest.day, tzinfo=UTC) - timedelta(minutes=30)
    world, clock = with_clock(small_world, before)
    home = world.folder / "home"
    ended = finish(world, home)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    clock.set(before + timedelta(days=20))
    time.sleep(_SEEN_S)
    must_finish(world, home)
    account = account_of(world, home, small_reference.tables)
    note("clock changes", 1, 1, account)
    account.assert_clean()
    assert account.again == 0

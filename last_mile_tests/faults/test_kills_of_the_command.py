"""`kill -9` of `last-mile run`, or of its workers: the same command again finishes everything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from last_mile_tests.faults.account import account_of
from last_mile_tests.faults.command import (
    IN_FLIGHT,
    kill_a_worker,
    kill_group,
    must_finish,
    said,
    started,
)
from last_mile_tests.faults.conftest import Note
from last_mile_tests.faults.kills import Moment, Progress, draw
from last_mile_tests.faults.reference import Reference
from last_mile_tests.faults.world import World

RUN, STEP = "last-mile run", "step of last-mile run --parallel"
IN_PARALLEL = ("--parallel", "2")


@pytest.mark.faults
def test_a_command_killed_four_times_ends_like_one_that_was_not(
    small_world: World, small_reference: Reference, note: Note
) -> None:
    _disturbed(small_world, small_reference, note, draw(1, 4, (RUN,)))


@pytest.mark.faults
def test_a_command_killed_again_and_again_ends_like_one_that_was_not(
    world: World, reference: Reference, note: Note
) -> None:
    _disturbed(world, reference, note, draw(2, 10, (RUN,)))


@pytest.mark.faults
def test_a_command_in_several_processes_any_of_which_is_killed_ends_like_one_that_was_not(
    world: World, reference: Reference, note: Note
) -> None:
    _disturbed(world, reference, note, draw(3, 10, (RUN, STEP, STEP)), IN_PARALLEL)


def _disturbed(
    world: World,
    reference: Reference,
    note: Note,
    moments: Sequence[Moment],
    more: Sequence[str] = (),
) -> None:
    """A backfill that is killed so many times, then finished."""
    home = world.folder / "home"
    killed = [_killed(world, home, moment, reference, more) for moment in moments]
    must_finish(world, home)
    account = account_of(world, home, reference.tables)
    for n, victim in enumerate(sorted(set(killed))):
        times = killed.count(victim)
        note(victim, times, times, None if n else account)
    account.assert_clean()
    assert "" not in killed, said(world)
    assert account.again <= len(killed) * IN_FLIGHT * (2 if more else 1)


def _killed(
    world: World, home: Path, moment: Moment, reference: Reference, more: Sequence[str]
) -> str:
    """Start the command and kill what is to be killed when the moment comes.

    Returns:
        What was killed: the whole command when it had no worker then; nothing: it had ended before.
    """
    progress = Progress.now(world, home)
    run = started(world, home, *more)
    progress.until_passed(moment, reference, lambda: run.poll() is not None)
    if moment.victim == STEP and kill_a_worker(run):
        assert run.wait() == 1, said(world)
        assert "was killed, perhaps for want of memory; run it again" in said(world)
        return STEP
    return RUN if kill_group(run) else ""

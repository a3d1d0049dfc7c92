"""The disk of an installation is full: a sentence that says so, nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from last_mile_tests.faults.account import account_of
from last_mile_tests.faults.command import must_finish, said, started
from last_mile_tests.faults.conftest import Note
from last_mile_tests.faults.kills import Moment, Progress
from last_mile_tests.faults.reference import Reference
from last_mile_tests.faults.small_disk import small_disk
from last_mile_tests.faults.tables import half_written
from last_mile_tests.faults.world import World

MIB = 512
WHILE = {
    "landing": Moment(0.0, by_calls=False, victim="disk"),
    "judging": Moment(0.3, by_calls=True, victim="disk"),
    "building days": Moment(0.4, by_calls=False, victim="disk"),
    "evidence": Moment(0.75, by_calls=False, victim="disk"),
}


@pytest.mark.faults
def test_a_disk_that_fills_up_under_the_journal_of_the_judge_stops_the_run_with_a_sentence(
    small_world: World, small_reference: Reference, note: Note
) -> None:
    elsewhere = small_world.folder / "dagster"  # Dagster can still write: the journal cannot
    elsewhere.mkdir()
    world = replace(small_world, variables={"DAGSTER_HOME": str(elsewhere)})
    _filled("judging", world, small_reference, note)


@pytest.mark.faults
@pytest.mark.parametrize("when", ["landing", "judging", "building days", "evidence"])
def test_a_disk_that_fills_up_at_any_time_stops_the_run_with_a_sentence(
    when: str, small_world: World, small_reference: Reference, note: Note
) -> None:
    _filled(when, small_world, small_reference, note)


@pytest.mark.faults
@pytest.mark.parametrize(("n", "left"), [(5, 0), (10, 0), (20, 0), (30, 0), (10_000, 1 << 21)])
def test_a_commit_that_deletes_and_adds_keys_does_not_end_the_process(
    tmp_path: Path, n: int, left: int
) -> None:
    """DuckDB alone does that where the last write of the commit is the one without room."""
    with small_disk(tmp_path / "disk", 256) as disk:
        command = [sys.executable, "-m", "last_mile_tests.faults.commit"]
        command += [str(disk.folder / "home"), str(disk.folder / "ballast"), str(n), str(left)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "No space left on device\n"), done.stderr


def _filled(when: str, world: World, reference: Reference, note: Note) -> None:
    with small_disk(world.folder / "disk", MIB) as disk:
        home = disk.folder / "home"
        progress, moment = Progress.now(world, home), WHILE[when]
        run = started(world, home)
        progress.until_passed(moment, reference, lambda: run.poll() is not None)
        assert run.poll() is None, said(world)
        disk.fill()
        assert run.wait() == 1, said(world)
        disk.give_back()
        sentence = said(world).strip().splitlines()[-1]
        assert half_written(home, reference.tables) == {}
        must_finish(world, home)
        account = account_of(world, home, reference.tables)
    note("disk full", 1, 1, account)
    account.assert_clean()
    assert "no space" in sentence.lower() or "disk is full" in sentence.lower(), sentence
    assert "unexpected" not in sentence, sentence

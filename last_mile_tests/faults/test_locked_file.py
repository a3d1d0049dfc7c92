"""The database file is open in another program: waited for, and after a while a sentence."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from last_mile.adapters.warehouse import Warehouse
from last_mile.errors import PassingError
from last_mile_tests.faults.account import account_of
from last_mile_tests.faults.command import must_finish, said, started, until
from last_mile_tests.faults.conftest import Note
from last_mile_tests.faults.reference import Reference
from last_mile_tests.faults.world import World

_HOLD = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
time.sleep(float(sys.argv[2]))
"""


@contextmanager
def _held(database: Path, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Another program that has the database open for so long."""
    command = [sys.executable, "-c", _HOLD, str(database), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        try:
            yield other
        finally:
            other.kill()


def test_a_file_that_is_open_elsewhere_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    warehouse = Warehouse(home=str(tmp_path))
    assert warehouse.read("log_files").is_empty()
    with _held(warehouse.installation.warehouse, 3):
        started_at = time.monotonic()
        assert warehouse.read("log_files").is_empty()
        assert time.monotonic() - started_at > 2


def test_a_file_that_stays_open_elsewhere_is_named_with_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse(home=str(tmp_path))
    assert warehouse.read("log_files").is_empty()
    monkeypatch.setattr("last_mile.adapters.warehouse.database._PATIENCE_S", 0.5)
    database = warehouse.installation.warehouse
    with _held(database, 60), pytest.raises(PassingError, match="open in another program") as told:
        warehouse.read("log_files")
    assert str(database) in str(told.value)
    assert "close it there" in str(told.value)
    assert warehouse.read("log_files").is_empty()


@pytest.mark.faults
def test_a_run_whose_file_is_opened_elsewhere_for_a_moment_ends_like_any_other(
    small_world: World, small_reference: Reference, note: Note
) -> None:
    home = small_world.folder / "home"
    run = started(small_world, home)
    until(lambda: small_world.server.calls > 0, "the judge is not asked")
    times = 0
    while run.poll() is None and times < 3:
        times += _opened_elsewhere(home / "warehouse.duckdb")
    assert run.wait() == 0, said(small_world)
    must_finish(small_world, home)
    account = account_of(small_world, home, small_reference.tables)
    note("database file locked", times, 0, account)
    account.assert_clean()
    assert times
    assert account.again == 0


def _opened_elsewhere(database: Path) -> bool:
    """Have it opened by another program for two seconds; False: it was busy."""
    command = [sys.executable, "-c", _HOLD, str(database), "2"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0

"""Writers of a lake at once: of different days, of one day, of a day while others go on and on."""

from __future__ import annotations

import multiprocessing
import threading
import time
from contextlib import suppress
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import polars as pl
import pytest

from last_mile.adapters.warehouse import Connection, Days, Warehouse, lake
from last_mile.adapters.warehouse.writing import swap_in
from last_mile_tests.lake.rows import FIRST, SECOND, flags


def _overwrite(home: str, name: str, day: date, times: int) -> None:
    warehouse = Warehouse(home=home)
    for n in range(times):
        rows = flags(*(f"{name}-{i}" for i in range(20)), day=day, evidence=f"{name}-{n}")
        warehouse.replace("heuristic_flags", rows, _alone(day))


def _at_once(home: Path, days: list[date], times: int) -> None:
    """One process a day writes it over and over."""
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_overwrite, args=(str(home), f"w{n}", day, times))
        for n, day in enumerate(days)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(600)
    assert [worker.exitcode for worker in workers] == [0] * len(workers)


def test_four_workers_overwrite_four_days_at_once(in_folder: Path) -> None:
    days = [FIRST + timedelta(days=n) for n in range(4)]
    _at_once(in_folder, days, times=8)
    rows = Warehouse(home=str(in_folder)).read("heuristic_flags")
    assert rows.group_by("day").len().sort("day").rows() == [(day, 20) for day in days]
    assert set(rows["evidence"]) == {f"w{n}-7" for n in range(4)}


def test_four_workers_overwrite_one_empty_day_at_once(in_folder: Path) -> None:
    _at_once(in_folder, [FIRST] * 4, times=4)
    rows = Warehouse(home=str(in_folder)).read("heuristic_flags")
    assert rows.height == 20
    assert rows["evidence"].n_unique() == 1


def _meet(home: Path, days: list[date], patience_s: float) -> tuple[list[int], pl.DataFrame]:
    """Writers of days that wait, before they commit, for the others to come as far.

    Returns:
        How many had come as far when each went on, and the rows. Each has done its work once.
    """
    database, barrier = Warehouse(home=str(home))._database, threading.Barrier(len(days))
    database.read(lambda connection: connection.execute("from log_files limit 1"))
    met, tries = list[int](), list[str]()

    def write(name: str, day: date) -> None:
        def work(connection: Connection) -> None:
            tries.append(name)
            connection.register("incoming", flags(name, day=day).to_arrow())
            swap_in(connection, "heuristic_flags", _alone(day), None)
            with suppress(threading.BrokenBarrierError):
                barrier.wait(timeout=patience_s)
                met.append(len(days))

        database.write(["heuristic_flags"], _alone(day), work)

    threads = [threading.Thread(target=write, args=(f"w{n}", day)) for n, day in enumerate(days)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(tries) == [f"w{n}" for n in range(len(days))]
    return met, Warehouse(home=str(home)).read("heuristic_flags")


def test_writers_of_one_empty_day_wait_for_each_other(in_folder: Path) -> None:
    met, rows = _meet(in_folder, [FIRST, FIRST], patience_s=3)
    assert met == []
    assert rows.height == 1


def test_writers_of_days_that_hold_rows_wait_for_each_other_and_are_not_done_again(
    in_folder: Path,
) -> None:
    """DuckLake would let the later one fail, wherever in the table its day is."""
    warehouse = Warehouse(home=str(in_folder))
    for day in (FIRST, SECOND):
        _replace(warehouse, day, f"before {day}")
    met, rows = _meet(in_folder, [FIRST, SECOND], patience_s=3)
    assert met == []
    assert sorted(rows["conversation_id"]) == ["w0", "w1"]


def test_writers_of_different_empty_days_do_not_wait(in_folder: Path) -> None:
    met, rows = _meet(in_folder, [FIRST, SECOND], patience_s=60)
    assert met == [2, 2]
    assert sorted(rows["conversation_id"]) == ["w0", "w1"]


def test_without_locks_ducklake_keeps_the_rows_of_both(
    in_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pinned: the day it fails the locks may not be needed any more (docs/decisions/0012)."""
    monkeypatch.setattr(lake, "locks_for", lambda _tables, _days: [])
    met, rows = _meet(in_folder, [FIRST, FIRST], patience_s=60)
    assert met == [2, 2]
    assert rows.height == 2


def test_a_long_write_is_done_again_once_however_many_short_ones_overtake_it(
    in_folder: Path,
) -> None:
    """Each short one moves a row to a day that holds none: it deletes, and shares the table."""
    warehouse = Warehouse(home=str(in_folder))
    over, tries = threading.Event(), list[int]()

    def write_short_ones() -> None:
        other, days = Warehouse(home=str(in_folder)), count(1)
        while not over.is_set():
            _replace(other, FIRST + timedelta(days=next(days)), "short")

    def work(connection: Connection) -> None:
        tries.append(len(tries))
        connection.register("incoming", flags("long", day=FIRST, evidence="long").to_arrow())
        swap_in(connection, "heuristic_flags", _alone(FIRST), None)
        time.sleep(1.5)

    others = threading.Thread(target=write_short_ones)
    others.start()
    try:
        warehouse._database.write(["heuristic_flags"], _alone(FIRST), work)
    finally:
        over.set()
        others.join()
    assert tries == [0, 1]
    rows = warehouse.read("heuristic_flags").sort("day")
    assert rows["evidence"].to_list() == ["long", "short"]


def _replace(warehouse: Warehouse, day: date, name: str) -> None:
    warehouse.replace("heuristic_flags", flags(name, day=day, evidence=name), _alone(day))


def _alone(day: date) -> Days:
    return Days(day, day + timedelta(days=1))

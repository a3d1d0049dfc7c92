"""What a lake must survive: a store that refuses, a catalog that restarts, workers that are killed.

After each the tables are as if nothing had happened.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path

import duckdb
import polars as pl
import pytest

from last_mile.adapters.lake_address import ENDPOINT, given_lake
from last_mile.adapters.warehouse import Days, Warehouse, lake_tables, lake_tries
from last_mile.adapters.warehouse.drift import renew_views
from last_mile.adapters.warehouse.lake import forget
from last_mile.errors import PassingError
from last_mile_tests.lake.rows import FIRST, flags
from last_mile_tests.servers.postgres import Postgres, postgres
from last_mile_tests.servers.refusing import Refusing

N_DAYS, ROUNDS = 4, 6
SPAN = [FIRST + timedelta(days=n) for n in range(N_DAYS)]


def _write_all(home: str, rounds: int = ROUNDS) -> None:
    """Replace every day, over and over."""
    warehouse = Warehouse(home=home)
    for n in range(rounds):
        for day in SPAN:
            rows = flags(*(f"{day}-{i}" for i in range(50)), day=day, evidence=f"round {n}")
            warehouse.replace("heuristic_flags", rows, Days(day, day + timedelta(days=1)))


def _require_whole(home: Path, evidence: set[str]) -> None:
    rows = Warehouse(home=str(home)).read("heuristic_flags")
    assert rows.group_by("day").len().sort("day").rows() == [(day, 50) for day in SPAN]
    assert set(rows["evidence"]) <= evidence
    rounds = rows.group_by("day").agg(pl.col("evidence").n_unique())
    assert rounds["evidence"].to_list() == [1] * N_DAYS


def _writer(home: Path, rounds: int) -> BaseProcess:
    worker = multiprocessing.get_context("spawn").Process(
        target=_write_all, args=(str(home), rounds)
    )
    worker.start()
    return worker


def test_a_store_that_refuses_one_request_in_twenty(
    in_store: Path, objects: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Refusing(objects, share=0.05, seed=1) as proxy:
        monkeypatch.setenv(ENDPOINT, proxy.address)
        _write_all(str(in_store))
        _require_whole(in_store, {f"round {ROUNDS - 1}"})
        assert proxy.refused > 3
        assert proxy.passed > 50


def test_a_store_that_refuses_everything_is_said_to_be_away(
    in_store: Path, objects: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Warehouse(home=str(in_store)).read("heuristic_flags")
    forget(given_lake())
    monkeypatch.setattr(lake_tries, "_PATIENCE_S", 1.0)
    with Refusing(objects, share=1.0, seed=1) as proxy:
        monkeypatch.setenv(ENDPOINT, proxy.address)
        with pytest.raises(PassingError, match="could not be worked with"):
            _write_all(str(in_store), rounds=1)


def test_a_catalog_that_is_killed_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres() as server:
        monkeypatch.setenv("LAST_MILE_LAKE", server.new_database())
        monkeypatch.setenv("LAST_MILE_LAKE_DATA", str(tmp_path / "data"))
        home = tmp_path / "home"
        Warehouse(home=str(home)).read("heuristic_flags")
        failed = list[Exception]()
        pause_after = lake_tries.Tries.pause_after

        def noted(tries: lake_tries.Tries, error: Exception) -> float | None:
            failed.append(error)
            return pause_after(tries, error)

        monkeypatch.setattr(lake_tries.Tries, "pause_after", noted)
        with ThreadPoolExecutor(1) as other:
            killings = other.submit(_kill_now_and_then, server, 4)
            while not killings.done():
                _write_all(str(home), rounds=1)
            killings.result()
        _write_all(str(home), rounds=2)
        _require_whole(home, {"round 1"})
        assert len(failed) >= 2  # a killing may fall into a pause after another


def test_a_catalog_that_is_killed_while_tables_are_made_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = count()

    def killed_at_first(connection: duckdb.DuckDBPyConnection) -> None:
        if not next(times):
            server.kill()
            server.start()
        renew_views(connection)

    monkeypatch.setattr(lake_tables, "renew_views", killed_at_first)
    with postgres() as server:
        monkeypatch.setenv("LAST_MILE_LAKE", server.new_database())
        monkeypatch.setenv("LAST_MILE_LAKE_DATA", str(tmp_path / "data"))
        assert Warehouse(home=str(tmp_path / "home")).read("heuristic_flags").is_empty()
    assert next(times) == 2


def _kill_now_and_then(server: Postgres, times: int) -> None:
    for _ in range(times):
        time.sleep(0.7)
        server.kill()
        time.sleep(0.3)
        server.start()


def test_writers_that_are_killed_leave_whole_days_and_no_lock(in_folder: Path) -> None:
    """Ten are killed at other moments; every day holds all rows of one round, and is free."""
    _write_all(str(in_folder), rounds=1)
    for n in range(10):
        worker = _writer(in_folder, rounds=1000)
        time.sleep(2.5 + 0.13 * n)
        os.kill(worker.pid or 0, signal.SIGKILL)
        worker.join()
        rows = Warehouse(home=str(in_folder)).read("heuristic_flags")
        assert rows.height == 50 * N_DAYS
        assert rows.select("day", "evidence").n_unique() == N_DAYS
    _write_all(str(in_folder), rounds=1)
    _require_whole(in_folder, {"round 0"})

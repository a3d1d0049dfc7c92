"""A user taken out of a lake: the tables are those of a file, and nothing the lake keeps says them.

Not here: which rows go (adapters/test_erasure.py), what the command says (test_erase_command.py).
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import psycopg2
import pytest
from click.testing import CliRunner

from last_mile.adapters.erasure import erase
from last_mile.adapters.installation import Installation
from last_mile.adapters.judge.journal import Journal
from last_mile.adapters.lake_address import CATALOG, Lake, lake_of
from last_mile.adapters.warehouse import Days, lake_erasing
from last_mile.adapters.warehouse.extensions import load_extensions
from last_mile.adapters.warehouse.lake_locks import connected
from last_mile.cli.erase import erase as erase_command
from last_mile.errors import UserError
from last_mile_tests.adapters.erasable import (
    CHECKS,
    EVER,
    MINE,
    NOW,
    OTHER,
    SECRET,
    USER,
    home_with,
    judge_call,
    land_again,
    naming,
    rows_of,
    two_users,
    unequal,
    warehouse_of,
)
from last_mile_tests.scenario import conversation, json_lines, label, outcome
from last_mile_tests.servers.postgres import Postgres

NAMES = (USER, "mine-1", SECRET)
DRAWN = {"erased_keys", "erasures", "judge_calls"}  # of random salts and names
CELL = {"outcome": "hired", "model": "m1", "surface": "-", "stratum": ["-"], "stratum_of": ["s"],
        "judge_weight": 1.0, "matured": False, "event": False, "followup_day": 1, "n": 1,
        "day": date(2026, 1, 7)}  # fmt: skip
STATISTICS = "ducklake_file_column_stats", "ducklake_table_column_stats", "pg_statistic"


@pytest.fixture(params=["in_folder", "in_store"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Installation:
    request.getfixturevalue(request.param)
    return two_users(tmp_path)


@pytest.fixture
def in_files(in_folder: Path, tmp_path: Path) -> Installation:
    assert in_folder
    return two_users(tmp_path)


def _tables(home: Installation) -> dict[str, list[str]]:
    return {
        table: sorted(json.dumps(row, default=repr, sort_keys=True) for row in rows)
        for table, rows in rows_of(home).items()
        if table not in DRAWN
    }


def _kept(home: Installation) -> bytes:
    """All that the lake keeps: rows and bytes of every Parquet file, the catalog and its files."""
    where = lake_of(home.home)
    assert where

    def of_files(connection: duckdb.DuckDBPyConnection) -> bytes:
        every = f"('{where.data}**/*.parquet')"
        rows = repr(
            [
                connection.execute("from read_parquet(?)", [file]).fetchall()
                for (file,) in connection.execute(f"select file from glob{every}").fetchall()
            ]
        )
        blobs = connection.execute(f"select content from read_blob{every}").fetchall()
        return rows.encode() + b"".join(blob for (blob,) in blobs)

    return warehouse_of(home).look(of_files) + _catalog(where.catalog)


def _catalog(address: str) -> bytes:
    with psycopg2.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables "
                       "where table_schema = 'public'")  # fmt: skip
        found = list[Any]()
        for (table,) in cursor.fetchall():
            cursor.execute(f"select * from {table}")
            found += cursor.fetchall()
        connection.commit()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("checkpoint")
        data = repr(found).encode()
        for table in STATISTICS:
            cursor.execute("select pg_read_binary_file(pg_relation_filepath(%s))", [table])
            data += bytes(cursor.fetchall()[0][0])
    connection.close()
    return data


def _said(home: Installation) -> set[str]:
    kept = _kept(home)
    return {name for name in NAMES if name.encode() in kept}


def test_the_tables_are_those_of_a_file(
    lake: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(CATALOG)  # the home of the lake has noted it
    twin = Installation.at(tmp_path / "twin")
    twin.save(lake.settings())
    land_again(twin)
    for home in (lake, twin):
        warehouse_of(home).keep(
            "judge_calls", pl.DataFrame([judge_call("mine-1", result="answered", cost_nano=7)])
        )
        warehouse_of(home).replace("stat_cells", pl.DataFrame([CELL]))
        warehouse_of(home).note_built(EVER, ["day"], warehouse_of(home).last_change())
    assert _tables(lake) == _tables(twin)
    removed = erase(lake, USER, NOW).removed
    assert removed == erase(twin, USER, NOW).removed
    assert removed["conversation_logs"] == 2
    assert _tables(lake) == _tables(twin)
    for home in (lake, twin):
        (noted,) = rows_of(home)["erasures"]
        assert json.loads(noted["removed"]) == removed
    for home in (lake, twin):
        (call,) = rows_of(home)["judge_calls"]
        assert (call["cost_nano"], call["conversation_id"][:7]) == (7, "erased-")
        assert rows_of(home)["stat_cells"] == []  # nobody else is on that day
    assert len(rows_of(lake)["erased_keys"]) == len(rows_of(twin)["erased_keys"]) > 1
    assert [unequal(warehouse_of(lake), *check) for check in CHECKS] == [[], [], []]


def test_no_file_no_snapshot_and_no_bound_of_a_column_says_them(lake: Installation) -> None:
    _analyze(lake)
    assert _said(lake) == set(NAMES)  # or the next line could not fail
    erase(lake, USER, NOW)
    assert _said(lake) == set()
    assert OTHER.encode() in _kept(lake)
    count = "select count(*) from ducklake_snapshots('warehouse')"
    assert warehouse_of(lake).look(lambda found: found.execute(count).fetchall()) == [(1,)]


@pytest.mark.parametrize(
    ("made", "role", "said"),
    [
        ("create database {name} owner lake", "reader", "only the owner of the database"),
        (
            "create database {name} template template0 encoding latin1 locale 'C'", "lake",
            "is in LATIN1",
        ),
    ],
)  # fmt: skip
def test_a_catalog_that_could_not_be_cleared_is_refused_first(
    made: str, role: str, said: str, catalogs: Postgres, tmp_path: Path
) -> None:
    name = f"refused_{role}"
    with closing(psycopg2.connect(catalogs.url("postgres"))) as connection:
        connection.autocommit = True
        connection.cursor().execute(made.format(name=name))
        if role != "lake":
            connection.cursor().execute(f"create role {role} login")
    lake = Lake(catalogs.url(name).replace("lake@", f"{role}@"), str(tmp_path), None)
    with pytest.raises(UserError, match=said):
        lake_erasing.require_erasable(lake, tmp_path)
    assert not list(tmp_path.iterdir())
    assert catalogs.rows(name, "select 1 from pg_tables where schemaname = 'public'") == []


def test_older_snapshots_end_for_a_stranger_too_and_this_is_said(in_files: Installation) -> None:
    count = "select count(*) > 1 from ducklake_snapshots('warehouse')"
    for status, answer, are_more in ((1, "n", True), (0, "y", False)):
        arguments = ["--home", str(in_files.home), "--user", "stranger", "--even-if-unknown"]
        done = CliRunner().invoke(erase_command, arguments, input=answer)
        assert done.exit_code == status
        assert "End all older snapshots of the lake?" in done.output
        assert ("snapshots of the lake ended" in done.output) is not are_more
        found = warehouse_of(in_files).look(lambda it: it.execute(count).fetchall())
        assert found == [(are_more,)]
    again = CliRunner().invoke(erase_command, arguments)
    assert "they were erased on" in again.output
    assert "End all" not in again.output


def _analyze(home: Installation) -> None:
    """As PostgreSQL does by itself after a while: it keeps examples of the values of columns."""
    where = lake_of(home.home)
    assert where
    with psycopg2.connect(where.catalog) as connection, connection.cursor() as cursor:
        cursor.execute("analyze")
    connection.close()


@pytest.mark.usefixtures("in_folder")
def test_other_days_are_read_after_the_newest_one_went_and_another_came(tmp_path: Path) -> None:
    """The user is alone on the last day: a file that loses all its rows, and its bounds."""
    others = [
        conversation(f"theirs-{n}", user_id=OTHER, started_at=f"2026-01-0{n}T10:00:00Z")
        for n in (1, 2, 3)
    ]
    last = {**MINE, "started_at": "2026-01-09T10:00:00Z"}
    home = home_with(tmp_path, [*others, last], [outcome("theirs-1")], [label("theirs-1")])
    first = Days(date(2026, 1, 1), date(2026, 1, 4))
    erase(home, USER, NOW)
    later = conversation("zz-later", user_id=OTHER, started_at="2026-01-20T10:00:00Z")
    Path(home.settings().drops, "conversations-2.jsonl").write_bytes(json_lines([later]))
    land_again(home)
    warehouse = warehouse_of(home)
    assert warehouse.read("conversations", first).height == len(others)
    assert warehouse.read("conversations", EVER).height == len(others) + 1
    for table in ("conversations", "conversation_logs"):
        named = f"select count(*) from {table} where conversation_id = 'theirs-1'"
        assert warehouse.look(lambda found, q=named: found.execute(q).fetchall()) == [(1,)]  # type: ignore[misc]
    assert _said(home) == set()


def test_a_process_that_knew_the_bounds_of_before_does_not_write_them_again(
    in_files: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = lake_of(in_files.home)
    assert where
    with duckdb.connect() as other:  # of another process
        load_extensions(other)
        at = f"data_path '{where.data}', data_inlining_row_limit 0"
        other.execute(f"attach 'ducklake:postgres:{where.catalog}' as lake ({at})")
        others = "select * replace ('theirs-1' as conversation_id) from lake.duplicate_lines"
        other.execute(f"create table one as {others}")

        def read_and_connect(lake: Lake) -> AbstractContextManager[Any]:
            """What the purge does last is to change bounds, by a connection to the catalog."""
            other.execute("from lake.duplicate_lines where conversation_id = 'x'").fetchall()
            return connected(lake)

        monkeypatch.setattr(lake_erasing, "connected", read_and_connect)
        erase(in_files, USER, NOW)
        other.execute("insert into lake.duplicate_lines from one")
    assert _said(in_files) == set()


def test_what_arrives_of_them_later_is_refused(in_files: Installation) -> None:
    erase(in_files, USER, NOW)
    drops = Path(in_files.settings().drops)
    (drops / "conversations-2.jsonl").write_bytes(
        json_lines([MINE, {**MINE, "conversation_id": "mine-2"}])
    )
    land_again(in_files)
    assert naming(in_files, *NAMES, "mine-2") == set()
    assert _said(in_files) == set()
    (file,) = (row for row in rows_of(in_files)["log_files"] if row["file"].endswith("-2.jsonl"))
    assert (file["accepted"], file["rejected"]) == (0, 2)


def test_an_erasure_that_was_stopped_after_its_transaction_is_ended_by_the_next(
    in_files: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, pytest.raises(OSError, match="stopped"):
        patched.setattr(lake_erasing, "_purge", _stop)
        erase(in_files, USER, NOW)
    assert naming(in_files, *NAMES) == set()
    assert _said(in_files) == set(NAMES)
    assert erase(in_files, USER, NOW).removed == {}
    assert _said(in_files) == set()


def _stop(*_: object) -> None:
    raise OSError("stopped")


def test_files_of_somebody_else_in_its_folder_are_named_and_left_alone(
    in_files: Installation,
) -> None:
    where = lake_of(in_files.home)
    assert where
    theirs, left = Path(where.data, "logs.parquet"), _left_by_a_killed_writer(Path(where.data))
    theirs.write_bytes(b"theirs")
    before = rows_of(in_files)
    with pytest.raises(UserError, match=r"1 Parquet files that are not the lake's.*move them"):
        erase(in_files, USER, NOW)
    assert rows_of(in_files) == before
    assert theirs.read_bytes() == b"theirs"
    theirs.unlink()
    assert erase(in_files, USER, NOW).removed["conversations"] == 1
    assert _said(in_files) == set()
    assert not left.exists()


def _left_by_a_killed_writer(data: Path) -> Path:
    """A file of no snapshot with a row of the user."""
    folder = data / "main" / "conversations" / "day=2026-01-05"
    left = folder / "ducklake-019a0000-0000-7000-8000-000000000000.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"copy (select '{USER}' as user_id) to '{left}'")
    return left


def test_while_a_run_asks_the_judge_nothing_is_erased(in_files: Installation) -> None:
    journal, before = Journal(in_files.home / "judge" / "journal"), rows_of(in_files)
    with pytest.raises(UserError, match="a run is asking the judge"):
        erase(in_files, USER, NOW)
    journal.close()
    assert rows_of(in_files) == before
    assert _said(in_files) == set(NAMES)

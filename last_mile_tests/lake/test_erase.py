"""A user taken out of a lake: the tables are those of a file, and nothing the lake keeps says them.

Not here: which rows go (adapters/test_erasure.py), what the command says (test_erase_command.py).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pytest

from last_mile.adapters.erasure import erase
from last_mile.adapters.installation import Installation
from last_mile.adapters.judge.journal import Journal
from last_mile.adapters.lake_address import CATALOG, lake_of
from last_mile.adapters.warehouse import lake_erasing
from last_mile.errors import UserError
from last_mile_tests.adapters.erasable import (
    CHECKS,
    MINE,
    NOW,
    OTHER,
    SECRET,
    USER,
    land_again,
    naming,
    rows_of,
    two_users,
    unequal,
    warehouse_of,
)
from last_mile_tests.scenario import json_lines

NAMES = (USER, "mine-1", SECRET)
DRAWN = {"erased_keys", "erasures"}  # their rows differ by a random salt
STATISTICS = "ducklake_file_column_stats", "ducklake_table_column_stats"


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
    assert _tables(lake) == _tables(twin)
    removed = erase(lake, USER, NOW).removed
    assert removed == erase(twin, USER, NOW).removed
    assert removed["conversation_logs"] == 2
    assert _tables(lake) == _tables(twin)
    for home in (lake, twin):
        (noted,) = rows_of(home)["erasures"]
        assert json.loads(noted["removed"]) == removed
    assert len(rows_of(lake)["erased_keys"]) == len(rows_of(twin)["erased_keys"]) > 1
    assert [unequal(warehouse_of(lake), *check) for check in CHECKS] == [[], [], []]


def test_no_file_no_snapshot_and_no_bound_of_a_column_says_them(lake: Installation) -> None:
    assert _said(lake) == set(NAMES)  # or the next line could not fail
    erase(lake, USER, NOW)
    assert _said(lake) == set()
    assert OTHER.encode() in _kept(lake)
    count = "select count(*) from ducklake_snapshots('warehouse')"
    assert warehouse_of(lake).look(lambda found: found.execute(count).fetchall()) == [(1,)]


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
    with pytest.raises(UserError, match=r"1 Parquet files that are not the lake's.*move these"):
        erase(in_files, USER, NOW)
    assert theirs.read_bytes() == b"theirs"
    theirs.unlink()
    assert erase(in_files, USER, NOW).removed == {}
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

"""Which failures of a lake are worth another try. No server is needed for it."""

from __future__ import annotations

import time

import duckdb
import pytest

from last_mile.adapters.lake_address import Lake
from last_mile.adapters.warehouse.lake_tries import Tries, kind_of
from last_mile.errors import PassingError, UserError

LAKE = Lake("postgresql://u@db:5432/lake", "s3://bucket/tables/", "secret")
CONFLICT = duckdb.TransactionException("Transaction conflict: tables deleted from")
AWAY = duckdb.IOException("server closed the connection unexpectedly")
REFUSED = duckdb.IOException(
    'connection failed: FATAL: password authentication failed for user "u"'
)

QUOTES = "Attempting to execute an unsuccessful or closed pending query result\nError: "


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (CONFLICT, "conflict"),
        (AWAY, "away"),
        (duckdb.HTTPException("HTTP Error: 503"), "away"),
        (PassingError("the catalog does not answer"), "away"),
        (REFUSED, "refused"),
        (
            duckdb.TransactionException('Failed to commit: Failed to execute query "BEGIN": '),
            "away",
        ),
        (duckdb.IOException("No files found that match 'concurrent/http.parquet'"), "final"),
        (duckdb.BinderException("no column n_connections, conflict_http"), "final"),
        (
            duckdb.BinderException(
                "Failed to get data file list from DuckLake: Failed to prepare query "
                '"SELECT 1 FROM "public".files": server closed the connection unexpectedly'
            ),
            "away",
        ),
        (
            duckdb.TransactionException(
                "TransactionContext Error: Failed to get data file list from DuckLake: "
                "Current transaction is aborted (please ROLLBACK)"
            ),
            "away",
        ),
        (
            duckdb.TransactionException(
                "Failed to commit DuckLake transaction.: Transaction conflict - attempting to "
                "insert into table with index 7"
            ),
            "conflict",
        ),
        (
            duckdb.BinderException(
                "Failed to get table insertion file list from DuckLake: permission denied"
            ),
            "refused",
        ),
        (
            duckdb.InvalidInputException(
                "Attempting to get collection from an unsuccessful query result"
            ),
            "away",
        ),
        (
            duckdb.InvalidInputException(
                "Attempting to execute an unsuccessful or closed pending query result\n"
                "Error: HTTP Error: HTTP GET error on 'http://127.0.0.1/a.parquet' (HTTP 503)"
            ),
            "away",
        ),
        (
            duckdb.InvalidInputException(
                "Attempting to execute an unsuccessful or closed pending query result\n"
                "Error: HTTP Error: HTTP GET error on 'http://127.0.0.1/a.parquet' (HTTP 403)"
            ),
            "refused",
        ),
        (
            duckdb.InvalidInputException(
                "Attempting to execute an unsuccessful or closed pending query result\n"
                "Error: Conversion Error: Could not convert string 'a' to INT32"
            ),
            "final",
        ),
        (
            duckdb.InvalidInputException(f"{QUOTES}Divide by zero Error: timed out"),
            "final",
        ),
        (
            duckdb.InvalidInputException(
                f"{QUOTES}Invalid Input Error: Attempt to fetch, unsuccessful query result"
            ),
            "away",
        ),
        (
            duckdb.InvalidInputException(
                f"{QUOTES}Invalid Input Error: {QUOTES}IO Error: server closed the connection"
            ),
            "away",
        ),
        (
            duckdb.InvalidInputException(
                f"{QUOTES}Invalid Input Error: {QUOTES}Conversion Error: Could not convert string"
            ),
            "final",
        ),
        (duckdb.BinderException("a DuckLake table has no column n"), "final"),
        (duckdb.ConstraintException("conflict in a key"), "final"),
        (duckdb.Error("something else"), "final"),
    ],
)
def test_failures_are_told_apart(error: Exception, kind: str) -> None:
    assert kind_of(error) == kind


def test_conflicts_are_tried_a_number_of_times() -> None:
    tries = Tries()
    pauses = [tries.pause_after(CONFLICT) for _ in range(51)]
    assert all(pauses[:50])
    assert pauses[50] is None
    assert isinstance(tries.told(CONFLICT, LAKE), PassingError)


def test_patience_begins_with_the_first_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([1000.0, 1119.0, 1121.0])
    tries = Tries()  # long before
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    assert [bool(tries.pause_after(AWAY)) for _ in range(3)] == [True, True, False]


def test_what_ends_the_work_is_told_without_values() -> None:
    tries = Tries()
    assert tries.pause_after(AWAY)
    ended = tries.told(duckdb.BinderException("no column “x”"), LAKE)
    assert isinstance(ended, duckdb.BinderException)  # an earlier failure does not excuse it
    said = tries.told(REFUSED, LAKE)
    assert isinstance(said, UserError)
    assert not isinstance(said, PassingError)
    assert "secret" not in str(said)

"""The lake behind the face of the file: the same writes, the same refusals, snapshots to read."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from last_mile.adapters.lake_address import CATALOG, DATA, Lake, given_lake
from last_mile.adapters.warehouse import Days, Warehouse, lake_tries
from last_mile.adapters.warehouse.lake import forget
from last_mile.adapters.warehouse.lake_attaching import attach_lake
from last_mile.errors import PassingError, UserError
from last_mile_tests.lake.rows import FIRST, SECOND, flags
from last_mile_tests.servers.postgres import Postgres

DAYS, NEXT = Days(FIRST, SECOND), Days(SECOND, SECOND + timedelta(days=1))


@pytest.fixture(params=["in_folder", "in_store"])
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    return Warehouse(home=str(request.getfixturevalue(request.param)))


def _held(warehouse: Warehouse) -> list[str]:
    return sorted(warehouse.read("heuristic_flags")["conversation_id"])


def test_a_day_is_replaced_and_other_days_stay(warehouse: Warehouse) -> None:
    warehouse.replace("heuristic_flags", flags("c1", "c2"), DAYS)
    warehouse.replace("heuristic_flags", flags("c3", day=SECOND), NEXT)
    assert warehouse.replace("heuristic_flags", flags("c4"), DAYS) == 1
    assert _held(warehouse) == ["c3", "c4"]
    assert warehouse.read("heuristic_flags", DAYS)["conversation_id"].to_list() == ["c4"]


def test_a_row_whose_key_stands_on_another_day_moves(warehouse: Warehouse) -> None:
    warehouse.replace("heuristic_flags", flags("c1", "c2"), DAYS)
    warehouse.replace("heuristic_flags", flags("c2", day=SECOND), NEXT)
    assert _held(warehouse) == ["c1", "c2"]
    assert warehouse.read("heuristic_flags", NEXT)["conversation_id"].to_list() == ["c2"]


def test_keys_and_checks_of_sql_hold_though_the_lake_knows_none(in_folder: Path) -> None:
    warehouse = Warehouse(home=str(in_folder))
    warehouse.replace("heuristic_flags", flags("c1"), DAYS)
    with pytest.raises(duckdb.ConstraintException, match="PRIMARY KEY"):
        warehouse.replace("heuristic_flags", flags("c2", "c2"), DAYS)
    wrong = flags("c2").with_columns(flag=pl.lit("perhaps"))
    with pytest.raises(duckdb.ConstraintException, match="CHECK"):
        warehouse.replace("heuristic_flags", wrong, DAYS)
    nobody = flags("c2").with_columns(conversation_id=pl.lit(None, pl.String))
    with pytest.raises(duckdb.Error):
        warehouse.replace("heuristic_flags", nobody, DAYS)
    assert _held(warehouse) == ["c1"]


def test_kept_rows_are_added_once_and_refreshed_when_asked(in_folder: Path) -> None:
    warehouse = Warehouse(home=str(in_folder))
    warehouse.keep("heuristic_flags", flags("c1", "c1", evidence="old"))
    warehouse.keep("heuristic_flags", flags("c1", "c2", evidence="new"))
    rows = warehouse.read("heuristic_flags").select("conversation_id", "evidence")
    assert dict(rows.iter_rows()) == {"c1": "old", "c2": "new"}
    warehouse.keep("heuristic_flags", flags("c1", evidence="new"), overwrite=True)
    assert set(warehouse.read("heuristic_flags")["evidence"]) == {"new"}


def test_pinned_tables_stay_as_they_were_and_cannot_be_written(in_folder: Path) -> None:
    warehouse = Warehouse(home=str(in_folder))
    warehouse.replace("heuristic_flags", flags("c1"), DAYS)
    pinned = warehouse.pinned()
    warehouse.replace("heuristic_flags", flags("c2"), DAYS)
    assert (_held(pinned), _held(warehouse)) == (["c1"], ["c2"])
    assert _held(Warehouse(home=str(in_folder), snapshot=pinned.snapshot)) == ["c1"]
    with pytest.raises(UserError, match="can only be read"):
        pinned.replace("heuristic_flags", flags("c3"), DAYS)


def test_a_snapshot_that_is_not_there_is_named(in_folder: Path) -> None:
    Warehouse(home=str(in_folder)).read("heuristic_flags")
    with pytest.raises(UserError, match="snapshot 999"):
        _held(Warehouse(home=str(in_folder), snapshot=999))


@pytest.mark.parametrize("snapshot", [None, 3])
def test_no_password_stands_in_what_is_said(
    in_folder: Path, monkeypatch: pytest.MonkeyPatch, snapshot: int | None
) -> None:
    """Of a server that is not there, of a password that could not be read."""
    monkeypatch.setattr(lake_tries, "_PATIENCE_S", 0.5)
    warehouse = Warehouse(home=str(in_folder), snapshot=snapshot)
    monkeypatch.setenv(CATALOG, "postgresql://lake:s3cret@127.0.0.1:1/db")
    with pytest.raises(PassingError, match="port 1 failed") as away:
        _held(warehouse)
    with pytest.raises(PassingError) as of_another_day:
        attach_lake(duckdb.connect(), given_lake(), datetime.fromisoformat("2026-01-01"))
    for wrong in ("postgresql://lake:s3cret%off@h/db", "postgresql://lake@h/db?password=s3cret"):
        monkeypatch.setenv(CATALOG, wrong)
        with pytest.raises(UserError) as refused:
            _held(warehouse)
        assert "s3cret" not in str(refused.value)
    assert "s3cret" not in f"{away.value}{of_another_day.value}{given_or_none()}"


def given_or_none() -> str:
    """What stands in a lake when it is shown."""
    return repr(Lake("postgresql://lake@h/db", "s3://b/", "s3cret"))


def test_of_two_rows_with_one_key_the_first_counts(in_folder: Path) -> None:
    warehouse = Warehouse(home=str(in_folder))
    both = pl.concat([flags("c1", evidence="first"), flags("c1", evidence="second")])
    warehouse.keep("heuristic_flags", both)
    assert warehouse.read("heuristic_flags")["evidence"].to_list() == ["first"]


def test_a_key_that_stands_outside_of_the_slice_is_refused(in_folder: Path) -> None:
    warehouse = Warehouse(home=str(in_folder))
    warehouse.replace("heuristic_flags", flags("c1", "c2"), DAYS)
    with pytest.raises(duckdb.ConstraintException, match="PRIMARY KEY"):
        warehouse.replace("heuristic_flags", flags("c2"), keys={"conversation_id": ["c1"]})
    assert _held(warehouse) == ["c1", "c2"]


def test_a_catalog_that_is_not_there_is_said_at_once(
    in_folder: Path, catalogs: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CATALOG, catalogs.url("nothing"))
    with pytest.raises(UserError, match="does not exist") as refused:
        _held(Warehouse(home=str(in_folder)))
    assert not isinstance(refused.value, PassingError)


def test_columns_of_the_rubric_are_added_changed_and_kept(in_folder: Path) -> None:
    warehouse = Warehouse(home=str(in_folder))
    warehouse.add_columns("labeled_conversations", {"own_draft": "boolean"})
    warehouse.add_columns("labeled_conversations", {"own_draft": "varchar"})
    forget(given_lake())  # as a new process finds it
    assert warehouse.read("labeled_conversations").schema["own_draft"] == pl.String


def test_a_home_stays_with_its_lake(
    in_folder: Path, catalogs: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse(home=str(in_folder))
    warehouse.replace("heuristic_flags", flags("c1"), DAYS)
    monkeypatch.delenv(CATALOG)
    assert _held(warehouse) == ["c1"]  # not of an empty file beside it
    monkeypatch.setenv(CATALOG, catalogs.new_database())
    with pytest.raises(UserError, match="works with the lake"):
        _held(warehouse)


def test_a_home_with_a_file_is_not_left_for_an_empty_lake(
    in_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(CATALOG)
    warehouse = Warehouse(home=str(in_folder))
    warehouse.replace("heuristic_flags", flags("c1"), DAYS)
    monkeypatch.setenv(CATALOG, "postgresql://lake@127.0.0.1:1/none")
    with pytest.raises(UserError, match="migrate --to lake"):
        _held(warehouse)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (CATALOG, "host=x password=secret", "is no address"),
        (CATALOG, "postgresql://u:secret@host:port/x", "is no address"),
        (DATA, "gs://bucket", "s3://bucket/prefix"),
        (DATA, "", "s3://bucket/prefix"),
    ],
)
def test_an_address_that_is_none_is_refused_without_its_password(
    in_folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=said) as refused:
        _held(Warehouse(home=str(in_folder)))
    assert "secret" not in str(refused.value)

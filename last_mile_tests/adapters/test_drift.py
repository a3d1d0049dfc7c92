"""A live table that is not that of sql/: named with its fix, and mended by it with its rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from last_mile.adapters.sql_files import TABLES
from last_mile.adapters.warehouse import Warehouse, database, drift
from last_mile.adapters.warehouse.database import opened
from last_mile.adapters.warehouse.drift import make_anew
from last_mile.errors import UserError

DAY = date(2026, 1, 5)
FLAGS = pl.DataFrame(
    [{"conversation_id": "c1", "metric": "m", "flag": "true", "reason": "rule", "evidence": "seen",
      "definition_hash": "h", "day": DAY}]
)  # fmt: skip


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(home=str(tmp_path / "home"))
    made.replace("heuristic_flags", FLAGS)
    return made


def _altered(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, *statements: str) -> None:
    """Change the file by hand; what opens it next is a new process."""
    with duckdb.connect(str(warehouse.installation.warehouse)) as connection:
        for statement in statements:
            connection.execute(statement)
    monkeypatch.setattr(database, "_UP_TO_DATE", set())


def _found(warehouse: Warehouse) -> list[drift.Difference]:
    with opened(warehouse.installation.warehouse, as_found=True) as connection:
        return drift.drift(connection)


def test_a_new_file_is_that_of_sql_however_often_it_is_opened(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):  # DuckDB spells constraints differently once they were stored
        monkeypatch.setattr(database, "_UP_TO_DATE", set())
        assert warehouse.read("heuristic_flags").height == 1
        assert _found(warehouse) == []


def test_a_column_the_rubric_adds_is_no_difference(warehouse: Warehouse) -> None:
    warehouse.add_columns("labeled_conversations", {"robotic": "boolean"})
    warehouse.add_columns("stat_cells", {"robotic": "boolean"})
    assert _found(warehouse) == []


CASES = {
    "a type": (
        ["alter table heuristic_flags alter reason type blob using encode(reason)"],
        "table heuristic_flags has reason as BLOB NOT NULL, sql/heuristic_flags.sql as VARCHAR NOT "
        "NULL; to mend it run `last-mile doctor --make-anew heuristic_flags`, which keeps its rows",
    ),
    "a column too many": (
        ["alter table heuristic_flags add column colour varchar"],
        "table heuristic_flags has a column colour that sql/heuristic_flags.sql has not; to mend "
        "it run `last-mile doctor --make-anew heuristic_flags --column colour=`, which loses it",
    ),
    "a column that has another name": (
        ["alter table heuristic_flags rename column evidence to shown"],
        "table heuristic_flags has a column shown that sql/heuristic_flags.sql has not; to mend it "
        "run `last-mile doctor --make-anew heuristic_flags --column shown=evidence` if that is "
        "its new name",
    ),
    "another key": (
        ["create table kept as from heuristic_flags", "drop table heuristic_flags",
         "create table heuristic_flags (conversation_id varchar not null, metric varchar not null, "
         "day date not null, flag varchar not null check (flag in ('true', 'false', "
         "'not_applicable', 'unscored')), reason varchar not null, evidence varchar, "
         "definition_hash varchar not null, primary key (conversation_id))",
         "insert into heuristic_flags by name from kept", "drop table kept"],
        "table heuristic_flags has a constraint that sql/heuristic_flags.sql has not: PRIMARY "
        "KEY(conversation_id) (1 more: `last-mile doctor` lists them); to mend it run `last-mile "
        "doctor --make-anew heuristic_flags`, which keeps its rows",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_difference_is_named_with_its_fix_when_the_file_is_opened(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    statements, said = CASES[case]
    _altered(warehouse, monkeypatch, *statements)
    with pytest.raises(UserError) as refused:
        warehouse.read("conversations")  # whatever is asked for
    assert str(refused.value) == f"{warehouse.installation.warehouse}: {said}"


@pytest.mark.parametrize(
    ("case", "moved"),
    [
        ("a type", {}),
        ("a column too many", {"colour": None}),
        ("a column that has another name", {"shown": "evidence"}),
        ("another key", {}),
    ],
)
def test_the_fix_keeps_the_rows(
    warehouse: Warehouse,
    monkeypatch: pytest.MonkeyPatch,
    case: str,
    moved: dict[str, str | None],
) -> None:
    _altered(warehouse, monkeypatch, *CASES[case][0])
    with opened(warehouse.installation.warehouse, as_found=True) as connection:
        assert make_anew(connection, "heuristic_flags", moved) == 1
    assert _found(warehouse) == []
    kept = warehouse.read("heuristic_flags")
    assert kept.select(sorted(kept.columns)).equals(FLAGS.select(sorted(FLAGS.columns)))


def test_a_column_is_only_lost_when_that_is_said(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    _altered(warehouse, monkeypatch, *CASES["a column too many"][0])
    with (
        opened(warehouse.installation.warehouse, as_found=True) as connection,
        pytest.raises(UserError, match=r"say what it becomes with --column colour=NAME"),
    ):
        make_anew(connection, "heuristic_flags")
    assert "colour" in {one.column for one in _found(warehouse)}


def test_rows_that_do_not_fit_leave_the_table_as_it_was(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    _altered(
        warehouse,
        monkeypatch,
        "alter table heuristic_flags alter column reason drop not null",
        "update heuristic_flags set reason = null",
    )
    with (
        opened(warehouse.installation.warehouse, as_found=True) as connection,
        pytest.raises(UserError, match=r"a row does not fit .*\(ConstraintException\); noth"),
    ):
        make_anew(connection, "heuristic_flags")
    with opened(warehouse.installation.warehouse, as_found=True) as connection:
        assert connection.execute("select reason from heuristic_flags").fetchall() == [(None,)]


def test_columns_of_the_rubric_stay_when_a_table_is_made_anew(warehouse: Warehouse) -> None:
    warehouse.add_columns("stat_cells", {"robotic": "boolean"})
    with opened(warehouse.installation.warehouse) as connection:
        make_anew(connection, "stat_cells")
        columns = [row[0] for row in connection.execute("describe stat_cells").fetchall()]
    assert "robotic" in columns


def test_a_missing_table_or_column_is_added_and_no_difference_stays(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    _altered(
        warehouse, monkeypatch,
        "drop table metric_lift", "alter table heuristic_flags drop column evidence",
    )  # fmt: skip
    assert {(one.table, one.what) for one in _found(warehouse)} == {
        ("metric_lift", "missing table"), ("heuristic_flags", "missing column"),
    }  # fmt: skip
    assert warehouse.read("heuristic_flags")["evidence"].to_list() == [None]
    assert _found(warehouse) == []


def test_a_constraint_an_upgrade_could_not_add_is_told_and_stops_nothing(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    _altered(
        warehouse, monkeypatch, "alter table heuristic_flags alter column reason drop not null"
    )
    (found,) = _found(warehouse)
    assert (found.what, found.column, found.stops) == ("weaker", "reason", False)
    assert warehouse.read("heuristic_flags").height == 1


def test_a_view_of_an_earlier_version_is_made_again(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`create view if not exists` would leave it, and DuckDB respells it: texts do not compare."""
    _altered(
        warehouse, monkeypatch,
        "create or replace view known_up_to as select null::timestamp as as_of",
    )  # fmt: skip
    warehouse.read("known_up_to")
    with duckdb.connect(str(warehouse.installation.warehouse)) as connection:
        (text,) = connection.execute(
            "select sql from duckdb_views() where view_name = 'known_up_to'"
        ).fetchone() or ("",)
    assert "outcome_logs" in text


def test_every_table_of_sql_is_compared(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(warehouse.installation.warehouse) as connection:
        tables = [row[0] for row in connection.execute("show tables").fetchall()]
        views = {row[0] for row in connection.execute(drift._VIEWS).fetchall()}
    stored = [table for table in tables if table not in views]
    assert set(tables) == set(TABLES)
    _altered(warehouse, monkeypatch, *(f"alter table {t} add column odd int" for t in stored))
    extra = {one.table for one in _found(warehouse)}
    assert extra == set(stored) - {"labeled_conversations", "stat_cells"}


def test_a_table_that_admits_more_than_it_once_did_is_made_anew_by_itself(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`judge_skipped` had no reason `not_asked` once."""
    _altered(
        warehouse,
        monkeypatch,
        "drop table judge_skipped",
        "create table judge_skipped (conversation_id varchar not null, epoch varchar not null, "
        "day date not null, content_hash varchar not null, reason varchar not null check (reason "
        "in ('run_cap', 'in_batch')), primary key (conversation_id, epoch))",
        "insert into judge_skipped values ('c1', 'e', '2026-01-05', 'h', 'run_cap')",
    )
    assert warehouse.read("judge_skipped")["reason"].to_list() == ["run_cap"]
    assert _found(warehouse) == []

"""Great Expectations says the same of a pandas frame as of the rows in DuckDB; what it cannot do.

These hold its version: where one fails after an upgrade, Great Expectations changed, or DuckDB's
SQLAlchemy dialect did.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import duckdb
import pytest

from last_mile.adapters.expectations import check_frame
from last_mile.core.expectation import (
    Expectation,
    at_least,
    between,
    equal,
    one_of,
    present,
    unique,
)

pytest.importorskip("duckdb_engine")
from last_mile_tests.adapters.duckdb_source import broken_rows

ROWS = """create table rows as from (values
    ('r1', 'a', 1, 1, .5), ('r2', 'b', 2, 2, 1), ('r3', 'b', 3, 30, 1.5),
    ('r4', null, 4, null, null)
) as rows(id, name, left_n, right_n, share)"""


@pytest.mark.parametrize(
    ("expectation", "broken"),
    [
        (present("id")[0], []),
        (present("name")[0], ["r4"]),
        (unique("id"), []),
        (unique("name"), ["r2", "r3"]),
        (equal("left_n", "left_n"), []),
        (equal("left_n", "right_n"), ["r3", "r4"]),
        (between("share", 0, 1.5), []),
        (between("share", 0, 1), ["r3"]),
        (between("left_n", 2, None), ["r1"]),
        (between("left_n", None, 0), ["r1", "r2", "r3", "r4"]),
        (one_of("name", "a", "b"), []),
        (one_of("name", "a"), ["r2", "r3"]),
        (at_least("left_n", "left_n"), []),
    ],
    ids=lambda it: it.words if isinstance(it, Expectation) else "-".join(it) or "holds",
)
def test_pandas_and_duckdb_break_the_same_rows(expectation: Expectation, broken: list[str]) -> None:
    with duckdb.connect() as connection:
        connection.execute(ROWS)
        (pandas,) = check_frame(connection.sql("from rows").pl(), [expectation], "id")
        ((passed, keys),) = broken_rows(connection, "rows", [expectation], "id")
    assert (pandas.passed, sorted(pandas.examples)) == (passed, keys) == (not broken, broken)


def test_sqlalchemy_rolls_back_what_the_connection_has_open() -> None:
    with duckdb.connect() as connection:
        connection.execute(ROWS)
        connection.execute("begin")
        connection.execute("insert into rows by name select 'r1' as id")
        assert broken_rows(connection, "rows", [unique("id")], "id") == [(True, [])]
        assert connection.sql("from rows").pl().height == 4  # the fifth row is gone


def test_its_own_sql_source_loses_the_result(tmp_path: Path) -> None:
    gx: Any = importlib.import_module("great_expectations")

    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute(ROWS)
    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        "file", connection_string=f"duckdb:///{tmp_path}/a.duckdb"
    )
    asset = source.add_table_asset("rows", table_name="rows")
    batch = asset.add_batch_definition_whole_table("whole").get_batch()
    unique_ids = gx.expectations.ExpectColumnValuesToBeUnique(column="id")
    result = batch.validate(unique_ids)
    assert not result.success  # although the ids are unique
    assert "list index out of range" in str(result.exception_info)

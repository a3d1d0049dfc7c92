"""What is left of DuckDB's messages: what failed and where, without what people wrote."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from last_mile.adapters.warehouse.database import opened

SAID = 'it\'s "my" secret'
TWO_LINES = "my 'first\nsecret"


def _told(folder: Path, query: str, *values: str) -> str:
    """The message of a query that fails."""
    with (
        pytest.raises(duckdb.Error) as told,
        opened(folder / "warehouse.duckdb", as_found=True) as connection,
    ):
        connection.execute("create temp table said (line varchar primary key)")
        for value in values:
            connection.execute("insert into said values (?)", [value])
        connection.execute(query).fetchall()
    return str(told.value)


@pytest.mark.parametrize("said", [SAID, TWO_LINES, "secret"], ids=["quotes", "two lines", "word"])
@pytest.mark.parametrize(
    "query",
    [
        pytest.param("select line::integer from said where line <> 'a'", id="a number"),
        pytest.param("select line::date from said", id="a date"),
        pytest.param("select line::json from said", id="a cast to JSON"),
        pytest.param("select json_extract(line, '$.a') from said", id="malformed JSON"),
        pytest.param("select strptime(line, '%Y') from said", id="a format"),
        pytest.param("insert into said select line from said", id="a key that stands twice"),
    ],
)
def test_a_value_is_not_in_a_message(tmp_path: Path, query: str, said: str) -> None:
    told = _told(tmp_path, query, said)
    assert not any(word in told for word in ("secret", "first", "my"))
    assert "…" in told


@pytest.mark.parametrize(
    ("query", "left"),
    [
        pytest.param(
            "select line::integer from said where line <> 'a'",
            "Conversion Error: Could not convert string … to INT32 when casting from source column "
            "line",
            id="the column of a conversion",
        ),
        pytest.param(
            "select json_extract(line, '$.a') from said",
            "Invalid Input Error: Malformed JSON at byte 0 of input: unexpected character.  "
            "Input: …",
            id="the place in malformed JSON",
        ),
        pytest.param("select nope from said", 'column "nope" not found', id="a column"),
        pytest.param("select * from saids", 'Did you mean "said"?', id="a table"),
        pytest.param("selec 1", 'syntax error at or near "selec"', id="a statement"),
        pytest.param("copy said to '/none/x.csv'", 'file "/none/x.csv": No such', id="a file"),
    ],
)
def test_names_and_places_are_left(tmp_path: Path, query: str, left: str) -> None:
    assert left in _told(tmp_path, query, SAID)

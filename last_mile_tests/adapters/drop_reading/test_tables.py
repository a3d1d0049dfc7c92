"""Rows of CSV and Parquet files: names and values, and what a row that has none costs."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from last_mile.adapters.drop_reading.containers import records
from last_mile.adapters.drop_reading.lines import UNREADABLE_ROW, Record
from last_mile.errors import UserError
from last_mile_tests.scenario import READING, drop_file

HEADER = b"conversation_id,outcome,value,note\n"
LIMIT = 70_000  # bytes: a little more than is kept of a row over the limit
KEPT = 65_536
BOM = b"\xef\xbb\xbf"


def _records(
    tmp_path: Path, content: bytes, name: str = "outcomes.csv", limit: int | None = None
) -> list[Record]:
    file = drop_file(tmp_path / "drops", name, content)
    return list(records(file, limit or READING.max_line_bytes))


def _no_text() -> pa.Array:
    """A column of texts whose one value is no UTF-8."""
    ends = pa.array([0, 1], pa.int32()).buffers()[1]
    return pa.Array.from_buffers(pa.string(), 1, [None, ends, pa.py_buffer(b"\xff")])


def test_csv_rows_have_their_names_and_their_line(tmp_path: Path) -> None:
    rows = _records(tmp_path, HEADER + b"c1,hired,1,\nc2,hired,0,late\n")
    assert [(row.line, row.value) for row in rows] == [
        (2, {"conversation_id": "c1", "outcome": "hired", "value": "1", "note": ""}),
        (3, {"conversation_id": "c2", "outcome": "hired", "value": "0", "note": "late"}),
    ]


def test_a_quoted_field_may_hold_lines_commas_and_quotes(tmp_path: Path) -> None:
    rows = _records(tmp_path, HEADER + b'c1,hired,1,"a\r\nb, ""c"""\nc2,hired,1,\n')
    assert rows[0].value["note"] == 'a\r\nb, "c"'
    assert [row.line for row in rows] == [3, 4]  # a row is known by its last physical line


@pytest.mark.parametrize("content", [HEADER.replace(b"\n", b"\r\n") + b"c1,hired,1,x\r\n",
                                     BOM + HEADER + b"c1,hired,1,x\n"])  # fmt: skip
def test_csv_may_come_from_windows(tmp_path: Path, content: bytes) -> None:
    (row,) = _records(tmp_path, content)
    assert row.value == {"conversation_id": "c1", "outcome": "hired", "value": "1", "note": "x"}


@pytest.mark.parametrize(
    "line", [b"c1,hired\n", b"c1,hired,1,x,y\n", b"\n", b"c1,hired,1,caf\xe9\n"]
)
def test_a_csv_row_that_does_not_fit_its_header_is_unreadable_and_alone(
    tmp_path: Path, line: bytes
) -> None:
    first, second = _records(tmp_path, HEADER + line + b"c2,hired,1,\n")
    assert (first.value, first.raw) == (UNREADABLE_ROW, line.rstrip())
    assert second.value is not UNREADABLE_ROW


def test_a_csv_row_keeps_its_raw_bytes(tmp_path: Path) -> None:
    (row,) = _records(tmp_path, HEADER + b'"c1","hi""red",1\n')
    assert row.raw == b'"c1","hi""red",1'


def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_after_it(tmp_path: Path) -> None:
    content = HEADER + b'c1,hired,1,"oops\n' + b"".join(b"c%d,hired,1,\n" % i for i in range(2, 9))
    with pytest.raises(UserError, match=r"outcomes\.csv"):
        _records(tmp_path, content)


def test_a_very_long_field_does_not_cost_the_other_rows(tmp_path: Path) -> None:
    rows = _records(tmp_path, HEADER + b"c1,hired,1," + b"x" * 200_000 + b"\nc2,hired,1,\n")
    assert len(rows) == 2


def test_of_a_csv_row_over_the_limit_the_beginning_is_kept_and_its_size(tmp_path: Path) -> None:
    long = b"c1," + b"x" * 40_000 + b",1," + b"y" * 40_000  # no field is over the limit
    first, second = _records(tmp_path, HEADER + long + b"\nc2,hired,1,\n", limit=LIMIT)
    assert (first.size, first.raw) == (len(long), long[:KEPT])
    assert second.size == len(second.raw)


@pytest.mark.parametrize("content", [b"", HEADER])
def test_a_csv_without_rows_is_empty(tmp_path: Path, content: bytes) -> None:
    assert _records(tmp_path, content) == []


def test_a_csv_header_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"outcomes\.csv, line 1: the CSV header is not UTF-8"):
        _records(tmp_path, b"conversation_id,pr\xe9nom\nc1,Ann\n")


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_rows_are_read_from_parquet_with_their_types(tmp_path: Path, suffix: str) -> None:
    columns = {
        "conversation_id": ["c1", None],
        "value": [1.5, 2.0],
        "occurred_at": [date(2026, 1, 5)] * 2,
    }
    pl.DataFrame(columns).write_parquet(tmp_path / "made.parquet")
    made = (tmp_path / "made.parquet").read_bytes()
    content = gzip.compress(made) if suffix else made
    rows = _records(tmp_path, content, f"outcomes.parquet{suffix}")
    assert rows[0].value == {
        "conversation_id": "c1", "value": 1.5, "occurred_at": date(2026, 1, 5),
    }  # fmt: skip
    assert [(row.line, row.offset) for row in rows] == [(1, None), (2, None)]
    assert json.loads(rows[0].raw)["occurred_at"] == "2026-01-05"


def test_parquet_rows_of_several_batches_are_numbered_through(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(2500)]
    pl.DataFrame({"conversation_id": names}).write_parquet(
        tmp_path / "made.parquet", row_group_size=900
    )
    rows = _records(tmp_path, (tmp_path / "made.parquet").read_bytes(), "outcomes.parquet")
    assert [row.value["conversation_id"] for row in rows] == names
    assert [row.line for row in rows] == list(range(1, 2501))


def test_a_parquet_file_that_breaks_off_is_an_error_that_names_it(tmp_path: Path) -> None:
    pl.DataFrame({"conversation_id": ["c1"] * 100}).write_parquet(tmp_path / "made.parquet")
    cut = (tmp_path / "made.parquet").read_bytes()[:-30]
    with pytest.raises(UserError, match=r"outcomes\.parquet: not a readable Parquet file"):
        _records(tmp_path, cut, "outcomes.parquet")


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(_no_text(), id="text that is not UTF-8"),
        pytest.param(pa.array([2**62], pa.timestamp("us")), id="a time after year 9999"),
    ],
)
def test_a_parquet_value_that_cannot_be_read_costs_its_row_or_its_file_but_not_the_landing(
    tmp_path: Path, column: pa.Array
) -> None:
    pq.write_table(pa.table({"conversation_id": column}), tmp_path / "made.parquet")
    try:
        (row,) = _records(tmp_path, (tmp_path / "made.parquet").read_bytes(), "outcomes.parquet")
        assert row.value is UNREADABLE_ROW
    except UserError as error:
        assert "outcomes.parquet" in str(error)

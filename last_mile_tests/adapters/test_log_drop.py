"""Files of a drop folder as they really come: compressed, cut off, with BOMs and quoted lines."""

from __future__ import annotations

import gzip
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from last_mile.adapters.log_drop import Row, find_drop_files, read_lines, read_rows
from last_mile.errors import UserError
from last_mile_tests.scenario import conversation, drop_file, json_lines, write_drop

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LINES = b'{"a": 1}\n{"b": 2}\n'
HEADER = b"conversation_id,outcome,value,note\n"
MANY = json_lines([conversation(f"c{i}", number=i * 7919) for i in range(500)])


def _lines(tmp_path: Path, name: str, content: bytes) -> list[tuple[int, bytes]]:
    return list(read_lines(drop_file(tmp_path / "drops", name, content)))


def _rows(tmp_path: Path, content: bytes, name: str = "outcomes.csv") -> list[Row]:
    return list(read_rows(drop_file(tmp_path / "drops", name, content)))


@pytest.mark.parametrize(
    ("suffix", "packed"),
    [
        ("", LINES),
        (".gz", gzip.compress(LINES)),
        (".gz", gzip.compress(LINES[:9]) + gzip.compress(LINES[9:])),  # two members
        (".zst", zstd.compress(LINES)),
        (".zst", zstd.compress(LINES[:9]) + zstd.compress(LINES[9:])),  # two frames
    ],
)
def test_lines_are_read_from_plain_and_compressed_files(
    tmp_path: Path, suffix: str, packed: bytes
) -> None:
    assert _lines(tmp_path, f"conversations.jsonl{suffix}", packed) == [
        (1, b'{"a": 1}'), (2, b'{"b": 2}'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"\n", [(1, b"")]),
        (b"a", [(1, b"a")]),
        (b"a\n\nb\n", [(1, b"a"), (2, b""), (3, b"b")]),
        (b"a\r\nb\r\n", [(1, b"a"), (2, b"b")]),
        (b"\xef\xbb\xbfa\nb\n", [(1, b"a"), (2, b"b")]),
        (b"a\n\xef\xbb\xbfb\n", [(1, b"a"), (2, b"\xef\xbb\xbfb")]),  # only a file's first BOM
        (b"a\x0bb\x0cc\xe2\x80\xa8d\n", [(1, b"a\x0bb\x0cc\xe2\x80\xa8d")]),  # no line ends
        (b"\xff\x00\n", [(1, b"\xff\x00")]),
    ],
)
def test_physical_lines_are_numbered_and_lose_only_their_end_and_a_bom(
    tmp_path: Path, content: bytes, lines: list[tuple[int, bytes]]
) -> None:
    assert _lines(tmp_path, "conversations.jsonl", content) == lines


def _flipped(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("conversations-x.jsonl.gz", gzip.compress(MANY)[:-20], id="gzip cut off"),
        pytest.param("conversations-x.jsonl.gz", gzip.compress(MANY)[:-4], id="gzip without size"),
        pytest.param("conversations-x.jsonl.gz", b"plain text", id="not gzip"),
        pytest.param(
            "conversations-x.jsonl.gz", _flipped(gzip.compress(MANY), -5), id="gzip wrong checksum"
        ),
        pytest.param("conversations-x.jsonl.zst", b"plain text", id="not zstandard"),
        pytest.param(
            "conversations-x.jsonl.gz",
            gzip.compress(MANY, mtime=0)[:10] + b"\xff" + gzip.compress(MANY, mtime=0)[11:],
            id="gzip broken block",
        ),
        pytest.param(
            "conversations-x.jsonl.zst",
            zstd.compress(MANY)[: len(zstd.compress(MANY)) // 2],
            id="zstandard cut off",
        ),
    ],
)
def test_a_file_that_breaks_off_is_an_error_that_names_it(
    tmp_path: Path, name: str, content: bytes
) -> None:
    with pytest.raises(UserError) as error:
        _lines(tmp_path, f"2026-01-05/{name}", content)
    assert f"2026-01-05/{name}: cannot be read to its end" in str(error.value)


def test_csv_rows_have_their_names_and_their_line(tmp_path: Path) -> None:
    rows = _rows(tmp_path, HEADER + b"c1,hired,1,\nc2,hired,0,late\n")
    assert [(row.line, row.fields) for row in rows] == [
        (2, {"conversation_id": "c1", "outcome": "hired", "value": "1", "note": ""}),
        (3, {"conversation_id": "c2", "outcome": "hired", "value": "0", "note": "late"}),
    ]


def test_a_quoted_field_may_hold_lines_commas_and_quotes(tmp_path: Path) -> None:
    rows = _rows(tmp_path, HEADER + b'c1,hired,1,"a\r\nb, ""c"""\nc2,hired,1,\n')
    assert rows[0].fields is not None
    assert rows[0].fields["note"] == 'a\r\nb, "c"'
    assert [row.line for row in rows] == [3, 4]  # a row is known by its last physical line


@pytest.mark.parametrize("content", [HEADER.replace(b"\n", b"\r\n") + b"c1,hired,1,x\r\n",
                                     b"\xef\xbb\xbf" + HEADER + b"c1,hired,1,x\n"])  # fmt: skip
def test_csv_may_come_from_windows(tmp_path: Path, content: bytes) -> None:
    (row,) = _rows(tmp_path, content)
    assert row.fields == {"conversation_id": "c1", "outcome": "hired", "value": "1", "note": "x"}


@pytest.mark.parametrize(
    "line", [b"c1,hired\n", b"c1,hired,1,x,y\n", b"\n", b"c1,hired,1,caf\xe9\n"]
)
def test_a_csv_row_that_does_not_fit_its_header_has_no_fields(tmp_path: Path, line: bytes) -> None:
    first, second = _rows(tmp_path, HEADER + line + b"c2,hired,1,\n")
    assert first.fields is None
    assert first.raw == line.rstrip()
    assert second.fields is not None


def test_a_csv_row_keeps_its_raw_bytes(tmp_path: Path) -> None:
    (row,) = _rows(tmp_path, HEADER + b'"c1","hi""red",1\n')
    assert row.raw == b'"c1","hi""red",1'


def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_after_it(tmp_path: Path) -> None:
    content = HEADER + b'c1,hired,1,"oops\n' + b"".join(b"c%d,hired,1,\n" % i for i in range(2, 9))
    with pytest.raises(UserError, match=r"outcomes\.csv"):
        _rows(tmp_path, content)


def test_a_very_long_field_does_not_cost_the_other_rows(tmp_path: Path) -> None:
    rows = _rows(tmp_path, HEADER + b"c1,hired,1," + b"x" * 200_000 + b"\nc2,hired,1,\n")
    assert len(rows) == 2


def test_a_csv_without_the_key_column_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"outcomes\.csv, line 1.*conversation_id"):
        _rows(tmp_path, b"id,outcome,value\nc1,hired,1\n")


@pytest.mark.parametrize("content", [b"", HEADER])
def test_a_csv_without_rows_is_empty(tmp_path: Path, content: bytes) -> None:
    assert _rows(tmp_path, content) == []


def test_json_rows_that_are_no_objects_have_no_fields(tmp_path: Path) -> None:
    content = b'{"conversation_id": "c1"}\n[1]\nnonsense\n\n' + b"[" * 100_000 + b"\n"
    rows = _rows(tmp_path, content, "outcomes.jsonl")
    assert [row.fields for row in rows] == [{"conversation_id": "c1"}, None, None, None, None]
    assert rows[2].raw == b"nonsense"


def test_rows_are_read_from_parquet_with_their_types(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "conversation_id": ["c1", None],
            "value": [1.5, 2.0],
            "occurred_at": [date(2026, 1, 5)] * 2,
        }
    )
    frame.write_parquet(tmp_path / "made.parquet")
    rows = _rows(tmp_path, (tmp_path / "made.parquet").read_bytes(), "outcomes.parquet")
    assert rows[0].fields == {
        "conversation_id": "c1", "value": 1.5, "occurred_at": date(2026, 1, 5),
    }  # fmt: skip
    assert [row.line for row in rows] == [1, 2]


def test_a_parquet_file_that_breaks_off_is_an_error_that_names_it(tmp_path: Path) -> None:
    pl.DataFrame({"conversation_id": ["c1"] * 100}).write_parquet(tmp_path / "made.parquet")
    cut = (tmp_path / "made.parquet").read_bytes()[:-30]
    with pytest.raises(UserError, match=r"outcomes\.parquet: not a readable Parquet file"):
        _rows(tmp_path, cut, "outcomes.parquet")


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("conversations-2026-01-05.jsonl", date(2026, 1, 5)),
        ("2026-01-05/conversations.jsonl", date(2026, 1, 5)),
        ("2026-01-04/conversations-2026-01-05.jsonl", date(2026, 1, 5)),  # the last one
        ("day=2026-01-05/conversations.jsonl", date(2026, 1, 5)),
        ("2026-01-05/conversations-2026-13-40.jsonl", date(2026, 1, 5)),  # the last valid one
        ("conversations-2026-13-40.jsonl", None),
        ("conversations-12026-01-05.jsonl", None),
        ("conversations-20260105.jsonl", None),
        ("conversations.jsonl", None),
    ],
)
def test_the_day_of_a_file_is_the_last_valid_one_in_its_path(
    tmp_path: Path, name: str, day: date | None
) -> None:
    assert drop_file(tmp_path / "drops", name, b"").path_day == day


def test_files_are_found_by_name_in_all_folders_and_others_left_alone(tmp_path: Path) -> None:
    drops = write_drop(tmp_path / "drops")
    names = [
        "b/conversations.jsonl", "a/outcomes-x.parquet", "outcomes.jsonl.gz", "labels.csv",
        "labels.csv.bak", "conversations.jsonl.part", "my_conversations.jsonl", "README.md",
        "b/conversations-1.jsonl.zst", "outcomes.csv.gz",
    ]  # fmt: skip
    for name in names:
        (drops / name).parent.mkdir(exist_ok=True)
        (drops / name).write_bytes(b"")
    (drops / "conversations-folder.jsonl").mkdir()
    assert {(file.name, file.kind) for file in find_drop_files(drops)} == {
        ("conversations.jsonl", "conversations"), ("b/conversations.jsonl", "conversations"),
        ("b/conversations-1.jsonl.zst", "conversations"), ("a/outcomes-x.parquet", "outcomes"),
        ("outcomes.jsonl.gz", "outcomes"), ("outcomes.csv.gz", "outcomes"),
        ("labels.csv", "labels"),
    }  # fmt: skip


def test_a_zstandard_outcome_file_is_not_overlooked(tmp_path: Path) -> None:
    drop_file(tmp_path / "drops", "outcomes.csv.zst", zstd.compress(HEADER))


def test_a_missing_folder_and_one_without_conversations_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder; give --drops"):
        find_drop_files(tmp_path / "nowhere")
    (tmp_path / "outcomes.csv").write_bytes(HEADER)
    with pytest.raises(UserError, match=r"holds no conversations\*\.jsonl"):
        find_drop_files(tmp_path)

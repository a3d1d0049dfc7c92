"""Files as they really come: compressed, cut off, damaged, or not what their name says."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

from last_mile.adapters.drop_reading.containers import records
from last_mile.adapters.drop_reading.opening import container_of, opened
from last_mile.errors import UserError
from last_mile_tests.scenario import READING, conversation, drop_file, json_lines

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LINES = b'{"a": 1}\n{"b": 2}\n'
MANY = json_lines([conversation(f"c{i}", number=i * 7919) for i in range(500)])
PACKED = gzip.compress(MANY, mtime=0)


def _read(tmp_path: Path, name: str, content: bytes) -> list[bytes]:
    file = drop_file(tmp_path / "drops", name, content)
    return [record.raw for record in records(file, READING.max_line_bytes)]


@pytest.mark.parametrize(
    ("suffix", "packed"),
    [
        ("", LINES),
        (".gz", gzip.compress(LINES, mtime=0)),
        (
            ".gz",
            gzip.compress(LINES[:9], mtime=0) + gzip.compress(LINES[9:], mtime=0),
        ),  # two members
        (
            ".gz",
            gzip.compress(LINES[:4], mtime=0)
            + gzip.compress(b"", mtime=0)
            + gzip.compress(LINES[4:], mtime=0),
        ),
        (".zst", zstd.compress(LINES)),
        (".zst", zstd.compress(LINES[:9]) + zstd.compress(LINES[9:])),  # two frames
    ],
)
def test_bytes_are_read_from_plain_and_compressed_files(
    tmp_path: Path, suffix: str, packed: bytes
) -> None:
    file = drop_file(tmp_path / "drops", f"conversations.jsonl{suffix}", packed)
    with opened(file) as stream:
        assert stream.read() == LINES


def _flipped(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("conversations-x.jsonl.gz", PACKED[:-20], id="gzip cut off"),
        pytest.param("conversations-x.jsonl.gz", PACKED[:-4], id="gzip without size"),
        pytest.param("conversations-x.jsonl.gz", PACKED + PACKED[:-20], id="second member cut off"),
        pytest.param("conversations-x.jsonl.gz", _flipped(PACKED, -5), id="gzip wrong checksum"),
        pytest.param("conversations-x.jsonl.gz", PACKED[:2], id="nothing but the magic"),
        pytest.param(
            "conversations-x.jsonl.gz", PACKED[:10] + b"\xff" + PACKED[11:], id="gzip broken block"
        ),
        pytest.param(
            "conversations-x.jsonl.zst",
            zstd.compress(MANY)[: len(zstd.compress(MANY)) // 2],
            id="zstandard cut off",
        ),
        pytest.param("outcomes.csv.gz", PACKED[:-20], id="CSV cut off"),
        pytest.param("conversations.json.gz", PACKED[:-20], id="JSON cut off"),
    ],
)
def test_a_file_that_breaks_off_is_an_error_that_names_it(
    tmp_path: Path, name: str, content: bytes
) -> None:
    with pytest.raises(UserError) as error:
        _read(tmp_path, f"2026-01-05/{name}", content)
    assert f"2026-01-05/{name}: cannot be read to its end" in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("conversations.jsonl.gz", b"plain text", "says gzip, it holds something else"),
        ("conversations.jsonl.zst", b"plain text", "says Zstandard, it holds something else"),
        ("conversations.jsonl.gz", zstd.compress(LINES), "says gzip, it holds Zstandard"),
        ("conversations.jsonl.gz", b"", "says gzip, it holds nothing"),
        ("conversations.parquet", b"", "says Parquet, it holds nothing"),
        ("conversations.parquet", LINES, "says Parquet, it holds something else"),
        ("conversations.jsonl", gzip.compress(LINES, mtime=0), "says text, it holds gzip"),
        ("conversations.jsonl", b"PK\x03\x04\x14\x00", "says text, it holds ZIP"),
        ("conversations.jsonl", b"PAR1\x15\x04", "says text, it holds Parquet"),
        ("conversations.jsonl", LINES.decode().encode("utf-16"), "says text, it holds UTF-16"),
        ("outcomes.csv", b"PK\x03\x04\x14\x00", "says text, it holds ZIP"),  # of a spreadsheet
        (
            "conversations.jsonl.gz",
            gzip.compress(b"PAR1\x15", mtime=0),
            "says text, it holds Parquet",
        ),
        ("conversations.jsonl.gz", gzip.compress(PACKED, mtime=0), "says text, it holds gzip"),
        ("conversations.jsonl", b'[\n{"a": 1},\n{"b": 2}\n]\n', "holds a JSON array"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_an_error_that_says_what_it_is(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    with pytest.raises(UserError) as error:
        _read(tmp_path, name, content)
    assert str(error.value).startswith(f"{name}: its name says ")
    assert said in str(error.value)


def test_an_error_holds_no_text_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        _read(tmp_path, "conversations.jsonl.gz", b"my secret")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("name", ["conversations.jsonl", "outcomes.csv", "conversations.json"])
def test_an_empty_text_file_holds_nothing_and_is_no_error(tmp_path: Path, name: str) -> None:
    assert _read(tmp_path, name, b"") == []
    assert _read(tmp_path, f"{name}.gz", gzip.compress(b"", mtime=0)) == []


def test_a_file_that_vanished_is_an_error_that_names_it(tmp_path: Path) -> None:
    file = drop_file(tmp_path / "drops", "conversations-x.jsonl", LINES)
    file.path.unlink()
    with pytest.raises(UserError, match=r"conversations-x\.jsonl: cannot be read"):
        list(records(file, READING.max_line_bytes))


@pytest.mark.parametrize(
    ("name", "container"),
    [
        ("conversations.jsonl", "jsonl"), ("a.ndjson.gz", "jsonl"), ("a.json.zst", "json"),
        ("outcomes.csv.gz", "csv"), ("labels.parquet", "parquet"), ("labels.parquet.gz", "parquet"),
    ],
)  # fmt: skip
def test_a_container_is_known_by_the_files_name(tmp_path: Path, name: str, container: str) -> None:
    assert container_of(drop_file(tmp_path / "drops", name, b"")) == container

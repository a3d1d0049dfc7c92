"""Files that are bad as a whole or strangely named; conversations that are logged twice.

Not here: single bad lines (test_bad_input.py), large and many ones (test_large_input.py).
"""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.drop_reading import Reading
from last_mile.adapters.landing import Landed, land
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile_tests.scenario import LAST_DAY, conversation, json_lines, message

EVER = Days(date(2015, 1, 1), date(2100, 1, 1))
GOOD = json_lines([conversation("c1"), conversation("c2")])
PACKED = gzip.compress(GOOD, mtime=0)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(home=str(tmp_path / "home"))


@pytest.fixture
def drops(tmp_path: Path) -> Path:
    (tmp_path / "drops").mkdir()
    return tmp_path / "drops"


def _land(warehouse: Warehouse, drops: Path, **how: Any) -> Landed:
    return land(warehouse, drops, "conversations", Reading(last_day=LAST_DAY, **how))


def _status(warehouse: Warehouse) -> dict[str, str]:
    return dict(warehouse.read("log_files").select("file", "status").iter_rows())


def _logs(warehouse: Warehouse) -> pl.DataFrame:
    return warehouse.read("conversation_logs").sort("file", "line")


def _zip(content: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("conversations.jsonl", content)
    return held.getvalue()


def _parquet() -> bytes:
    held = io.BytesIO()
    pl.DataFrame([conversation()]).write_parquet(held)
    return held.getvalue()


def test_an_empty_file_has_no_lines_and_is_no_error(warehouse: Warehouse, drops: Path) -> None:
    (drops / "conversations.jsonl").write_bytes(b"")
    (drops / "conversations-packed.jsonl.gz").write_bytes(gzip.compress(b""))
    _land(warehouse, drops)
    files = warehouse.read("log_files").select("status", "lines", "records")
    assert files.rows() == [("landed", 0, 0)] * 2
    assert _logs(warehouse).is_empty()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("conversations.jsonl.gz", b""),
        ("conversations.jsonl.zst", b""),
        ("conversations.parquet", b""),
        ("conversations.jsonl.gz", PACKED[:-1]),
        ("conversations.jsonl.gz", PACKED[:-8]),
        ("conversations.jsonl.gz", PACKED[:40]),
        ("conversations.jsonl.gz", PACKED + PACKED[:-9]),
        ("conversations.jsonl.gz", PACKED[:-8] + b"\0" * 8),  # another checksum
        ("conversations.jsonl.gz", GOOD),
        ("conversations.jsonl.zst", GOOD),
        ("conversations.jsonl.gz", _parquet()),
        ("conversations.jsonl.gz", gzip.compress(PACKED, mtime=0)),
        ("conversations.jsonl.gz", gzip.compress(_parquet(), mtime=0)),
        ("conversations.jsonl", PACKED),
        ("conversations.jsonl", _parquet()),
        ("conversations.jsonl", _zip(GOOD)),
        ("conversations.csv", _zip(GOOD)),
        ("conversations.json", PACKED),
        ("conversations.jsonl", GOOD.decode().encode("utf-16")),
        ("conversations.csv", b"conversation_id,role,content\n".decode().encode("utf-16")),
        ("conversations.jsonl", json.dumps([conversation()], indent=1).encode()),
        ("conversations.parquet", GOOD),
        ("conversations.parquet", _parquet()[:-20]),
        ("conversations.parquet", b"PAR1" + GOOD + b"PAR1"),
    ],
)
def test_a_file_that_is_cut_off_or_not_what_its_name_says_is_unreadable_and_not_empty(
    name: str, content: bytes, warehouse: Warehouse, drops: Path
) -> None:
    (drops / name).write_bytes(content)
    landed = _land(warehouse, drops)
    assert landed.unreadable == [name]
    row = warehouse.read("log_files").row(0, named=True)
    assert (row["status"], row["lines"], row["records"]) == ("unreadable", 0, 0)
    assert name in row["error"]
    assert _logs(warehouse).is_empty()


def test_a_file_that_breaks_keeps_the_rows_it_had_and_fails_until_it_is_whole(
    warehouse: Warehouse, drops: Path
) -> None:
    file = drops / "conversations.jsonl.gz"
    file.write_bytes(gzip.compress(GOOD))
    _land(warehouse, drops)
    whole = _logs(warehouse)
    grown = GOOD + json_lines([conversation("c3")])
    file.write_bytes(gzip.compress(grown)[:-9])
    assert _land(warehouse, drops).unreadable == ["conversations.jsonl.gz"]
    assert _status(warehouse) == {"conversations.jsonl.gz": "unreadable"}
    assert _logs(warehouse).equals(whole)
    file.write_bytes(gzip.compress(grown))
    _land(warehouse, drops)
    assert _logs(warehouse)["conversation_id"].to_list() == ["c1", "c2", "c3"]


def test_gzip_of_several_members_is_one_file(warehouse: Warehouse, drops: Path) -> None:
    middle = len(GOOD) // 2  # inside the first line
    members = [gzip.compress(part) for part in (GOOD[:middle], b"", GOOD[middle:], GOOD)]
    (drops / "conversations.jsonl.gz").write_bytes(b"".join(members))
    _land(warehouse, drops)
    logs = _logs(warehouse)
    assert logs["conversation_id"].to_list() == ["c1", "c2", "c1", "c2"]
    size = len(GOOD) // 2
    assert logs["byte_offset"].to_list() == [0, size, 2 * size, 3 * size]


def test_a_json_array_on_one_line_of_a_jsonl_file_is_not_lost(
    warehouse: Warehouse, drops: Path
) -> None:
    array = json.dumps([conversation("c1"), conversation("c2")]).encode()
    (drops / "conversations.jsonl").write_bytes(array + b"\n" + GOOD)
    _land(warehouse, drops)
    logs = _logs(warehouse)
    assert logs["reject_reason"].to_list() == ["not_an_object", None, None]
    assert logs["raw"][0] == array


@pytest.mark.parametrize("name", ["items", "spans"])
@pytest.mark.parametrize("value", [[], [{"a": 1}]])
def test_a_conversation_in_a_json_file_is_no_wrapper_whatever_else_it_holds(
    name: str, value: Any, warehouse: Warehouse, drops: Path
) -> None:
    line = {**conversation(), name: value}
    (drops / "conversations.json").write_text(json.dumps(line, indent=1))
    _land(warehouse, drops)
    logs = _logs(warehouse)
    assert logs["conversation_id"].to_list() == ["c1"]
    assert json.loads(logs["attributes"][0]) == {name: value}


@pytest.mark.parametrize(
    ("name", "file"),
    [
        (b"a name with  spaces.jsonl", "a name with  spaces.jsonl"),
        ("Gespräche — März/日本語 🙂.jsonl".encode(), "Gespräche — März/日本語 🙂.jsonl"),
        (b'it\'s "quoted" % $1 {x}; --.jsonl', 'it\'s "quoted" % $1 {x}; --.jsonl'),
        (b"new\nline.jsonl", "new\nline.jsonl"),
        (b"Gespr\xe4che\xff/caf\xe9.jsonl", r"Gespr\xe4che\xff/caf\xe9.jsonl"),
    ],
)
def test_a_file_of_any_name_is_landed_under_it(
    name: bytes, file: str, warehouse: Warehouse, drops: Path
) -> None:
    path = os.path.join(os.fsencode(drops), name)  # noqa: PTH118 - a Path holds no bytes
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
    Path(os.fsdecode(path)).write_bytes(GOOD + b"{cut")
    _land(warehouse, drops)
    assert _status(warehouse) == {file: "landed"}
    logs = _logs(warehouse)
    assert logs["file"].to_list() == [file] * 3
    assert logs["reject_reason"].to_list() == [None, None, "invalid_json"]
    warehouse.build("conversations", EVER)
    assert warehouse.read("conversations")["sources"][0][0]["file"] == file
    assert _land(warehouse, drops).unchanged == 1


def test_the_longest_of_two_versions_counts_and_the_other_is_recorded(
    warehouse: Warehouse, drops: Path
) -> None:
    longer = [*conversation()["messages"], message("user", "Thanks!")]
    rows = [conversation("c1", messages=longer), conversation("c1"), conversation("c2")]
    (drops / "conversations.jsonl").write_bytes(json_lines([*rows, conversation("c2")]))
    _land(warehouse, drops)
    warehouse.build("conversations", EVER)
    warehouse.build("duplicate_lines", EVER)
    kept = warehouse.read("conversations").sort("conversation_id")
    assert kept["messages"].list.len().to_list() == [3, 2]
    assert [sources[0]["line"] for sources in kept["sources"]] == [1, 4]
    others = warehouse.read("duplicate_lines").sort("line")
    assert others.select("line", "conversation_id", "relation", "kept_line").rows() == [
        (2, "c1", "other_content", 1),
        (3, "c2", "same_content", 4),
    ]

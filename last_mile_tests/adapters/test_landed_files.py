"""Which files a landing reads: changed ones, each whole or not at all, and only logs."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from last_mile.adapters.landing import Landed, land
from last_mile.adapters.log_drop import Kind
from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.scenario import (
    DAY,
    DAYS,
    READING,
    conversation,
    json_lines,
    write_drop,
    write_file,
)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(home=str(tmp_path / "home"))


@pytest.fixture
def drops(tmp_path: Path) -> Path:
    return write_drop(tmp_path / "drops")


def _land(warehouse: Warehouse, drops: Path, kind: Kind = "conversations") -> Landed:
    return land(warehouse, drops, kind, READING)


def _counts(landed: Landed) -> tuple[int, int, int, int]:
    return landed.files, landed.unchanged, landed.lines, landed.rejected


def _ids(warehouse: Warehouse) -> list[str]:
    logs = warehouse.read("conversation_logs").filter(pl.col("conversation_id").is_not_null())
    return sorted(logs["conversation_id"])


def test_unchanged_files_are_not_read_twice(warehouse: Warehouse, drops: Path) -> None:
    file = write_file(drops, "conversations.jsonl", json_lines([conversation()]))
    _land(warehouse, drops)
    # other bytes of the same size and time: to read them would show
    content = file.read_bytes().replace(b"c1", b"XX")
    write_file(drops, "conversations.jsonl", content)
    assert _counts(_land(warehouse, drops)) == (0, 1, 0, 0)
    assert _ids(warehouse) == ["c1"]


def test_a_file_is_read_again_when_asked_and_left_alone_when_asked(
    warehouse: Warehouse, drops: Path
) -> None:
    name = "conversations.jsonl"
    file = write_file(drops, name, json_lines([conversation()]))
    assert _counts(land(warehouse, drops, "conversations", READING, leave=[name])) == (0, 1, 0, 0)
    assert _ids(warehouse) == []
    _land(warehouse, drops)
    write_file(drops, name, file.read_bytes().replace(b"c1", b"XX"))
    assert _counts(land(warehouse, drops, "conversations", READING, again=[name])) == (1, 0, 1, 0)
    assert _ids(warehouse) == ["XX"]


def test_files_read_under_another_policy_are_read_again(warehouse: Warehouse, drops: Path) -> None:
    write_file(drops, "conversations.jsonl", json_lines([conversation(started_at=None)]))
    assert _land(warehouse, drops).rejected == 1
    dated = replace(READING, default_day=DAY)
    assert _counts(land(warehouse, drops, "conversations", dated)) == (1, 0, 1, 0)
    assert _counts(land(warehouse, drops, "conversations", dated)) == (0, 1, 0, 0)


@pytest.mark.parametrize("seconds", [0, 60])
def test_a_changed_file_replaces_its_rows_and_no_others(
    warehouse: Warehouse, drops: Path, seconds: int
) -> None:
    write_file(drops, "conversations.jsonl", json_lines([conversation("c1"), conversation("c2")]))
    write_file(drops, "conversations-b.jsonl", json_lines([conversation("c3")]))
    _land(warehouse, drops)
    write_file(drops, "conversations.jsonl", json_lines([conversation("c4")]), seconds)
    assert _counts(_land(warehouse, drops)) == (1, 1, 1, 0)
    assert _ids(warehouse) == ["c3", "c4"]


def test_a_file_that_was_emptied_has_no_rows_left(warehouse: Warehouse, drops: Path) -> None:
    write_file(drops, "conversations.jsonl", json_lines([conversation()]))
    _land(warehouse, drops)
    write_file(drops, "conversations.jsonl", b"", 60)
    assert _counts(_land(warehouse, drops)) == (1, 0, 0, 0)
    assert _ids(warehouse) == []


def test_rows_of_a_file_that_left_the_folder_stay(warehouse: Warehouse, drops: Path) -> None:
    gone = write_file(drops, "conversations-a.jsonl", json_lines([conversation()]))
    _land(warehouse, drops)
    gone.unlink()
    assert _land(warehouse, drops).files == 0
    assert _ids(warehouse) == ["c1"]


def test_a_file_that_cannot_be_read_is_noted_and_the_other_files_are_landed(
    warehouse: Warehouse, drops: Path
) -> None:
    name = "2026-01-05/conversations-b.jsonl.gz"
    write_file(drops, "conversations-a.jsonl", json_lines([conversation("c1")]))
    write_file(drops, name, gzip.compress(json_lines([conversation("c2")]))[:-9])
    write_file(drops, "conversations-c.jsonl", json_lines([conversation("c3")]))
    landed = _land(warehouse, drops)
    assert landed.unreadable == [name]
    assert _ids(warehouse) == ["c1", "c3"]
    entry = warehouse.read("log_files").row(by_predicate=pl.col("file") == name, named=True)
    assert (entry["status"], entry["lines"], entry["file_day"]) == ("unreadable", 0, DAY)
    assert entry["error"].startswith(f"{name}: cannot be read to its end")
    assert warehouse.read("unreadable_files", DAYS)["file"].to_list() == [name]


def test_a_file_that_breaks_later_keeps_the_rows_it_had(warehouse: Warehouse, drops: Path) -> None:
    name, packed = "conversations-b.jsonl.gz", gzip.compress(json_lines([conversation("c2")]))
    write_file(drops, name, packed)
    _land(warehouse, drops)
    write_file(drops, name, packed[:-9], 60)
    assert _land(warehouse, drops).unreadable == [name]
    assert _ids(warehouse) == ["c2"]
    assert warehouse.read("unreadable_files", DAYS)["file"].to_list() == [name]
    assert _land(warehouse, drops).unreadable == [name]  # it is tried each time
    write_file(drops, name, packed, 120)
    landed = _land(warehouse, drops)
    assert (landed.lines, landed.unreadable) == (1, [])
    assert _ids(warehouse) == ["c2"]
    assert warehouse.read("unreadable_files", DAYS).is_empty()


@pytest.mark.parametrize(
    ("before", "statuses", "ids"),
    [
        pytest.param(True, ["landed"], ["c2"], id="read before: its rows stay"),
        pytest.param(False, [], [], id="never read"),
    ],
)
def test_an_unreadable_file_that_left_the_folder_fails_no_day_any_more(
    warehouse: Warehouse, drops: Path, before: bool, statuses: list[str], ids: list[str]
) -> None:
    name, packed = "conversations-b.jsonl.gz", gzip.compress(json_lines([conversation("c2")]))
    if before:
        write_file(drops, name, packed)
        _land(warehouse, drops)
    write_file(drops, name, packed[:-9], 60)
    _land(warehouse, drops)
    (drops / name).unlink()
    _land(warehouse, drops)
    entries = warehouse.read("log_files").filter(file=name)
    assert (entries["status"].to_list(), _ids(warehouse)) == (statuses, ids)
    assert warehouse.read("unreadable_files", DAYS).is_empty()


def test_a_data_file_is_a_log_by_its_name_or_its_content_and_else_ignored(
    warehouse: Warehouse, drops: Path
) -> None:
    write_file(drops, "export.jsonl", b"nonsense\n" + json_lines([conversation("c1")]))
    write_file(drops, "settings.json", b'{"theme": "dark"}')
    write_file(drops, "conversations-x.jsonl", b'{"theme": "dark"}\n')
    landed = _land(warehouse, drops)
    assert (landed.ignored, landed.rejected) == (["settings.json"], 2)
    entries = warehouse.read("log_files")
    assert sorted(entries.select("file", "status", "format", "lines", "rejected").rows()) == [
        ("conversations-x.jsonl", "landed", None, 1, 1),
        ("conversations.jsonl", "landed", None, 0, 0),
        ("export.jsonl", "landed", "native", 2, 1),
        ("settings.json", "ignored", None, 0, 0),
    ]
    reasons = warehouse.read("rejected_places").select("file", "reason").rows()
    assert reasons == [
        ("conversations-x.jsonl", "unknown_format"), ("export.jsonl", "invalid_json"),
    ]  # fmt: skip


def test_landing_again_after_the_tables_were_written_but_not_the_entry_gives_the_same_rows(
    warehouse: Warehouse, drops: Path
) -> None:
    write_file(drops, "conversations.jsonl", json_lines([conversation("c1")]) + b"nonsense\n")
    _land(warehouse, drops)
    before = warehouse.read("conversation_logs").sort("line")
    warehouse.replace("log_files", warehouse.read("log_files").clear())  # as after a crash
    assert _land(warehouse, drops).lines == 2
    assert warehouse.read("conversation_logs").sort("line").equals(before)

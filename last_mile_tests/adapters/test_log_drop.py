"""The files of a drop folder: which there are, of what kind and day, whether they are complete."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from last_mile.adapters.log_drop import find_drop_files, look
from last_mile.errors import UserError
from last_mile_tests.scenario import drop_file, write_drop, write_file


def _kinds(drops: Path) -> dict[str, str]:
    return {file.name: file.kind for file in find_drop_files(drops)}


def _marked(drops: Path) -> dict[str, bool | None]:
    return {seen.name: seen.marked for seen in look(drops, "conversations")}


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


def test_files_are_found_in_all_folders_by_name_and_every_data_file_may_be_a_log(
    tmp_path: Path,
) -> None:
    kinds = {
        "conversations.jsonl": "conversations",
        "b/conversations.jsonl": "conversations",
        "b/conversations-1.jsonl.zst": "conversations",
        "b/c/deep/export.csv": "conversations",
        "my_conversations.jsonl": "conversations",
        "traces.json": "conversations",
        "spans.ndjson.gz": "conversations",
        "turns.parquet": "conversations",
        "a/outcomes-x.parquet": "outcomes",
        "outcomes.jsonl.gz": "outcomes",
        "outcomes.csv.zst": "outcomes",
        "labels.csv": "labels",
        "labels.ndjson": "labels",
    }
    for name in kinds:
        write_file(tmp_path, name)
    assert _kinds(tmp_path) == kinds


@pytest.mark.parametrize(
    "name",
    [
        "README.md", "labels.csv.bak", "conversations.jsonl.part", "conversations.jsonl.gz.tmp",
        "conversations", "jsonl", "_SUCCESS", "_manifest.json", "manifest.json", ".hidden.jsonl",
        "_started.jsonl", ".last_mile/conversations.jsonl", "notes.txt", "conversations.xlsx",
    ],
)  # fmt: skip
def test_what_is_no_data_file_is_left_alone(tmp_path: Path, name: str) -> None:
    write_file(tmp_path, "conversations.jsonl")
    write_file(tmp_path, name)
    (tmp_path / "conversations-folder.jsonl").mkdir()
    assert list(_kinds(tmp_path)) == ["conversations.jsonl"]


def test_only_a_file_that_says_so_is_a_conversation_log_by_its_name(tmp_path: Path) -> None:
    for name in ("conversations-1.csv", "a/conversations.jsonl", "export.jsonl"):
        write_file(tmp_path, name)
    says = {file.name: file.says_conversations for file in find_drop_files(tmp_path)}
    assert says == {
        "a/conversations.jsonl": True, "conversations-1.csv": True, "export.jsonl": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("conversations of May.jsonl", "conversations of May.jsonl"),
        ("Gespräche/会话 🙂.jsonl", "Gespräche/会话 🙂.jsonl"),
        ("conversations'\";--.jsonl", "conversations'\";--.jsonl"),
        ("caf\udce9.jsonl", "caf\\xe9.jsonl"),  # a Latin-1 byte: as text that can be stored
    ],
)
def test_names_may_have_any_letters(tmp_path: Path, given: str, name: str) -> None:
    write_file(tmp_path, given, b"{}")
    (file,) = find_drop_files(tmp_path)
    assert file.name == name
    assert file.name.encode()
    assert file.path.read_bytes() == b"{}"


def test_a_file_is_known_by_its_size_and_time(tmp_path: Path) -> None:
    write_file(tmp_path, "conversations.jsonl", b"abc", seconds=7)
    (file,) = find_drop_files(tmp_path)
    assert (file.size_bytes, file.modified_ns) == (3, 1_767_600_007 * 10**9)
    assert file.modified_day == date(2026, 1, 5)  # 1,767,600,007 s after 1970 is 08:00:07


def test_files_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("z.jsonl", "b/conversations.jsonl", "b.jsonl", "B.jsonl", "a.jsonl"):
        write_file(tmp_path, name)
    names = [file.name for file in find_drop_files(tmp_path)]
    assert names == ["B.jsonl", "a.jsonl", "b.jsonl", "b/conversations.jsonl", "z.jsonl"]


def test_a_missing_folder_and_one_without_conversations_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder; give --drops"):
        find_drop_files(tmp_path / "nowhere")
    write_file(tmp_path, "outcomes.csv", b"conversation_id,outcome,value\n")
    with pytest.raises(UserError, match=r"holds no conversation log, such as conversations\.jsonl"):
        find_drop_files(tmp_path)
    with pytest.raises(UserError, match="holds no conversation log"):
        look(tmp_path, "conversations")


def test_without_a_marker_nothing_says_whether_a_file_is_complete(tmp_path: Path) -> None:
    drops = write_drop(tmp_path / "drops")
    assert _marked(drops) == {"conversations.jsonl": None}


def test_a_success_marker_says_that_the_files_before_it_are_complete(tmp_path: Path) -> None:
    write_file(tmp_path, "a/conversations.jsonl", seconds=0)
    write_file(
        tmp_path, "a/conversations-2.jsonl", seconds=20
    )  # after the marker: it says nothing of it
    write_file(tmp_path, "a/_SUCCESS", seconds=10)
    write_file(tmp_path, "b/conversations.jsonl", seconds=0)  # the marker of another folder
    assert _marked(tmp_path) == {
        "a/conversations.jsonl": True,
        "a/conversations-2.jsonl": None,
        "b/conversations.jsonl": None,
    }


@pytest.mark.parametrize("marker", ["_manifest.json", "manifest.json"])
def test_a_manifest_says_which_files_are_complete_by_their_size(
    tmp_path: Path, marker: str
) -> None:
    write_file(tmp_path, "conversations.jsonl", b"abc")
    write_file(tmp_path, "conversations-cut.jsonl", b"ab")
    write_file(tmp_path, "conversations-unlisted.jsonl", b"abc")
    write_file(tmp_path, "_SUCCESS", seconds=10)  # a manifest says more
    listed = [
        {"name": name, "size_bytes": 3}
        for name in ("conversations.jsonl", "conversations-cut.jsonl")
    ]
    write_file(tmp_path, marker, json.dumps({"files": listed}).encode())
    assert _marked(tmp_path) == {
        "conversations.jsonl": True,
        "conversations-cut.jsonl": False,
        "conversations-unlisted.jsonl": False,
    }


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"7", b"{}", b'{"files": 7}', b'{"files": ["a.jsonl"]}',
        b'{"files": [{"name": "conversations.jsonl"}]}', b"\xff\xfe", b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_manifest_that_cannot_be_read_is_no_marker(tmp_path: Path, content: bytes) -> None:
    write_file(tmp_path, "conversations.jsonl", b"abc")
    write_file(tmp_path, "manifest.json", content)
    assert _marked(tmp_path) == {"conversations.jsonl": None}

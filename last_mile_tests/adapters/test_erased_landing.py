"""Records of an erased user that are read again, arrive late, or are new: refused, not stored.

Not here: the erasure itself (test_erasure.py).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from last_mile.adapters.erasure import erase
from last_mile.adapters.installation import SALT, Installation
from last_mile_tests.adapters.erasable import (
    CHECKS,
    MINE,
    NOW,
    OTHER,
    SECRET,
    THEIRS,
    USER,
    copied,
    held_in,
    home_with,
    land_again,
    naming,
    rows_of,
    two_users,
    unequal,
    warehouse_of,
)
from last_mile_tests.scenario import conversation, json_lines, label, outcome, write_file


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation in which the user has been erased."""
    home = two_users(tmp_path_factory.mktemp("made"))
    erase(home, USER, NOW)
    return home


@pytest.fixture
def home(made: Installation, tmp_path: Path) -> Installation:
    return copied(made, tmp_path)


def _drop(home: Installation, name: str, *rows: dict[str, object]) -> None:
    write_file(Path(home.settings().drops), name, json_lines(rows), 60)


def _accepted(home: Installation, table: str) -> list[str | None]:
    """Conversations of the accepted rows."""
    rows = rows_of(home)[table]
    return [row["conversation_id"] for row in rows if row["reject_reason"] is None]


def _all_is_accounted_for(home: Installation) -> bool:
    return not any(unequal(warehouse_of(home), *check) for check in CHECKS)


def test_the_same_files_read_again_bring_nothing_back(home: Installation) -> None:
    before = rows_of(home)
    land_again(home, again=["conversations.jsonl", "outcomes.csv", "labels.csv"])
    after = rows_of(home)
    order = repr
    for table in (
        "conversation_logs",
        "outcome_logs",
        "label_logs",
        "conversations",
        "day_changes",
    ):
        assert sorted(after[table], key=order) == sorted(before[table], key=order)
    counts = [(f["file"], f["accepted"], f["rejected"]) for f in after["log_files"]]
    assert sorted(counts) == [
        ("conversations.jsonl", 1, 2), ("labels.csv", 1, 1), ("outcomes.csv", 2, 2),
    ]  # fmt: skip
    assert _all_is_accounted_for(home)
    assert held_in(home, USER, "mine-1", SECRET) == set()


def test_new_records_of_them_are_refused_and_those_of_others_are_not(home: Installation) -> None:
    new = conversation("mine-2", user_id=USER, messages=MINE["messages"])
    _drop(home, "conversations-2.jsonl", new, conversation("theirs-2", user_id=OTHER))
    _drop(home, "outcomes-2.jsonl",
          outcome("mine-1", value="0"), outcome("mine-2"), outcome("theirs-2"),
          outcome("", user_id=USER, task_id="t2"))  # fmt: skip
    _drop(home, "labels-2.jsonl", label("mine-2"), label("theirs-2"), label("c9", annotator=USER))
    land_again(home)
    for table, old in (("conversation_logs", ["theirs-1"]), ("label_logs", ["theirs-1"]),
                       ("outcome_logs", [None, "theirs-1"])):  # fmt: skip
        assert sorted(_accepted(home, table), key=str) == sorted([*old, "theirs-2"], key=str)
    assert naming(home, USER, "mine-1", "mine-2", SECRET) == set()
    assert held_in(home, USER, "mine-2", SECRET) == set()
    assert _all_is_accounted_for(home)


def test_a_refused_line_that_names_them_is_kept_without_its_bytes(home: Installation) -> None:
    drops = Path(home.settings().drops)
    broken = json.dumps({"user_id": USER, "text": SECRET}).encode()
    write_file(drops, "conversations-2.jsonl", broken + b"\nother {\n", 60)
    warehouse = land_again(home)
    lines = warehouse.read("conversation_logs").filter(file="conversations-2.jsonl").sort("line")
    assert lines.select("reject_reason", "raw").rows() == [
        ("unknown_format", b""), ("invalid_json", b"other {"),
    ]  # fmt: skip
    assert held_in(home, USER, SECRET) == set()
    assert _all_is_accounted_for(home)


def test_a_turn_that_names_no_user_goes_with_its_conversation(home: Installation) -> None:
    turn = {"conversation_id": "mine-3", "role": "user", "content": SECRET}
    _drop(home, "conversations-3.jsonl", {**turn, "started_at": "2026-01-05T10:00:00Z"},
          {**turn, "started_at": "2026-01-05T10:01:00Z", "user_id": USER})  # fmt: skip
    land_again(home)
    assert _accepted(home, "conversation_logs") == ["theirs-1"]


def test_a_user_nothing_is_known_of_can_be_refused_beforehand(tmp_path: Path) -> None:
    home = home_with(tmp_path, [THEIRS])
    done = erase(home, USER, NOW, even_if_unknown=True)
    assert (done.removed, done.found.conversations) == ({}, 0)
    _drop(home, "conversations-2.jsonl", MINE)
    land_again(home)
    assert _accepted(home, "conversation_logs") == ["theirs-1"]


@pytest.mark.parametrize("later", [True, False], ids=["hashed later", "hashed before"])
def test_they_are_known_by_their_hash_and_as_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: bool
) -> None:
    monkeypatch.setenv(SALT, "s")
    home = home_with(tmp_path, [MINE, THEIRS], hash_users=not later)
    erase(home, USER, NOW)
    home.save(replace(home.settings(), hash_users=later))
    _drop(home, "conversations-2.jsonl", conversation("mine-2", user_id=USER))
    land_again(home)
    assert _accepted(home, "conversation_logs") == ["theirs-1"]

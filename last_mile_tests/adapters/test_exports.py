"""A training release: named by its content, complete or not there, and checkable."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.exports import MANIFEST, broken_files, newest_release, write_release
from last_mile.core.training import training_rows
from last_mile_tests.scenario import DAY, message

ABOUT = {"as_of": "2026-03-01 00:00:00", "epoch": "e", "rubric": {"name": "small"}}
TEXT = "Dear client — “quotes”, \u2028 and a line\nbreak."


def _talk(name: str, *answers: str, user: str | None = None, **over: Any) -> dict[str, Any]:
    """A row of reads/trainable.sql; each answer follows a request."""
    said = [
        {**message(role, text), "tool_calls": None}
        for i, answer in enumerate(answers)
        for role, text in (("user", f"Request {i} of {name}"), ("assistant", answer))
    ]
    return {
        "conversation_id": name, "day": DAY, "user_id": user or name, "messages": said,
        "context": [], "final_output": answers[-1], "tier": "best", "train": "desirable", **over,
    }  # fmt: skip


def _frames(n: int = 40) -> dict[str, pl.DataFrame]:
    """Rows of all kinds: revised and single drafts of n users; some users are for testing."""
    talks = [_talk(f"c{i}", f"{TEXT} {i}", f"{TEXT} {i} again") for i in range(n)]
    singles = [_talk(f"s{i}", f"{TEXT} {i}") for i in range(n)]
    return {
        "sft_examples": training_rows("sft", talks)[0],
        "dpo_pairs": training_rows("dpo", talks)[0],
        "kto_examples": training_rows("kto", singles)[0],
    }


def _files(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_the_same_input_gives_byte_identical_files_and_the_same_id(tmp_path: Path) -> None:
    one = write_release(tmp_path / "one", _frames(), ABOUT)
    shuffled = {
        name: frame.sample(fraction=1, shuffle=True, seed=7) for name, frame in _frames().items()
    }
    two = write_release(tmp_path / "two", shuffled, dict(reversed(ABOUT.items())))
    assert one["release_id"] == two["release_id"]
    assert _files(tmp_path / "one") == _files(tmp_path / "two")


def test_an_equal_release_is_written_once(tmp_path: Path) -> None:
    manifest = write_release(tmp_path, _frames(), ABOUT)
    file = tmp_path / manifest["release_id"] / MANIFEST
    before = (file.stat().st_ino, file.read_bytes())
    assert write_release(tmp_path, _frames(), ABOUT) == manifest
    assert (file.stat().st_ino, file.read_bytes()) == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("frames", "about"), [(_frames(39), ABOUT), (_frames(), {**ABOUT, "epoch": "another"})]
)
def test_other_rows_or_another_origin_make_another_release(
    tmp_path: Path, frames: dict[str, pl.DataFrame], about: dict[str, Any]
) -> None:
    first = write_release(tmp_path, _frames(), ABOUT)
    second = write_release(tmp_path, frames, about)
    assert first["release_id"] != second["release_id"]
    assert len(list(tmp_path.iterdir())) == 2


def test_files_are_in_the_format_trl_reads(tmp_path: Path) -> None:
    manifest = write_release(tmp_path, _frames(), ABOUT)
    columns = {"sft": {"prompt", "completion"}, "dpo": {"prompt", "chosen", "rejected"},
               "kto": {"prompt", "completion", "label"}}  # fmt: skip
    for name, content in _files(tmp_path / manifest["release_id"]).items():
        if name == MANIFEST:
            continue
        rows = [json.loads(line) for line in content.decode().split("\n")[:-1]]
        for row in rows:
            # exactly these: a file with two possible formats is rejected by some trainers
            assert set(row) == columns[name.partition("/")[0]]
            assert row["prompt"][-1]["role"] == "user"
            for part in set(row) - {"prompt", "label"}:
                assert [message["role"] for message in row[part]] == ["assistant"]
            assert row.get("label", True) is True
    assert b"\xe2\x80\x94" in content  # an em dash as itself, not escaped


def test_the_manifest_counts_and_hashes_every_file(tmp_path: Path) -> None:
    manifest = write_release(tmp_path, _frames(), ABOUT)
    files = _files(tmp_path / manifest["release_id"])
    assert {f["path"] for f in manifest["files"]} == set(files) - {MANIFEST}
    for entry in manifest["files"]:
        content = files[entry["path"]]
        assert entry["rows"] == content.count(b"\n")
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert sum(f["rows"] for f in manifest["files"]) == 120  # 40 of each kind
    assert manifest["rows_before_deduplication"] == dict.fromkeys(_frames(), 40)
    assert manifest["split"] == {"by": "user", "salt": "last_mile/1", "test_percent": 10}
    assert json.loads(files[MANIFEST]) == json.loads(json.dumps(manifest))
    assert manifest["epoch"] == "e"


def _requests(content: bytes) -> set[str]:
    return {json.loads(line)["prompt"][0]["content"] for line in content.splitlines()}


def test_no_user_is_in_both_splits(tmp_path: Path) -> None:
    manifest = write_release(tmp_path, _frames(), ABOUT)
    content = _files(tmp_path / manifest["release_id"])
    train, test = (_requests(content[f"dpo/{split}.jsonl"]) for split in ("train", "test"))
    assert train
    assert test
    assert train.isdisjoint(test)


def _twins(first: str, second: str) -> dict[str, pl.DataFrame]:
    """SFT rows of two users who said and were answered exactly the same."""
    one = _talk("c1", "the same answer", user=first)
    two = {**one, "conversation_id": "c2", "user_id": second}
    return {"sft_examples": training_rows("sft", [one, two])[0]}


def test_equal_rows_of_several_conversations_are_exported_once(tmp_path: Path) -> None:
    manifest = write_release(tmp_path, _twins("u1", "u2"), ABOUT)  # both train: see test_training
    assert [(f["path"], f["rows"]) for f in manifest["files"]] == [("sft/train.jsonl", 1)]
    assert manifest["rows_before_deduplication"] == {"sft_examples": 2}


def test_equal_rows_of_a_training_and_a_testing_user_are_exported_once(tmp_path: Path) -> None:
    manifest = write_release(tmp_path, _twins("u1", "u20"), ABOUT)  # u20 is for testing
    assert sum(f["rows"] for f in manifest["files"]) == 1


def test_rows_are_not_in_the_order_of_their_labels(tmp_path: Path) -> None:
    talks = [
        _talk(f"c{i:03}", f"answer {i}", train="desirable" if i < 50 else "undesirable")
        for i in range(100)
    ]
    manifest = write_release(tmp_path, {"kto_examples": training_rows("kto", talks)[0]}, ABOUT)
    content = _files(tmp_path / manifest["release_id"])["kto/train.jsonl"]
    labels = [json.loads(line)["label"] for line in content.splitlines()]
    changes = sum(a is not b for a, b in pairwise(labels))
    assert changes > 20  # sorted by label there would be one


def test_a_release_of_nothing_has_empty_training_files_and_no_test_files(tmp_path: Path) -> None:
    empty = {name: frame.clear() for name, frame in _frames(2).items()}
    manifest = write_release(tmp_path, empty, {})
    assert [f["path"] for f in manifest["files"]] == [
        "sft/train.jsonl", "dpo/train.jsonl", "kto/train.jsonl",
    ]  # fmt: skip
    assert manifest["release_id"].startswith("no-outcomes-")


def test_a_folder_without_a_manifest_is_no_release_and_is_written_anew(tmp_path: Path) -> None:
    manifest = write_release(tmp_path, _frames(), ABOUT)
    folder = tmp_path / manifest["release_id"]
    (folder / MANIFEST).unlink()
    (folder / "leftover.jsonl").write_text("x")
    assert newest_release(tmp_path) is None
    assert write_release(tmp_path, _frames(), ABOUT) == manifest
    assert not (folder / "leftover.jsonl").exists()
    assert newest_release(tmp_path) == json.loads(json.dumps(manifest))


def test_nothing_is_left_of_a_draft_that_was_not_finished(tmp_path: Path) -> None:
    release_id = write_release(tmp_path / "other", _frames(), ABOUT)["release_id"]
    draft = tmp_path / f".{release_id}.draft"
    (draft / "sft").mkdir(parents=True)
    (draft / "sft" / "train.jsonl").write_text("half a li")
    write_release(tmp_path, _frames(), ABOUT)
    assert [folder.name for folder in tmp_path.iterdir() if folder.name != "other"] == [release_id]


def test_a_draft_is_no_release_even_with_its_manifest(tmp_path: Path) -> None:
    manifest = write_release(tmp_path, _frames(), ABOUT)
    folder = tmp_path / manifest["release_id"]
    folder.rename(tmp_path / f".{folder.name}.draft")  # as when the last rename did not happen
    assert newest_release(tmp_path) is None


def test_a_release_made_again_is_the_newest_one(tmp_path: Path) -> None:
    first = write_release(tmp_path, _frames(3), ABOUT)
    write_release(tmp_path, _frames(4), ABOUT)
    write_release(tmp_path, _frames(3), ABOUT)  # back to the rows of the first
    newest = newest_release(tmp_path)
    assert newest is not None
    assert newest["release_id"] == first["release_id"]


def test_without_a_release_there_is_none(tmp_path: Path) -> None:
    assert newest_release(tmp_path) is None
    assert newest_release(tmp_path / "nowhere") is None


def test_a_tampered_and_a_missing_file_are_found(tmp_path: Path) -> None:
    manifest = write_release(tmp_path, _frames(), ABOUT)
    folder = tmp_path / manifest["release_id"]
    assert broken_files(folder, manifest) == []
    (folder / "dpo" / "train.jsonl").open("a").write("\n")
    (folder / "kto" / "train.jsonl").unlink()
    assert broken_files(folder, manifest) == ["dpo/train.jsonl", "kto/train.jsonl"]

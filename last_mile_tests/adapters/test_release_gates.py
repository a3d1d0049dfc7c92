"""What makes no release: each gate fails when it should; and what lets one through."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from last_mile.adapters.releases import (
    GATES,
    MANIFEST,
    Examined,
    ReleaseRefusedError,
    broken_files,
    examine,
    token_counter,
)
from last_mile.errors import UserError
from last_mile_tests.adapters.release_rows import (
    TEXT,
    Lines,
    dpo,
    finds_nothing,
    kto,
    lineage_of_lines,
    lines_of,
    row_id_of,
    sft,
    write,
)


def _mistaken(line: str, kind: str = "sft") -> dict[str, Any]:
    """A good release with one line more to train on."""
    lines = lines_of()
    lines[kind]["train"].append(line)
    return {"lines": lines}


def _users(**users: str) -> dict[str, Any]:
    """The first row of each split is of the user given."""
    lineage = lineage_of_lines(lines_of())
    is_first = pl.col("conversation_ids").list.contains("c0")
    for split, user in users.items():
        keys = pl.lit([f"another of {split}", user], pl.List(pl.String))
        chosen = pl.when(is_first, pl.col("split") == split).then(keys)
        lineage = lineage.with_columns(user_keys=chosen.otherwise("user_keys"))
    return {"lineage": lineage}


def _found_once(row_id: str, text: str) -> Mapping[str, int]:
    return {"email": 1} if text == "Request of t" else {}


def _pairs(n_longer: int, n_shorter: int) -> dict[str, Any]:
    longer = [dpo(f"l{i}", "a b c d", "x y z") for i in range(n_longer)]
    shorter = [dpo(f"s{i}", "a b c", "w x y z") for i in range(n_shorter)]
    return {"lines": {**lines_of(), "dpo": {"train": longer + shorter}}}


_LINEAGE = lineage_of_lines(lines_of())
_SAME_TASK = _LINEAGE.with_columns(task_key=pl.lit("one"))

FAILING: dict[str, tuple[dict[str, Any], str, str]] = {
    "blank": (_mistaken(sft("x", " ")), "rows_are_valid", "blank_content 1"),
    "equal_pair": (_mistaken(dpo("x", "a", "a"), "dpo"), "rows_are_valid",
                   "chosen_equals_rejected 1"),
    "label": (_mistaken(kto("x", label=True).replace("true", "1"), "kto"), "rows_are_valid",
              "label_not_boolean 1"),
    "no_json": (_mistaken("{"), "rows_are_valid", "not_json 1"),
    "twice": (_mistaken(sft("c0")), "rows_are_valid", "duplicate_row 2"),
    "twice_in_splits": (_mistaken(sft("t")), "rows_are_valid", "duplicate_row 2"),
    "no_lineage": ({"lineage": _LINEAGE.tail(-1)}, "rows_are_valid", "no_lineage 1"),
    "no_line": ({"lines": {**lines_of(), "kto": {}}, "lineage": _LINEAGE}, "rows_are_valid",
                "no_line 10"),
    "wrong_row_id": ({"lineage": _LINEAGE.with_columns(
        row_id=pl.col("row_id").str.replace("^.", "z"))}, "rows_are_valid", "no_lineage 32"),
    "wrong_split": ({"lineage": _LINEAGE.with_columns(split=pl.lit("train"))},
                    "rows_are_valid", "no_line 2"),
    "user": (_users(train="u", test="u"), "splits_are_disjoint", "train/test users 1"),
    "holdout_user": (_users(train="u", holdout="u"), "splits_are_disjoint",
                     "train/holdout users 1"),
    "task": ({"lineage": _SAME_TASK}, "splits_are_disjoint", "train/test tasks 1"),
    "ratio": (_mistaken(dpo("x", "a b c d", "a b"), "dpo"), "lengths_do_not_tell",
              "train: 1 pairs of unequal length"),
    "longer": (_pairs(12, 8), "lengths_do_not_tell", "train: chosen is longer in 60.0%"),
    "shorter": (_pairs(8, 12), "lengths_do_not_tell", "train: chosen is longer in 40.0%"),
    "personal": ({"scan": _found_once}, "no_personal_data", "email 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILING)
def test_a_failing_gate_makes_no_release(tmp_path: Path, name: str) -> None:
    over, gate, detail = FAILING[name]
    with pytest.raises(ReleaseRefusedError) as refused:
        write(tmp_path, **over)
    said = str(refused.value)
    assert gate.replace("_", " ") in said
    assert detail in said
    assert "Request" not in said
    assert "Dear" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "over",
    [_pairs(11, 9), _pairs(9, 11), _pairs(10, 0), _users(test="u", holdout="u")],
    ids=["55_percent", "45_percent", "few_pairs", "two_evaluations_share_a_user"],
)
def test_what_gates_let_through(tmp_path: Path, over: dict[str, Any]) -> None:
    manifest = write(tmp_path, **over)
    assert manifest["checks"]["failed"] == dict.fromkeys(GATES, 0)


def test_a_refused_release_leaves_the_others(tmp_path: Path) -> None:
    kept = write(tmp_path)["release_id"]
    with pytest.raises(ReleaseRefusedError):
        write(tmp_path, lines_of(5), scan=lambda *_: {"phone": 1})
    assert [folder.name for folder in tmp_path.iterdir()] == [kept]


def test_every_text_that_is_written_is_scanned_with_its_row(tmp_path: Path) -> None:
    seen = set[tuple[str, str]]()

    def scan(row_id: str, text: str) -> Mapping[str, int]:
        seen.add((row_id, text))
        return {}

    lines: Lines = {"dpo": {"train": [dpo("a", "x y", "y z")]}, "sft": {"test": [sft("b")]}}
    write(tmp_path, lines, scan=scan)
    (pair,), (single,) = lines["dpo"]["train"], lines["sft"]["test"]
    assert seen == {
        (row_id_of(pair), "Request of a"), (row_id_of(pair), "x y"), (row_id_of(pair), "y z"),
        (row_id_of(single), "Request of b"), (row_id_of(single), TEXT),
    }  # fmt: skip


def _examined(folder: Path, **over: Any) -> Examined:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    return examine(folder, manifest, **{"scan": finds_nothing, **over})


def test_a_finished_release_is_examined_again(tmp_path: Path) -> None:
    folder = tmp_path / write(tmp_path)["release_id"]
    assert _examined(folder).failed == dict.fromkeys(GATES, 0)
    found = _examined(folder, scan=_found_once)  # patterns that are newer than the release
    assert found.failed["no_personal_data"] == 1
    assert found.personal_data["email"].row_ids == (row_id_of(sft("t")),)


def test_a_changed_and_a_missing_file_are_found(tmp_path: Path) -> None:
    manifest = write(tmp_path)
    folder = tmp_path / manifest["release_id"]
    assert broken_files(folder, manifest) == []
    for name in ("dpo/train.jsonl", "README.md"):
        (folder / name).chmod(0o644)
        (folder / name).open("a").write("{}\n")
    (folder / "kto" / "train.jsonl").unlink()
    assert broken_files(folder, manifest) == ["dpo/train.jsonl", "kto/train.jsonl", "README.md"]
    found = _examined(folder)
    assert found.failed["files_equal_the_manifest"] == 3
    assert found.errors["missing_key"].n == 1  # the line that was added
    assert found.errors["no_line"].n == 10  # those of the file that is gone


def test_a_tokenizer_file_counts_tokens(tmp_path: Path) -> None:
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.enable_truncation(2)  # as files of models have it: it must not cut what is counted
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    counter = token_counter(tmp_path / "tokenizer.json")
    assert counter.count(["one two three", "", "one"]) == [3, 0, 1]
    manifest = write(tmp_path / "releases", tokens=counter)
    assert manifest["tokens"]["estimate"] is False
    assert manifest["tokens"]["counter"].startswith("tokenizer.json (sha256 ")
    sft = next(f for f in manifest["files"] if f["path"] == "sft/train.jsonl")
    assert sft["tokens"] == 10 * (3 + 8)  # Request of c0; Dear client — “quotes”, U+2028 and a …
    assert not any("estimate" in limit for limit in manifest["known_limits"])
    estimated = write(tmp_path / "releases")
    assert estimated["release_id"] != manifest["release_id"]


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff"], ids=["none", "empty", "{}", "ff"])
def test_a_file_that_is_no_tokenizer_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "tok.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UserError, match=r"tok\.json cannot be read as a tokenizer; name a"):
        token_counter(file)

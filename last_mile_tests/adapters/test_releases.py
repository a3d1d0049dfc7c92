"""A training release: named by its content, whole or not there, held to its gates, found again."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from huggingface_hub import DatasetCard
from tokenizers import Tokenizer, models, pre_tokenizers

from last_mile.adapters.releases import (
    GATES,
    LINEAGE,
    LINEAGE_SCHEMA,
    MANIFEST,
    Examined,
    ReleaseRefusedError,
    all_releases,
    broken_files,
    examine,
    find_release,
    newest_release,
    releases_with_user,
    token_counter,
    write_release,
)
from last_mile.cli.releases import releases as releases_command
from last_mile.errors import UserError
from last_mile_tests.scenario import message

ABOUT = {
    "as_of": "2026-03-01 00:00:00", "epoch": "e", "rubric": {"name": "small", "hash": "h"},
    "funnel": [{"step": "conversations", "n": 100}], "seed": "s", "known_limits": ["one product"],
}  # fmt: skip
TEXT = "Dear client — “quotes”, \u2028 and a line\nbreak."
ESTIMATE = token_counter(None)
Lines = dict[str, dict[str, list[str]]]


def _none(row_id: str, text: str) -> Mapping[str, int]:
    """A scan that finds nothing."""
    return {}


def _dump(**row: Any) -> str:
    return json.dumps(row, ensure_ascii=False)


def _sft(name: str, answer: str = TEXT) -> str:
    prompt = [message("user", f"Request of {name}")]
    return _dump(prompt=prompt, completion=[message("assistant", answer)])


def _dpo(name: str, chosen: str = "one two three", rejected: str = "three two one") -> str:
    answers = {"chosen": chosen, "rejected": rejected}
    said = {key: [message("assistant", text)] for key, text in answers.items()}
    return _dump(prompt=[message("user", f"Request of {name}")], **said)


def _kto(name: str, *, label: bool) -> str:
    return _dump(**json.loads(_sft(name)), label=label)


def _lines(n: int = 10) -> Lines:
    """Rows of all kinds: n to train on; of each second pair the chosen answer is the longer one."""
    pairs = [_dpo(f"c{i}", ("one two", "one two three four")[i % 2]) for i in range(n)]
    return {
        "sft": {"train": [_sft(f"c{i}") for i in range(n)], "test": [_sft("t")]},
        "dpo": {"train": pairs, "holdout": [_dpo("h")]},
        "kto": {"train": [_kto(f"c{i}", label=i % 4 == 0) for i in range(n)]},
    }


def _row_id(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:24]


def _lineage(lines: Lines) -> pl.DataFrame:
    """A user and a task of its own for every row."""
    rows = [
        {"row_id": _row_id(line), "kind": kind, "split": split, "conversation_ids": [f"c{i}"],
         "user_keys": [f"user of {split} {i}"], "task_key": f"task of {split} {i}", "tier": "best",
         "rule": "tier_best", "message_indices": [1], "label": True, "margin": 0.5}
        for kind, splits in lines.items() for split, held in splits.items()
        for i, line in enumerate(held)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=LINEAGE_SCHEMA)


def _frames(
    splits: Mapping[str, list[str]], chunk: int = 7
) -> Callable[[str], Iterator[pl.DataFrame]]:
    def frames(split: str) -> Iterator[pl.DataFrame]:
        held = splits.get(split, [])
        for start in range(0, len(held), chunk):
            lines = held[start : start + chunk]
            yield pl.DataFrame({"row_id": list(map(_row_id, lines)), "line": lines})

    return frames


def _write(releases: Path, lines: Lines | None = None, **over: Any) -> dict[str, Any]:
    lines = _lines() if lines is None else lines
    given: dict[str, Any] = {
        "rows": {kind: _frames(splits) for kind, splits in lines.items()},
        "lineage": _lineage(lines), "about": ABOUT, "tokens": ESTIMATE, "scan": _none,
    } | over  # fmt: skip
    return write_release(
        releases, given["rows"], given["lineage"], given["about"],
        tokens=given["tokens"], scan=given["scan"],
    )  # fmt: skip


def _bytes(folder: Path) -> dict[str, bytes]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


# --- written by content


def test_the_same_input_gives_byte_identical_files_and_the_same_id(tmp_path: Path) -> None:
    lines = _lines(30)
    one = _write(tmp_path / "one", lines)
    two = _write(
        tmp_path / "two", lines,
        rows={kind: _frames(splits, chunk=11) for kind, splits in lines.items()},
        lineage=_lineage(lines).sample(fraction=1, shuffle=True, seed=7),
        about=dict(reversed(ABOUT.items())),
    )  # fmt: skip
    assert one == two
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "two")
    assert set(_bytes(tmp_path / "one" / one["release_id"])) == {
        "README.md", "lineage.parquet", "manifest.json", "sft/train.jsonl", "sft/test.jsonl",
        "dpo/train.jsonl", "dpo/holdout.jsonl", "kto/train.jsonl",
    }  # fmt: skip


def test_lines_are_written_as_they_are_and_in_their_order(tmp_path: Path) -> None:
    lines = _lines(20)
    folder = tmp_path / _write(tmp_path, lines)["release_id"]
    assert (folder / "sft" / "train.jsonl").read_bytes() == b"".join(
        line.encode() + b"\n" for line in lines["sft"]["train"]
    )
    assert b"\xe2\x80\x94" in (folder / "sft" / "train.jsonl").read_bytes()  # an em dash as itself


def test_more_rows_than_are_joined_at_once_are_all_written(tmp_path: Path) -> None:
    lines: Lines = {"sft": {"train": [_sft(str(i)) for i in range(9000)]}}
    rows = {"sft": _frames(lines["sft"], chunk=9000)}
    manifest = _write(tmp_path, lines, rows=rows)
    file = tmp_path / manifest["release_id"] / "sft" / "train.jsonl"
    assert file.read_text("utf-8").split("\n")[:-1] == lines["sft"]["train"]


def test_an_equal_release_is_written_once_and_becomes_the_newest(tmp_path: Path) -> None:
    manifest = _write(tmp_path, _lines(3))
    file = tmp_path / manifest["release_id"] / MANIFEST
    before = (file.stat().st_ino, file.read_bytes())
    other = _write(tmp_path, _lines(4))
    assert next(all_releases(tmp_path))["release_id"] == other["release_id"]
    assert _write(tmp_path, _lines(3)) == json.loads(json.dumps(manifest))
    assert (file.stat().st_ino, file.read_bytes()) == before
    assert [m["release_id"] for m in all_releases(tmp_path)] == [
        manifest["release_id"], other["release_id"],
    ]  # fmt: skip
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    "over",
    [
        {"lines": _lines(9)},
        {"about": {**ABOUT, "epoch": "another"}},
        {"lineage": _lineage(_lines()).with_columns(tier=pl.lit("good"))},
    ],
    ids=["rows", "origin", "lineage"],
)
def test_other_rows_or_another_origin_make_another_release(
    tmp_path: Path, over: dict[str, Any]
) -> None:
    assert _write(tmp_path)["release_id"] != _write(tmp_path, **over)["release_id"]
    assert len(list(tmp_path.iterdir())) == 2


def test_files_of_a_release_are_read_only_and_its_folder_can_be_deleted(tmp_path: Path) -> None:
    folder = tmp_path / _write(tmp_path)["release_id"]
    modes = {stat.S_IMODE(f.stat().st_mode) for f in folder.rglob("*") if f.is_file()}
    assert modes == {0o444}
    for file in folder.rglob("*.*"):
        file.unlink()


def test_what_the_manifest_says_of_the_files(tmp_path: Path) -> None:
    manifest = _write(tmp_path)
    files = _bytes(tmp_path / manifest["release_id"])
    assert json.loads(files[MANIFEST]) == json.loads(json.dumps(manifest))
    assert {f["path"] for f in (*manifest["files"], *manifest["others"])} == set(files) - {MANIFEST}
    for entry in (*manifest["files"], *manifest["others"]):
        content = files[entry["path"]]
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["bytes"] == len(content)
        assert entry.get("rows", 0) in {0, content.count(b"\n")}
    assert manifest["rows"] == {
        "sft": {"train": 10, "test": 1, "holdout": 0},
        "dpo": {"train": 10, "test": 0, "holdout": 1},
        "kto": {"train": 10, "test": 0, "holdout": 0},
    }
    sft = next(f for f in manifest["files"] if f["path"] == "sft/train.jsonl")
    # "Request of c0" has 13 characters: 4 tokens; TEXT has 43: 11 tokens
    assert (len(TEXT), sft["tokens"], sft["n_over_1024"]) == (43, 10 * (4 + 11), 0)
    assert manifest["tokens"] == {"counter": "characters / 4", "estimate": True}
    assert manifest["labels"] == {"train": {"desirable": 3, "undesirable": 7}}  # 0, 4, 8 of 10
    assert manifest["kto_weights"]["desirable_weight"] == 2.72  # 7 / 3 * 7 / 6
    assert manifest["pairs"]["train"]["n"] == 10
    assert manifest["lengths"]["dpo/train"]["chosen"]["words"]["p50"] == 3.0  # of 2 and 4
    assert manifest["pairs"]["train"]["longer"] == 0.5
    assert manifest["checks"]["failed"] == dict.fromkeys(GATES, 0)
    assert manifest["epoch"] == "e"
    assert manifest["known_limits"][0] == "one product"
    assert any("estimate" in limit for limit in manifest["known_limits"])


def test_the_card_names_the_files_that_are_there_and_holds_no_text(tmp_path: Path) -> None:
    folder = tmp_path / _write(tmp_path)["release_id"]
    card = DatasetCard.load(folder / "README.md")
    for config in card.data.configs:
        for entry in config["data_files"]:
            assert (folder / entry["path"]).is_file()
    assert [config["config_name"] for config in card.data.configs] == ["sft", "dpo", "kto"]
    said = (folder / "README.md").read_text("utf-8") + (folder / MANIFEST).read_text("utf-8")
    assert "Dear client" not in said
    assert "Request of" not in said


def test_hugging_face_datasets_loads_every_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    datasets: Any = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = tmp_path / "releases" / _write(tmp_path / "releases")["release_id"]
    for kind, splits in _lines().items():
        loaded = datasets.load_dataset(str(folder), kind, cache_dir=str(tmp_path / "cache"))
        assert {split: loaded[split].num_rows for split in loaded} == {
            split: len(held) for split, held in splits.items()
        }


def test_a_release_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseRefusedError, match="there are no training rows"):
        _write(tmp_path, {"sft": {}, "dpo": {}, "kto": {}}, about={})
    assert list(tmp_path.iterdir()) == []


def test_a_release_without_a_known_outcome_says_so_in_its_name(tmp_path: Path) -> None:
    manifest = _write(tmp_path, {"sft": {"train": [_sft("c0")]}}, about={})
    assert manifest["release_id"].startswith("no-outcomes-")
    assert manifest["kto_weights"]["reason"] == "one_label_only"


def test_what_the_rows_were_made_from_cannot_shadow_what_is_measured(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="files, rows"):
        _write(tmp_path, about={**ABOUT, "rows": 1, "files": 2})


def _finds_quotes(row_id: str, text: str) -> Mapping[str, int]:
    """A scan that finds something in some rows; processes can be given it."""
    return {"quote": 1} if row_id < "4" and "“" in text else {}


def test_parts_looked_at_in_processes_give_what_one_process_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = _write(tmp_path, _lines(60))
    folder = tmp_path / manifest["release_id"]
    alone = examine(folder, manifest, scan=_finds_quotes, tokens=ESTIMATE)
    monkeypatch.setattr("last_mile.adapters.releases.looking._ALONE", 0)
    monkeypatch.setattr("last_mile.adapters.releases.looking._PART", 1000)
    monkeypatch.setattr("last_mile.adapters.releases.looking.cores", lambda: 2)
    parts = examine(folder, manifest, scan=_finds_quotes, tokens=ESTIMATE)
    assert alone.personal_data["quote"].n > 5
    assert parts == alone


# --- whole or not there

KILLED = """
    import os, signal, sys
    from pathlib import Path
    import polars as pl
    from last_mile.adapters.releases import LINEAGE_SCHEMA, token_counter, write_release
    def frames(split):
        if split != "train":
            return
        yield pl.DataFrame({"line": ["{}"] * 5000})
        os.kill(os.getpid(), signal.SIGKILL)
    write_release(Path(sys.argv[1]), {"sft": frames}, pl.DataFrame(schema=LINEAGE_SCHEMA), {},
                  tokens=token_counter(None), scan=lambda row_id, text: {})
"""


def test_a_killed_write_leaves_no_release_and_the_next_one_succeeds(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path)]
    killed = subprocess.run(command, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert list(tmp_path.glob(".*.draft/sft/train.jsonl"))  # half of it is there
    assert newest_release(tmp_path) is None
    release_id = _write(tmp_path)["release_id"]
    assert [folder.name for folder in tmp_path.iterdir()] == [release_id]


def test_a_folder_without_a_manifest_is_no_release_and_is_written_anew(tmp_path: Path) -> None:
    manifest = _write(tmp_path)
    folder = tmp_path / manifest["release_id"]
    (folder / MANIFEST).unlink()
    (folder / "leftover.jsonl").write_text("x")
    assert newest_release(tmp_path) is None
    assert _write(tmp_path) == manifest
    assert not (folder / "leftover.jsonl").exists()
    assert newest_release(tmp_path) == json.loads(json.dumps(manifest))


def test_folders_of_other_people_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "for openai").mkdir()
    (tmp_path / "for openai" / "notes.txt").write_text("mine")
    (tmp_path / "notes.draft").write_text("mine too")
    _write(tmp_path)
    assert (tmp_path / "for openai" / "notes.txt").exists()
    assert (tmp_path / "notes.draft").exists()


def test_a_draft_is_no_release_even_with_its_manifest(tmp_path: Path) -> None:
    folder = tmp_path / _write(tmp_path)["release_id"]
    folder.rename(tmp_path / ".writing.draft")  # as when the last rename did not happen
    assert newest_release(tmp_path) is None


# --- gates


def _mistaken(line: str, kind: str = "sft") -> dict[str, Any]:
    """A good release with one line more to train on."""
    lines = _lines()
    lines[kind]["train"].append(line)
    return {"lines": lines}


def _users(**users: str) -> dict[str, Any]:
    """The first row of each split is of the user given."""
    lineage = _lineage(_lines())
    is_first = pl.col("conversation_ids").list.contains("c0")
    for split, user in users.items():
        keys = pl.lit([f"another of {split}", user], pl.List(pl.String))
        chosen = pl.when(is_first, pl.col("split") == split).then(keys)
        lineage = lineage.with_columns(user_keys=chosen.otherwise("user_keys"))
    return {"lineage": lineage}


def _found_once(row_id: str, text: str) -> Mapping[str, int]:
    return {"email": 1} if text == "Request of t" else {}


def _pairs(n_longer: int, n_shorter: int) -> dict[str, Any]:
    longer = [_dpo(f"l{i}", "a b c d", "x y z") for i in range(n_longer)]
    shorter = [_dpo(f"s{i}", "a b c", "w x y z") for i in range(n_shorter)]
    return {"lines": {**_lines(), "dpo": {"train": longer + shorter}}}


_LINEAGE = _lineage(_lines())
_SAME_TASK = _LINEAGE.with_columns(task_key=pl.lit("one"))

FAILING: dict[str, tuple[dict[str, Any], str, str]] = {
    "blank": (_mistaken(_sft("x", " ")), "rows_are_valid", "blank_content 1"),
    "equal_pair": (_mistaken(_dpo("x", "a", "a"), "dpo"), "rows_are_valid",
                   "chosen_equals_rejected 1"),
    "label": (_mistaken(_kto("x", label=True).replace("true", "1"), "kto"), "rows_are_valid",
              "label_not_boolean 1"),
    "no_json": (_mistaken("{"), "rows_are_valid", "not_json 1"),
    "twice": (_mistaken(_sft("c0")), "rows_are_valid", "duplicate_row 2"),
    "twice_in_splits": (_mistaken(_sft("t")), "rows_are_valid", "duplicate_row 2"),
    "no_lineage": ({"lineage": _LINEAGE.tail(-1)}, "rows_are_valid", "no_lineage 1"),
    "no_line": ({"lines": {**_lines(), "kto": {}}, "lineage": _LINEAGE}, "rows_are_valid",
                "no_line 10"),
    "wrong_row_id": ({"lineage": _LINEAGE.with_columns(
        row_id=pl.col("row_id").str.replace("^.", "z"))}, "rows_are_valid", "no_lineage 32"),
    "wrong_split": ({"lineage": _LINEAGE.with_columns(split=pl.lit("train"))},
                    "rows_are_valid", "no_line 2"),
    "user": (_users(train="u", test="u"), "splits_are_disjoint", "train/test users 1"),
    "holdout_user": (_users(train="u", holdout="u"), "splits_are_disjoint",
                     "train/holdout users 1"),
    "task": ({"lineage": _SAME_TASK}, "splits_are_disjoint", "train/test tasks 1"),
    "ratio": (_mistaken(_dpo("x", "a b c d", "a b"), "dpo"), "lengths_do_not_tell",
              "train: 1 pairs of unequal length"),
    "longer": (_pairs(12, 8), "lengths_do_not_tell", "train: chosen is longer in 60.0%"),
    "shorter": (_pairs(8, 12), "lengths_do_not_tell", "train: chosen is longer in 40.0%"),
    "personal": ({"scan": _found_once}, "no_personal_data", "email 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILING)
def test_a_failing_gate_makes_no_release(tmp_path: Path, name: str) -> None:
    over, gate, detail = FAILING[name]
    with pytest.raises(ReleaseRefusedError) as refused:
        _write(tmp_path, **over)
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
    manifest = _write(tmp_path, **over)
    assert manifest["checks"]["failed"] == dict.fromkeys(GATES, 0)


def test_a_refused_release_leaves_the_others(tmp_path: Path) -> None:
    kept = _write(tmp_path)["release_id"]
    with pytest.raises(ReleaseRefusedError):
        _write(tmp_path, _lines(5), scan=lambda *_: {"phone": 1})
    assert [folder.name for folder in tmp_path.iterdir()] == [kept]


def test_every_text_that_is_written_is_scanned_with_its_row(tmp_path: Path) -> None:
    seen = set[tuple[str, str]]()

    def scan(row_id: str, text: str) -> Mapping[str, int]:
        seen.add((row_id, text))
        return {}

    lines: Lines = {"dpo": {"train": [_dpo("a", "x y", "y z")]}, "sft": {"test": [_sft("b")]}}
    _write(tmp_path, lines, scan=scan)
    (pair,), (single,) = lines["dpo"]["train"], lines["sft"]["test"]
    assert seen == {
        (_row_id(pair), "Request of a"), (_row_id(pair), "x y"), (_row_id(pair), "y z"),
        (_row_id(single), "Request of b"), (_row_id(single), TEXT),
    }  # fmt: skip


def _examined(folder: Path, **over: Any) -> Examined:
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    return examine(folder, manifest, **{"scan": _none, **over})


def test_a_finished_release_is_examined_again(tmp_path: Path) -> None:
    folder = tmp_path / _write(tmp_path)["release_id"]
    assert _examined(folder).failed == dict.fromkeys(GATES, 0)
    found = _examined(folder, scan=_found_once)  # patterns that are newer than the release
    assert found.failed["no_personal_data"] == 1
    assert found.personal_data["email"].row_ids == (_row_id(_sft("t")),)


def test_a_changed_and_a_missing_file_are_found(tmp_path: Path) -> None:
    manifest = _write(tmp_path)
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


# --- tokens


def test_a_tokenizer_file_counts_tokens(tmp_path: Path) -> None:
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.enable_truncation(2)  # as files of models have it: it must not cut what is counted
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    counter = token_counter(tmp_path / "tokenizer.json")
    assert counter.count(["one two three", "", "one"]) == [3, 0, 1]
    manifest = _write(tmp_path / "releases", tokens=counter)
    assert manifest["tokens"]["estimate"] is False
    assert manifest["tokens"]["counter"].startswith("tokenizer.json (sha256 ")
    sft = next(f for f in manifest["files"] if f["path"] == "sft/train.jsonl")
    assert sft["tokens"] == 10 * (3 + 8)  # Request of c0; Dear client — “quotes”, U+2028 and a …
    assert not any("estimate" in limit for limit in manifest["known_limits"])
    estimated = _write(tmp_path / "releases")
    assert estimated["release_id"] != manifest["release_id"]


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff"], ids=["none", "empty", "{}", "ff"])
def test_a_file_that_is_no_tokenizer_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "tok.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UserError, match=r"tok\.json cannot be read as a tokenizer; name a"):
        token_counter(file)


# --- found again


def test_without_a_release_there_is_none(tmp_path: Path) -> None:
    assert newest_release(tmp_path) is None
    assert newest_release(tmp_path / "nowhere") is None
    with pytest.raises(UserError, match="there is none yet"):
        find_release(tmp_path, "2026-03-01-0123abcd")


def test_the_newest_release_as_of_a_time(tmp_path: Path) -> None:
    old = _write(tmp_path)
    new = _write(tmp_path, about={**ABOUT, "as_of": "2026-04-01 00:00:00"})
    assert newest_release(tmp_path)["release_id"] == new["release_id"]  # type: ignore[index]
    found = newest_release(tmp_path, "2026-03-15 00:00:00")
    assert found is not None
    assert found["release_id"] == old["release_id"]
    assert newest_release(tmp_path, "2026-02-01 00:00:00") is None


@pytest.mark.parametrize("wrong", ["../x", "..", ".", "", "/", "2026-03-01-00000000"])
def test_an_unknown_id_is_answered_with_the_known_ones(tmp_path: Path, wrong: str) -> None:
    known = _write(tmp_path / "releases")["release_id"]
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / MANIFEST).write_text("{}")
    with pytest.raises(UserError, match=known):
        find_release(tmp_path / "releases", wrong)


def test_a_manifest_somebody_broke_is_named(tmp_path: Path) -> None:
    file = tmp_path / _write(tmp_path)["release_id"] / MANIFEST
    file.chmod(0o644)
    file.write_text("{")
    with pytest.raises(UserError, match=r"manifest\.json cannot be read; delete the folder"):
        newest_release(tmp_path)


def test_releases_that_hold_a_user_are_found(tmp_path: Path) -> None:
    small, large = _write(tmp_path, _lines(3)), _write(tmp_path, _lines(5))
    ids = [small["release_id"], large["release_id"]]
    assert releases_with_user(tmp_path, ["user of train 0"]) == ids
    assert releases_with_user(tmp_path, {"user of train 4", "nobody"}) == ids[1:]
    assert releases_with_user(tmp_path, ["nobody"]) == []
    assert releases_with_user(tmp_path, []) == []
    (tmp_path / ids[0] / LINEAGE).unlink()  # cannot be ruled out
    assert releases_with_user(tmp_path, ["nobody"]) == ids[:1]


# --- the command


def _say(home: Path, *arguments: str) -> str:
    done = CliRunner().invoke(
        releases_command, [*arguments, "--home", str(home)], catch_exceptions=False
    )
    assert done.exit_code == 0
    return done.output


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the console is told, tables by their cells."""
    said = list[str]()

    def keep(table: Any) -> None:
        columns = [[str(column.header), *map(str, column.cells)] for column in table.columns]
        said.extend(" | ".join(row) for row in zip(*columns, strict=True))

    monkeypatch.setattr("last_mile.console.show_table", keep)
    monkeypatch.setattr("last_mile.console.note", said.append)
    return said


def test_releases_are_listed_and_shown(tmp_path: Path, printed: list[str]) -> None:
    _say(tmp_path, "list")
    assert printed == ["There is no training release yet. Next: last-mile run"]
    manifest = _write(tmp_path / "releases")
    _say(tmp_path, "list")
    name, tokens = manifest["release_id"], sum(f["tokens"] for f in manifest["files"])
    assert f"{name} | 2026-03-01 | 5 | 11 | 11 | 10 | about {tokens:,}" in printed
    _say(tmp_path, "show", name)
    assert "conversations | 100" in printed
    assert "epoch: e" in printed
    assert "- one product" in printed


def test_the_difference_of_two_releases_is_told(tmp_path: Path, printed: list[str]) -> None:
    moved = _lines(10)
    moved["sft"]["train"].remove(_sft("c9"))
    moved["sft"]["test"].append(_sft("c9"))
    lineage = _lineage(moved)
    about = {**ABOUT, "epoch": "e2", "funnel": [{"step": "conversations", "n": 90}],
             "rules": ["x" * 100 + "[old]"]}  # fmt: skip
    one = _write(tmp_path / "releases")["release_id"]
    two = _write(tmp_path / "releases", moved, lineage=lineage, about=about)["release_id"]
    _say(tmp_path, "diff", one, two)
    assert "epoch | e | e2" in printed
    assert "conversations | 100 | 90" in printed
    assert "sft | moved | train | test | 1" in printed
    assert "sft | kept | train | train | 9" in printed
    assert "files.sft/train.jsonl.rows | 10 | 9" in printed
    printed.clear()
    _say(tmp_path, "diff", two, two)
    assert printed[:2] == ["made from: the same", "funnel: the same"]
    assert printed[-1] == "files: the same"


def test_a_release_of_an_earlier_version_can_be_shown_but_not_compared(
    tmp_path: Path, printed: list[str]
) -> None:
    old = tmp_path / "releases" / "2026-01-01-0123abcd"
    old.mkdir(parents=True)
    files = [{"path": "sft/train.jsonl", "rows": 2, "sha256": "0" * 64}]
    (old / MANIFEST).write_text(json.dumps({"release_id": old.name, "files": files}))
    _say(tmp_path, "list")
    _say(tmp_path, "show", old.name)
    assert f"{old.name} | — | 1 | 2 | 0 | 0 | —" in printed
    with pytest.raises(UserError, match=r"has no lineage\.parquet"):
        _say(tmp_path, "diff", old.name, old.name)


def test_a_release_is_touched_although_it_is_read_only(tmp_path: Path) -> None:
    file = tmp_path / _write(tmp_path)["release_id"] / MANIFEST
    os.utime(file, (1, 1))
    _write(tmp_path)
    assert file.stat().st_mtime > 1

"""A training release: named by its content, whole or not there, found again."""

from __future__ import annotations

import hashlib
import json
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from huggingface_hub import DatasetCard

from last_mile.adapters.releases import (
    GATES,
    LINEAGE,
    MANIFEST,
    ReleaseRefusedError,
    all_releases,
    examine,
    find_release,
    newest_release,
    releases_with_user,
)
from last_mile.errors import UserError
from last_mile_tests.adapters.release_rows import (
    ABOUT,
    ESTIMATE,
    TEXT,
    Lines,
    bytes_of,
    frames_of,
    lineage_of_lines,
    lines_of,
    sft,
    write,
)


def test_the_same_input_gives_byte_identical_files_and_the_same_id(tmp_path: Path) -> None:
    lines = lines_of(30)
    one = write(tmp_path / "one", lines)
    two = write(
        tmp_path / "two", lines,
        rows={kind: frames_of(splits, chunk=11) for kind, splits in lines.items()},
        lineage=lineage_of_lines(lines).sample(fraction=1, shuffle=True, seed=7),
        about=dict(reversed(ABOUT.items())),
    )  # fmt: skip
    assert one == two
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    assert set(bytes_of(tmp_path / "one" / one["release_id"])) == {
        "README.md", "lineage.parquet", "manifest.json", "sft/train.jsonl", "sft/test.jsonl",
        "dpo/train.jsonl", "dpo/holdout.jsonl", "kto/train.jsonl",
    }  # fmt: skip


def test_lines_are_written_as_they_are_and_in_their_order(tmp_path: Path) -> None:
    lines = lines_of(20)
    folder = tmp_path / write(tmp_path, lines)["release_id"]
    assert (folder / "sft" / "train.jsonl").read_bytes() == b"".join(
        line.encode() + b"\n" for line in lines["sft"]["train"]
    )
    assert b"\xe2\x80\x94" in (folder / "sft" / "train.jsonl").read_bytes()  # an em dash as itself


def test_more_rows_than_are_joined_at_once_are_all_written(tmp_path: Path) -> None:
    lines: Lines = {"sft": {"train": [sft(str(i)) for i in range(9000)]}}
    rows = {"sft": frames_of(lines["sft"], chunk=9000)}
    manifest = write(tmp_path, lines, rows=rows)
    file = tmp_path / manifest["release_id"] / "sft" / "train.jsonl"
    assert file.read_text("utf-8").split("\n")[:-1] == lines["sft"]["train"]


def test_an_equal_release_is_written_once_and_becomes_the_newest(tmp_path: Path) -> None:
    manifest = write(tmp_path, lines_of(3))
    file = tmp_path / manifest["release_id"] / MANIFEST
    before = (file.stat().st_ino, file.read_bytes())
    other = write(tmp_path, lines_of(4))
    assert next(all_releases(tmp_path))["release_id"] == other["release_id"]
    assert write(tmp_path, lines_of(3)) == json.loads(json.dumps(manifest))
    assert (file.stat().st_ino, file.read_bytes()) == before
    assert [m["release_id"] for m in all_releases(tmp_path)] == [
        manifest["release_id"], other["release_id"],
    ]  # fmt: skip
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    "over",
    [
        {"lines": lines_of(9)},
        {"about": {**ABOUT, "epoch": "another"}},
        {"lineage": lineage_of_lines(lines_of()).with_columns(tier=pl.lit("good"))},
    ],
    ids=["rows", "origin", "lineage"],
)
def test_other_rows_or_another_origin_make_another_release(
    tmp_path: Path, over: dict[str, Any]
) -> None:
    assert write(tmp_path)["release_id"] != write(tmp_path, **over)["release_id"]
    assert len(list(tmp_path.iterdir())) == 2


def test_files_of_a_release_are_read_only_and_its_folder_can_be_deleted(tmp_path: Path) -> None:
    folder = tmp_path / write(tmp_path)["release_id"]
    modes = {stat.S_IMODE(f.stat().st_mode) for f in folder.rglob("*") if f.is_file()}
    assert modes == {0o444}
    for file in folder.rglob("*.*"):
        file.unlink()


def test_what_the_manifest_says_of_the_files(tmp_path: Path) -> None:
    manifest = write(tmp_path)
    files = bytes_of(tmp_path / manifest["release_id"])
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
    folder = tmp_path / write(tmp_path)["release_id"]
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
    folder = tmp_path / "releases" / write(tmp_path / "releases")["release_id"]
    for kind, splits in lines_of().items():
        loaded = datasets.load_dataset(str(folder), kind, cache_dir=str(tmp_path / "cache"))
        assert {split: loaded[split].num_rows for split in loaded} == {
            split: len(held) for split, held in splits.items()
        }


def test_a_release_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReleaseRefusedError, match="there are no training rows"):
        write(tmp_path, {"sft": {}, "dpo": {}, "kto": {}}, about={})
    assert list(tmp_path.iterdir()) == []


def test_a_release_without_a_known_outcome_says_so_in_its_name(tmp_path: Path) -> None:
    manifest = write(tmp_path, {"sft": {"train": [sft("c0")]}}, about={})
    assert manifest["release_id"].startswith("no-outcomes-")
    assert manifest["kto_weights"]["reason"] == "one_label_only"


def test_what_the_rows_were_made_from_cannot_shadow_what_is_measured(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="files, rows"):
        write(tmp_path, about={**ABOUT, "rows": 1, "files": 2})


def _finds_quotes(row_id: str, text: str) -> Mapping[str, int]:
    """A scan that finds something in some rows; processes can be given it."""
    return {"quote": 1} if row_id < "4" and "“" in text else {}


def test_parts_looked_at_in_processes_give_what_one_process_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = write(tmp_path, lines_of(60))
    folder = tmp_path / manifest["release_id"]
    alone = examine(folder, manifest, scan=_finds_quotes, tokens=ESTIMATE)
    monkeypatch.setattr("last_mile.adapters.releases.looking._ALONE", 0)
    monkeypatch.setattr("last_mile.adapters.releases.looking._PART", 1000)
    monkeypatch.setattr("last_mile.adapters.releases.looking.cores", lambda: 2)
    parts = examine(folder, manifest, scan=_finds_quotes, tokens=ESTIMATE)
    assert alone.personal_data["quote"].n > 5
    assert parts == alone


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
    release_id = write(tmp_path)["release_id"]
    assert [folder.name for folder in tmp_path.iterdir()] == [release_id]


def test_a_folder_without_a_manifest_is_no_release_and_is_written_anew(tmp_path: Path) -> None:
    manifest = write(tmp_path)
    folder = tmp_path / manifest["release_id"]
    (folder / MANIFEST).unlink()
    (folder / "leftover.jsonl").write_text("x")
    assert newest_release(tmp_path) is None
    assert write(tmp_path) == manifest
    assert not (folder / "leftover.jsonl").exists()
    assert newest_release(tmp_path) == json.loads(json.dumps(manifest))


def test_folders_of_other_people_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "for openai").mkdir()
    (tmp_path / "for openai" / "notes.txt").write_text("mine")
    (tmp_path / "notes.draft").write_text("mine too")
    write(tmp_path)
    assert (tmp_path / "for openai" / "notes.txt").exists()
    assert (tmp_path / "notes.draft").exists()


def test_a_draft_is_no_release_even_with_its_manifest(tmp_path: Path) -> None:
    folder = tmp_path / write(tmp_path)["release_id"]
    folder.rename(tmp_path / ".writing.draft")  # as when the last rename did not happen
    assert newest_release(tmp_path) is None


def test_without_a_release_there_is_none(tmp_path: Path) -> None:
    assert newest_release(tmp_path) is None
    assert newest_release(tmp_path / "nowhere") is None
    with pytest.raises(UserError, match="there is none yet"):
        find_release(tmp_path, "2026-03-01-0123abcd")


def test_the_newest_release_as_of_a_time(tmp_path: Path) -> None:
    old = write(tmp_path)
    new = write(tmp_path, about={**ABOUT, "as_of": "2026-04-01 00:00:00"})
    assert newest_release(tmp_path)["release_id"] == new["release_id"]  # type: ignore[index]
    found = newest_release(tmp_path, "2026-03-15 00:00:00")
    assert found is not None
    assert found["release_id"] == old["release_id"]
    assert newest_release(tmp_path, "2026-02-01 00:00:00") is None


@pytest.mark.parametrize("wrong", ["../x", "..", ".", "", "/", "2026-03-01-00000000"])
def test_an_unknown_id_is_answered_with_the_known_ones(tmp_path: Path, wrong: str) -> None:
    known = write(tmp_path / "releases")["release_id"]
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / MANIFEST).write_text("{}")
    with pytest.raises(UserError, match=known):
        find_release(tmp_path / "releases", wrong)


def test_a_manifest_somebody_broke_is_named(tmp_path: Path) -> None:
    file = tmp_path / write(tmp_path)["release_id"] / MANIFEST
    file.chmod(0o644)
    file.write_text("{")
    with pytest.raises(UserError, match=r"manifest\.json cannot be read; delete the folder"):
        newest_release(tmp_path)


def test_releases_that_hold_a_user_are_found(tmp_path: Path) -> None:
    small, large = write(tmp_path, lines_of(3)), write(tmp_path, lines_of(5))
    ids = [small["release_id"], large["release_id"]]
    assert releases_with_user(tmp_path, ["user of train 0"]) == ids
    assert releases_with_user(tmp_path, {"user of train 4", "nobody"}) == ids[1:]
    assert releases_with_user(tmp_path, ["nobody"]) == []
    assert releases_with_user(tmp_path, []) == []
    (tmp_path / ids[0] / LINEAGE).unlink()  # cannot be ruled out
    assert releases_with_user(tmp_path, ["nobody"]) == ids[:1]

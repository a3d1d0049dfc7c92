"""Writes a training release: JSONL files in TRL's conversational format and a manifest, last.

Not here: which conversations become rows (core/training.py).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.core.rubric import digest
from last_mile.core.training import SPLIT_SALT, TEST_SHARE

MANIFEST = "manifest.json"
_JSON_COLUMNS = {
    "sft_examples": ("prompt", "completion"),
    "dpo_pairs": ("prompt", "chosen", "rejected"),
    "kto_examples": ("prompt", "completion"),
}
_FOLDERS = {"sft_examples": "sft", "dpo_pairs": "dpo", "kto_examples": "kto"}


def write_release(
    releases: Path, frames: Mapping[str, pl.DataFrame], about: Mapping[str, Any]
) -> dict[str, Any]:
    """Write a release folder named by its content; an equal release is written once.

    Rows are in the order of their content hash, which is a fixed shuffle: a KTO file sorted by
    label would not learn.

    Args:
        releases: Folder of all releases.
        frames: Rows of `sft_examples`, `dpo_pairs` and `kto_examples`.
        about: What the rows were made from: rubric, judge, epoch, as_of, rules.

    Returns:
        The manifest, with `release_id` and one entry per file.
    """
    contents = {
        f"{_FOLDERS[table]}/{split}.jsonl": _jsonl(table, frame, split)
        for table, frame in frames.items()
        for split in ("train", "test")
    }
    kept = {name: text for name, text in contents.items() if text or name.endswith("train.jsonl")}
    manifest = _manifest(kept, frames, about)
    folder = releases / manifest["release_id"]
    if (folder / MANIFEST).is_file():
        (folder / MANIFEST).touch()  # made again: it is the newest one
    else:
        _write_folder(folder, kept, manifest)
    return manifest


def newest_release(releases: Path, as_of: str | None = None) -> dict[str, Any] | None:
    """Manifest of the release written last, or None; a folder without manifest is none.

    Args:
        releases: Folder of all releases.
        as_of: Releases made with later outcomes are left out; None: all count.
    """
    files = sorted(releases.glob(f"[!.]*/{MANIFEST}"), key=lambda file: file.stat().st_mtime_ns)
    manifests = (dict(json.loads(file.read_text("utf-8"))) for file in reversed(files))
    return next((m for m in manifests if as_of is None or m.get("as_of", "") <= as_of), None)


def broken_files(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Files of a release whose bytes are not those the manifest names."""
    return [
        file["path"]
        for file in manifest["files"]
        if not (folder / file["path"]).is_file()
        or hashlib.sha256((folder / file["path"]).read_bytes()).hexdigest() != file["sha256"]
    ]


def _jsonl(table: str, frame: pl.DataFrame, split: str) -> str:
    once = frame.sort("row_id", "split").unique("row_id", keep="first", maintain_order=True)
    rows = once.filter(pl.col("split") == split)  # a row of both splits is a test row
    lines = []
    for row in rows.iter_rows(named=True):
        record: dict[str, Any] = {name: json.loads(row[name]) for name in _JSON_COLUMNS[table]}
        if "label" in row:
            record["label"] = row["label"]
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    return "".join(lines)


def _manifest(
    contents: Mapping[str, str], frames: Mapping[str, pl.DataFrame], about: Mapping[str, Any]
) -> dict[str, Any]:
    files = [
        {
            "path": name,
            "rows": text.count("\n"),
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
        for name, text in contents.items()
    ]
    as_of = str(about.get("as_of") or "")[:10]
    identity = digest({"files": files, "about": dict(about)})[:8]
    return {
        "release_id": f"{as_of or 'no-outcomes'}-{identity}",
        **about,
        "files": files,
        "rows_before_deduplication": {name: frame.height for name, frame in frames.items()},
        "split": {"by": "user", "salt": SPLIT_SALT, "test_percent": TEST_SHARE},
        "known_limits": [
            "one split by user; jobs may stand in both splits",
            "no near-duplicate, personal-data or contamination filter",
        ],
    }


def _write_folder(folder: Path, contents: Mapping[str, str], manifest: Mapping[str, Any]) -> None:
    """All files in a draft folder, the manifest last, then one rename."""
    draft = folder.with_name(f".{folder.name}.draft")
    for leftover in (draft, folder):
        shutil.rmtree(leftover, ignore_errors=True)
    for name, text in contents.items():
        file = draft / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    text = json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    (draft / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
    draft.rename(folder)

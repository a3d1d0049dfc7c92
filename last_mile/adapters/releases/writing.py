"""Writes a training release: rows, lineage, card, and the manifest last; then one rename.

Not here: the gates (examining.py), what the rows are (core/training).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.adapters.file_lock import held
from last_mile.adapters.releases.examining import (
    Examined,
    NothingToReleaseError,
    ReleaseRefusedError,
    examine,
)
from last_mile.adapters.releases.lineage import LINEAGE, write_lineage
from last_mile.adapters.releases.looking import Scan
from last_mile.adapters.releases.reading import MANIFEST, NAME, read_manifest, sha256_of
from last_mile.adapters.releases.tokens import TokenCounter
from last_mile.core.rubric import digest
from last_mile.core.training.card import dataset_card
from last_mile.core.training.difference import MEASURED
from last_mile.core.training.statistics import kto_weights
from last_mile.core.training.validate import KINDS, SPLITS

CARD = "README.md"
_DRAFT = ".writing.draft"
_READ_ONLY = 0o444
_CHUNK = 4096  # rows joined at once

Frames = Callable[[str], Iterator[pl.DataFrame]]


def write_release(
    releases: Path,
    rows: Mapping[str, Frames],
    lineage: pl.DataFrame,
    about: Mapping[str, Any],
    *,
    tokens: TokenCounter,
    scan: Scan,
    snapshot: int | None = None,
) -> dict[str, Any]:
    """Write a release folder named by its content, unless a gate refuses it.

    The same inputs give the same bytes and the same id; a release that is there already is not
    written again, it becomes the newest one. Files of a release are read-only. One release is
    written at a time; what an interrupted writing left is removed.

    Args:
        releases: Folder of all releases.
        rows: By kind (`sft`, `dpo`, `kto`): given a split, frames in file order with the column
            `line`, a line without its newline.
        lineage: One row per line, columns of LINEAGE_SCHEMA.
        about: What the rows were made from, as JSON values; all of it is part of the id. `as_of`,
            `funnel`, `known_limits` and what core/training/card.py names are read.
        tokens: Counts tokens.
        scan: Finds personal data in one text of a row; it must find none.
        snapshot: Of the lake it is made from; no part of the id, for equal rows are an equal
            release.

    Returns:
        The manifest.

    Raises:
        ReleaseRefusedError: A gate failed; nothing is left.
    """
    taken = set(MEASURED) & set(about)
    if taken:
        raise ValueError(f"`about` has keys of the manifest: {', '.join(sorted(taken))}")
    releases.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(releases, os.O_RDONLY)
    try:
        with held(descriptor):
            _remove_leftovers(releases)
            try:
                return _written(
                    releases, rows, lineage, about, tokens=tokens, scan=scan, snapshot=snapshot
                )
            finally:
                shutil.rmtree(releases / _DRAFT, ignore_errors=True)
    finally:
        os.close(descriptor)


def _written(
    releases: Path,
    rows: Mapping[str, Frames],
    lineage: pl.DataFrame,
    about: Mapping[str, Any],
    *,
    tokens: TokenCounter,
    scan: Scan,
    snapshot: int | None,
) -> dict[str, Any]:
    draft = releases / _DRAFT
    draft.mkdir()
    files = list(_write_rows(draft, rows))
    if not files:
        raise NothingToReleaseError("no training release is made: there are no training rows")
    write_lineage(draft / LINEAGE, lineage)
    counter = {"counter": tokens.name, "estimate": tokens.estimate}
    hashes = [[file["path"], file["sha256"]] for file in (*files, _entry(draft, LINEAGE))]
    name = digest({"files": hashes, "about": dict(about), "tokens": counter})[:8]
    release = releases / f"{str(about.get('as_of') or '')[:10] or 'no-outcomes'}-{name}"
    if (release / MANIFEST).is_file():
        (release / MANIFEST).touch()  # made again: it is the newest one
        return read_manifest(release)
    examined = examine(draft, {"files": files}, scan=scan, tokens=tokens)
    if any(examined.failed.values()):
        raise ReleaseRefusedError(f"no training release is made; {examined.sentence()}")
    manifest = {
        "release_id": release.name, **about, "tokens": counter, **_measured(files, examined),
        "known_limits": [*about.get("known_limits", ()), *_limits(tokens)],
    }  # fmt: skip
    if snapshot is not None:
        manifest["snapshot"] = snapshot
    _write_text(draft / CARD, dataset_card(manifest))
    manifest["others"] = [_entry(draft, other) for other in (CARD, LINEAGE)]
    _write_text(
        draft / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    )
    for file in draft.rglob("*.*"):
        file.chmod(_READ_ONLY)
    draft.rename(release)
    return manifest


def _write_rows(draft: Path, rows: Mapping[str, Frames]) -> Iterator[dict[str, Any]]:
    """Write the files that have rows, and say what they are.

    `datasets` cannot read an empty file, so none is written.
    """
    for kind in KINDS:
        for split in SPLITS if kind in rows else ():
            path = f"{kind}/{split}.jsonl"
            blocks = _blocks(rows[kind](split))
            first = next(blocks, None)
            if first is None:
                continue
            (draft / path).parent.mkdir(exist_ok=True)
            sha256, n_bytes = hashlib.sha256(), 0
            with (draft / path).open("wb") as file:
                for block in _after(first, blocks):
                    file.write(block)
                    sha256.update(block)
                    n_bytes += len(block)
            yield {"path": path, "bytes": n_bytes, "sha256": sha256.hexdigest()}


def _blocks(frames: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    """Lines with their newlines, thousands at a time."""
    for frame in frames:
        for chunk in frame.select("line").iter_slices(_CHUNK):
            joined = chunk["line"].str.join("\n", ignore_nulls=False).item()
            yield f"{joined}\n".encode()


def _after(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _measured(files: list[dict[str, Any]], examined: Examined) -> dict[str, Any]:
    """What the manifest says of the files."""
    of = examined.numbers
    n_rows = {path: len(numbers.words["prompt"]) for path, numbers in of.items()}
    labels = {
        path.removeprefix("kto/").removesuffix(".jsonl"):
            {"desirable": numbers.labels[True], "undesirable": numbers.labels[False]}
        for path, numbers in of.items() if numbers.kind == "kto"
    }  # fmt: skip
    train = labels.get("train", {"desirable": 0, "undesirable": 0})
    return {
        "files": [
            {**file, "rows": n_rows[path], "tokens": of[path].n_tokens,
             "n_over_1024": of[path].n_over}
            for file in files for path in [file["path"]]
        ],
        "rows": {
            kind: {split: n_rows.get(f"{kind}/{split}.jsonl", 0) for split in SPLITS}
            for kind in KINDS
        },
        "lengths": {path.removesuffix(".jsonl"): numbers.lengths() for path, numbers in of.items()},
        "pairs": examined.pairs,
        "labels": labels,
        "kto_weights": kto_weights(train["desirable"], train["undesirable"]),
        "checks": {"failed": examined.failed, "overlaps": examined.overlaps},
    }  # fmt: skip


def _limits(tokens: TokenCounter) -> Iterator[str]:
    yield "token counts are of the texts alone; a chat template adds some per message"
    if tokens.estimate:
        yield f"token counts are an estimate ({tokens.name}); name a tokenizer file to count them"


def _remove_leftovers(releases: Path) -> None:
    """Drafts, and folders named as a release that have no manifest; nothing else is touched."""
    for folder in releases.iterdir():
        is_draft = folder.name.startswith(".") and folder.name.endswith(".draft")
        is_half = NAME.fullmatch(folder.name) and not (folder / MANIFEST).is_file()
        if folder.is_dir() and (is_draft or is_half):
            shutil.rmtree(folder)


def _entry(draft: Path, path: str) -> dict[str, Any]:
    file = draft / path
    return {"path": path, "bytes": file.stat().st_size, "sha256": sha256_of(file)}


def _write_text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")

"""Exports a training release: its files row by row in a dialect, counting every refused row.

Not here: what a row becomes (core/dialects), writing releases.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from last_mile.adapters.releases.reading import broken_files, read_manifest
from last_mile.core.dialects import Dialect, Refusal
from last_mile.core.training.validate import Kind, read_row
from last_mile.errors import UserError

REFUSED = "refused.jsonl"
_DATA_FILE = re.compile(r"(sft|dpo|kto)/([a-z_]+)\.jsonl")
_BOM = b"\xef\xbb\xbf"
_ROW_ID_DIGITS = 24
_encoded = json.JSONEncoder(ensure_ascii=False).encode  # one for all rows


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of a release: `<kind>/<split>.jsonl`."""

    kind: Kind
    split: str

    @property
    def path(self) -> str:
        """Its path in the release, and in the export."""
        return f"{self.kind}/{self.split}.jsonl"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """What became of one file; no file is written when all rows are refused, or there are none.

    Attributes:
        source: The file of the release.
        rows: Rows written.
        refused: Rows the tool cannot take, by reason.
        n_bytes: Size of what was written.
    """

    source: DataFile
    rows: int
    refused: Counter[Refusal]
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did.

    Attributes:
        release_id: Of the release.
        out: The folder written.
        files: The release's files of the kinds the tool has.
        left_out: Rows of the kinds it does not have.
        side_files: Names of what lies beside the data.
        warnings: Sentences on what the tool will not take, or trains otherwise than it should.
    """

    release_id: str
    out: Path
    files: tuple[ExportedFile, ...]
    left_out: Mapping[Kind, int]
    side_files: tuple[str, ...]
    warnings: tuple[str, ...]


def export_release(release: Path, dialect: Dialect, out: Path) -> Exported:
    """Write the data files of a release as a tool reads them.

    One row is held at a time. Everything is written into a draft folder, renamed at the end.

    Args:
        release: Its folder.
        dialect: The tool's.
        out: The folder to write; it must not exist, or be empty.

    Raises:
        UserError: The folder holds something or cannot be written, a file of the release is
            damaged, or the release has no row of a kind the tool has.
    """
    _check_out(out, release.parent)
    manifest = read_manifest(release)
    _check_whole(release, manifest)
    sources = {source: int(rows) for source, rows in _data_files(manifest)}
    wanted = [source for source in sources if source.kind in dialect.kinds]
    if not any(sources[source] for source in wanted):
        kinds = ", ".join(dialect.kinds)
        raise UserError(
            f"release {release.name} has no rows of {kinds}, which is what "
            f"{dialect.name} takes; export another release or dialect"
        )
    draft = out.resolve().with_name(f".{out.resolve().name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        files = tuple(_export_file(release, source, dialect, draft) for source in wanted)
        side_files = _write_side_files(draft, dialect, files)
        if out.exists():
            out.rmdir()
        draft.rename(out)
    except OSError as error:
        raise UserError(f"{out} cannot be written ({error.strerror}); change --out") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    left_out = Counter[Kind]()
    for source, rows in sources.items():
        if source.kind not in dialect.kinds:
            left_out[source.kind] += rows
    return Exported(
        release.name, out, files, left_out, side_files, tuple(_warnings(dialect, files))
    )


def _check_out(out: Path, releases: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} exists and is not empty; give --out a new folder")
    if out.resolve().is_relative_to(releases.resolve()):
        raise UserError(f"{out} is among the releases, which never change; change --out")


def _check_whole(release: Path, manifest: Mapping[str, Any]) -> None:
    broken = broken_files(release, manifest)
    if broken:
        raise UserError(
            f"release {release.name} is damaged: {', '.join(broken)} not as its manifest says; "
            "put the folder back from a copy, or export another release"
        )


def _data_files(manifest: Mapping[str, Any]) -> Iterator[tuple[DataFile, int]]:
    for file in manifest["files"]:
        match = _DATA_FILE.fullmatch(file["path"])
        if match:
            yield DataFile(cast("Kind", match[1]), match[2]), file["rows"]


def _export_file(release: Path, source: DataFile, dialect: Dialect, draft: Path) -> ExportedFile:
    target = draft / source.path
    target.parent.mkdir(parents=True, exist_ok=True)
    refused, rows = Counter[Refusal](), 0
    with (
        (release / source.path).open("rb") as lines,
        target.open("wb") as out,
        (draft / REFUSED).open("a", encoding="utf-8") as refusals,
    ):
        out.write(_BOM if dialect.with_bom else b"")
        for number, line in enumerate(lines, 1):
            found = read_row(source.kind, line.rstrip(b"\n"))
            record = {} if isinstance(found, str) else msgspec.to_builtins(found)
            reason = dialect.refuses(source.kind, record) if record else "not_canonical"
            if reason is None:
                row = dialect.write(source.kind, record)
                out.write(_encoded(row).encode() + b"\n")
                rows += 1
            else:
                refused[reason] += 1
                _note_refused(refusals, source, number, line, reason)
        n_bytes = out.tell()
    if not rows:
        target.unlink()
        if not any(target.parent.iterdir()):
            target.parent.rmdir()
    return ExportedFile(source, rows, refused, n_bytes)


def _note_refused(
    refusals: IO[str], source: DataFile, number: int, line: bytes, reason: Refusal
) -> None:
    """Which row it was, without its text: its place and its id in the lineage."""
    row_id = hashlib.sha256(line.rstrip(b"\n")).hexdigest()[:_ROW_ID_DIGITS]
    note = {"file": source.path, "row": number, "row_id": row_id, "reason": reason}
    refusals.write(json.dumps(note) + "\n")


def _write_side_files(
    draft: Path, dialect: Dialect, files: tuple[ExportedFile, ...]
) -> tuple[str, ...]:
    splits: dict[Kind, list[str]] = {}
    for file in files:
        if file.rows:
            splits.setdefault(file.source.kind, []).append(file.source.split)
    side_files = dialect.side_files(splits)
    for name, text in side_files.items():
        (draft / name).write_text(text, encoding="utf-8", newline="\n")
    if not any(file.refused for file in files):
        (draft / REFUSED).unlink()
    return tuple(side_files)


def _warnings(dialect: Dialect, files: tuple[ExportedFile, ...]) -> Iterator[str]:
    for file in files:
        path, name = file.source.path, dialect.name
        if file.source.split == "train" and file.rows < dialect.least_rows:
            yield f"{path} has {file.rows:,} rows; {name} wants at least {dialect.least_rows:,}"
        if dialect.most_rows is not None and file.rows > dialect.most_rows:
            yield f"{path} has {file.rows:,} rows; {name} takes at most {dialect.most_rows:,}"
        if dialect.most_bytes is not None and file.n_bytes > dialect.most_bytes:
            most = f"{dialect.most_bytes:,} bytes"
            yield f"{path} has {file.n_bytes:,} bytes; {name} takes at most {most}"
    for kind in dialect.kinds:
        caution = dialect.shapes[kind].caution
        if caution and any(file.rows for file in files if file.source.kind == kind):
            yield f"{kind}: {caution}"

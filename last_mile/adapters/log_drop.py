"""The files of a drop folder: which there are, what kind they are, whether they are complete.

Not here: reading them (adapters/drop_reading/), where their lines are kept (adapters/landing.py).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from last_mile.core.drop_watch import Seen
from last_mile.errors import UserError

Kind = Literal["conversations", "outcomes", "labels"]
_DATA = re.compile(r"[^._].*\.(jsonl|ndjson|json|csv|parquet)(\.gz|\.zst)?", re.DOTALL)
_DAY = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")
_SUCCESS, _MANIFESTS = "_SUCCESS", ("_manifest.json", "manifest.json")


@dataclass(frozen=True, slots=True)
class DropFile:
    """One file of a drop: its place, kind and fingerprint."""

    path: Path
    name: str  # inside the drop folder, with slashes; bytes that are no UTF-8 as \\xe9
    kind: Kind
    size_bytes: int
    modified_ns: int

    @property
    def says_conversations(self) -> bool:
        """Its name says what it is; another data file is a log only when its content shows it."""
        return self.path.name.startswith("conversations")

    @property
    def path_day(self) -> date | None:
        """The last valid YYYY-MM-DD in the file's path, its name included."""
        for text in reversed(_DAY.findall(self.path.absolute().as_posix())):
            try:
                return date.fromisoformat(text)
            except ValueError:
                continue
        return None

    @property
    def modified_day(self) -> date:
        """UTC day of the last change."""
        return datetime.fromtimestamp(self.modified_ns / 1e9, tz=UTC).date()


def find_drop_files(folder: Path) -> list[DropFile]:
    """Files of a drop folder and its sub-folders, by name.

    `outcomes*` and `labels*` are what they say; every other data file (.jsonl, .ndjson, .json,
    .csv, .parquet, plain or .gz or .zst) may be a conversation log. Names that begin with a dot or
    an underscore, and manifests, are left alone.

    Raises:
        UserError: The folder is missing or holds no file that may be a conversation log.
    """
    if not folder.is_dir():
        raise UserError(f"drop folder {folder}: no such folder; give --drops an existing one")
    files = sorted(_found(folder, ""), key=lambda file: file.name)
    if not any(file.kind == "conversations" for file in files):
        raise UserError(
            f"drop folder {folder}: holds no conversation log, such as conversations.jsonl; "
            "looked for .jsonl, .json, .csv and .parquet, plain or with .gz or .zst"
        )
    return files


def look(folder: Path, kind: Kind) -> list[Seen]:
    """Every file of a kind as a sensor sees it: fingerprint, and what markers say.

    Raises:
        UserError: As find_drop_files.
    """
    files = [file for file in find_drop_files(folder) if file.kind == kind]
    markers = {parent: _marker(parent) for parent in {file.path.parent for file in files}}
    return [
        Seen(file.name, file.size_bytes, file.modified_ns, markers[file.path.parent](file))
        for file in files
    ]


def _found(folder: Path, inside: str) -> Iterator[DropFile]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue  # hidden: a home of ours, or a file still being written
            name = inside + _printable(entry.name)
            if entry.is_dir(follow_symlinks=True):
                yield from _found(folder / entry.name, f"{name}/")
            elif _DATA.fullmatch(entry.name) and entry.name not in _MANIFESTS and entry.is_file():
                stat = entry.stat()
                path = folder / entry.name
                yield DropFile(path, name, _kind(entry.name), stat.st_size, stat.st_mtime_ns)


def _kind(name: str) -> Kind:
    if name.startswith("outcomes"):
        return "outcomes"
    return "labels" if name.startswith("labels") else "conversations"


def _printable(name: str) -> str:
    """The name as text: Linux allows bytes that are no UTF-8, the tables do not."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class _Marker:
    """What the markers of one folder say about its files."""

    def __init__(self, success_ns: int | None, listed: dict[str, int] | None) -> None:
        self._success_ns = success_ns
        self._listed = listed

    def __call__(self, file: DropFile) -> bool | None:
        """Complete or not; None when the folder has no marker."""
        if self._listed is not None:
            return self._listed.get(file.path.name) == file.size_bytes
        if self._success_ns is not None:
            return file.modified_ns <= self._success_ns or None
        return None


def _marker(folder: Path) -> _Marker:
    """Read the markers of a folder: a manifest says more than `_SUCCESS`."""
    success = folder / _SUCCESS
    success_ns = success.stat().st_mtime_ns if success.is_file() else None
    path = next((folder / name for name in _MANIFESTS if (folder / name).is_file()), None)
    if path is None:
        return _Marker(success_ns, None)
    try:
        files = json.loads(path.read_bytes())["files"]
        listed = {str(item["name"]): int(item["size_bytes"]) for item in files}
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        listed = None  # a manifest of another kind, or one still being written: no marker
    return _Marker(success_ns, listed)

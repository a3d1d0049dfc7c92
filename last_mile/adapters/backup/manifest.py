"""What a backup says of itself, and whether its files are still what it says.

A folder without a readable manifest is no backup: the manifest is written last.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path, PurePosixPath

import msgspec

from last_mile.adapters.releases.reading import sha256_of
from last_mile.errors import UserError

MANIFEST = "manifest.json"
WAREHOUSE, SETTINGS, RUBRIC = "warehouse.duckdb", "settings.json", "rubric.yaml"
NAME = re.compile(r"last-mile-\d{8}T\d{6}Z")
_FORMAT = 1


class File(msgspec.Struct):
    """A file of a backup."""

    path: str  # inside the backup, with slashes
    bytes: int
    sha256: str
    modified_ns: int


class Manifest(msgspec.Struct):
    """What a backup holds and what it was made of."""

    created_at: datetime  # UTC
    home: str
    last_mile: str  # versions
    duckdb: str
    tables: dict[str, int]  # rows
    erasures: int  # requests it knows of
    held_s: float  # for how long other processes waited for the warehouse
    outside: dict[str, str]  # what is not in it: by what it is, where it is or how to keep it
    files: list[File]
    last_mile_backup: int = _FORMAT

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.bytes for file in self.files)


def backups_in(folder: Path) -> list[Path]:
    """Backups in a folder, the oldest first."""
    found = (path for path in folder.glob(f"*/{MANIFEST}") if NAME.fullmatch(path.parent.name))
    return sorted(path.parent for path in found)


def read_manifest(backup: Path) -> Manifest:
    """The manifest of a backup.

    Raises:
        UserError: It is damaged, or of a later version.
    """
    try:
        manifest = msgspec.json.decode((backup / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        raise UserError(
            f"{backup / MANIFEST} is no manifest of a backup, or damaged; nothing was changed: "
            "use another backup"
        ) from None
    if manifest.last_mile_backup > _FORMAT:
        raise UserError(
            f"{backup} was made by last_mile {manifest.last_mile}, which this version cannot read; "
            "install that version"
        )
    for file in manifest.files:
        path = PurePosixPath(file.path)
        if path.is_absolute() or ".." in path.parts:
            raise UserError(f"{backup / MANIFEST} names {file.path}, which is outside of it")
    return manifest


def write_manifest(backup: Path, manifest: Manifest) -> None:
    """Write the manifest, readable by the owner only."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    (backup / MANIFEST).write_bytes(text + b"\n")
    (backup / MANIFEST).chmod(0o600)


def described(backup: Path) -> list[File]:
    """All files of a folder with their digests."""
    files = sorted(path for path in backup.rglob("*") if path.is_file())
    return [
        File(
            path.relative_to(backup).as_posix(), path.stat().st_size, sha256_of(path) or "",
            path.stat().st_mtime_ns,
        )
        for path in files
    ]  # fmt: skip


def require_whole(backup: Path, manifest: Manifest) -> None:
    """Compare every file with its digest.

    Raises:
        UserError: One is not what the manifest says.
    """
    for file in manifest.files:
        found = sha256_of(backup / file.path)
        if found != file.sha256:
            what = "is missing" if found is None else "is not what the manifest says"
            others = [path.name for path in backups_in(backup.parent) if path.name != backup.name]
            there = f"use another one: {', '.join(others)}" if others else "there is no other one"
            raise UserError(
                f"the backup {backup} is damaged: {file.path} {what}; nothing was restored; {there}"
            )

"""Restoring a backup into an empty home: verified before, put in place by one rename.

Users who were erased after it was made are erased again before anybody can read the home. Not here:
making backups (writing.py), erasing (adapters/erasure.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from last_mile.adapters.backup import files
from last_mile.adapters.backup.manifest import (
    MANIFEST,
    RUBRIC,
    WAREHOUSE,
    Manifest,
    backups_in,
    read_manifest,
    require_whole,
)
from last_mile.adapters.erasure import erase
from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.releases.reading import sha256_of
from last_mile.adapters.warehouse.copying import rows_by_table, take_over_erasures
from last_mile.errors import UserError

_READ_ONLY = 0o444  # files of a training release


@dataclass(slots=True)
class Restored:
    """What a restore came to."""

    backup: Path
    manifest: Manifest
    settings: Settings
    tables: dict[str, int]
    erasures_from: list[Path] = field(default_factory=list)
    erased: int = 0  # users of whom the backup had rows
    releases: set[str] = field(default_factory=set)  # that hold one of them
    erasures_known_to: datetime | None = None  # later requests are in no backup that was looked at


def find_backup(folder: Path) -> Path:
    """A backup, or the newest one in a folder of them.

    Raises:
        UserError: There is none, or they are of several homes.
    """
    folder = folder.absolute()
    if (folder / MANIFEST).is_file():
        return folder
    if found := backups_in(folder):
        homes = {read_manifest(path).home for path in found}
        if len(homes) > 1:
            raise UserError(
                f"{folder} holds backups of {' and '.join(sorted(homes))}; name one of them, such "
                f"as --from {found[-1]}"
            )
        return found[-1]
    raise UserError(f"{folder} holds no backup made by `last-mile backup`")


def restore(source: Path, home: Path, now: datetime, erased_in: Sequence[Path] = ()) -> Restored:
    """Restore a backup, whole or not at all.

    Args:
        source: A backup, or a folder of them: then the newest one.
        home: It need not exist; if it does it must be empty.
        now: UTC.
        erased_in: Homes that know of later erasures, such as the one that was moved away; newer
            backups beside this one are looked at without being named.

    Raises:
        UserError: The backup is damaged, the home is not empty, or the disk is full; nothing was
            changed.
    """
    backup, home = find_backup(source), home.absolute()
    manifest = read_manifest(backup)
    _require_empty(home)
    newer = _newer_warehouses(backup, manifest, erased_in)
    require_whole(backup, manifest)
    with files.said(f"the restore to {home}"):
        return _restored(backup, manifest, home, newer, now)


def _restored(
    backup: Path, manifest: Manifest, home: Path,
    newer: Sequence[tuple[Path, datetime | None]], now: datetime,
) -> Restored:  # fmt: skip
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = Installation(home.with_name(f".{home.name}.restoring"))
    shutil.rmtree(draft.home, ignore_errors=True)  # of a killed restore
    with files.room_for(manifest.size, home.parent, "the restored home"):
        try:
            done = _filled(draft, backup, manifest)
            _erase_again(draft, done, newer, now)
            done.settings = _moved(done.settings, draft, home, manifest)
            draft.save(done.settings)
            files.put_in_place(draft.home, home)
        finally:
            shutil.rmtree(draft.home, ignore_errors=True)
    return done


def _filled(draft: Installation, backup: Path, manifest: Manifest) -> Restored:
    draft.home.mkdir(mode=files.FOLDER_MODE)
    for file in manifest.files:
        mode = _READ_ONLY if file.path.startswith("releases/") else files.FILE_MODE
        files.copied(backup / file.path, draft.home / file.path, mode)
    tables = rows_by_table(draft.warehouse)
    if tables != manifest.tables:
        raise UserError(
            f"{backup}: its tables do not have the rows the manifest says; use another backup"
        )
    settings = draft.settings()
    draft.save(_moved(settings, draft, draft.home, manifest))
    return Restored(backup, manifest, settings, tables)


def _moved(settings: Settings, draft: Installation, home: Path, manifest: Manifest) -> Settings:
    """The settings with the rubric of the backup, and with drops of the old home in the new one."""
    drops, kept = Path(settings.drops), draft.home / RUBRIC
    if drops.is_relative_to(manifest.home):
        settings = replace(settings, drops=str(home / drops.relative_to(manifest.home)))
    if kept.is_file() and sha256_of(Path(settings.rubric)) != sha256_of(kept):
        settings = replace(settings, rubric=str(home / RUBRIC))
    return settings


def _newer_warehouses(
    backup: Path, manifest: Manifest, erased_in: Sequence[Path]
) -> list[tuple[Path, datetime | None]]:
    """Warehouses that may know of later erasures, with the time up to which they do."""
    found = list[tuple[Path, datetime | None]]()
    for home in erased_in:
        warehouse = Installation(home.absolute()).warehouse
        if not warehouse.is_file():
            raise UserError(f"{home} holds no installation that could say who was erased")
        found.append((warehouse, None))
    for path in reversed(backups_in(backup.parent)):  # the newest one knows what the others do
        if path.name > backup.name:
            other = read_manifest(path)
            if other.home == manifest.home:
                found.append((path / WAREHOUSE, other.created_at))
                break
    return found


def _erase_again(
    draft: Installation, done: Restored, newer: Sequence[tuple[Path, datetime | None]],
    now: datetime,
) -> None:  # fmt: skip
    done.erasures_known_to = done.manifest.created_at
    for warehouse, known_to in newer:
        users = take_over_erasures(draft.warehouse, warehouse)
        done.erasures_from.append(warehouse.parent)
        done.erasures_known_to = max(done.erasures_known_to, known_to or now)
        for user in users:
            done.releases.update(erase(draft, user, now.replace(tzinfo=None)).releases)
        done.erased += len(users)
    if done.erased:
        done.tables = rows_by_table(draft.warehouse)


def _require_empty(home: Path) -> None:
    if home.is_symlink() or home.is_file() or home.is_mount():
        raise UserError(f"{home} must be a folder that can be renamed; name one below it")
    if home.exists() and any(home.iterdir()):
        raise UserError(
            f"{home} holds something; restore into another --home, or move it away first: "
            f"mv {home} {home}-before-restore"
        )

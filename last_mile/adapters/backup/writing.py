"""Making a backup: everything of an installation that cannot be made again from its drops.

Written to a draft, the manifest last, then renamed. Not here: restoring (restoring.py).
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from last_mile.adapters.backup import files
from last_mile.adapters.backup.history import copy_history, history_elsewhere
from last_mile.adapters.backup.manifest import (
    MANIFEST,
    NAME,
    RUBRIC,
    SETTINGS,
    WAREHOUSE,
    Manifest,
    backups_in,
    described,
    read_manifest,
    write_manifest,
)
from last_mile.adapters.file_lock import locked
from last_mile.adapters.installation import Installation
from last_mile.adapters.lake_address import refuse_on_lake
from last_mile.adapters.releases.reading import release_folders
from last_mile.adapters.warehouse.copying import copy_warehouse, rows_by_table
from last_mile.errors import UserError

LAST_BACKUP = "backup.json"  # in the home: when and where the last one was made
_LOCK = ".last-mile.lock"
_NOT_OURS = ("lost+found",)  # of an empty disk


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup, and the ones that went for it."""

    folder: Path
    manifest: Manifest
    removed: list[Path]


def back_up(installation: Installation, into: Path, now: datetime, keep: int | None = None) -> Made:
    """Copy an installation while sensors and runs go on.

    Args:
        installation: Where, with saved settings.
        into: Folder of backups; it need not exist.
        now: UTC.
        keep: How many backups of this home stay in the folder; None: all.

    Raises:
        UserError: There is nothing to copy, the folder holds other things, or the disk is full. No
            half backup is left.
    """
    into = into.absolute()
    installation.settings()
    _require_apart(installation, into)
    with files.said(f"the backup to {into}"):
        return _backed_up(installation, into, now, keep)


def _backed_up(installation: Installation, into: Path, now: datetime, keep: int | None) -> Made:
    into.mkdir(parents=True, exist_ok=True, mode=files.FOLDER_MODE)
    with locked(into / _LOCK):
        for left in into.glob(".last-mile-*.draft"):  # of a killed backup
            shutil.rmtree(left)
        final = into / f"last-mile-{now:%Y%m%dT%H%M%SZ}"
        if final.exists():
            raise UserError(f"{final} was made in this very second; try again")
        draft = into / f".{final.name}.draft"
        with files.room_for(files.size_of(_all_of(installation)), into, "a backup"):
            try:
                draft.mkdir(mode=files.FOLDER_MODE)
                manifest = _written(installation, draft, now)
                files.put_in_place(draft, final)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        gone = _of_this_home(installation, into)[:-keep] if keep else []
        for folder in gone:
            files.removed(folder)
    _note(installation, final, now)
    return Made(final, manifest, gone)


def _of_this_home(installation: Installation, into: Path) -> list[Path]:
    """Backups of this home, the oldest first; one that cannot be read is left alone."""
    found = list[Path]()
    for folder in backups_in(into):
        with suppress(UserError):
            if read_manifest(folder).home == str(installation.home):
                found.append(folder)
    return found


def _all_of(installation: Installation) -> list[Path]:
    home = installation.home
    history = [] if history_elsewhere(installation) else [installation.dagster_home]
    return [
        installation.warehouse, home / "judge" / "journal", installation.releases, *history,
        *_reports(installation),
    ]  # fmt: skip


def _reports(installation: Installation) -> list[Path]:
    pages = (
        installation.report_html, installation.engagement_html, installation.report_json,
        installation.report_numbers,
    )  # fmt: skip
    return [*pages, installation.home / "backfills"]


def _written(installation: Installation, draft: Path, now: datetime) -> Manifest:
    held_s = _copy_tables(installation, draft)
    tables = rows_by_table(draft / WAREHOUSE)
    outside = _copy_settings(installation, draft)
    for release in release_folders(installation.releases):
        files.copied_folder(release, draft / "releases" / release.name)
    for path in _reports(installation):
        if path.is_dir():
            files.copied_folder(path, draft / path.name)
        elif path.exists():
            files.copied(path, draft / path.name)
    # After the tables: of a user who was erased meanwhile the history knows no more than they do.
    elsewhere = history_elsewhere(installation)
    if elsewhere:
        outside["Dagster's history"] = elsewhere
    else:
        copy_history(installation.dagster_home, draft / "dagster")
    manifest = Manifest(
        created_at=now, home=str(installation.home), last_mile=version("last-mile"),
        duckdb=version("duckdb"), tables=tables, erasures=tables.get("erasures", 0),
        held_s=round(held_s, 3), outside=outside, files=described(draft),
    )  # fmt: skip
    write_manifest(draft, manifest)
    return manifest


def _copy_tables(installation: Installation, draft: Path) -> float:
    """The journal of paid answers, then the tables, while nothing of it can be folded into them.

    So every answer is in one of the two, and no call that had ended is in flight again.
    """
    journal = installation.home / "judge" / "journal"
    with locked(journal / "fold.lock"):
        for path in sorted((*journal.glob("*.open"), *journal.glob("*.jsonl"))):
            target = draft / "judge" / "journal" / path.name
            if not files.copied(path, target):  # its writer has just ended it
                whole = path.with_suffix(".jsonl")
                files.copied(whole, target.with_name(whole.name))
        held_s = copy_warehouse(installation.warehouse, draft / WAREHOUSE)
    (draft / WAREHOUSE).chmod(files.FILE_MODE)
    return held_s


def _copy_settings(installation: Installation, draft: Path) -> dict[str, str]:
    """Settings and rubric; what they name that is not copied."""
    settings = installation.settings()
    files.copied(installation.settings_file, draft / SETTINGS)
    if Path(settings.rubric).is_file():
        files.copied(Path(settings.rubric), draft / RUBRIC)
    outside = {"drops": settings.drops}
    if settings.evaluation:
        outside["evaluation files"] = ", ".join(settings.evaluation)
    if settings.tokenizer:
        outside["tokenizer"] = settings.tokenizer
    return outside


def _require_apart(installation: Installation, into: Path) -> None:
    """Stop before anything is written into a folder that is not for backups."""
    refuse_on_lake(
        installation.home, "A backup",
        "Back up its catalog with pg_dump and its data as the store does; docs/scale.md says how",
    )  # fmt: skip
    if not installation.warehouse.is_file():
        raise UserError(f"{installation.home} has no tables yet; run `last-mile run` first")
    home = installation.home.resolve()
    if into.resolve().is_relative_to(home) or home.is_relative_to(into.resolve()):
        raise UserError(
            f"{into} and the home {home} would be lost together; name a folder apart from it, best "
            "on another disk"
        )
    if into.exists() and not into.is_dir():
        raise UserError(f"{into} is a file; name a folder")
    others = [
        path.name for path in (into.iterdir() if into.exists() else ())
        if not _is_ours(path) and path.name not in _NOT_OURS
    ]  # fmt: skip
    if others:
        raise UserError(
            f"{into} holds {sorted(others)[0]}, which is no backup; name a folder of their own for "
            f"backups, such as {into / 'last-mile'}"
        )


def _is_ours(path: Path) -> bool:
    is_backup = NAME.fullmatch(path.name) and (path / MANIFEST).is_file()
    is_draft = path.name.startswith(".last-mile-") and path.name.endswith(".draft")
    return bool(is_backup) or is_draft or path.name == _LOCK


def _note(installation: Installation, folder: Path, now: datetime) -> None:
    draft = installation.home / f".{LAST_BACKUP}.draft"
    draft.write_text(json.dumps({"made_at": now.isoformat(), "folder": str(folder)}) + "\n")
    draft.chmod(files.FILE_MODE)
    draft.replace(installation.home / LAST_BACKUP)

"""Finished releases in the folder of all of them; a folder without a manifest is none.

Not here: writing (writing.py), looking into the rows (examining.py, lineage.py).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from last_mile.errors import UserError

MANIFEST = "manifest.json"
NAME = re.compile(r"(?:\d{4}-\d{2}-\d{2}|no-outcomes)-[0-9a-f]{8}")
_BLOCK = 1 << 20


def release_folders(releases: Path) -> list[Path]:
    """Folders of the finished releases, the one made last at the end."""
    files = [f for f in releases.glob(f"*/{MANIFEST}") if NAME.fullmatch(f.parent.name)]
    files.sort(key=lambda file: (file.stat().st_mtime_ns, file.parent.name))
    return [file.parent for file in files]


def all_releases(releases: Path) -> Iterator[dict[str, Any]]:
    """Manifests of all releases, the one made last first."""
    return (read_manifest(folder) for folder in reversed(release_folders(releases)))


def newest_release(releases: Path, as_of: str | None = None) -> dict[str, Any] | None:
    """Manifest of the release made last, or None.

    Args:
        releases: Folder of all releases.
        as_of: Releases made with later outcomes are left out; None: all count.
    """
    found = all_releases(releases)
    return next((m for m in found if as_of is None or m.get("as_of", "") <= as_of), None)


def find_release(releases: Path, release_id: str) -> Path:
    """Folder of a release by its id; an id is looked up, never taken for a path.

    Raises:
        UserError: There is none of that id.
    """
    folders = {folder.name: folder for folder in release_folders(releases)}
    if release_id not in folders:
        there = f"there are: {', '.join(sorted(folders))}" if folders else "there is none yet"
        raise UserError(f"no training release {release_id!r} in {releases}; {there}")
    return folders[release_id]


def read_manifest(release: Path) -> dict[str, Any]:
    """The manifest of a release.

    Raises:
        UserError: It is no JSON object: somebody changed it.
    """
    file = release / MANIFEST
    try:
        manifest = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        manifest = None
    if not isinstance(manifest, dict):
        raise UserError(f"{file} cannot be read; delete the folder {release.name}, or restore it")
    return manifest


def broken_files(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Files of a release whose bytes are not those the manifest names."""
    named = [*manifest["files"], *manifest.get("others", ())]
    return [file["path"] for file in named if sha256_of(folder / file["path"]) != file["sha256"]]


def sha256_of(file: Path) -> str | None:
    """Hash of a file; None when it is not there."""
    if not file.is_file():
        return None
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()

"""Files and folders that are copied, forced to the disk and put in place.

Not here: which ones (writing.py, restoring.py).
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from last_mile.errors import UserError

FOLDER_MODE, FILE_MODE = 0o700, 0o600  # conversations are in them
_FULL = ("No space left", "disk is full", "Disk quota", "not enough space")
_ROOM = 1.02  # of what is copied: DuckDB writes a little when it opens the copy


def copied(source: Path, target: Path, mode: int = FILE_MODE) -> bool:
    """Copy a file with its time of change; one that is gone meanwhile is left out."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    try:
        status = source.stat()
        shutil.copyfile(source, target)
    except FileNotFoundError:
        return False
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    target.chmod(mode)
    return True


def copied_folder(source: Path, target: Path) -> None:
    """Copy all files of a folder; it need not exist."""
    for path in sorted(source.rglob("*")):
        if path.is_file():
            copied(path, target / path.relative_to(source))


def put_in_place(draft: Path, final: Path) -> None:
    """Force a folder to the disk, closed to others, and give it its name."""
    for path in (*draft.rglob("*"), draft):
        if path.is_dir():
            path.chmod(FOLDER_MODE)
        _sync(path)
    draft.rename(final)
    _sync(final.parent)


def removed(folder: Path) -> None:
    """Remove a folder so that a kill in between leaves nothing that looks whole."""
    draft = folder.with_name(f".{folder.name}.draft")
    folder.rename(draft)
    shutil.rmtree(draft)


def size_of(paths: Iterable[Path]) -> int:
    """Bytes of files and folders; what is gone meanwhile counts nothing."""
    return sum(
        _size(file) for path in paths for file in (path.rglob("*") if path.is_dir() else (path,))
    )


@contextmanager
def room_for(size: int, folder: Path, what: str) -> Iterator[None]:
    """Stop before or when a disk is full.

    Raises:
        UserError: With what it takes and what is left.
    """
    free = shutil.disk_usage(folder).free
    sentence = (
        f"{folder} has no room for {what}: it takes {size / 1e9:.2f} GB, {free / 1e9:.2f} GB are "
        "free; nothing was left there. Make room, or name another folder"
    )
    if free < size * _ROOM:
        raise UserError(sentence)
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        if full or any(text in str(error) for text in _FULL):
            raise UserError(sentence) from None
        raise


@contextmanager
def said(what: str) -> Iterator[None]:
    """Turn what the system refuses into a sentence.

    Raises:
        UserError: With what failed and the system's reason.
    """
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise UserError(
            f"{what} failed: {error.strerror or error}{where}; nothing was left there"
        ) from None


def _size(path: Path) -> int:
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

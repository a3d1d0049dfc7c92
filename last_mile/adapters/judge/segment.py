"""One file of a journal, locked by its writer for as long as that writes. Not here: its lines."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from last_mile.adapters.file_lock import locked, open_to_lock, try_lock

NEW, OPEN, WHOLE = ".new", ".open", ".jsonl"
OPENING = "opening.lock"


class Segment:
    """A new segment, locked before anybody can see it.

    Raises:
        OSError: Also of every method: the disk is full or failed. What was open stays open.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}{OPEN}"
        unseen = self.path.with_suffix(NEW)
        with locked(folder / OPENING):
            self._descriptor = os.open(unseen, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                if not try_lock(self._descriptor):
                    raise RuntimeError(f"{unseen} is locked, though its name is new")
                unseen.replace(self.path)
            except BaseException:
                self.close()
                raise

    def write(self, buffer: bytearray) -> None:
        """Hand the buffer to the system and empty it: a process that dies loses none of it."""
        while buffer:  # what a failed write left is written first by the next
            del buffer[: os.write(self._descriptor, buffer)]

    def sync(self) -> None:
        """Force what was written to the disk; may be called in another thread."""
        descriptor = os.dup(self._descriptor)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def end(self) -> None:
        """Say by its name that it is whole: it may be folded, though still locked."""
        with suppress(FileNotFoundError):  # it was said before
            self.path.replace(self.path.with_suffix(WHOLE))

    def discard(self) -> None:
        """Take it away with what it says."""
        try:
            self.path.unlink()
        except OSError:
            os.ftruncate(self._descriptor, 0)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of its lock. One that is not whole is then taken for a dead writer's."""
        os.close(self._descriptor)


def is_dead(path: Path) -> bool:
    """Whether the writer of an open segment is no more."""
    try:
        descriptor = open_to_lock(path)
    except FileNotFoundError:  # finished meanwhile
        return False
    try:  # a writer that ends its segment renames it before it lets go of the lock
        return try_lock(descriptor) and path.exists()
    finally:
        os.close(descriptor)

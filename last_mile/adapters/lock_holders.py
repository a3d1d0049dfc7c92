"""Who holds a lock, by what the system says. Not here: taking one (file_lock.py)."""

from __future__ import annotations

import os
from pathlib import Path

from last_mile.adapters.file_lock import open_to_lock, try_lock


def is_free(path: Path) -> bool:
    """Whether nobody has locked a file; one that is not there is free."""
    try:
        descriptor = open_to_lock(path)
    except FileNotFoundError:
        return True
    try:
        return try_lock(descriptor)
    finally:
        os.close(descriptor)


def holders_of(path: Path) -> str:
    """Processes that hold a lock on the database or its lock file, by what Linux says."""
    try:
        inodes = {str(p.stat().st_ino) for p in (path, path.with_suffix(".duckdb.lock"))}
        lines = [line.split() for line in Path("/proc/locks").read_text("ascii").splitlines()]
        found = sorted(
            {parts[4] for parts in lines if parts[1] != "->" and parts[5].split(":")[2] in inodes}
        )
        said = [f"pid {pid} ({_command(pid)})" for pid in found if int(pid) > 0]
    except (OSError, IndexError, ValueError):
        said = []
    return ", ".join(said) or "a process of another machine or container"


def _command(pid: str) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return " ".join(Path(word.decode(errors="replace")).name for word in words[:3] if word)

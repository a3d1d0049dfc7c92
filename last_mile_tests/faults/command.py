"""`last-mile run` as a process that is killed, and how far it is. Not here: when it is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import psutil

from last_mile_tests.faults.world import JUDGE, World

IN_FLIGHT = 4
_POLL_S, _PATIENCE_S = 0.01, 600.0
_SPAWNED = "--multiprocessing-fork"  # on the command line of such a process
_LAST_MILE = Path(sys.executable).parent / "last-mile"


def run_command(world: World, home: Path, *more: str | Path) -> list[str]:
    """The command line that builds everything."""
    given = ("--drops", world.drops, "--rubric", world.rubric, "--home", home, "--judge", JUDGE)
    return [str(part) for part in (_LAST_MILE, "run", *given, "--in-flight", IN_FLIGHT, *more)]


def finish(world: World, home: Path, *more: str | Path) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        run_command(world, home, *more),
        env=world.env, cwd=world.folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def must_finish(world: World, home: Path, *more: str | Path) -> None:
    """Run it to its end, which must be a good one."""
    ended = finish(world, home, *more)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def started(world: World, home: Path, *more: str | Path) -> subprocess.Popen[bytes]:
    """Start it in a process group of its own; `said` is what it prints."""
    with _log(world).open("ab") as log:
        return subprocess.Popen(
            run_command(world, home, *more),
            env=world.env, cwd=world.folder, start_new_session=True, stdout=log, stderr=log,
        )  # fmt: skip


def said(world: World) -> str:
    """The end of what started commands printed."""
    return _log(world).read_text("utf-8", "replace")[-3000:]


def kill_group(process: subprocess.Popen[bytes]) -> bool:
    """`kill -9` of a process and all it started; False: it had ended before."""
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return alive


def kill_a_worker(process: subprocess.Popen[bytes]) -> bool:
    """`kill -9` of a process that a command started to read files or build days; False: none."""
    if process.poll() is not None:
        return False
    for child in psutil.Process(process.pid).children():
        with suppress(psutil.Error):  # it has ended meanwhile
            if _SPAWNED in child.cmdline():
                child.kill()
                return True
    return False


def events_in(home: Path) -> int:
    """Events of assets and checks that Dagster has noted in a home: how far its runs are."""
    index = home / "dagster" / "history" / "runs" / "index.db"
    if not index.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{index}?mode=ro", uri=True, timeout=5)) as events:
            return int(events.execute("select count(*) from event_logs").fetchone()[0])
    except sqlite3.OperationalError:  # being created
        return 0


def until(
    so: Callable[[], bool],
    otherwise: str,
    patience_s: float = _PATIENCE_S,
    poll_s: float = _POLL_S,
) -> None:
    """Wait until something is so; a failed test with a sentence when it takes too long."""
    deadline = time.monotonic() + patience_s
    while not so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(poll_s)


def _log(world: World) -> Path:
    return world.folder / "commands.log"

"""The spending caps: what is spent and in flight, shared by all processes of an installation.

Two counters in files under one lock: this month's and this run's. The truth is `judge_calls`; the
counters are set from it whenever nobody else is judging. Not here: prices (core/judge/money.py).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

from last_mile.adapters.file_lock import held, locked
from last_mile.core.rubric import digest

Capped = Literal["run_cap", "month_cap"]
_NUMBER = struct.Struct("<q")


@dataclass(frozen=True, slots=True)
class Caps:
    """Most that may be spent, in nano-dollars; None: no cap."""

    run_nano: int | None = None
    month_nano: int | None = None


class Purse:
    """Money of one run and one month: reserved before a call, settled after it."""

    def __init__(self, folder: Path, run: str, caps: Caps) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._caps, self._run = folder, caps, _run(run)
        self._files: dict[str, int] = {}

    def reserve(self, nano: int, now: datetime) -> Capped | None:
        """Set money aside for a call; which cap forbids it, or None."""
        month = _month(now)
        caps: tuple[tuple[str, int | None, Capped], ...] = (
            (self._run, self._caps.run_nano, "run_cap"),
            (month, self._caps.month_nano, "month_cap"),
        )
        with self._counters(self._run, month) as counters:
            for name, cap, capped in caps:
                if cap is not None and counters[name] + nano > cap:
                    return capped
            for name in counters:
                counters[name] += nano
        return None

    def settle(self, reserved: int, spent: int, sent_at: datetime, run: str | None = None) -> None:
        """Replace what was set aside for a call by what it cost.

        Args:
            reserved: Nano-dollars set aside.
            spent: Nano-dollars it cost.
            sent_at: Which month it belongs to.
            run: The run that set it aside, when that is another one (a batch collected later).
        """
        own = self._run if run is None else _run(run)
        names = [own, _month(sent_at)]
        if own != self._run and not (self._folder / own).exists():  # it is at rest
            names = names[1:]
        with self._counters(*names) as counters:
            for name in counters:
                counters[name] += spent - reserved

    def close(self) -> None:
        """Let go of the files."""
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()

    def set_spent(self, run: int, month: int, now: datetime) -> None:
        """Set the counters to what the tables say; only while nobody else is judging."""
        self.close()
        for path in self._folder.glob("run-*"):
            path.unlink()
        with self._counters(self._run, _month(now)) as counters:
            counters[self._run], counters[_month(now)] = run, month

    def set_run_spent(self, run: int) -> None:
        """Set the run's counter to what the tables say, if it has none: it was at rest."""
        if not (self._folder / self._run).exists():
            with self._counters(self._run) as counters:
                counters[self._run] = run

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Keep others from starting to judge meanwhile."""
        with locked(self._folder / "start.lock"):
            yield

    @contextmanager
    def _counters(self, *names: str) -> Iterator[dict[str, int]]:
        lock = self._opened("purse.lock")
        with held(lock):
            before = {name: _read(self._opened(name)) for name in names}
            counters = dict(before)
            yield counters
            for name in names:
                if counters[name] != before[name]:
                    os.pwrite(self._opened(name), _NUMBER.pack(counters[name]), 0)

    def _opened(self, name: str) -> int:
        """A file of the folder, kept open: it is used twice for every call to a judge."""
        if name not in self._files:
            self._files[name] = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        return self._files[name]


@cache
def _run(run: str) -> str:
    return f"run-{digest(run)}"


def _month(now: datetime) -> str:
    return f"month-{now.year}-{now.month:02}"


def _read(descriptor: int) -> int:
    data = os.pread(descriptor, _NUMBER.size, 0)
    return int(_NUMBER.unpack(data)[0]) if len(data) == _NUMBER.size else 0

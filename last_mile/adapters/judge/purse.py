"""The spending caps: what is spent and in flight, shared by all who judge for an installation.

The truth is `judge_calls`; counters are set from it whenever nobody else is judging. Here: the face
of a purse, and the one in files, for all processes of a machine. Not here: the one in Redis, for
all machines (shared_purse.py); prices (core/judge/money.py).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

from last_mile.adapters.file_lock import held, locked
from last_mile.core.rubric import digest

Capped = Literal["run_cap", "month_cap"]
_NUMBER = struct.Struct("<q")


@dataclass(frozen=True, slots=True)
class Caps:
    """Most that may be spent, in nano-dollars; None: no cap."""

    run_nano: int | None = None
    month_nano: int | None = None


class Purse(Protocol):
    """Money of one run and one month: reserved before a call, settled after it."""

    def reserve(self, nano: int, now: datetime) -> Capped | None:
        """Set money aside for a call; which cap forbids it, or None.

        Raises:
            PassingError: In Redis: it cannot be known what others have set aside, or the days that
                are judged may be somebody else's now. The call must not be sent.
        """

    def settle(self, reserved: int, spent: int, sent_at: datetime, run: str | None = None) -> None:
        """Replace what was set aside for a call by what it cost.

        Args:
            reserved: Nano-dollars set aside.
            spent: Nano-dollars it cost.
            sent_at: Which month it belongs to.
            run: The run that set it aside, when that is another one (a batch collected later).
        """

    def alone(self, *, others_write: bool) -> bool:
        """Whether nobody else is judging, when it is known who has a journal in this home."""

    def set_spent(self, run: int, month: int, now: datetime) -> None:
        """Set the counters to what the tables say; only while nobody else is judging."""

    def set_run_spent(self, run: int) -> None:
        """Set the run's counter to what the tables say, if it has none: it was at rest."""

    def starting(self) -> AbstractContextManager[object]:
        """Keep others from starting to judge meanwhile."""

    def folded(self) -> None:
        """Note that all this purse paid for is in the tables."""

    def close(self) -> None:
        """Let go of what is open."""


class FilePurse:
    """A purse in files under one lock."""

    def __init__(self, folder: Path, run: str, caps: Caps) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._caps, self._run = folder, caps, name_of_run(run)
        self._files: dict[str, int] = {}

    def reserve(self, nano: int, now: datetime) -> Capped | None:
        """See `Purse`."""
        month = name_of_month(now)
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
        """See `Purse`."""
        own = self._run if run is None else name_of_run(run)
        names = [own, name_of_month(sent_at)]
        if own != self._run and not (self._folder / own).exists():  # it is at rest
            names = names[1:]
        with self._counters(*names) as counters:
            for name in counters:
                counters[name] += spent - reserved

    def alone(self, *, others_write: bool) -> bool:
        """See `Purse`."""
        return not others_write

    def folded(self) -> None:
        """See `Purse`; counters in files hold nothing that is of one process."""

    def close(self) -> None:
        """See `Purse`."""
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()

    def set_spent(self, run: int, month: int, now: datetime) -> None:
        """See `Purse`."""
        self.close()
        for path in self._folder.glob("run-*"):
            path.unlink()
        with self._counters(self._run, name_of_month(now)) as counters:
            counters[self._run], counters[name_of_month(now)] = run, month

    def set_run_spent(self, run: int) -> None:
        """See `Purse`."""
        if not (self._folder / self._run).exists():
            with self._counters(self._run) as counters:
                counters[self._run] = run

    @contextmanager
    def starting(self) -> Iterator[None]:
        """See `Purse`."""
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
def name_of_run(run: str) -> str:
    """Of its counter."""
    return f"run-{digest(run)}"


def name_of_month(now: datetime) -> str:
    """Of its counter."""
    return f"month-{now.year}-{now.month:02}"


def _read(descriptor: int) -> int:
    data = os.pread(descriptor, _NUMBER.size, 0)
    return int(_NUMBER.unpack(data)[0]) if len(data) == _NUMBER.size else 0

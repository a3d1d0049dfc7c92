"""A clock that tests set, for every process of a world (libfaketime). Not here: when it is set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from last_mile_tests.faults.world import World

_LIBRARIES = "/usr/lib/*/faketime/libfaketime.so.1"  # Debian's package libfaketime
_LOOKS_EVERY_S = 1


@dataclass(frozen=True)
class Clock:
    """The clock of a world's processes; it goes on from where it is set."""

    file: Path

    def set(self, moment: datetime) -> None:
        """Set it; processes that run see it after a second."""
        offset = (moment - datetime.now(UTC)).total_seconds()
        draft = self.file.with_suffix(".draft")
        draft.write_text(f"{offset:+.3f}s\n")
        draft.replace(self.file)


def with_clock(world: World, moment: datetime) -> tuple[World, Clock]:
    """The world with a clock; the test is skipped where there is no libfaketime."""
    found = next(iter(sorted(Path("/").glob(_LIBRARIES.lstrip("/")))), None)
    if found is None:
        pytest.skip("libfaketime is not installed")
    clock = Clock(world.folder / "clock")
    clock.set(moment)
    variables = {
        "LD_PRELOAD": str(found),
        "FAKETIME_TIMESTAMP_FILE": str(clock.file),
        "FAKETIME_CACHE_DURATION": str(_LOOKS_EVERY_S),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # a clock that is set leaves this one alone
        "NO_FAKE_STAT": "1",  # and the times of files, too
    }
    return replace(world, variables={**world.variables, **variables}), clock

"""When something is killed: moments drawn from a seed, as shares of the work there is.

Not here: what is killed (command.py, services.py).
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from last_mile_tests.faults.command import events_in, until
from last_mile_tests.faults.reference import Reference
from last_mile_tests.faults.world import World

_BY_CALLS = 0.4  # of the moments
_LATEST = 0.9  # share of an undisturbed run: one that goes on has less to do, and would have ended


@dataclass(frozen=True)
class Moment:
    """When to kill.

    Attributes:
        share: 0 to 1, of the calls to the judge or of the events in Dagster's storage.
        by_calls: Which of the two.
        victim: What to kill.
    """

    share: float
    by_calls: bool
    victim: str

    def __str__(self) -> str:
        """As it is printed."""
        return f"{self.victim} at {self.share:.3f} of the {'calls' if self.by_calls else 'events'}"


def draw(seed: int, kills: int, victims: Sequence[str] = ("run",)) -> list[Moment]:
    """Moments, the same for the same arguments; every victim has its turn."""
    chance = random.Random(seed)
    turns = [victims[n % len(victims)] for n in range(kills)]
    chance.shuffle(turns)
    moments = [
        Moment(_LATEST * chance.random(), chance.random() < _BY_CALLS, victim) for victim in turns
    ]
    sys.stdout.writelines(f"kill {moment}\n" for moment in moments)  # shown when the test fails
    return moments


@dataclass(frozen=True)
class Progress:
    """How far a run is that began when so much was done."""

    world: World
    home: Path
    calls: int = 0
    events: int = 0

    @classmethod
    def now(cls, world: World, home: Path) -> Progress:
        """Beginning now."""
        return cls(world, home, world.server.calls, events_in(home))

    def has_passed(self, moment: Moment, reference: Reference) -> bool:
        """Whether the moment has come: a share of the calls left then, or of an undisturbed run."""
        left = reference.calls - self.calls
        if moment.by_calls and left > 1:
            return self.world.server.calls - self.calls >= max(1, round(moment.share * left))
        done = events_in(self.home) - self.events
        return done >= max(1, round(moment.share * reference.events))

    def until_passed(
        self, moment: Moment, reference: Reference, ended: Callable[[], bool] = lambda: False
    ) -> None:
        """Wait for the moment, or until what is to be disturbed has ended."""
        until(lambda: self.has_passed(moment, reference) or ended(), f"never reached: {moment}")

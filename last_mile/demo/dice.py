"""Cheap repeatable choices for text: no numpy call and no global state per pick.

Probabilities of the law belong in law.py.
"""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
_MASK = (1 << 64) - 1


class Dice:
    """A 64-bit linear congruential generator seeded by any integers."""

    __slots__ = ("_state",)

    def __init__(self, *parts: int) -> None:
        """Mix the parts, so that neighbours start far apart."""
        state = 0x9E3779B97F4A7C15
        for part in parts:
            state = ((state ^ (part & _MASK)) * 0xBF58476D1CE4E5B9 + 0x94D049BB133111EB) & _MASK
            state ^= state >> 29
        self._state = state

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to limit - 1."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) & _MASK
        return (self._state >> 33) % limit

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        self._state = (self._state * 6364136223846793005 + 1442695040888963407) & _MASK
        return options[(self._state >> 33) % len(options)]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Return `count` different options (at most all of them), in the order they stand in."""
        places: set[int] = set()
        while len(places) < count:
            places.add(self.below(len(options)))
        return [options[place] for place in sorted(places)]

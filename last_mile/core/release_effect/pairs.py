"""Which release is compared with which. Not here: over which tasks (basis.py)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

LEAST_USED = 30  # conversations: a release with fewer is nobody's reference


class Use(NamedTuple):
    """A release, its first day and its conversations."""

    release: str
    first_day: date
    n: int


class Pair(NamedTuple):
    """A release and the one it is compared with.

    `reference_is` is `previous` (by first day), `most_used` (of those that began together, when
    none came before), or None for the first release.
    """

    release: str
    reference: str | None
    reference_is: str | None


def pairs(uses: Iterable[Use]) -> list[Pair]:
    """Every release with its reference, by first day and name.

    The reference is the release whose first day is the last one before this one's; of several the
    most used. Releases before which there is none are compared with the most used one that began
    on the same day.
    """
    known = sorted(uses, key=lambda use: (use.first_day, use.release))
    used = [use for use in known if use.n >= LEAST_USED]
    return [_pair(use, used) for use in known]


def _pair(use: Use, used: list[Use]) -> Pair:
    before = [one for one in used if one.first_day < use.first_day]
    if before:
        previous = max(before, key=lambda one: (one.first_day, one.n, one.release))
        return Pair(use.release, previous.release, "previous")
    together = [one for one in used if one.first_day == use.first_day]
    most = max(together, key=lambda one: (one.n, one.release), default=use)
    if most.release == use.release:
        return Pair(use.release, None, None)
    return Pair(use.release, most.release, "most_used")

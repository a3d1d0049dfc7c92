"""Alarms of one kind, day by day over all its series: e-BH, and what follows an alarm.

Not here: one series (series.py), reading counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from last_mile.core.drift.detector import alarmed
from last_mile.core.drift.series import Series, Track

ALPHA = 0.05  # of each kind of alarm, for all its series together, over 91 days
_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Watch:
    """Where one series stands.

    Attributes:
        track: What is shown, and looked at.
        since: First day of the alarm that stands.
        next: After an alarm: the days since, until they are a baseline.
    """

    track: Track
    since: date | None = None
    next: Track | None = None


def alarm_history(versions: Mapping[str, Sequence[Series]], together: int) -> Iterator[dict]:
    """Rows of `drift` of one kind, day by day.

    An alarm stands until the days after it have become a baseline of their own, or the version
    ends; until then the series is shown against the baseline it left.

    Args:
        versions: By metric, its series in the order of days; no day is in two.
        together: How many metrics this kind of alarm has, with and without a series.
    """
    series = [one for many in versions.values() for one in many]
    if not series:
        return
    day = min(one.first for one in series)
    last = max(one.first + (one.days - 1) * _DAY for one in series)
    waiting = {metric: list(many) for metric, many in versions.items()}
    watches = dict[str, _Watch]()
    while day <= last:
        for metric, many in waiting.items():
            if many and many[0].first == day:
                watches[metric] = _Watch(Track(many.pop(0), together))
        yield from _of_day(day, watches, together)
        day += _DAY


def _of_day(day: date, watches: dict[str, _Watch], together: int) -> Iterator[dict[str, Any]]:
    here = {metric: w for metric, w in watches.items() if w.track.place(day) < w.track.series.days}
    for watch in here.values():
        if watch.next is not None and watch.next.is_watched(day):
            watch.track, watch.since, watch.next = watch.next, None, None
    quiet = [watch for watch in here.values() if watch.since is None]
    found = alarmed([watch.track.e(day) for watch in quiet], together, ALPHA)
    for watch, is_alarmed in zip(quiet, found, strict=True):
        if is_alarmed:
            watch.since = day
            later = watch.track.series.since(watch.track.place(day) + 1)
            watch.next = Track(later, together) if later.days else None
    for watch in here.values():
        alarm = {"alarm": watch.since is not None, "alarm_since": watch.since}
        yield {**watch.track.row(day), **alarm}

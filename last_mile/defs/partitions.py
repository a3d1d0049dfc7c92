"""The one partition of this platform: the UTC day a conversation started, or an event occurred."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import dagster as dg

from last_mile.adapters.warehouse import Days
from last_mile.core.times import FIRST_DAY

DAILY = dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), end_offset=1)
LONGEST_HORIZON_DAYS = 60  # how far a day's outcomes look ahead for its automation


def days_of(partition_key: str) -> Days:
    """The half-open range of one partition."""
    day = date.fromisoformat(partition_key)
    return Days(day, day + timedelta(days=1))


def keys_of(days: Days) -> list[str]:
    """The partition keys of a range."""
    n = (days.end - days.start).days
    return [(days.start + timedelta(days=i)).isoformat() for i in range(n)]


def ranges_of(days: Iterable[date]) -> list[Days]:
    """Single days as few ranges without gaps."""
    ranges: list[Days] = []
    for day in sorted(set(days)):
        if ranges and ranges[-1].end == day:
            ranges[-1] = Days(ranges[-1].start, day + timedelta(days=1))
        else:
            ranges.append(Days(day, day + timedelta(days=1)))
    return ranges

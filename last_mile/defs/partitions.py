"""The one partition of this platform: the UTC day a conversation started, or an event occurred."""

from __future__ import annotations

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

"""Times as logs write them, read as UTC. Not here: which day a time belongs to."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple

from last_mile.core.refusal import RefusedLineError

FIRST_DAY = date(2015, 1, 1)  # the first daily partition; earlier times are taken for errors
TimeSource = Literal["zoned", "naive", "path_day", "default_day"]

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - UTC without a zone, as the tables hold it
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_SLASHES = re.compile(r"(\d{4})/(\d{2})/(\d{2})(?=$|[ T])", re.ASCII)
_LONGEST_NUMBER = 40  # digits of a time that is a number
_UTC_NAME = re.compile(r"\s*(UTC|GMT)$", re.IGNORECASE)
# Seconds, milliseconds, microseconds, nanoseconds since 1970 differ by a thousand each: of a time
# after 1973 and before year 5138 the magnitude says which unit it is in.
_UNITS = ((1e11, 1.0), (1e14, 1e-3), (1e17, 1e-6), (1e20, 1e-9))


class Moment(NamedTuple):
    """A time in UTC without a zone, and whether the log said which zone it was in."""

    utc: datetime
    zoned: bool


def moment(value: object) -> Moment:
    """Read a time.

    Understood: ISO 8601 (with `T` or a space, any fraction, `Z`, an offset or ` UTC`; a date alone
    is its midnight), `2026/01/05 10:00:00`, RFC 2822 (`Mon, 05 Jan 2026 10:00:00 GMT`), Apache's
    `05/Jan/2026:10:00:00 +0000`, and seconds, milliseconds, microseconds or nanoseconds since 1970
    as a number or its text. A time without a zone is taken to be UTC.

    Raises:
        RefusedLineError: `invalid_time`, or `time_out_of_range` outside the years 1 to 9999.
    """
    if isinstance(value, str):
        return _from_text(value.strip())
    if isinstance(value, datetime):
        return _in_utc(value)
    if isinstance(value, date):
        return Moment(datetime.combine(value, time()), zoned=False)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_number(value)
    raise RefusedLineError("invalid_time")


def in_range(utc: datetime, last_day: date) -> datetime:
    """The time, when its day is a partition.

    Raises:
        RefusedLineError: `time_out_of_range` before FIRST_DAY, `time_in_future` after `last_day`.
    """
    if utc.date() < FIRST_DAY:
        raise RefusedLineError("time_out_of_range")
    if utc.date() > last_day:
        raise RefusedLineError("time_in_future")
    return utc


def _from_text(text: str) -> Moment:
    if _NUMBER.fullmatch(text) and not _is_compact_date(text):
        if len(text) > _LONGEST_NUMBER:
            raise RefusedLineError("time_out_of_range")
        return _from_number(float(text) if "." in text else int(text))
    named = _UTC_NAME.sub("+00:00", text) if text.count(",") == 0 else text
    try:
        return _in_utc(datetime.fromisoformat(_SLASHES.sub(r"\1-\2-\3", named)))
    except ValueError:
        pass
    for read in (parsedate_to_datetime, _apache):
        try:
            return _in_utc(read(text))
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    raise RefusedLineError("invalid_time")


def _is_compact_date(text: str) -> bool:
    """`20260105`: a date written without dashes, not the 234th day after 1970 in seconds."""
    return len(text) == len("20260105") and text[:2] in {"19", "20"} and text.isdigit()


def _apache(text: str) -> datetime:
    return datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z")


def _from_number(value: float) -> Moment:
    if isinstance(value, float) and not math.isfinite(value):
        raise RefusedLineError("invalid_time")
    scale = next((factor for below, factor in _UNITS if abs(value) < below), None)
    if scale is None:
        raise RefusedLineError("time_out_of_range")
    # whole numbers are exact: a float of nanoseconds is off by a hundred
    microseconds = _scaled(value, scale) if isinstance(value, int) else value * scale * 1e6
    try:
        return Moment(_EPOCH + timedelta(microseconds=microseconds), zoned=True)
    except OverflowError:
        raise RefusedLineError("time_out_of_range") from None


def _scaled(value: int, scale: float) -> int:
    """Whole microseconds of a number of seconds times `scale`."""
    return value // 1000 if scale == _UNITS[-1][1] else value * round(scale * 1e6)


def _in_utc(found: datetime) -> Moment:
    if found.tzinfo is None:
        return Moment(found, zoned=False)
    try:
        return Moment(found.astimezone(UTC).replace(tzinfo=None), zoned=True)
    except OverflowError:
        raise RefusedLineError("time_out_of_range") from None

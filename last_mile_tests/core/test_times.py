"""Times as logs write them: one instant in every format, and what is no time or no day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from last_mile.core.refusal import RefusedLineError
from last_mile.core.times import FIRST_DAY, in_range, moment

TEN = datetime(2026, 1, 5, 10)  # noqa: DTZ001 - UTC without a zone
# 2026-01-05T10:00:00Z: 20,454 days after 1970 from leap years and days before January 2026
# (56 * 365 + 14), 4 more, and 10 hours: 20,458 * 86,400 + 36,000 s.
SECONDS = 1_767_607_200


def _reason(value: object) -> str:
    with pytest.raises(RefusedLineError) as refused:
        moment(value)
    return refused.value.reason


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-05T10:00:00Z",
        "2026-01-05T10:00:00.000Z",
        "2026-01-05T10:00:00.000000000Z",
        "2026-01-05T11:00:00+01:00",
        "2026-01-05T11:00:00+0100",
        "2026-01-05 04:30:00-05:30",
        "2026-01-05 10:00:00 UTC",
        "2026-01-05 10:00:00 gmt",
        "20260105T100000Z",
        "  2026-01-05T10:00:00Z\n",
        "Mon, 05 Jan 2026 10:00:00 GMT",
        "Mon, 05 Jan 2026 12:00:00 +0200",
        "05/Jan/2026:10:00:00 +0000",
        SECONDS,
        float(SECONDS),
        str(SECONDS),
        f"{SECONDS}.0",
        SECONDS * 1000,
        str(SECONDS * 1000),
        SECONDS * 1_000_000,
        SECONDS * 1_000_000_000,
        str(SECONDS * 1_000_000_000),
        datetime(2026, 1, 5, 11, tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_every_way_to_write_an_instant_with_its_zone_is_the_same_instant(value: object) -> None:
    assert moment(value) == (TEN, True)


@pytest.mark.parametrize(
    "value",
    ["2026-01-05T10:00:00", "2026-01-05 10:00:00", "2026/01/05 10:00:00", "2026-01-05T10:00", TEN],
)
def test_a_time_without_a_zone_is_taken_to_be_utc_and_said_to_be_naive(value: object) -> None:
    assert moment(value) == (TEN, False)


@pytest.mark.parametrize("value", ["2026-01-05", "20260105", "2026/01/05", date(2026, 1, 5)])
def test_a_date_alone_is_its_midnight(value: object) -> None:
    assert moment(value) == (datetime(2026, 1, 5), False)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("value", "microsecond"),
    [
        ("2026-01-05T10:00:00.5Z", 500_000),
        ("2026-01-05T10:00:00.123456789Z", 123_456),  # tables hold microseconds
        (SECONDS + 0.25, 250_000),
        (SECONDS * 1000 + 7, 7_000),
        (SECONDS * 1_000_000_000 + 123_456_789, 123_456),
    ],
)
def test_fractions_are_kept_to_the_microsecond(value: object, microsecond: int) -> None:
    assert moment(value).utc == TEN.replace(microsecond=microsecond)


def test_a_negative_number_is_a_time_before_1970() -> None:
    assert moment(-86_400).utc == datetime(1969, 12, 31)  # noqa: DTZ001


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "yesterday", "2026-13-01", "2026-02-30T10:00:00Z", "2026-01-05T25:00:00Z",
        "2026-01-05T10:61:00Z", "2026-01-05T10:00:00 Z Z", "2026-01-05T10:00+00Z", "05/01/2026",
        "Mon, 32 Jan 2026 10:00:00 GMT", "32/Jan/2026:10:00:00 +0000", "1.2.3", "²", "٢٠٢٦",
        float("nan"), float("inf"), True, None, [], {}, b"2026-01-05",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(value: object) -> None:
    assert _reason(value) == "invalid_time"


@pytest.mark.parametrize(
    "value",
    [
        10**21, -(10**21), 1e30, -1e30, 10**400, "9" * 400, "-" + "9" * 400, "9" * 5000,
        "9" * 400 + ".5",
        -70_000_000_000,  # seconds: 2,218 years before 1970
        "-70000000000", -70_000_000_000_000.0,
        "0001-01-01T00:00:00+23:00", "9999-12-31T23:00:00-23:00",
    ],
    ids=lambda value: str(value)[:12] if isinstance(value, str) else f"{type(value).__name__}",
)  # fmt: skip
def test_a_number_or_text_outside_the_years_1_to_9999_is_refused_and_raises_nothing_else(
    value: object,
) -> None:
    assert _reason(value) in {"time_out_of_range", "invalid_time"}


def test_a_day_is_a_partition_from_the_first_day_to_the_last_both_included() -> None:
    last = date(2026, 1, 5)
    first = datetime.combine(FIRST_DAY, datetime.min.time())
    end = datetime(2026, 1, 5, 23, 59, 59, 999_999)  # noqa: DTZ001
    assert in_range(first, last) == first
    assert in_range(end, last) == end
    for outside, reason in (
        (first - timedelta(microseconds=1), "time_out_of_range"),
        (end + timedelta(microseconds=1), "time_in_future"),
    ):
        with pytest.raises(RefusedLineError) as refused:
            in_range(outside, last)
        assert refused.value.reason == reason


def test_the_seconds_of_these_tests_are_what_the_calendar_says() -> None:
    assert datetime.fromtimestamp(SECONDS, UTC).replace(tzinfo=None) == TEN

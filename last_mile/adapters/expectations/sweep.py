"""Runs all checks over a whole warehouse and says on which days the daily ones fail.

Not here: one check (suites.py), how the results are shown (core/expectation/html.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from last_mile.adapters.expectations.suites import run_check
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.expectation import STAGE_CHECKS, StageCheck, columns_of_rubric
from last_mile.core.expectation.html import Swept
from last_mile.core.times import FIRST_DAY


def sweep(warehouse: Warehouse) -> Iterator[Swept]:
    """Run every check.

    A daily check runs over all days at once and, where that fails, day by day; one that compares a
    day with others only day by day.

    Args:
        warehouse: What is looked at.
    """
    for table, columns in columns_of_rubric(warehouse.installation.rubric()).items():
        warehouse.add_columns(table, columns)  # of a rubric that no day was built with yet
    days = warehouse.read("days_to_build")["day"].sort().to_list() or [FIRST_DAY]
    for check in STAGE_CHECKS:
        yield _swept(warehouse, check, days)


def _swept(warehouse: Warehouse, check: StageCheck, days: list[date]) -> Swept:
    if not check.daily:
        return Swept(run_check(warehouse, check), ())
    result = run_check(warehouse, check, _span(days[0], days[-1]))
    if check.blocking and result.passed:
        return Swept(result, ())
    by_day = {day: run_check(warehouse, check, _span(day, day)) for day in days}
    broken = [day for day, one in by_day.items() if not one.passed]
    if not check.blocking:
        result = by_day[broken[0]] if broken else result
    return Swept(result, [day.isoformat() for day in broken])


def _span(first: date, last: date) -> Days:
    return Days(first, last + timedelta(days=1))

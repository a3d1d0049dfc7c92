"""What a plan needs and nothing more: land the drops and find their conversations.

Not here: building the tables for good, which `last-mile run` does day by day (everything.py).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from last_mile.adapters.installation import Installation
from last_mile.adapters.judge.planning import Planned, all_days, plan_judge
from last_mile.adapters.landing import land
from last_mile.adapters.log_drop import find_drop_files
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.errors import UserError


def prepare(installation: Installation, first: date | None, last: date | None) -> Planned:
    """Land the drops, build `conversations`, and plan the judge of the settings.

    Args:
        installation: Where, with saved settings.
        first: Earliest day of the plan; None: of all.
        last: Latest day of the plan; None: of all.

    Raises:
        UserError: A file cannot be read, or there is nothing to judge.
    """
    warehouse, settings = Warehouse(home=str(installation.home)), installation.settings()
    drops, reading = Path(settings.drops), settings.reading(datetime.now(UTC).date())
    for kind in sorted({file.kind for file in find_drop_files(drops)}):
        land(warehouse, drops, kind, reading)
    for day, has_lines, _ in warehouse.read("days_to_build").iter_rows():
        if has_lines and (first is None or day >= first) and (last is None or day <= last):
            warehouse.build("conversations", Days(day, day + timedelta(days=1)))
    days = all_days(warehouse)
    if days is None:
        raise UserError(f"no conversation in {drops} can be judged; see `last-mile check`")
    start = max(first, days.start) if first else days.start
    end = min(last + timedelta(days=1), days.end) if last else days.end
    return plan_judge(warehouse, Days(start, end))

"""Which batches have ended: a look at the provider, without fetching anything.

Not here: fetching and settling them (batches.py), which the judge stage of their days does.
"""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import NamedTuple

from last_mile.adapters.judge.batch_api import BatchApi
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.judge.batch_rows import ENDED


class EndedBatch(NamedTuple):
    """A batch that can be collected."""

    submission: str
    days: list[date]


def waiting_batches(warehouse: Warehouse) -> tuple[list[EndedBatch], int]:
    """Batches that can be collected, and how many cannot yet.

    A batch whose submission was killed can be collected too: its stage finds out what became of it.

    Raises:
        UserError: The provider cannot be asked.
    """
    judge = warehouse.installation.settings().judge
    ended, waiting = list[EndedBatch](), 0
    for row in warehouse.read("open_batches").iter_rows(named=True):
        if row["judge"] != judge:
            continue
        done = row["batch_id"] is None
        if not done:
            status = asyncio.run(BatchApi.of(judge).look(row["batch_id"]))
            done = status is None or status.status in ENDED
        if done:
            span = (row["last_day"] - row["first_day"]).days + 1
            days = [row["first_day"] + timedelta(days=n) for n in range(span)]
            ended.append(EndedBatch(row["submission"], days))
        else:
            waiting += 1
    return ended, waiting

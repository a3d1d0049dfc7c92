"""Collecting the judge's batches: the days of those that have ended are built.

Not here: fetching results (adapters/judge/batches.py).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date

from last_mile.adapters.installation import Installation
from last_mile.adapters.judge.collecting import waiting_batches
from last_mile.adapters.warehouse import Warehouse
from last_mile.run.runs import Progress, no_progress, runs_of

_BETWEEN_LOOKS_S = 60.0


@dataclass(frozen=True, slots=True)
class BatchesCollected:
    """What collecting batches came to."""

    batches: int
    days: list[date]
    waiting: int
    failures: list[str]


def collect_batches(
    installation: Installation,
    progress: Progress = no_progress,
    *,
    wait: bool = False,
) -> BatchesCollected:
    """Build the days of batches that have ended: their judge stage collects them.

    Args:
        installation: Where, with saved settings.
        progress: As for run_everything.
        wait: Go on until no batch is with the provider.

    Raises:
        UserError: The provider cannot be asked.
    """
    warehouse = Warehouse(home=str(installation.home))
    built, batches = list[date](), 0
    with runs_of(installation) as runs:
        while True:
            ended, waiting = waiting_batches(warehouse)
            days = sorted({day for batch in ended for day in batch.days}, reverse=True)
            for done, day in enumerate(days):
                progress(f"day {day}", done, len(days))
                runs.execute("daily", day)
            built, batches = [*built, *days], batches + len(ended)
            if not waiting or not wait or runs.summary.failures:
                break
            progress("waiting for batches", 0, waiting)
            time.sleep(_BETWEEN_LOOKS_S)
        if built:
            progress("evidence and report", len(built), len(built))
            runs.execute("feedback_loop")
    return BatchesCollected(batches, built, waiting, runs.summary.failures)

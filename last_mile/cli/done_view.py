"""What a run command shows of what it has done. Not here: keeping it (run/done.py)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from last_mile import console

if TYPE_CHECKING:
    from last_mile.run import RunSummary  # Dagster is slow to import

_SHOWN = 10


def show_done(summary: RunSummary) -> None:
    """Days built and failed, rows by table, and where the whole report is."""
    days = [done for done in summary.done if done.builds_a_day]
    built = sum(not done.failure for done in days)
    failed = [done for done in summary.done if done.day and done.failure]
    rows: Counter[str] = Counter()
    for done in summary.done:
        rows.update(done.rows)
    written = ", ".join(f"{table} {n:,}" for table, n in rows.items())
    console.note(f"days built      {built:,} of {len(days):,}")
    for done in failed[:_SHOWN]:
        console.note(f"  failed        {done.day}: {done.failure}")
    if failed[_SHOWN:]:
        console.note(f"  failed        {len(failed) - _SHOWN:,} more")
    console.note(f"rows written    {written or 'none'}")
    console.note(f"what was done   {summary.report}")

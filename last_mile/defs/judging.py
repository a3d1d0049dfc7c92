"""What Dagster adds to the judge stage: which run its cap is about, who watches its progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg

from last_mile.adapters.judge.progress import Progress

RUN_TAG = "last_mile/run"  # set by the command line: all days of one command are one run
_BACKFILL_TAG = "dagster/backfill"


@dataclass(frozen=True)
class JudgeWatch:
    """Told the progress of a judge stage; the command line shows it."""

    tell: Callable[[Progress], None] = lambda _progress: None


def run_of(context: dg.AssetExecutionContext) -> str:
    """The command, the backfill, or else the Dagster run this belongs to."""
    tags = context.run.tags
    return tags.get(RUN_TAG) or tags.get(_BACKFILL_TAG) or context.run.run_id

"""Reading files with refused lines again, and building what that changes.

Not here: the reading (adapters/landing.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from last_mile.adapters.installation import Installation
from last_mile.adapters.log_drop import find_drop_files
from last_mile.adapters.warehouse import Warehouse
from last_mile.run.days import build_days, events_of
from last_mile.run.runs import Asked, Progress, RunSummary, no_progress, runs_of


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to."""

    files: int  # read again
    gone: list[str]  # files with refused lines that are no longer in the drop folder
    before: int  # refused lines
    after: int
    summary: RunSummary


def replay_rejected(
    installation: Installation,
    reason: str | None = None,
    progress: Progress = no_progress,
) -> Replayed:
    """Read files with refused lines again and build the days that this changed.

    Args:
        installation: Where, with saved settings.
        reason: Only files with lines refused for this reason.
        progress: As for run_everything.

    Returns:
        Refused lines before and after, and how the runs ended.

    Raises:
        UserError: A file cannot be read.
    """
    warehouse = Warehouse(home=str(installation.home))
    refused = warehouse.read("rejected_places")
    if reason is not None:
        refused = refused.filter(refused["reason"] == reason)
    wanted = set(refused["file"])
    present = {file.name for file in find_drop_files(Path(installation.settings().drops))}
    seen = warehouse.last_change()
    with runs_of(installation) as runs:
        progress("landing the drops", 0, 1)
        again = {"config": {"again": sorted(wanted & present)}}
        ops = dict.fromkeys(("conversation_logs", "outcome_logs", "label_logs"), again)
        runs.execute("land_drops", ops=ops)
        changed = warehouse.read("changed_days")
        due = changed.filter(changed["change"] > seen, changed["work"] != "recorded_labels")
        asked = [
            *events_of(due.filter(work="events")["day"].to_list()),
            *(Asked("daily", day) for day in due.filter(work="day")["day"]),
        ]
        build_days(runs, asked, progress)
        if asked:
            progress("evidence and report", len(asked), len(asked))
            runs.execute("feedback_loop")
    after = warehouse.read("rejected_places").height
    return Replayed(
        len(wanted & present), sorted(wanted - present), refused.height, after, runs.summary
    )

"""What the command line runs: which Dagster runs, in which order, on which instance.

Not here: what a run does (defs/), options and output (cli/).
"""

from last_mile.run.batches import BatchesCollected, collect_batches
from last_mile.run.everything import Wanted, make_release, rebuild_report, run_everything
from last_mile.run.instance import instance_of
from last_mile.run.past import report_as_of, report_of_snapshot
from last_mile.run.prepare import prepare
from last_mile.run.replay import Replayed, replay_rejected
from last_mile.run.runs import RunSummary

__all__ = [
    "BatchesCollected",
    "Replayed",
    "RunSummary",
    "Wanted",
    "collect_batches",
    "instance_of",
    "make_release",
    "prepare",
    "rebuild_report",
    "replay_rejected",
    "report_as_of",
    "report_of_snapshot",
    "run_everything",
]

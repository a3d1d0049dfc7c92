"""Sensors over the drop folder and over the judge's batches.

Not here: what they decide (core/drop_watch.py, adapters/judge/collecting.py), the jobs.
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from last_mile.adapters.judge.client import RECORDED
from last_mile.adapters.judge.collecting import waiting_batches
from last_mile.adapters.log_drop import look
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.drop_watch import Cursor, DayChange, DaysDue, FilesDue, days_due, files_due
from last_mile.defs.jobs import daily, evidence, land_drops, outcome_day
from last_mile.errors import UserError

MOST_REQUESTS = 20  # run requests a tick
_ENDED = {
    dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED
}  # fmt: skip
_IN_FLIGHT = [status for status in dg.DagsterRunStatus if status not in _ENDED]


@dg.sensor(jobs=[land_drops, outcome_day, daily, evidence], minimum_interval_seconds=30)
def new_log_drops(context: dg.SensorEvaluationContext, warehouse: Warehouse) -> dg.SensorResult:
    """Lands complete new files, then builds exactly the days they changed, then the evidence."""
    cursor = Cursor.load(context.cursor)
    try:
        settings = warehouse.installation.settings()
        files, cursor = files_due(look(Path(settings.drops)), cursor)
    except UserError as error:
        return dg.SensorResult(skip_reason=dg.SkipReason(str(error)), cursor=context.cursor)
    requests = [_landing(files)] if files else []
    if not requests and not _in_flight(context, land_drops):
        changes = [DayChange(*row) for row in warehouse.read("changed_days").iter_rows()]
        days, cursor = days_due(
            changes,
            cursor,
            most=MOST_REQUESTS,
            labels_judge=settings.judge.partition(":")[0] == RECORDED,
            events_in_flight=_in_flight(context, outcome_day),
            days_in_flight=_in_flight(context, daily),
        )
        requests = _building(days)
    return dg.SensorResult(run_requests=requests, cursor=cursor.dump())


def _landing(files: FilesDue) -> dg.RunRequest:
    config = {"config": {"leave": files.leave}}
    ops = dict.fromkeys(("conversation_logs", "outcome_logs", "label_logs"), config)
    tags = {"dagster/max_retries": "2"}  # a landing that was killed; rows of a file are replaced
    return dg.RunRequest(
        files.run_key, job_name=land_drops.name, run_config={"ops": ops}, tags=tags
    )


def _building(days: DaysDue) -> list[dg.RunRequest]:
    if days.evidence is not None:
        return [dg.RunRequest(f"evidence-{days.evidence}", job_name=evidence.name)]
    return [
        dg.RunRequest(
            f"{item.work}-{item.day}-{item.change}",
            job_name=outcome_day.name if item.work == "events" else daily.name,
            partition_key=item.day.isoformat(),
        )
        for item in days.changes
    ]


def _in_flight(context: dg.SensorEvaluationContext, job: dg.UnresolvedAssetJobDefinition) -> bool:
    running = dg.RunsFilter(job_name=job.name, statuses=_IN_FLIGHT)
    return context.instance.get_runs_count(running) > 0


@dg.sensor(jobs=[daily, evidence], minimum_interval_seconds=300)
def finished_batches(context: dg.SensorEvaluationContext, warehouse: Warehouse) -> dg.SensorResult:
    """Builds the days of the judge's batches that have ended, then the evidence once."""
    waits_for_evidence = context.cursor or ""
    try:
        ended, waiting = waiting_batches(warehouse)
    except UserError as error:
        return dg.SensorResult(skip_reason=dg.SkipReason(str(error)), cursor=context.cursor)
    if _in_flight(context, daily):
        return dg.SensorResult(skip_reason=dg.SkipReason("days are being built"))
    requests = [
        dg.RunRequest(
            f"batch-{batch.submission}-{day}", job_name=daily.name, partition_key=day.isoformat()
        )
        for batch in ended[:MOST_REQUESTS]
        for day in batch.days
    ]
    if requests:
        return dg.SensorResult(run_requests=requests, cursor=ended[-1].submission)
    if waits_for_evidence:
        key = f"evidence-batches-{waits_for_evidence}"
        return dg.SensorResult(run_requests=[dg.RunRequest(key, job_name=evidence.name)], cursor="")
    return dg.SensorResult(skip_reason=dg.SkipReason(f"{waiting} batches are not ready"))

"""Sensors over the drop folder and over the judge's batches.

Not here: what they decide (core/drop_watch.py, adapters/judge/collecting.py), what is made from a
changed day by itself (automation.py), tables over all days (schedules.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import dagster as dg

from last_mile.adapters.judge.client import RECORDED
from last_mile.adapters.judge.collecting import waiting_batches
from last_mile.adapters.landing import not_landed
from last_mile.adapters.log_drop import Kind, look
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.drop_watch import Cursor, DayChange, FilesDue, days_due, files_due
from last_mile.defs.automation import WHOLE_DAY
from last_mile.defs.held_logs import LOGS, held_logs
from last_mile.defs.jobs import daily, land_drops, outcome_day
from last_mile.errors import UserError

MOST_REQUESTS = 20  # run requests a tick
ENDED = [
    dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED
]  # fmt: skip
IN_FLIGHT = [status for status in dg.DagsterRunStatus if status not in ENDED]
_GIVEN_UP = (
    "{n} files were not landed, and it was tried three times: look at the failed runs of "
    "land_drops; once that is mended, launch it by hand"
)
_JOBS = [land_drops, outcome_day, daily]


@dg.sensor(
    jobs=_JOBS,
    minimum_interval_seconds=30,
    description="Lands complete new conversation logs, then builds the days they changed.",
)
def new_log_drops(context: dg.SensorEvaluationContext, warehouse: Warehouse) -> dg.SensorResult:
    """A tick; see the description."""
    return _watch(context, warehouse, "conversations", also={None})


@dg.sensor(
    jobs=_JOBS,
    minimum_interval_seconds=30,
    description="Lands complete new outcome files, then builds events and the days they decide.",
)
def new_outcome_drops(context: dg.SensorEvaluationContext, warehouse: Warehouse) -> dg.SensorResult:
    """A tick; see the description."""
    return _watch(context, warehouse, "outcomes")


@dg.sensor(
    jobs=_JOBS,
    minimum_interval_seconds=30,
    description="Lands complete new label files; builds days where recorded labels are the judge.",
)
def new_label_drops(context: dg.SensorEvaluationContext, warehouse: Warehouse) -> dg.SensorResult:
    """A tick; see the description."""
    return _watch(context, warehouse, "labels")


def _watch(
    context: dg.SensorEvaluationContext,
    warehouse: Warehouse,
    kind: Kind,
    also: Iterable[str | None] = (),
) -> dg.SensorResult:
    """Request a landing of new files, or, when none is under way, the days landings changed.

    Args:
        context: Of the tick.
        warehouse: The tables.
        kind: Of the files.
        also: Further causes of changed days that this sensor answers for.
    """
    cursor = Cursor.load(context.cursor)
    is_landing = _in_flight(context, land_drops)
    try:
        settings = warehouse.installation.settings()
        seen = look(Path(settings.drops), kind)
        left = [] if is_landing else not_landed(warehouse, seen)
        missed = cursor.landed.intersection(file.fingerprint for file in left)
        files, cursor = files_due(seen, cursor, missed)
    except UserError as error:
        return dg.SensorResult(skip_reason=dg.SkipReason(str(error)), cursor=context.cursor)
    if files:
        return dg.SensorResult(run_requests=[_landing(kind, files)], cursor=cursor.dump())
    if is_landing:
        return dg.SensorResult(skip_reason="files are being landed", cursor=cursor.dump())
    if held := held_logs(context.instance, LOGS):
        return dg.SensorResult(skip_reason=held, cursor=cursor.dump())
    causes = {kind, *also}
    changes = [DayChange(*row) for row in warehouse.read("changed_days").iter_rows()]
    due, cursor = days_due(
        [change for change in changes if change.kind in causes],
        cursor,
        most=MOST_REQUESTS,
        labels_judge=settings.judge.partition(":")[0] == RECORDED,
    )
    if missed and not due:
        return dg.SensorResult(skip_reason=_GIVEN_UP.format(n=len(missed)), cursor=cursor.dump())
    return dg.SensorResult(run_requests=[_building(item) for item in due], cursor=cursor.dump())


def _landing(kind: Kind, files: FilesDue) -> dg.RunRequest:
    asset = f"{kind.removesuffix('s')}_logs"
    return dg.RunRequest(
        files.run_key,
        job_name=land_drops.name,
        asset_selection=[dg.AssetKey(asset)],
        run_config={"ops": {asset: {"config": {"leave": files.leave}}}},
    )


def _building(item: DayChange) -> dg.RunRequest:
    return dg.RunRequest(
        f"{item.work}-{item.day}-{item.change}",
        job_name=outcome_day.name if item.work == "events" else daily.name,
        partition_key=item.day.isoformat(),
        tags=WHOLE_DAY,
    )


def _in_flight(context: dg.SensorEvaluationContext, job: dg.UnresolvedAssetJobDefinition) -> bool:
    running = dg.RunsFilter(job_name=job.name, statuses=IN_FLIGHT)
    return context.instance.get_runs_count(running) > 0


@dg.sensor(
    jobs=[daily],
    minimum_interval_seconds=300,
    description="Builds the days of the judge's batches that have ended.",
)
def finished_batches(context: dg.SensorEvaluationContext, warehouse: Warehouse) -> dg.SensorResult:
    """A tick; see the description."""
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
        return dg.SensorResult(run_requests=requests)
    return dg.SensorResult(skip_reason=dg.SkipReason(f"{waiting} batches are not ready"))

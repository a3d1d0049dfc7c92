"""When tables over all days are made again: evidence hourly, the loop daily, releases weekly.

And when somebody looks for broken days: hourly. Not here: days (sensors.py, automation.py). An hour
in which nothing changed makes no run.
"""

import dagster as dg

from last_mile.defs.jobs import broken_days, evidence, feedback_loop, release
from last_mile.defs.sensors import ENDED, IN_FLIGHT

BUILT_BY_DAY = ("judge_verdicts", "stat_cells", "quality_tiers", "outcomes")
READ_BY_EVIDENCE = (*BUILT_BY_DAY, "label_logs")
_LOOKED_AT = 50  # runs of an hour
EVIDENCE = ("metric_lift", "report")  # a release makes the second alone


@dg.schedule(
    job=evidence,
    cron_schedule="5 * * * *",
    description="Lifts and report, when a day or a label changed since and no run is under way.",
)
def evidence_hourly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """A tick; see the description."""
    instance = context.instance
    building = dg.RunsFilter(statuses=IN_FLIGHT)
    names = {run.job_name for run in instance.get_runs(building)}
    if names:
        return dg.SkipReason(f"runs are under way: {', '.join(sorted(names))}")
    last = min(begun(instance, name) for name in EVIDENCE)
    changed = [name for name in READ_BY_EVIDENCE if newest(instance, name) > last]
    if not changed:
        return dg.SkipReason("nothing has changed since the last evidence")
    return dg.RunRequest()


@dg.schedule(
    job=broken_days,
    cron_schedule="35 * * * *",
    description="The check no_failed_partitions, when a run has ended since it last looked.",
)
def broken_days_hourly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """A tick; see the description. It looks when no evidence is made, too: days may be failing."""
    instance, mine = context.instance, broken_days.name
    if instance.get_runs(dg.RunsFilter(job_name=mine, statuses=IN_FLIGHT), limit=1):
        return dg.SkipReason("broken days are being looked for")
    so_far = dg.RunsFilter(job_name=mine, statuses=[dg.DagsterRunStatus.SUCCESS])
    looked = instance.get_run_records(so_far, limit=1)
    since = looked[0].create_timestamp if looked else None
    ended = instance.get_runs(dg.RunsFilter(statuses=ENDED, updated_after=since), limit=_LOOKED_AT)
    if all(run.job_name == mine for run in ended):
        return dg.SkipReason("no run has ended since broken days were last looked for")
    return dg.RunRequest()


feedback_loop_daily = dg.ScheduleDefinition(
    name="feedback_loop_daily",
    job=feedback_loop,
    cron_schedule="30 5 * * *",
    description="Releases compared, epochs, drift, failures without a flag, and the report (UTC).",
)

release_weekly = dg.ScheduleDefinition(
    name="release_weekly",
    job=release,
    cron_schedule="0 6 * * 1",
    description="A training release, on Monday morning (UTC), where tiers are proven.",
)


def begun(instance: dg.DagsterInstance, table: str) -> float:
    """When the run that last made a table began, in seconds since 1970; 0: none is known.

    What changed after that may not be in it, though it was made later.
    """
    event = instance.get_latest_materialization_event(dg.AssetKey(table))
    record = instance.get_run_record_by_id(event.run_id) if event else None
    return (record.start_time if record else None) or 0.0


def newest(instance: dg.DagsterInstance, table: str) -> float:
    """When a table was last materialized, in seconds since 1970; 0: never."""
    event = instance.get_latest_materialization_event(dg.AssetKey(table))
    return event.timestamp if event else 0.0

"""What `last-mile doctor` looks at: all probes, and those that ask Dagster.

Not here: what files and tables say (adapters/health.py), how findings are shown (cli/doctor.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import dagster as dg
from dagster._core.scheduler.instigation import InstigatorStatus, TickStatus
from dagster._daemon.controller import all_daemons_live

from last_mile.adapters import health
from last_mile.adapters.health import Finding, Patient
from last_mile.defs.broken_days import broken_days
from last_mile.defs.judging import RUN_TAG
from last_mile.errors import UserError
from last_mile.run.instance import instance_of

_SILENT_S = 3600.0  # a run that has said nothing for so long hangs, or its process is dead
_SHOWN = 3  # days of a table or check


def failed_days(patient: Patient) -> Iterator[Finding]:
    """No day failed, and no check holds one back."""
    days = patient.warehouse.read("days_to_build")["day"].to_list()
    with instance_of(patient.installation) as instance:
        broken = broken_days(instance, days)
    for what, failed in broken.items():
        more = f" and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
        yield Finding(
            f"{what}: {', '.join(failed[:_SHOWN])}{more} failed",
            f"`last-mile run --from {failed[0]} --to {failed[0]}` says why",
        )


def dead_runs(patient: Patient) -> Iterator[Finding]:
    """No run is under way whose process is dead."""
    under_way = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    with instance_of(patient.installation) as instance:
        for run in instance.get_runs(dg.RunsFilter(statuses=under_way)):
            lock = patient.installation.home / "commands" / f"{run.tags.get(RUN_TAG)}.lock"
            if RUN_TAG in run.tags:
                dead = health.is_free(lock)
                fix = "the next `last-mile run` ends it and frees its slots"
            else:
                newest = instance.get_records_for_run(run.run_id, limit=1, ascending=False).records
                dead = not newest or time.time() - newest[0].timestamp > _SILENT_S
                fix = "end it in the UI (Runs, Terminate, force), then build its day again"
            if dead:
                day = run.tags.get("dagster/partition", "all days")
                yield Finding(f"run {run.run_id[:8]} ({run.job_name}, {day}) has no process", fix)


def daemon(patient: Patient) -> Iterator[Finding]:
    """Where sensors or schedules are switched on, the daemon lives and their newest tick worked."""
    on = {InstigatorStatus.RUNNING, InstigatorStatus.AUTOMATICALLY_RUNNING}
    with instance_of(patient.installation) as instance:
        states = instance.all_instigator_state(instigator_statuses=on)
        if states and not all_daemons_live(instance):
            yield Finding(
                f"{len(states)} sensors and schedules are on and no daemon works them",
                "`dagster-daemon run -w workspace.yaml` with the same $DAGSTER_HOME, or restart "
                "the service `daemon`",
            )
        for state in states:
            ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1)
            if ticks and ticks[0].status == TickStatus.FAILURE:
                yield Finding(
                    f"the newest tick of {state.name} failed",
                    "its error stands in the UI under Automation",
                )


Probe = Callable[[Patient], Iterable[Finding]]
PROBES: Sequence[tuple[str, Probe]] = (
    ("settings, rubric, drops", health.settings),
    ("disk", health.disk),
    ("database lock", health.database),
    ("tables as in sql/", health.tables),
    ("drop files", health.files),
    ("refused records", health.refused),
    ("journal of the judge", health.journal),
    ("calls in doubt", health.in_doubt),
    ("batches", health.batches),
    ("spending and answers", health.spending),
    ("backup", health.backup),
    ("days", failed_days),
    ("runs", dead_runs),
    ("daemon and sensors", daemon),
)
FILES_ONLY = ("backup",)


def findings_of(probe: Probe, patient: Patient) -> list[Finding]:
    """What a probe finds; an error it meets is one finding."""
    try:
        return list(probe(patient))
    except UserError as error:
        what, _, fix = str(error).rpartition("; ")
        return [Finding(what or str(error), fix if what else "see the sentence")]

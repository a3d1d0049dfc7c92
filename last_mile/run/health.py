"""What `last-mile doctor` looks at: all probes, and those that ask Dagster.

Not here: what files and tables say (adapters/health.py), how findings are shown (cli/doctor.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import dagster as dg
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.scheduler.instigation import InstigatorStatus, TickStatus
from dagster._daemon.controller import all_daemons_live

from last_mile.adapters import health
from last_mile.adapters.health import Finding, Patient
from last_mile.adapters.lock_holders import is_free
from last_mile.defs.broken_days import broken_days
from last_mile.defs.held_logs import LOGS, held_logs
from last_mile.defs.judging import RUN_TAG
from last_mile.errors import UserError
from last_mile.run.instance import instance_of, made_by_command

_SILENT_S = 3600.0  # a run that nobody can ask about is named after so long
_SHOWN = 3  # days of a table or check
_COMMAND_IS_DEAD = Finding("has no process", "the next `last-mile run` ends it and frees its slots")
_DAEMON_ENDS_IT = (
    "the daemon ends it and makes it again; without one, end it in the UI (Runs, Terminate, "
    "force), then build its day again"
)
_LOOK_AT_IT = (
    "look at it in the UI; to wait for the judge takes hours. If its process is dead: Terminate, "
    "force, then build its day again"
)


def failed_days(patient: Patient) -> Iterator[Finding]:
    """No day failed, and no check holds one back, or a landing."""
    days = patient.warehouse.read("days_to_build")["day"].to_list()
    with instance_of(patient.installation) as instance:
        broken, held = broken_days(instance, days), held_logs(instance, LOGS)
    if held:
        what, _, fix = held.partition("; ")
        yield Finding(what, fix)
    for what, failed in broken.items():
        more = f" and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""
        yield Finding(
            f"{what}: {', '.join(failed[:_SHOWN])}{more} failed",
            f"`last-mile run --from {failed[0]} --to {failed[0]}` says why",
        )


def dead_runs(patient: Patient) -> Iterator[Finding]:
    """No run is under way whose process is dead, or may be."""
    under_way = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
    with instance_of(patient.installation) as instance:
        for record in instance.get_run_records(dg.RunsFilter(statuses=under_way)):
            run = record.dagster_run
            if made_by_command(run, patient.installation):
                lock = patient.installation.home / "commands" / f"{run.tags[RUN_TAG]}.lock"
                found = _COMMAND_IS_DEAD if is_free(lock) else None
            elif RUN_TAG in run.tags and run.remote_job_origin is None:
                found = None  # of a command on another home, which shares this instance
            else:
                found = _launched(instance, record)
            if found:
                day = run.tags.get("dagster/partition", "all days")
                yield Finding(
                    f"run {run.run_id[:8]} ({run.job_name}, {day}) {found.what}", found.fix
                )


def _launched(instance: dg.DagsterInstance, record: dg.RunRecord) -> Finding | None:
    """A run of the UI or the daemon, whose launcher may know; silence alone proves nothing."""
    run, launcher = record.dagster_run, instance.run_launcher
    if run.status == dg.DagsterRunStatus.STARTED and launcher.supports_check_run_worker_health:
        worker = launcher.check_run_worker_health(run)
        if worker.status in {WorkerStatus.FAILED, WorkerStatus.NOT_FOUND}:
            now = instance.get_run_by_id(run.run_id)
            if now is None or now.is_finished:
                return None  # it ended while its server was asked
            return Finding(f"counts as started, but {worker.msg}", _DAEMON_ENDS_IT)
        if worker == CheckRunHealthResult(WorkerStatus.RUNNING):  # known, not supposed
            return None
    newest = instance.get_records_for_run(run.run_id, limit=1, ascending=False).records
    since = newest[0].timestamp if newest else record.create_timestamp.timestamp()
    silent = time.time() - since
    if silent <= _SILENT_S:
        return None
    return Finding(f"has said nothing for {silent / 3600:.0f} h", _LOOK_AT_IT)


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

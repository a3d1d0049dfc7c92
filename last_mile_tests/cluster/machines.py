"""A group of machines on this one: the services of the profile `workers`, with two workers.

Commands and environments are those of docker-compose.yml. Not here: starting a service
(deployment/services.py), what a person does with them (faults/person.py).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from last_mile_tests.deployment.compose_file import ROOT, read_compose
from last_mile_tests.deployment.postgres import Postgres, postgres
from last_mile_tests.deployment.services import Running, Table, start, table_for, wait_for
from last_mile_tests.faults.person import Person

# What stands in `.env`. The table puts the real port of Redis in.
VARIABLES = {
    "POSTGRES_PASSWORD": "of a test: #1",
    "REDIS_PASSWORD": "ofATest2",
    "LAST_MILE_EXECUTOR": "celery",
    "DAGSTER_INSTANCE": "/opt/last_mile/deploy/celery",
    "LAST_MILE_REDIS": "redis://:ofATest2@127.0.0.1:6379/0",
}
WORKERS = ("worker-1", "worker-2")
_UP = ("redis", "code", "webserver", "daemon")
# What processes said of the steps they executed, in order.
_STEPS = """select (event::json -> 'dagster_event' ->> 'pid')::int, dagster_event_type
    from event_logs where dagster_event_type in ('STEP_START', 'STEP_SUCCESS', 'STEP_FAILURE')
    order by id"""


@dataclass(frozen=True)
class Machines:
    """Everything that runs.

    Attributes:
        up: Services and workers by name.
    """

    table: Table
    postgres: Postgres
    up: Mapping[str, Running]

    @property
    def home(self) -> Path:
        """The folder all of them see."""
        return self.table.places["/data"] / "home"

    @property
    def person(self) -> Person:
        """Somebody who uses the UI."""
        return Person(f"http://127.0.0.1:{self.table.ports['3000']}")

    def processes_of(self, worker: str) -> set[int]:
        """The processes in which a worker executes steps."""
        return {child.pid for child in psutil.Process(self.up[worker].process.pid).children()}

    def began_steps(self) -> set[int]:
        """The processes that ever began a step."""
        return {pid for pid, what in self.postgres.rows(_STEPS) if what == "STEP_START"}

    def at_work(self) -> list[int]:
        """The processes of workers that began a step last, and have not ended it."""
        last: dict[int, str] = dict(self.postgres.rows(_STEPS))
        alive = set().union(*(self.processes_of(worker) for worker in WORKERS))
        return [pid for pid in alive if last.get(pid) == "STEP_START"]

    def said(self) -> str:
        """The ends of all logs."""
        return "\n".join(f"{name}: {running.said()[-1500:]}" for name, running in self.up.items())


@contextmanager
def machines(folder: Path, more: Mapping[str, str]) -> Iterator[Machines]:
    """All services and two workers, until the block ends.

    Args:
        folder: An empty one; logs are in it.
        more: Variables of `.env` beside those of Celery.
    """
    table = table_for(folder)
    given = read_compose(ROOT, {**VARIABLES, **more}).services
    (table.places["/data"] / "home" / "dagster").mkdir(parents=True)
    with ExitStack() as stack:
        server = stack.enter_context(postgres(given["postgres"], table))
        server.rows("create database lake")  # empty, unless a variable leads there
        up = dict[str, Running]()
        for name in (*_UP, *WORKERS):
            is_worker = name in WORKERS
            service = replace(given["worker"], name=name) if is_worker else given[name]
            # On one machine the second worker needs a name of its own.
            own = ["--hostname", f"{name}@%h"] if name == WORKERS[1] else []
            up[name] = start(service, table, folder, own)
            stack.callback(up[name].stop)
        for name in (*_UP, WORKERS[0]):
            up[name].wait_until_healthy()
        found = Machines(table, server, up)
        wait_for(lambda: bool(found.processes_of(WORKERS[1])), f"{WORKERS[1]} is not up")
        yield found


def lake_at(store: str, bucket: str) -> dict[str, str]:
    """What stands in `.env` when tables are in a lake; the machines put the real port in."""
    return {
        "LAST_MILE_LAKE": "postgresql://dagster@127.0.0.1:5432/lake",
        "LAST_MILE_LAKE_DATA": f"s3://{bucket}/tables",
        "LAST_MILE_S3_ENDPOINT": store,
        "PGPASSWORD": VARIABLES["POSTGRES_PASSWORD"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }


def is_installed() -> bool:
    """Whether Redis is; PostgreSQL is looked for by its own fixture."""
    return shutil.which("redis-server") is not None

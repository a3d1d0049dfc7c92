"""The services of docker-compose.yml run the pipeline: their commands and environments, for real.

Not here: what the tables should say (test_pipeline.py and others).
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from last_mile_tests.deployment.compose_file import ROOT, Service, read_compose
from last_mile_tests.deployment.graphql import Webserver
from last_mile_tests.deployment.postgres import Postgres, postgres
from last_mile_tests.deployment.services import (
    Running,
    Table,
    run_once,
    start,
    table_for,
    wait_for,
)
from last_mile_tests.scenario import conversation, json_lines, outcome, write_drop, write_file

pytestmark = pytest.mark.services
VARIABLES = {"POSTGRES_PASSWORD": "of a test: #1", "LAST_MILE_SALT": "of-a-test"}
RUNS = "select pipeline_name, partition, status from runs order by id"


@dataclass
class Deployment:
    """The services of one compose file, in one folder."""

    table: Table
    folder: Path
    services: dict[str, Service]
    postgres: Postgres

    @property
    def webserver(self) -> Webserver:
        return Webserver(f"http://127.0.0.1:{self.table.ports['3000']}")

    @property
    def home(self) -> Path:
        return self.table.places["/data"] / "home"

    def drop(self, day: str, *ids: str) -> None:
        """A file of conversations of a day arrives."""
        rows = [conversation(one, started_at=f"{day}T10:00:00Z") for one in ids]
        write_file(self.table.places["/drops"], f"{day}/conversations.jsonl", json_lines(rows))

    def rows_by_day(self, table: str) -> dict[str, int]:
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as database:
            query = f"select day::varchar, count(*)::int from {table} group by 1"
            return dict(database.execute(query).fetchall())


def test_the_services_run_the_pipeline(tmp_path: Path) -> None:
    table, services = table_for(tmp_path), dict(read_compose(ROOT, VARIABLES).services)
    write_drop(table.places["/drops"], [conversation("a")], [outcome("a")])
    with ExitStack() as stack:
        server = stack.enter_context(postgres(services["postgres"], table))
        deployed = Deployment(table, tmp_path, services, server)
        _begin(deployed)
        up = dict[str, Running]()
        for name in ("code", "webserver", "daemon"):  # the others wait for the first, as in Compose
            up[name] = start(services[name], table, tmp_path)
            stack.callback(up[name].stop)
            up[name].wait_until_healthy()
        _build_new_days(deployed)
        _restart_the_database_under_a_run(deployed)
        up["code"] = _kill_the_code_server_under_a_run(deployed, up["code"])
        stack.callback(up["code"].stop)
        left = [command for running in up.values() for command in running.stop()]
        assert left == []
    assert _files(tmp_path / "deploy") == _files(ROOT / "deploy")  # $DAGSTER_HOME is read only


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def _begin(deployed: Deployment) -> None:
    """The installation begins with the service `run`; its history is in PostgreSQL alone."""
    done = run_once(deployed.services["run"], deployed.table, deployed.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert deployed.rows_by_day("conversations") == {"2026-01-05": 1}
    ended = deployed.postgres.rows(RUNS)
    assert {("land_drops", None, "SUCCESS"), ("daily", "2026-01-05", "SUCCESS")} <= set(ended)
    assert list(deployed.home.rglob("*.db")) == []


def _build_new_days(deployed: Deployment) -> None:
    """New drops are landed and their days built through the API, by the daemon, in `code`."""
    web = deployed.webserver
    assert web.locations() == {"last_mile": "RepositoryLocation"}
    deployed.drop("2026-01-06", "b")
    deployed.drop("2026-01-07", "c", "d")
    assert web.end_of(web.launch("land_drops")) == "SUCCESS"
    runs = [web.launch("daily", day) for day in ("2026-01-06", "2026-01-07")]
    assert [web.end_of(run) for run in runs] == ["SUCCESS", "SUCCESS"]
    # 25 metrics a conversation: 11 by rules, 14 judged
    counts = {"conversations": 1, "heuristic_flags": 11, "judge_flags": 14}
    for table, of_each in counts.items():
        by_day = {"2026-01-05": of_each, "2026-01-06": of_each, "2026-01-07": 2 * of_each}
        assert deployed.rows_by_day(table) == by_day


def _restart_the_database_under_a_run(deployed: Deployment) -> None:
    """The run goes on, or fails and can be repeated; nothing else has to be restarted."""
    web = deployed.webserver
    run = web.launch("evidence")
    wait_for(lambda: web.status(run) == "STARTED", "the run does not start")
    deployed.postgres.stop()
    deployed.postgres.start()
    if web.end_of(run) == "FAILURE":  # a write that met the restart
        assert web.end_of(web.launch("evidence")) == "SUCCESS"
    assert (deployed.home / "report.html").is_file()


def _kill_the_code_server_under_a_run(deployed: Deployment, code: Running) -> Running:
    """The run goes with it, is said to have failed once the server is up, and can be repeated."""
    web = deployed.webserver
    run = web.launch("evidence")
    wait_for(lambda: web.status(run) == "STARTED", "the run does not start")
    code.kill()
    again = start(code.service, deployed.table, deployed.folder)
    again.wait_until_healthy()
    assert web.end_of(run) == "FAILURE"
    assert web.end_of(web.launch("land_drops")) == "SUCCESS"
    return again

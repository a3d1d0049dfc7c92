"""Dagster's services as processes to kill and start again: code server, daemon, webserver.

Not here: what a person does with them (person.py), when what is killed.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import yaml

from last_mile.adapters.installation import Installation, Settings
from last_mile_tests.deployment.services import free_port
from last_mile_tests.faults.command import IN_FLIGHT, until
from last_mile_tests.faults.person import Person
from last_mile_tests.faults.world import JUDGE, World

_ROOT = Path(__file__).parents[2]
_BIN = Path(sys.executable).parent
_OFTEN = {"poll_interval_seconds": 5, "free_slots_after_run_end_seconds": 5}  # for short tests
CODE, DAEMON, WEBSERVER, WORKER = "code server", "daemon", "webserver", "run worker"
SECOND_DAEMON = "second daemon"


@dataclass
class Services:
    """The services of one home.

    Attributes:
        ports: Of the code server and of the webserver.
        running: The process of each.
    """

    home: Path
    env: Mapping[str, str]
    ports: tuple[int, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def person(self) -> Person:
        """Somebody who uses the UI."""
        return Person(f"http://127.0.0.1:{self.ports[1]}")

    def start(self, name: str) -> None:
        """Start a service; a code server and a webserver answer when this returns."""
        with (self.home / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                self._command(name), env=self.env, cwd=_ROOT, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        if name == CODE:
            until(lambda: _answers(self.ports[0]), f"{name} does not answer", 180)
        if name == WEBSERVER:
            until(self.person.sees_definitions, f"{name} does not answer", 180)

    def kill(self, name: str) -> None:
        """`kill -9` of one service, and of nothing it started."""
        process = self.running.pop(name)
        process.kill()
        assert process.wait() == -signal.SIGKILL, f"{name} had ended before it was killed"

    def workers(self) -> list[psutil.Process]:
        """Processes of the code server that execute a run."""
        code = psutil.Process(self.running[CODE].pid)
        return [
            child
            for child in code.children()
            if "spawn_main" in " ".join(_words(child))  # the other one tracks shared memory
        ]

    def kill_worker(self) -> bool:
        """`kill -9` of the process of one run; False: there is none."""
        for worker in self.workers():
            worker.kill()
            return True
        return False

    def kill_with_workers(self) -> int:
        """`kill -9` of the code server and of the processes of all runs; how many these were."""
        workers = self.workers()
        self.kill(CODE)
        for worker in workers:
            worker.kill()
        return len(workers)

    def end(self) -> None:
        """Kill all of it."""
        family = []
        for process in self.running.values():
            if process.poll() is None:
                found = psutil.Process(process.pid)
                family += [found, *found.children(recursive=True)]
        for member in family:
            member.kill()
        psutil.wait_procs(family, timeout=20)

    def said(self) -> str:
        """The ends of all logs."""
        logs = sorted(self.home.glob("*.log"))
        return "\n".join(f"{log.name}: {log.read_text('utf-8', 'replace')[-2000:]}" for log in logs)

    def _command(self, name: str) -> Sequence[str]:
        code, web = map(str, self.ports)
        workspace = str(self.home / "workspace.yaml")
        commands = {
            CODE: ["dagster", "api", "grpc", "-h", "127.0.0.1", "-p", code, "-m",
                   "last_mile.definitions", "--location-name", "last_mile"],
            DAEMON: ["dagster-daemon", "run", "-w", workspace],
            SECOND_DAEMON: ["dagster-daemon", "run", "-w", workspace],
            WEBSERVER: ["dagster-webserver", "-h", "127.0.0.1", "-p", web, "-w", workspace],
        }  # fmt: skip
        program, *rest = commands[name]
        return [str(_BIN / program), *rest]


@contextmanager
def services(world: World, home: Path, more: Sequence[str] = ()) -> Iterator[Services]:
    """All services of an installation on a world, and more of them, until the block ends."""
    installation = Installation.at(home)
    settings = Settings(str(world.drops), str(world.rubric), JUDGE, in_flight=IN_FLIGHT)
    installation.save(settings)
    instance = yaml.safe_load((_ROOT / "dagster.yaml").read_text("utf-8"))
    instance["run_monitoring"].update(_OFTEN)
    (installation.dagster_home / "dagster.yaml").write_text(yaml.safe_dump(instance), "utf-8")
    ports = free_port(), free_port()
    (home / "workspace.yaml").write_text(
        "load_from:\n  - grpc_server: "
        f"{{host: 127.0.0.1, port: {ports[0]}, location_name: last_mile}}\n"
    )
    paths = {"LAST_MILE_HOME": str(home), "DAGSTER_HOME": str(installation.dagster_home)}
    found = Services(home, {**world.env, **paths}, ports)
    try:
        for name in (CODE, DAEMON, WEBSERVER, *more):
            found.start(name)
        yield found
    finally:
        found.end()


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:  # it has ended meanwhile
        return []


def _answers(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0

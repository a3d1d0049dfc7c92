"""The services of docker-compose.yml as processes: commands, environments, health checks.

What a container would give them (paths, host names, ports) stands in one table. Not here: a
database's folder (postgres.py), what the services are asked (graphql.py).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from last_mile_tests.deployment.compose_file import ROOT, Service

PATIENCE_S = 300.0  # for anything that is slow on a busy machine
_BETWEEN_LOOKS_S = 0.5
_GRACE_S = 30.0
_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Table:
    """What stands here for what stands in containers."""

    places: Mapping[str, Path]
    hosts: Mapping[str, str]
    ports: Mapping[str, int]

    def here(self, text: str) -> str:
        """A path, host, port or address as it is on this machine; anything else as it is."""
        if text in self.hosts:
            return self.hosts[text]
        if text in self.ports:
            return str(self.ports[text])
        for place, path in self.places.items():
            if text == place or text.startswith(f"{place}/"):
                return f"{path}{text.removeprefix(place)}"
        return re.sub(
            r"(?<=127\.0\.0\.1:)(\d+)",
            lambda found: str(self.ports.get(found[0], found[0])),
            text,
        )


def table_for(folder: Path) -> Table:
    """The table of an empty folder: data, drops and config in it, all hosts this one."""
    places = {name: folder / name.strip("/") for name in ("/data", "/drops", "/config")}
    for path in places.values():
        path.mkdir(parents=True)
    shutil.copytree(ROOT / "deploy", folder / "deploy")  # Dagster makes folders in its home
    places["/opt/last_mile/deploy"] = folder / "deploy"
    hosts = dict.fromkeys(("postgres", "redis", "code", "webserver", "0.0.0.0"), "127.0.0.1")
    ports = {port: free_port() for port in ("5432", "6379", "4000", "3000")}
    return Table({**places, "/opt/last_mile": ROOT}, hosts, ports)


@dataclass(frozen=True)
class Running:
    """A service that was started."""

    service: Service
    table: Table
    log: Path
    process: subprocess.Popen[bytes]

    def is_healthy(self) -> bool:
        """Ask its own health check."""
        done = subprocess.run(
            _command(self.service.health_test, self.table),
            env=_environment(self.service, self.table),
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    def wait_until_healthy(self) -> None:
        """Wait for its health check, as what depends on it does."""

        def ask() -> bool:
            assert self.process.poll() is None, f"{self.service.name} ended:\n{self.said()}"
            return self.is_healthy()

        wait_for(ask, f"{self.service.name} is not healthy")

    def said(self) -> str:
        """The end of its output."""
        return self.log.read_text("utf-8", "replace")[-4000:]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> list[str]:
        """Stop it as `docker stop` does: ask, then kill what is left of it.

        Returns:
            Commands of what had to be killed.
        """
        if self.process.poll() is None:
            self.process.send_signal(how)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_GRACE_S)
        psutil.wait_procs(self._members(), _GRACE_S)  # helpers that end when it has ended
        return self.kill()

    def kill(self) -> list[str]:
        """Kill it and every process it started, as when a container is killed.

        Returns:
            Their commands.
        """
        left = self._members()
        shown = [_shown(process) for process in left]
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(_GRACE_S)
        psutil.wait_procs(left, _GRACE_S)
        return shown

    def _members(self) -> list[psutil.Process]:
        """Processes of its group that are alive."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                if os.getpgid(process.pid) == self.process.pid:
                    found.append(process)
        return [process for process in found if process.is_running() and not _is_dead(process)]


def start(
    service: Service,
    table: Table,
    folder: Path,
    more: Sequence[str] = (),
    user: int | None = None,
) -> Running:
    """Start a service's command with its environment and nothing else of this one's.

    Args:
        service: Of the compose file.
        table: What stands for what.
        folder: For its output, and to start in.
        more: Arguments that only this machine needs.
        user: Whom to run it as, when root.
    """
    log = folder / f"{service.name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*_command(service.command, table), *more],
            env=_environment(service, table),
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
        )
    return Running(service, table, log, process)


def run_once(service: Service, table: Table, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a service that ends by itself."""
    return subprocess.run(
        _command(service.command, table),
        env=_environment(service, table),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def wait_for(is_so: Callable[[], bool], what_is_not: str) -> None:
    """Look again and again; fails with the sentence after PATIENCE_S."""
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until, what_is_not
        time.sleep(_BETWEEN_LOOKS_S)


def binary(name: str) -> str | None:
    """A program of the package here, or of Debian's PostgreSQL."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    folders = [str(_BIN), *(str(path) for path in debian[-1:]), os.environ.get("PATH", "")]
    return shutil.which(name, path=os.pathsep.join(folders))


def _command(parts: Sequence[str], table: Table) -> list[str]:
    program = binary(parts[0])
    assert program, f"{parts[0]} is not installed"
    return [program, *(table.here(part) for part in parts[1:])]


def _environment(service: Service, table: Table) -> dict[str, str]:
    given = {name: table.here(value) for name, value in service.environment.items()}
    path = os.pathsep.join((str(_BIN), "/usr/bin", "/bin"))
    checkout = str(ROOT)  # as in the image, wherever the package here is installed from
    return {"PATH": path, "LANG": "C.UTF-8", "PYTHONPATH": checkout, **given}


def _is_dead(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return True


def _shown(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return str(process.pid)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])

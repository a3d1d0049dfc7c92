"""A PostgreSQL of its own for tests, on a free port, that can be killed and started again.

Not here: the service of docker-compose.yml (last_mile_tests/deployment/postgres.py).
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg2

from last_mile_tests.deployment.services import binary, free_port
from last_mile_tests.servers.postgres_folder import postgres_folder, postgres_user

_PATIENCE_S = 60
_NUMBERS = count(1)


class Postgres:
    """A server in a folder of its own; it can be killed and started again on it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port = folder, free_port()
        self._user = postgres_user()
        self._server: subprocess.Popen[bytes] | None = None

    def set_up(self) -> None:
        """Make the cluster and start it."""
        made = ["initdb", "-D", "data", "-U", "lake", "--auth=trust", "--no-sync"]
        self._run(*made).wait()
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        where = ["-D", "data", "-k", str(self._folder), "-h", "127.0.0.1", "-p", str(self.port)]
        self._server = self._run("postgres", *where, "-c", "fsync=off", "-c", "max_connections=200")
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                psycopg2.connect(self.url("postgres")).close()
            except psycopg2.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def kill(self) -> None:
        """End it at once, as a power cut does to its clients."""
        if self._server:
            self._server.send_signal(3)  # SIGQUIT: immediate shutdown, its children too
            self._server.wait()

    def url(self, database: str) -> str:
        """Address of one of its databases."""
        return f"postgresql://lake@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database; its address."""
        name = f"lake{next(_NUMBERS)}"
        connection = psycopg2.connect(self.url("postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"create database {name}")
        connection.close()
        return self.url(name)

    def rows(self, database: str, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        connection = psycopg2.connect(self.url(database))
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(binary(program)), *arguments], user=self._user, cwd=self._folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server that is up; skips where none is installed."""
    with postgres_folder() as folder:
        server = Postgres(folder)
        try:
            server.set_up()
            yield server
        finally:
            server.kill()

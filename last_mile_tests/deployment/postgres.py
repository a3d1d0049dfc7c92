"""A real PostgreSQL server in a folder of its own, started as the service of docker-compose.yml is.

Not here: what is kept in it. It refuses to run as root: then its folder is the user `postgres`'s.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from last_mile_tests.deployment.compose_file import Service
from last_mile_tests.deployment.services import Running, Table, binary, start
from last_mile_tests.servers.postgres_folder import postgres_folder, postgres_user


@dataclass
class Postgres:
    """The server; it can be stopped and started again on the same folder."""

    service: Service
    table: Table
    folder: Path
    user: int | None
    running: Running | None = None

    @property
    def url(self) -> str:
        """Where it is, with the password of the environment."""
        given = self.service.environment
        who = f"{given['POSTGRES_USER']}:{given['POSTGRES_PASSWORD']}"
        return f"postgresql+psycopg2://{who}@127.0.0.1:{self.table.ports['5432']}/{given['POSTGRES_DB']}"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query, none of a command."""
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            told = connection.execute(sa.text(query))
            found = [tuple(row) for row in told] if told.returns_rows else []
        engine.dispose()
        return found

    def start(self) -> None:
        """Start it and wait for its health check."""
        here = ["-D", f"{self.folder}/data", "-k", str(self.folder), "-h", "127.0.0.1"]
        port = ["-p", str(self.table.ports["5432"])]
        self.running = start(self.service, self.table, self.folder, [*here, *port], self.user)
        self.running.wait_until_healthy()

    def stop(self) -> None:
        """Stop it at once: connections are cut, nothing that was committed is lost."""
        if self.running:
            self.running.stop(signal.SIGINT)

    def set_up(self) -> None:
        """What the image does on an empty volume: the database and its user, with a password."""
        given, folder = self.service.environment, self.folder
        word = folder / "password"
        word.write_text(given["POSTGRES_PASSWORD"])
        word.chmod(0o644)  # in a folder that is not
        auth = ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={word}"]
        who = f"--username={given['POSTGRES_USER']}"
        self._run("initdb", "-D", f"{folder}/data", "--no-sync", who, *auth)
        self.start()
        port = str(self.table.ports["5432"])
        self._run("createdb", "-h", str(folder), "-p", port, who, given["POSTGRES_DB"])

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(binary(program)), *arguments],
            user=self.user,
            cwd=self.folder,
            check=True,
            capture_output=True,
        )


@contextmanager
def postgres(service: Service, table: Table) -> Iterator[Postgres]:
    """A server that is up, with an empty database; skips where none is installed."""
    with postgres_folder() as folder:
        server = Postgres(service, table, folder, postgres_user())
        try:
            server.set_up()
            yield server
        finally:
            server.stop()

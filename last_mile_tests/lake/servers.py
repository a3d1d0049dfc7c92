"""The servers of a lake: PostgreSQL, an S3-compatible store, a proxy that refuses some requests.

Not here: the services of docker-compose.yml (last_mile_tests/deployment/).
"""

from __future__ import annotations

import os
import pwd
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from last_mile_tests.deployment.services import binary

_PATIENCE_S = 60
_NUMBERS = count(1)
_PASSED_ON = ("range", "content-type", "authorization", "content-md5", "content-encoding")


class Postgres:
    """A server in a folder of its own; it can be killed and started again on it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port = folder, free_port()
        self._user = pwd.getpwnam("postgres").pw_uid if os.getuid() == 0 else None
        self._server: subprocess.Popen[bytes] | None = None

    def set_up(self) -> None:
        """Make the cluster and start it."""
        if self._user is not None:
            os.chown(self._folder, self._user, -1)
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
    if not binary("postgres"):
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="lake-"))  # where the user `postgres` may go
    server = Postgres(folder)
    try:
        server.set_up()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def store() -> Iterator[str]:
    """An S3-compatible server; its address."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def new_bucket(address: str) -> str:
    """Make an empty bucket; its name."""
    name = f"lake-{os.getpid()}-{next(_NUMBERS)}"
    urllib.request.urlopen(urllib.request.Request(f"{address}/{name}", method="PUT"), timeout=30)
    return name


class Refusing:
    """A proxy before a store that answers a share of requests with 503 and passes on the others."""

    def __init__(self, target: str, share: float, seed: int) -> None:
        self.refused, self.passed = 0, 0
        self._target, self._share, self._random = target, share, random.Random(seed)
        self._gate = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Refusing:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def refuses(self) -> bool:
        """Whether this request is refused, counted."""
        with self._gate:
            is_refused = self._random.random() < self._share
            self.refused += is_refused
            self.passed += not is_refused
            return is_refused

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if proxy.refuses():
                    self._send(503, {}, b"")
                else:
                    self._send(*proxy.passed_on(self.command, self.path, dict(self.headers), body))

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815

            def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        return Handler

    def passed_on(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """What the store answers."""
        kept = {
            name: value for name, value in headers.items()
            if name.lower() in _PASSED_ON or name.lower().startswith("x-amz")
        }  # fmt: skip
        request = urllib.request.Request(
            self._target + path, data=body or None, headers=kept, method=method
        )
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            data = answer.read()
            back = {
                name: value for name, value in answer.headers.items()
                if name.lower() in ("etag", "content-range", "content-type", "last-modified",
                                    "accept-ranges")
            }  # fmt: skip
            if method == "HEAD":
                back["Content-Length"] = answer.headers.get("Content-Length", "0")
            return answer.status, back, data


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return

"""A Redis of its own for a test, on a free port, that can be killed and come back empty.

Not here: the service of docker-compose.yml (last_mile_tests/cluster/machines.py).
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from last_mile_tests.deployment.services import free_port

BINARY = shutil.which("redis-server")


class RedisServer:
    """One process; it keeps nothing on disk, so that one that starts again is empty."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Start it, empty, and wait until it listens."""
        assert BINARY
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", self._folder]
        self._process = subprocess.Popen(
            [BINARY, *options, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("redis-server does not listen after 20 s")

    def kill(self) -> None:
        """`kill -9`."""
        self._process.kill()
        self._process.wait()


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A running server; a test is skipped where the system has none."""
    if BINARY is None:
        pytest.skip("redis-server is not installed (apt-get install redis-server)")
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(folder)
        try:
            yield server
        finally:
            server.kill()

"""An S3-compatible server for tests, on a free port. Not here: one that refuses (refusing.py)."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from last_mile_tests.deployment.services import free_port, wait_for

_NUMBERS = count(1)


@contextmanager
def store() -> Iterator[str]:
    """A server that is up; its address."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: _answers(address), "the S3 server does not answer")
        yield address
    finally:
        server.kill()
        server.wait()


def new_bucket(address: str) -> str:
    """Make an empty bucket; its name."""
    name = f"lake-{os.getpid()}-{next(_NUMBERS)}"
    urllib.request.urlopen(urllib.request.Request(f"{address}/{name}", method="PUT"), timeout=30)
    return name


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False

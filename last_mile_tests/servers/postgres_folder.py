"""Where a PostgreSQL of a test keeps its data: as root it does not run, so a folder of its user.

Not here: starting it (postgres.py; last_mile_tests/deployment/postgres.py).
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from last_mile_tests.deployment.services import binary


def postgres_user() -> int | None:
    """The user to start it as; None: the one that we are."""
    return pwd.getpwnam("postgres").pw_uid if os.getuid() == 0 else None


@contextmanager
def postgres_folder() -> Iterator[Path]:
    """An empty folder of that user, removed at the end; skips where PostgreSQL is not installed."""
    if not binary("postgres"):
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))  # where that user may go
    try:
        if (user := postgres_user()) is not None:
            os.chown(folder, user, -1)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)

"""The release that the consumers are given, and a machine that is off the network for them."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import NoReturn

import pytest

from last_mile_tests.conftest import run_cli
from last_mile_tests.scenario import lenient_rubric


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail the test that opens a connection, whatever a library swallows."""

    def refuse(_: socket.socket, address: object) -> NoReturn:
        pytest.fail(f"a consumer went to the network: {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that LAST_MILE_RELEASE names, or else a release of a demo world made for this."""
    if named := os.environ.get("LAST_MILE_RELEASE"):
        return Path(named)
    folder = tmp_path_factory.mktemp("world")
    drops, home, rubric = folder / "drops", folder / "home", lenient_rubric(folder)
    _run_well("demo", "--conversations", "4000", "--days", "12", "--out", drops, cwd=folder)
    _run_well("run", "--drops", drops, "--home", home, "--rubric", rubric, cwd=folder)
    made = [manifest.parent for manifest in (home / "releases").glob("*/manifest.json")]
    assert len(made) == 1
    return made[0]


def _run_well(*arguments: str | Path, cwd: Path) -> None:
    """`last-mile` with these arguments, which must not fail."""
    done = run_cli(*arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr

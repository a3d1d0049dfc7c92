"""Fixtures that are expensive to make: one small demo world, run end to end once a session."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from last_mile.adapters.installation import Installation, Settings
from last_mile_tests.scenario import lenient_rubric

SHARED = Path(__file__).parents[2] / "shared" / "data"
RUBRICS = Path(__file__).parent / "rubrics"
Cli = Callable[..., subprocess.CompletedProcess[str]]


def run_cli(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The installed `last-mile` command in a process of its own, without keys or a network."""
    command = [Path(sys.executable).parent / "last-mile", *arguments]
    kept = {k: v for k, v in os.environ.items() if not k.endswith("_KEY") and k != "LAST_MILE_HOME"}
    return subprocess.run(command, cwd=cwd, env=kept, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, str]:
    """A finished run of 800 demo conversations over two days, and what it printed.

    Two days prove no tier, so its rubric only warns.
    """
    folder = tmp_path_factory.mktemp("demo")
    made = run_cli(
        "demo", "--conversations", "800", "--days", "2", "--out", folder / "drops", cwd=folder
    )
    assert made.returncode == 0, made.stderr
    given = ("--drops", folder / "drops", "--rubric", lenient_rubric(folder))
    done = run_cli("run", *given, "--home", folder / "home", cwd=folder)
    assert done.returncode == 0, done.stderr
    return Installation.at(folder / "home"), done.stdout


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation with settings and an instance of its own, and nothing else."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    installation = Installation.at(tmp_path / "home")
    installation.save(Settings("drops"))
    return installation


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real conversations; tests that need it say so when it is not there."""
    if not SHARED.is_dir():
        pytest.skip(f"real conversations are not at {SHARED}")
    return SHARED

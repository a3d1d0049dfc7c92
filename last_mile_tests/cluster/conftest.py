"""A small demo world, and the tables that one process makes of it in one file."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from last_mile.adapters.rubric_file import SHIPPED
from last_mile_tests.faults.tables import LEFT_OUT, Rows, tables_of

CONVERSATIONS, DAYS = 200, 4
_LAST_MILE = Path(sys.executable).parent / "last-mile"
# A command builds outcomes of a day as of now, too; a backfill of the UI is another moment.
NOT_COMPARED = {**LEFT_OUT, "outcomes": ("as_of",)}


@dataclass(frozen=True)
class SmallWorld:
    """Drops, a rubric without its lock, and the tables that one undisturbed process makes."""

    drops: Path
    rubric: Path
    tables: dict[str, Rows]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> SmallWorld:
    folder = tmp_path_factory.mktemp("world")
    drops, rubric, home = folder / "drops", folder / "rubric.yaml", folder / "home"
    text = (SHIPPED / "proposals.yaml").read_text("utf-8")
    rubric.write_text(text.replace("unproven: lock", "unproven: warn"), "utf-8")
    _last_mile("demo", "--conversations", CONVERSATIONS, "--days", DAYS, "--out", drops)
    _last_mile("run", "--drops", drops, "--rubric", rubric, "--home", home)
    return SmallWorld(drops, rubric, tables_of(home, NOT_COMPARED))


def _last_mile(*arguments: object) -> None:
    command = [str(_LAST_MILE), *map(str, arguments)]
    ended = subprocess.run(command, env=_plain(), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def _plain() -> dict[str, str]:
    """The environment without what would lead elsewhere than to one file in one folder."""
    kept = os.environ.items()
    return {k: v for k, v in kept if not k.startswith("LAST_MILE_") and k != "DAGSTER_HOME"}

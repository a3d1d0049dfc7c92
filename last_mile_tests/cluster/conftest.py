"""Worlds, and the tables that one process makes of them in one file."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from last_mile.adapters.installation import Settings
from last_mile.adapters.rubric_file import SHIPPED
from last_mile_tests.conftest import RUBRICS
from last_mile_tests.faults.tables import LEFT_OUT, Rows, tables_of

CONVERSATIONS, DAYS = 150, 3
_LAST_MILE = Path(sys.executable).parent / "last-mile"
# A command builds outcomes of a day as of now, too; a backfill of the UI is another moment.
NOT_COMPARED = {**LEFT_OUT, "outcomes": ("as_of",)}


@dataclass(frozen=True)
class SmallWorld:
    """Drops, how they are read, and the tables that one undisturbed process makes of them."""

    settings: Settings
    tables: dict[str, Rows]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> SmallWorld:
    """Demo conversations under a rubric without its lock."""
    folder = tmp_path_factory.mktemp("world")
    drops, rubric = folder / "drops", folder / "rubric.yaml"
    text = (SHIPPED / "proposals.yaml").read_text("utf-8")
    rubric.write_text(text.replace("unproven: lock", "unproven: warn"), "utf-8")
    _last_mile("demo", "--conversations", CONVERSATIONS, "--days", DAYS, "--out", drops)
    return _made(folder / "home", Settings(str(drops), str(rubric)))


@pytest.fixture(scope="session")
def p4g(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> SmallWorld:
    """Real dialogues, judged by three models in the past."""
    settings = Settings(str(shared / "p4g"), str(RUBRICS / "p4g.yaml"), "recorded")
    return _made(tmp_path_factory.mktemp("p4g") / "home", settings)


def _made(home: Path, settings: Settings) -> SmallWorld:
    given = ("--drops", settings.drops, "--rubric", settings.rubric, "--judge", settings.judge)
    _last_mile("run", *given, "--home", home)
    return SmallWorld(settings, tables_of(home, NOT_COMPARED))


def _last_mile(*arguments: object) -> None:
    command = [str(_LAST_MILE), *map(str, arguments)]
    ended = subprocess.run(command, env=_plain(), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def _plain() -> dict[str, str]:
    """The environment without what would lead elsewhere than to one file in one folder."""
    kept = os.environ.items()
    return {k: v for k, v in kept if not k.startswith("LAST_MILE_") and k != "DAGSTER_HOME"}

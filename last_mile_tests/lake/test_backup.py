"""The backup of docs/scale.md, as it stands there: what was written after it is gone again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

from last_mile.adapters.lake_address import CATALOG, DATA, given_lake
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.adapters.warehouse.lake import forget
from last_mile_tests.deployment.services import binary
from last_mile_tests.lake.rows import FIRST, flags

_PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
_SPAN = [FIRST + timedelta(days=n) for n in range(3)]


def test_a_lake_is_as_it_was_when_it_was_backed_up(in_folder: Path, tmp_path: Path) -> None:
    there, back = _commands()
    _write(in_folder, "before")
    kept = _rows(in_folder)
    (tmp_path / "backups" / "data").mkdir(parents=True)
    _run(there, tmp_path)
    _write(in_folder, "after")
    assert set(_rows(in_folder)) & set(kept) == set()
    forget(given_lake())  # every process is stopped
    shutil.rmtree(os.environ[DATA])
    Path(os.environ[DATA]).mkdir()
    _run(back, tmp_path)
    assert _rows(in_folder) == kept
    _write(in_folder, "after")
    assert set(_rows(in_folder)) & set(kept) == set()


def _write(home: Path, evidence: str) -> None:
    for day in _SPAN:
        rows = flags(*(f"{day}-{i}" for i in range(20)), day=day, evidence=evidence)
        Warehouse(home=str(home)).replace(
            "heuristic_flags", rows, Days(day, day + timedelta(days=1))
        )


def _rows(home: Path) -> list[tuple[object, ...]]:
    return sorted(Warehouse(home=str(home)).read("heuristic_flags").rows(), key=repr)


def _commands() -> list[str]:
    """Those that make the backup, and those that put it back."""
    section = _PAGE.read_text("utf-8").split("### Backup\n")[1].split("\n### ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


def _run(commands: str, folder: Path) -> None:
    tools = Path(str(binary("pg_dump"))).parent
    env = {CATALOG: os.environ[CATALOG], DATA: os.environ[DATA], "PATH": f"{tools}:/usr/bin:/bin"}
    script = f"set -e\n{commands.replace('/backups/', f'{folder}/backups/')}"
    subprocess.run(["bash", "-c", script], env=env, check=True)

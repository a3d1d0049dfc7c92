"""A report rebuilt from an as-of date is byte for byte the report that was made then."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from last_mile.adapters.installation import Installation
from last_mile.adapters.rubric_file import SHIPPED
from last_mile.demo.drops import write_drops
from last_mile.run import report_as_of, run_everything
from last_mile_tests.conftest import run_cli

FIRST = date(2026, 1, 5)
THEN = date(2026, 1, 7)
END = date(2026, 1, 9)  # later drops are left away: this is about what comes when
DATED = re.compile(r"\d{4}-\d{2}-\d{2}")


def _arrived(name: str, last: date) -> bool:
    """Whether a drop was there at the end of a day; an undated one always was."""
    found = DATED.search(name)
    return found is None or date.fromisoformat(found[0]) <= last


def _land(source: Path, drops: Path, last: date) -> None:
    drops.mkdir(exist_ok=True)
    for path in sorted(source.iterdir()):
        if _arrived(path.name, last):
            shutil.copy2(path, drops / path.name)


def _impatient(folder: Path) -> Path:
    """The shipped rubric with horizons of three days and of one, so that a few days mature."""
    text = (SHIPPED / "proposals.yaml").read_text("utf-8")
    text = text.replace("horizon_days: 45", "horizon_days: 3")
    path = folder / "impatient.yaml"
    path.write_text(text.replace("horizon_days: 30", "horizon_days: 1"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, dict[str, bytes]]:
    """An installation that went on after its first report, and the files of that report."""
    folder = tmp_path_factory.mktemp("later")
    write_drops(folder / "world", 800, 4, 3, "confounded", FIRST)  # the last day comes later
    drops, home, rubric = folder / "drops", folder / "home", _impatient(folder)
    _land(folder / "world", drops, THEN)
    ended = run_cli("run", "--drops", drops, "--home", home, "--rubric", rubric, cwd=folder)
    assert ended.returncode == 0, ended.stderr
    installation = Installation.at(home)
    was = _files(installation)
    _land(folder / "world", drops, END)
    assert run_everything(installation).failures == []
    return installation, was


def _files(installation: Installation) -> dict[str, bytes]:
    tables = sorted((installation.home / "report").glob("*.parquet"))
    paths = [installation.report_html, installation.report_json, *tables]
    return {path.name: path.read_bytes() for path in paths}


@pytest.mark.runs
def test_last_months_report_is_rebuilt_byte_for_byte(
    later: tuple[Installation, dict[str, bytes]],
) -> None:
    installation, was = later
    now = _files(installation)
    assert {name for name in was if now[name] != was[name]} >= {"report.json", "lift.parquet"}
    folder = report_as_of(installation, THEN)
    assert _files(Installation.at(folder)) == was


@pytest.mark.runs
def test_a_rebuilt_report_leaves_the_present_as_it_is(
    later: tuple[Installation, dict[str, bytes]],
) -> None:
    installation, _ = later
    before = _files(installation)
    warehouse = installation.warehouse.read_bytes()
    folder = report_as_of(installation, THEN - timedelta(days=1))
    assert _files(installation) == before
    assert installation.warehouse.read_bytes() == warehouse
    assert not list(folder.glob("warehouse*"))


@pytest.mark.runs
def test_a_day_before_everything_is_refused(
    later: tuple[Installation, dict[str, bytes]],
) -> None:
    installation, _ = later
    ended = run_cli(
        "report", "--home", installation.home, "--as-of", "2025-12-31", cwd=installation.home
    )
    assert ended.returncode == 1
    assert ended.stderr == (
        "Error: no conversation had begun before 2026-01-01; name a later day\n"
    )

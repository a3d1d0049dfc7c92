"""The whole graph on a lake in a store: the tables of a file, and the report of a snapshot."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from last_mile.adapters.installation import Installation
from last_mile.adapters.lake_address import CATALOG
from last_mile.demo.drops import write_drops
from last_mile.errors import UserError
from last_mile.run import report_as_of, report_of_snapshot
from last_mile_tests.faults.tables import differing, tables_of

N_DAYS = 2


def _run(home: Path, drops: Path) -> None:
    script = "from last_mile.cli import main; main()"
    given = ["run", "--drops", str(drops), "--home", str(home)]
    done = subprocess.run(
        [sys.executable, "-c", script, *given], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.runs
def test_a_run_on_a_lake_gives_the_tables_of_a_file(
    in_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drops = tmp_path / "drops"
    write_drops(drops, 150, N_DAYS, 1, "confounded", date(2026, 1, 5))
    _run(in_store, drops)
    on_lake = tables_of(in_store)
    assert not (in_store / "warehouse.duckdb").exists()
    _require_snapshots(Installation.at(in_store))
    with monkeypatch.context() as without_lake:
        without_lake.delenv(CATALOG)
        _run(tmp_path / "file", drops)
        in_file = tables_of(tmp_path / "file")
    assert differing(on_lake, in_file) == {}
    assert sum(rows.total() for rows in in_file.values()) > 5_000


def _require_snapshots(installation: Installation) -> None:
    """The report names its snapshot; written of it again it is the same, but for its checks."""
    report = json.loads(installation.report_json.read_text("utf-8"))
    assert isinstance(report["snapshot"], int)
    assert f"Lake snapshot <code>{report['snapshot']}" in installation.report_html.read_text(
        "utf-8"
    )
    folder = report_of_snapshot(installation, report["snapshot"])
    again = json.loads((folder / "report.json").read_text("utf-8"))
    assert {**again, "checks": report["checks"]} == report
    for early in (1, 4):  # before the tables, and before anything was in them
        with pytest.raises(UserError, match=f"snapshot {early}"):
            report_of_snapshot(installation, early)
    past = report_as_of(installation, date(2026, 1, 6))
    known = json.loads((past / "report.json").read_text("utf-8"))
    assert known["days"]["last"] == "2026-01-06"

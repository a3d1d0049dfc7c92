"""A run, its backup, and the run that goes on from it: by the commands, as a person gives them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from last_mile.adapters.installation import Installation
from last_mile_tests.adapters.erasable import rows_of
from last_mile_tests.conftest import run_cli


@pytest.mark.runs
def test_a_restored_run_has_the_same_rows_and_goes_on_without_asking_the_judge(
    demo: tuple[Installation, str], tmp_path: Path
) -> None:
    home = demo[0]
    made = run_cli("backup", "--home", home.home, "--to", tmp_path / "backups", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    new = Installation(tmp_path / "new")
    given = ("--home", new.home, "--from", tmp_path / "backups")
    done = run_cli("restore", *given, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    before = rows_of(home)
    assert rows_of(new) == before
    assert len(before["judge_calls"]) >= 700  # of 800 conversations
    with closing(sqlite3.connect(new.dagster_home / "history" / "runs.db")) as history:
        assert history.execute("select count(*) from runs").fetchone()[0] > 0
    again = run_cli("run", "--home", new.home, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    after = rows_of(new)
    for table in ("judge_calls", "judge_verdicts", "conversation_logs", "log_files"):
        assert after[table] == before[table], table
    releases = [sorted(path.name for path in one.releases.iterdir()) for one in (home, new)]
    assert releases[0] == releases[1]  # the same tables made the same release, by its content

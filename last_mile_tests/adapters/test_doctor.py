"""What is wrong right now: each thing is found by its probe, with a fix; nothing else is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner

from last_mile.adapters import health
from last_mile.adapters.backup import back_up
from last_mile.adapters.health import Finding, Patient
from last_mile.adapters.installation import Installation
from last_mile.adapters.judge.journal import Journal
from last_mile.adapters.warehouse import database
from last_mile.adapters.warehouse.database import LEAST_ROOM
from last_mile.cli.doctor import doctor
from last_mile.core.judge.epoch import epoch_of
from last_mile.run.health import PROBES, findings_of
from last_mile_tests.adapters.erasable import (
    NOW,
    copied,
    home_with,
    judge_call,
    two_users,
    warehouse_of,
)
from last_mile_tests.adapters.judge.world import a_call
from last_mile_tests.scenario import conversation

Change = Callable[[Installation], object]
_BATCH = {
    "submission": "s1", "judge": "m", "epoch": "e1", "run": "r", "first_day": NOW.date(),
    "last_day": NOW.date(), "n_calls": 1200, "asked": "[]", "state": "submitted", "batch_id": "b1",
    "status": "in_progress", "submitted_at": NOW - timedelta(hours=27), "collected_at": None,
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return two_users(tmp_path_factory.mktemp("made"))


@pytest.fixture
def home(made: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return copied(made, tmp_path)


def _found(home: Installation, only: str | None = None) -> dict[str, list[Finding]]:
    """Findings by probe; those of Dagster's own history are looked for when they are named."""
    dagsters = ("days", "runs", "daemon and sensors")
    patient = Patient(home, NOW)
    looked = {
        name: findings_of(probe, patient)
        for name, probe in PROBES
        if (name not in dagsters if only is None else name == only)
    }
    return {name: findings for name, findings in looked.items() if findings}


def _calls(home: Installation, *rows: dict[str, object]) -> None:
    schema: dict[str, type[pl.DataType]] = {"batch_id": pl.String, "sent_at": pl.Datetime}
    warehouse_of(home).keep("judge_calls", pl.DataFrame(list(rows), schema_overrides=schema))


def _doubtful(home: Installation) -> None:
    """One since yesterday, one of last week, and one that was answered."""
    doubt: dict[str, Any] = {
        "result": "in_doubt",
        "cost_nano": 2_500_000_000,
        "reserved_nano": 2_500_000_000,
    }
    _calls(
        home,
        judge_call("mine-1", "a", **doubt, sent_at=NOW - timedelta(hours=3)),
        judge_call("mine-1", "b", **doubt, sent_at=NOW - timedelta(days=7)),
        judge_call("mine-1", "c", result="answered"),
    )


def _spend(home: Installation) -> None:
    home.save(replace(home.settings(), month_cap_usd=10.0))
    spent: dict[str, Any] = {
        "result": "answered",
        "cost_nano": 9_100_000_000,
        "reserved_nano": 9_100_000_000,
    }
    _calls(home, judge_call("mine-1", **spent, sent_at=NOW))


def _skip(home: Installation) -> None:
    epoch = epoch_of(home.rubric(), home.settings().judge)
    rows = [
        {"conversation_id": f"c{n}", "epoch": epoch, "day": NOW.date(), "content_hash": f"h{n}",
         "reason": reason}
        for n, reason in enumerate(("month_cap", "month_cap", "not_sampled", "in_batch"))
    ]  # fmt: skip
    warehouse_of(home).keep("judge_skipped", pl.DataFrame(rows))


def _unreadable(home: Installation) -> None:
    warehouse = warehouse_of(home)
    row = warehouse.read("log_files").filter(kind="outcomes").with_columns(
        status=pl.lit("unreadable"), error=pl.lit("outcomes.csv is cut off"),
    )  # fmt: skip
    warehouse.keep("log_files", row, overwrite=True)


def _left_out(home: Installation) -> None:
    path = Path(home.settings().drops) / "conversations-late.jsonl"
    path.write_bytes(b"")
    long_ago = (NOW - timedelta(hours=2)).replace(tzinfo=UTC).timestamp()
    os.utime(path, (long_ago, long_ago))


def _killed_writer(home: Installation) -> None:
    journal = Journal(home.home / "judge" / "journal")
    journal.sent(a_call())
    journal.close()


def _old_backup(home: Installation) -> None:
    back_up(home, home.home.parent / "backups", NOW - timedelta(days=8))


def _alter(home: Installation) -> None:
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("alter table heuristic_flags alter column reason drop not null")


@pytest.mark.parametrize(
    ("probe", "change", "what", "fix"),
    [
        ("settings, rubric, drops", lambda home: shutil.rmtree(home.settings().drops), "drops", ""),
        ("tables as in sql/", _alter, "table heuristic_flags has reason as VARCHAR", "--make-anew"),
        ("drop files", _unreadable, "outcomes.csv is cut off", "put a whole file in its place"),
        ("drop files", _left_out, "1 drop files of over an hour ago are not landed, e.g. "
         "conversations-late.jsonl", "`last-mile run` lands them"),
        ("journal of the judge", _killed_writer, "1 segment(s) of a killed run's answers", "run"),
        ("calls in doubt", _doubtful, "1 call(s) since yesterday are in doubt and count as paid, "
         "$2.50", "the provider's bill"),
        ("batches", lambda home: warehouse_of(home).keep("judge_batches", pl.DataFrame([_BATCH])),
         "a batch of 1,200 calls is in_progress since 2026-05-31 09:00 UTC", "judge collect"),
        ("spending and answers", _spend, "$9.10 of the month's $10.00", "--month-cap-usd"),
        ("spending and answers", _skip, "2 conversations of 2026-06-01 to 2026-06-01 lack an "
         "answer: month_cap", "raises the cap"),
        ("backup", _old_backup, "the last backup is of 2026-05-24 12:00 UTC", "last-mile backup"),
    ],
    ids=[
        "drops", "drift", "unreadable", "left out", "journal", "doubt", "batch", "cap", "skipped",
        "backup",
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_by_its_probe_alone(
    home: Installation, probe: str, change: Change, what: str, fix: str
) -> None:
    change(home)
    found = _found(home)
    if probe != "backup":
        del found["backup"]  # none was made
    assert list(found) == [probe]
    (finding,) = found[probe]
    assert what in finding.what
    assert fix in finding.fix


def test_a_home_with_a_backup_of_today_has_nothing_wrong(home: Installation) -> None:
    assert list(_found(home)) == ["backup"]  # none was made
    back_up(home, home.home.parent / "backups", NOW)
    assert _found(home) == {}


def test_many_refused_records_are_found_with_their_commonest_reason(tmp_path: Path) -> None:
    lines = [conversation(f"c{n}") for n in range(9)]
    home = home_with(tmp_path, lines, more=b"{\nnot json\n")
    (finding,) = _found(home)["refused records"]
    # 2 of 9 + 2 lines
    assert finding.what.startswith("2 of 11 records of conversations are refused (18.2%), 2 for ")
    assert "last-mile rejected --reason" in finding.fix


def test_a_full_disk_is_found(home: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "free")

    def said(free: int) -> str:
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(free))
        return "".join(finding.what for finding in _found(home, "disk").get("disk", []))

    assert "nothing is written" in said(LEAST_ROOM - 1)
    assert said(LEAST_ROOM) == ""
    os.truncate(home.warehouse, LEAST_ROOM)
    assert "erasing a user takes" in said(LEAST_ROOM)
    assert said(LEAST_ROOM * 2) == ""


HOLD = """
import sys, time
from pathlib import Path
from last_mile.adapters.file_lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_who_holds_the_database_is_named_and_nothing_waits_for_it(
    home: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_LOCK_PATIENCE_S", 0.2)
    lock = home.warehouse.with_suffix(".duckdb.lock")
    command = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        done = CliRunner().invoke(doctor, ["--home", str(home.home)])
        holder.kill()
    assert done.exit_code == 1
    if Path("/proc/locks").exists():
        assert f"pid {holder.pid} (python" in done.output
    assert "not looked at: database lock" in done.output


def test_the_command_mends_what_it_names(
    home: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("alter table heuristic_flags rename column evidence to shown")
    monkeypatch.setattr(database, "_UP_TO_DATE", set())
    runner, at = CliRunner(), ["--home", str(home.home)]
    said = runner.invoke(doctor, at)
    assert said.exit_code == 1
    fix = "--make-anew heuristic_flags --column shown=evidence"
    assert fix in " ".join(said.output.split())
    mended = runner.invoke(doctor, [*at, *fix.split()], catch_exceptions=False)
    assert mended.output == "heuristic_flags was made anew with its 0 rows.\n"
    assert _found(home, "tables as in sql/") == {}

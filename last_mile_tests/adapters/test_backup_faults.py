"""What a kill, a full disk or another writer leaves of a backup: a whole one, or none."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from last_mile.adapters.backup import back_up, backups_in, files, restore
from last_mile.adapters.installation import Installation
from last_mile.errors import UserError
from last_mile_tests.adapters.erasable import copied, rows_of, two_users

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return two_users(tmp_path_factory.mktemp("made"))


@pytest.fixture
def home(made: Installation, tmp_path: Path) -> Installation:
    return copied(made, tmp_path)


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from last_mile.adapters.backup import writing
from last_mile.adapters.installation import Installation
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
module, name = (writing.files, "put_in_place") if sys.argv[3] == "put_in_place" else (
    writing, sys.argv[3])
setattr(module, name, die)
now = datetime(2026, 6, 1, 12, tzinfo=UTC)
writing.back_up(Installation(Path(sys.argv[1])), Path(sys.argv[2]), now)
"""


@pytest.mark.parametrize("moment", ["rows_by_table", "write_manifest", "put_in_place"])
def test_a_killed_backup_leaves_nothing_that_looks_like_one(
    home: Installation, tmp_path: Path, moment: str
) -> None:
    into = tmp_path / "backups"
    command = [sys.executable, "-c", KILLED, str(home.home), str(into), moment]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert [path.name for path in into.glob("*/warehouse.duckdb")] == ["warehouse.duckdb"]
    assert backups_in(into) == []
    with pytest.raises(UserError, match="holds no backup"):
        restore(into, tmp_path / "new", NOW)
    done = back_up(home, into, NOW)  # and the next one clears it away
    assert [path.name for path in into.iterdir() if path.is_dir()] == [done.folder.name]


def test_a_file_that_is_gone_before_it_is_measured_counts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "kept").write_bytes(b"12345")
    monkeypatch.setattr(Path, "is_file", lambda _: True)  # a segment, just before it is folded in
    listed = [tmp_path / "kept", tmp_path / "gone", tmp_path / "folder"]
    monkeypatch.setattr(Path, "rglob", lambda *_: iter(listed))
    assert files.size_of([tmp_path, tmp_path / "never"]) == 5


Disk = Callable[[int], Path]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Makes a disk of some kilobytes."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mounted(kilobytes: int) -> Path:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder],
            capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            pytest.skip("a small disk can only be mounted by root")
        return folder

    yield mounted
    subprocess.run(["umount", folder], capture_output=True, check=False)


@pytest.mark.parametrize("noticed", ["before", "while writing"])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(
    home: Installation, monkeypatch: pytest.MonkeyPatch, disk: Disk, noticed: str
) -> None:
    into = disk(home.warehouse.stat().st_size // 2048)  # half of the file
    if noticed == "while writing":
        monkeypatch.setattr(files, "size_of", lambda _: 0)
    with pytest.raises(UserError, match=r"has no room for a backup: it takes .* GB are free"):
        back_up(home, into, NOW)
    assert [path.name for path in into.iterdir()] == [".last-mile.lock"]


def test_a_full_disk_leaves_no_half_home(
    home: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(home, tmp_path / "backups", NOW)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "put_in_place", full)
    with pytest.raises(UserError, match="has no room for the restored home"):
        restore(tmp_path / "backups", (tmp_path / "new"), LATER)
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".new*"))


WRITER = """
import json, sqlite3, sys
from datetime import date
import polars as pl
from last_mile.adapters.judge.journal import Journal
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.judge.reply import Verdict
from last_mile_tests.adapters.judge.world import a_call
warehouse = Warehouse(home=sys.argv[1])
home = warehouse.installation
home.dagster_home.mkdir(exist_ok=True)
history = sqlite3.connect(home.dagster_home / "runs.db", isolation_level=None)
history.execute("pragma journal_mode = wal")
history.execute("create table if not exists a (n)")
history.execute("create table if not exists b (n)")
journal = Journal(home.home / "judge" / "journal")
n = 0
while True:
    n += 1
    row = {"metric": "m", "flag": "true", "reason": str(n), "evidence": None,
           "definition_hash": "h", "day": date(2026, 1, 5)}
    rows = [{"conversation_id": f"c{i}", **row} for i in range(500)]
    warehouse.replace("heuristic_flags",
                      pl.DataFrame(rows, schema_overrides={"evidence": pl.String}))
    history.execute("begin")
    history.execute("insert into a values (?)", [n])
    history.execute("insert into b values (?)", [n])
    history.execute("commit")
    call = a_call(n, epoch="e1")
    journal.sent(call)
    journal.ended(call.ended("answered", cost_nano=5), [Verdict("polite", "true", "judged")])
    journal.flush()
    print(n, flush=True)
"""


def test_a_backup_is_consistent_while_another_process_writes_in_a_loop(
    home: Installation, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home.home)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        noted = int(next(writer.stdout))
        for number in range(3):
            back_up(home, tmp_path / "backups", NOW + timedelta(seconds=number))
        assert writer.poll() is None
        writer.kill()
    for folder in sorted((tmp_path / "backups").glob("last-mile-*")):
        target = Installation(tmp_path / "new" / folder.name)
        restore(folder, target.home, LATER)
        flags = rows_of(target)["heuristic_flags"]
        assert len(flags) == 500
        (last,) = {int(row["reason"]) for row in flags}  # one transaction's, not parts of two
        with closing(sqlite3.connect(target.dagster_home / "runs.db")) as history:
            a, b = (history.execute(f"select max(n), count(*) from {t}").fetchone() for t in "ab")
        assert a == b
        assert a[0] == a[1] >= last - 1
        lines = [
            json.loads(line)
            for path in (target.home / "judge" / "journal").glob("*.open")
            for line in path.read_bytes().splitlines()
            if line.endswith(b"}")
        ]
        answered = [line for line in lines if line["verdicts"]]
        assert last >= len(answered) >= noted  # none of those the writer had said is missing
        noted = len(answered)


HALF = """
import sys, time
from pathlib import Path
from last_mile.adapters.warehouse.database import opened
insert = "insert into heuristic_flags select 'c' || n, 'm', '2026-01-05', 'true', 'r', null, 'h' "
with opened(Path(sys.argv[1])) as connection:
    connection.execute("begin")
    connection.execute(insert + "from range(10) as t(n)")
    print("half", flush=True)
    time.sleep(1)
    connection.execute(insert + "from range(10, 20) as t(n)")
    connection.execute("commit")
"""


def test_a_backup_waits_for_the_transaction_that_is_going_on(
    home: Installation, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", HALF, str(home.warehouse)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        done = back_up(home, tmp_path / "backups", NOW)
    assert done.manifest.tables["heuristic_flags"] == 20

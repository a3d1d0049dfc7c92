"""What a backup holds, and where it is written.

Not here: kills and full disks (test_backup_faults.py), restoring (test_restore.py).
"""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from last_mile.adapters.backup import back_up, backups_in, read_manifest, restore
from last_mile.adapters.installation import Installation
from last_mile.cli.backup import backup as command
from last_mile.errors import UserError
from last_mile_tests.adapters.erasable import copied, rows_of, two_users, warehouse_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAME = "last-mile-20260601T120000Z"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return two_users(tmp_path_factory.mktemp("made"))


@pytest.fixture
def home(made: Installation, tmp_path: Path) -> Installation:
    return copied(made, tmp_path)


def _listed(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_a_backup_is_a_folder_whose_manifest_names_rows_and_digests(
    home: Installation, tmp_path: Path
) -> None:
    (home.home / "report.html").write_text("page")
    done = back_up(home, tmp_path / "backups", NOW)
    assert done.folder == tmp_path / "backups" / NAME
    manifest = read_manifest(done.folder)
    assert manifest == done.manifest
    assert manifest.tables == {table: len(rows) for table, rows in rows_of(home).items()}
    assert manifest.tables["conversation_logs"] == 3  # `mine-1` twice, `theirs-1`
    assert [file.path for file in manifest.files] == [
        "report.html", "settings.json", "warehouse.duckdb",
    ]  # fmt: skip
    assert _listed(done.folder) == ["manifest.json", *(file.path for file in manifest.files)]
    assert manifest.outside == {"drops": home.settings().drops}


def test_nobody_else_can_read_it(
    home: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    runs = home.dagster_home / "history" / "runs"
    runs.mkdir(parents=True)
    sqlite3.connect(runs / "index.db").close()
    (home.home / "report").mkdir()
    (home.home / "report" / "lift.parquet").write_bytes(b"p")
    into = tmp_path / "backups"
    back_up(home, into, NOW)
    paths = list(into.glob(f"{NAME}/**/*"))
    assert into / NAME / "dagster" / "history" / "runs" / "index.db" in paths
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in paths}
    assert modes == {(True, 0o700), (False, 0o600)}
    assert stat.S_IMODE((into / NAME).stat().st_mode) == 0o700


def test_the_file_is_not_changed_by_being_copied(home: Installation, tmp_path: Path) -> None:
    before = home.warehouse.read_bytes()
    done = back_up(home, tmp_path / "backups", NOW)
    assert home.warehouse.read_bytes() == before == (done.folder / "warehouse.duckdb").read_bytes()


def test_only_the_newest_are_kept_and_nothing_else_goes(home: Installation, tmp_path: Path) -> None:
    into = tmp_path / "backups"
    times = [NOW + timedelta(days=n) for n in range(3)]
    for moment in times[:2]:
        assert back_up(home, into, moment).removed == []
    assert back_up(home, into, times[2], keep=2).removed == [into / NAME]
    assert [path.name for path in backups_in(into)] == [
        "last-mile-20260602T120000Z", "last-mile-20260603T120000Z",
    ]  # fmt: skip
    assert not list(into.glob(".*.draft"))


def test_backups_of_another_home_stay_and_are_not_taken_for_ours(
    home: Installation, tmp_path: Path
) -> None:
    into = tmp_path / "backups"
    theirs = back_up(home, into, NOW).folder
    other = Installation(home.home.rename(tmp_path / "other"))
    assert back_up(other, into, NOW + timedelta(days=1), keep=1).removed == []
    with pytest.raises(UserError, match=r"holds backups of .*; name one of them, such as --from"):
        restore(into, tmp_path / "new", NOW)
    restore(theirs, tmp_path / "new", NOW)


@pytest.mark.parametrize(
    ("there", "said"),
    [
        pytest.param("photos/cat.jpg", "holds photos, which is no backup", id="other things"),
        pytest.param(f"{NAME}/x", f"holds {NAME}, which is no backup", id="without a manifest"),
    ],
)
def test_a_folder_of_other_things_is_not_written_to(
    home: Installation, tmp_path: Path, there: str, said: str
) -> None:
    (tmp_path / "into" / there).parent.mkdir(parents=True)
    (tmp_path / "into" / there).write_text("mine")
    with pytest.raises(UserError, match=said):
        back_up(home, tmp_path / "into", NOW, keep=1)
    assert _listed(tmp_path / "into") == [there]


@pytest.mark.parametrize("into", ["backups", "."])
def test_a_backup_is_not_kept_in_the_home_it_is_of(home: Installation, into: str) -> None:
    with pytest.raises(UserError, match="would be lost together"):
        back_up(home, home.home / into, NOW)


def test_what_the_system_refuses_is_a_sentence(home: Installation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match=r"the backup to .* failed: Not a directory"):
        back_up(home, tmp_path / "file" / "backups", NOW)


def test_a_home_without_tables_has_nothing_to_copy(home: Installation, tmp_path: Path) -> None:
    home.warehouse.unlink()
    with pytest.raises(UserError, match="has no tables yet; run `last-mile run` first"):
        back_up(home, tmp_path / "backups", NOW)
    assert not (tmp_path / "backups").exists()


@pytest.mark.parametrize(
    ("instance", "given", "said"),
    [
        pytest.param("storage: {postgres: {}}", None, "pg_dump", id="in PostgreSQL"),
        pytest.param("", "elsewhere", "copy it with that folder's own backup", id="elsewhere"),
    ],
)
def test_a_history_that_is_kept_elsewhere_is_named(
    home: Installation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    instance: str,
    given: str | None,
    said: str,
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    if given:
        monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / given))
    home.dagster_home.mkdir(exist_ok=True)
    (home.dagster_home / "dagster.yaml").write_text(instance)
    (home.dagster_home / "runs.db").write_bytes(b"")
    done = back_up(home, tmp_path / "backups", NOW)
    assert said in done.manifest.outside["Dagster's history"]
    assert not (done.folder / "dagster").exists()


def test_a_history_is_copied_as_it_is_between_two_transactions(
    home: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon has the file open in WAL mode, and has begun to write what it has not committed."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    (home.dagster_home / "history").mkdir(parents=True)
    file = home.dagster_home / "history" / "runs.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as daemon:
        daemon.execute("pragma journal_mode = wal")
        daemon.execute("create table runs (id)")
        daemon.execute("insert into runs values (1)")
        daemon.execute("begin")
        daemon.execute("insert into runs values (2)")
        done = back_up(home, tmp_path / "backups", NOW)
    with closing(sqlite3.connect(done.folder / "dagster" / "history" / "runs.db")) as kept:
        assert kept.execute("select id from runs").fetchall() == [(1,)]
    assert "dagster/history/runs.db" in [file.path for file in done.manifest.files]


def test_the_command_says_what_is_in_it_and_what_is_not(home: Installation, tmp_path: Path) -> None:
    arguments = ["--home", str(home.home), "--to", str(tmp_path / "backups")]
    said = CliRunner().invoke(command, arguments, catch_exceptions=False).output
    assert f"not part of it: drops: {home.settings().drops}" in said
    assert "2 files" in said  # tables and settings
    assert (home.home / "backup.json").is_file()


def test_a_table_that_differs_from_sql_is_copied_all_the_same(
    home: Installation, tmp_path: Path
) -> None:
    """What is to be mended is what should be copied first."""
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("alter table heuristic_flags add column colour varchar")
    done = back_up(home, tmp_path / "backups", NOW)
    with duckdb.connect(str(done.folder / "warehouse.duckdb"), read_only=True) as connection:
        columns = connection.execute("describe heuristic_flags").fetchall()
    assert "colour" in [row[0] for row in columns]


def test_a_release_keeps_its_place_among_the_others(home: Installation, tmp_path: Path) -> None:
    """The newest release is told by the time of its manifest; a half one is none."""
    for name, seconds in (("2026-03-01-00000001", 200), ("2026-03-02-00000002", 100)):
        folder = home.releases / name
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text("{}")
        os.utime(folder / "manifest.json", (seconds, seconds))
    (home.releases / ".writing.draft").mkdir()
    (home.releases / ".writing.draft" / "half.jsonl").write_text("{}")
    done = back_up(home, tmp_path / "backups", NOW)
    releases = done.folder / "releases"
    assert sorted(path.name for path in releases.iterdir()) == [
        "2026-03-01-00000001", "2026-03-02-00000002",
    ]  # fmt: skip
    restored = restore(done.folder, tmp_path / "new", NOW)
    newest = Installation(tmp_path / "new").releases / "2026-03-01-00000001" / "manifest.json"
    assert newest.stat().st_mtime == 200
    assert stat.S_IMODE(newest.stat().st_mode) == 0o444
    assert restored.tables == done.manifest.tables
    assert warehouse_of(Installation(tmp_path / "new")).read("conversations").height == 2

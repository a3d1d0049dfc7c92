"""Restoring a backup: the same rows, nothing paid twice, nobody who was erased, or nothing at all.

Not here: making backups (test_backup.py), users erased since (test_restore_erased.py), a backup
while a judge is asked (judge/test_backups.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from last_mile.adapters.backup import back_up, restore
from last_mile.adapters.installation import Installation
from last_mile.cli.backup import restore as command
from last_mile.errors import UserError
from last_mile_tests.adapters.erasable import (
    copied,
    land_again,
    rows_of,
    two_users,
    warehouse_of,
)
from last_mile_tests.scenario import lenient_rubric

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return two_users(tmp_path_factory.mktemp("made"))


@pytest.fixture
def home(made: Installation, tmp_path: Path) -> Installation:
    return copied(made, tmp_path)


@pytest.fixture
def new(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "new")


def test_every_row_of_every_table_is_as_it_was(
    home: Installation, new: Installation, tmp_path: Path
) -> None:
    back_up(home, tmp_path / "backups", NOW)
    restore(tmp_path / "backups", new.home, LATER)
    assert rows_of(new) == rows_of(home)
    assert new.settings() == home.settings()
    assert warehouse_of(new).read("conversation_logs").height == 3


def test_the_restored_home_lands_nothing_twice(
    home: Installation, new: Installation, tmp_path: Path
) -> None:
    back_up(home, tmp_path / "backups", NOW)
    restore(tmp_path / "backups", new.home, LATER)
    assert land_again(new).last_change() == warehouse_of(home).last_change()
    tables = ("log_files", "conversation_logs", "outcome_logs", "label_logs")
    before, after = rows_of(home), rows_of(new)
    assert [after[table] for table in tables] == [before[table] for table in tables]


def test_the_rubric_and_the_drops_of_a_home_that_is_gone_are_found_in_the_new_one(
    home: Installation, new: Installation, tmp_path: Path
) -> None:
    rubric, text = lenient_rubric(tmp_path), lenient_rubric(tmp_path).read_text("utf-8")
    settings = home.settings()
    settings = type(settings)(drops=str(home.home / "demo_drops"), rubric=str(rubric))
    home.save(settings)
    back_up(home, tmp_path / "backups", NOW)
    done = restore(tmp_path / "backups", new.home, LATER)
    assert done.settings.rubric == str(rubric)  # it is there and is the same
    rubric.write_text("name: another")
    again = Installation(tmp_path / "again")
    done = restore(tmp_path / "backups", again.home, LATER)
    assert done.settings == again.settings()
    assert done.settings.drops == str(again.home / "demo_drops")
    assert done.settings.rubric == str(again.home / "rubric.yaml")
    assert (again.home / "rubric.yaml").read_text("utf-8") == text
    assert again.rubric().name == "proposals"


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param(
            lambda folder: _flip(folder / "warehouse.duckdb"),
            "warehouse.duckdb is not what the manifest says; nothing was restored; there is no "
            "other one",
            id="one bit",
        ),
        pytest.param(
            lambda folder: (folder / "settings.json").unlink(), "settings.json is missing",
            id="a file is gone",
        ),
        pytest.param(
            lambda folder: (folder / "manifest.json").write_text('{"created_at"'),
            "is no manifest of a backup, or damaged", id="half a manifest",
        ),
        pytest.param(
            lambda folder: (folder / "manifest.json").write_text(
                (folder / "manifest.json").read_text().replace("settings.json", "../settings.json")
            ),
            "names ../settings.json, which is outside of it", id="a path that leads out",
        ),
        pytest.param(
            lambda folder: (folder / "manifest.json").write_text(
                (folder / "manifest.json").read_text().replace(
                    '"last_mile_backup": 1', '"last_mile_backup": 2'
                )
            ),
            "which this version cannot read; install that version", id="of a later version",
        ),
    ],
)  # fmt: skip
def test_a_damaged_backup_is_refused_in_one_sentence(
    home: Installation,
    new: Installation,
    tmp_path: Path,
    damage: Callable[[Path], object],
    said: str,
) -> None:
    damage(back_up(home, tmp_path / "backups", NOW).folder)
    with pytest.raises(UserError, match=said) as refused:
        restore(tmp_path / "backups", new.home, LATER)
    assert "\n" not in str(refused.value)
    assert not new.home.exists()
    assert not list(tmp_path.glob(".new*"))


def test_a_home_that_holds_something_is_not_written_over(
    home: Installation, tmp_path: Path
) -> None:
    back_up(home, tmp_path / "backups", NOW)
    before = rows_of(home)
    with pytest.raises(UserError, match=f"move it away first: mv {home.home} {home.home}-before"):
        restore(tmp_path / "backups", home.home, LATER)
    assert rows_of(home) == before


def test_an_empty_home_is_filled(home: Installation, new: Installation, tmp_path: Path) -> None:
    back_up(home, tmp_path / "backups", NOW)
    new.home.mkdir()
    restore(tmp_path / "backups", new.home, LATER)
    assert rows_of(new) == rows_of(home)


def test_the_command_says_up_to_when_erasures_are_known(
    home: Installation, new: Installation, tmp_path: Path
) -> None:
    back_up(home, tmp_path / "backups", NOW)
    arguments = ["--home", str(new.home), "--from", str(tmp_path / "backups")]
    said = CliRunner().invoke(command, arguments, catch_exceptions=False).output
    assert (
        "Erasures after 2026-06-01 12:00 UTC are not known here: repeat each with `last-mile erase "
        "--user ID`." in said
    )
    assert "conversation_logs     3" in said.replace("\xa0", " ")

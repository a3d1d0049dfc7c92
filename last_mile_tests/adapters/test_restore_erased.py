"""Who was erased after a backup was made is erased again when it is restored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from last_mile.adapters.backup import back_up, restore
from last_mile.adapters.erasure import erase
from last_mile.adapters.installation import Installation
from last_mile.errors import UserError
from last_mile_tests.adapters.erasable import (
    OTHER,
    SECRET,
    USER,
    copied,
    held_in,
    land_again,
    two_users,
    warehouse_of,
)

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


def test_a_user_erased_since_is_erased_again_by_what_a_newer_backup_knows(
    home: Installation, new: Installation, tmp_path: Path
) -> None:
    old = back_up(home, tmp_path / "backups", NOW)
    assert SECRET.encode() in (old.folder / "warehouse.duckdb").read_bytes()
    erase(home, USER, NOW.replace(tzinfo=None))
    back_up(home, tmp_path / "backups", LATER)
    done = restore(old.folder, new.home, LATER)
    assert done.erased == 1
    assert held_in(new, SECRET, USER) == set()
    assert held_in(new, OTHER) == {OTHER}
    assert done.tables["conversations"] == 1
    reasons = land_again(new).read("rejected_lines")["reason"].to_list()  # the drops hold them yet
    assert set(reasons) == {"erased_user"}
    keys = [set(warehouse_of(one).read("erased_keys")["key"]) for one in (home, new)]
    assert keys[0] <= keys[1]


def test_the_home_that_was_moved_away_knows_who_was_erased(
    home: Installation, new: Installation, tmp_path: Path
) -> None:
    back_up(home, tmp_path / "backups", NOW)
    erase(home, USER, NOW.replace(tzinfo=None))
    away = home.home.rename(tmp_path / "away")
    done = restore(tmp_path / "backups", new.home, LATER, [away])
    assert (done.erased, done.erasures_known_to) == (1, LATER)
    assert held_in(new, SECRET, USER) == set()


def test_erasures_of_another_installation_are_not_taken_over(
    home: Installation, new: Installation, made: Installation, tmp_path: Path
) -> None:
    other = copied(made, tmp_path / "other")
    for one, user in ((home, USER), (other, OTHER)):
        erase(one, user, NOW.replace(tzinfo=None))  # each draws a salt
    back_up(home, tmp_path / "backups", NOW)
    with pytest.raises(UserError, match="is of another installation"):
        restore(tmp_path / "backups", new.home, LATER, [other.home])
    assert not new.home.exists()

"""A file copied into a lake: equal by count and checksum, or refused; interrupted, it goes on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.lake_address import CATALOG
from last_mile.adapters.warehouse import Days, Warehouse, migrating, writing
from last_mile.adapters.warehouse.migrating import Copied, migrate
from last_mile.errors import UserError
from last_mile_tests.lake.rows import FIRST, flags

TABLES = ("log_files", "heuristic_flags", "labeled_conversations", "lift_seen")  # of all
SPAN = [FIRST + timedelta(days=n) for n in range(3)]


@pytest.fixture
def home(in_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a file of three days, beside an empty lake that the environment names."""
    monkeypatch.setattr(migrating, "TABLES", TABLES)
    with monkeypatch.context() as without_lake:
        without_lake.delenv(CATALOG)
        installation = Installation.at(in_folder)
        installation.save(Settings(drops="drops"))
        warehouse = Warehouse(home=str(in_folder))
        for day in SPAN:
            _write(warehouse, day, "c1", "c2")
        warehouse.add_columns("labeled_conversations", {"own_draft": "varchar"})
    return in_folder


def _write(warehouse: Warehouse, day: object, *names: str) -> None:
    assert isinstance(day, type(FIRST))
    rows = flags(*(f"{day}-{name}" for name in names), day=day)
    warehouse.replace("heuristic_flags", rows, Days(day, day + timedelta(days=1)))


def _flags_of(copied: list[Copied]) -> list[tuple[object, int, bool]]:
    return [
        (done.part.day, done.part.n, done.was_there)
        for done in copied
        if done.part.table == "heuristic_flags"
    ]


def test_every_day_is_copied_and_the_home_works_with_the_lake(home: Path) -> None:
    told = list[Copied]()
    copied = migrate(Installation.at(home), told.append)
    assert told == copied
    assert _flags_of(copied) == [(day, 2, False) for day in SPAN]
    warehouse = Warehouse(home=str(home))
    assert warehouse.read("heuristic_flags").height == 6
    assert "own_draft" in warehouse.read("labeled_conversations").columns
    assert warehouse.pinned().snapshot is not None


def test_an_interrupted_copy_goes_on_where_it_stopped(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(done: Copied) -> None:
        if done.part.day == SPAN[1]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate(Installation.at(home), interrupt)
    with monkeypatch.context() as without_lake:  # the home has not left its file
        without_lake.delenv(CATALOG)
        assert Warehouse(home=str(home)).pinned().snapshot is None
    copied = migrate(Installation.at(home), lambda _: None)
    assert _flags_of(copied) == [(SPAN[0], 2, True), (SPAN[1], 2, True), (SPAN[2], 2, False)]


def test_what_is_written_to_the_file_meanwhile_is_found(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_more(done: Copied) -> None:
        if done.part.day == SPAN[2]:
            with monkeypatch.context() as without_lake:
                without_lake.delenv(CATALOG)
                _write(Warehouse(home=str(home)), SPAN[0], "c1", "other")

    with pytest.raises(UserError, match="something was written while it was copied"):
        migrate(Installation.at(home), write_more)
    copied = migrate(Installation.at(home), lambda _: None)
    assert _flags_of(copied)[0] == (SPAN[0], 2, False)


def test_a_wrong_row_in_the_lake_is_found_by_its_checksum(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count is right and the rows are not: as a copy that lost a column would be."""
    swap = writing.swap_in

    def lose(connection: object, table: str, *given: object) -> None:
        if table == "heuristic_flags":
            connection.execute("update incoming set evidence = 'lost'")  # type: ignore[attr-defined]
        swap(connection, table, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(migrating, "swap_in", lose)
    with pytest.raises(UserError, match="is not what it is in the file"):
        migrate(Installation.at(home), lambda _: None)


def test_a_lake_with_days_of_its_own_is_left_alone(home: Path) -> None:
    migrate(Installation.at(home), lambda _: None)
    later = SPAN[-1] + timedelta(days=1)
    _write(Warehouse(home=str(home)), later, "c9")
    (home / "lake.json").rename(home / "not-noted")
    with pytest.raises(UserError, match=f"rows of heuristic_flags .day {later}"):
        migrate(Installation.at(home), lambda _: None)
    (home / "not-noted").rename(home / "lake.json")
    assert Warehouse(home=str(home)).read("heuristic_flags").height == 7


def test_a_lake_that_was_worked_with_is_not_overwritten_by_the_older_file(home: Path) -> None:
    migrate(Installation.at(home), lambda _: None)
    _write(Warehouse(home=str(home)), SPAN[0], "newer")
    with pytest.raises(UserError, match="its file is older"):
        migrate(Installation.at(home), lambda _: None)
    assert Warehouse(home=str(home)).read("heuristic_flags").height == 5


def test_without_a_file_or_a_lake_it_says_so(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match="to copy"):
        migrate(Installation.at(tmp_path / "none"), lambda _: None)
    monkeypatch.delenv(CATALOG)
    with pytest.raises(UserError, match="no lake is named: set"):
        migrate(Installation.at(home), lambda _: None)

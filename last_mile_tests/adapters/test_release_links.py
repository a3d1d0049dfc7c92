"""Which product release was trained from which training release: noted, refused, taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from last_mile.adapters.installation import Settings
from last_mile.adapters.release_links import link_release, linked, unlink_release
from last_mile.adapters.warehouse import Warehouse
from last_mile.cli.releases import releases as command
from last_mile.errors import UserError
from last_mile_tests.adapters.release_rows import ABOUT, write

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
LAST = date(2026, 2, 28)  # of the conversations in the training release


@pytest.fixture
def made(tmp_path: Path) -> tuple[Warehouse, str]:
    """A home with a training release of conversations up to LAST, and its id."""
    warehouse = Warehouse(home=str(tmp_path))
    warehouse.installation.save(Settings(drops="drops"))
    about = {**ABOUT, "days": {"first": "2026-01-05", "last": LAST.isoformat()}}
    return warehouse, str(write(warehouse.installation.releases, about=about)["release_id"])


def _seen(warehouse: Warehouse, model: str, day: date) -> None:
    row = {"conversation_id": f"c-{model}", "day": day, "model": model, "judge_weight": 1.0}
    warehouse.keep("labeled_conversations", pl.DataFrame([row]))


def test_a_link_is_noted_once_and_read_with_what_the_release_is_made_of(
    made: tuple[Warehouse, str],
) -> None:
    warehouse, release = made
    said = link_release(warehouse, release, " m2 ", NOW)
    assert said.startswith("no conversation of m2 has arrived yet")
    link_release(warehouse, release, "m2", NOW)
    [link] = linked(warehouse, warehouse.installation.releases)
    assert (link["training_release"], link["product_release"]) == (release, "m2")
    assert link["manifest"]["days"]["last"] == LAST.isoformat()
    [gone] = linked(warehouse, warehouse.installation.home / "elsewhere")
    assert gone["manifest"] is None


def test_a_release_in_use_after_the_training_data_is_linked(made: tuple[Warehouse, str]) -> None:
    warehouse, release = made
    _seen(warehouse, "m2", date(2026, 3, 1))
    assert link_release(warehouse, release, "m2", NOW) == (
        "m2 is in use since 2026-03-01, 1 conversations"
    )


def test_a_release_that_served_what_it_was_trained_on_is_refused(
    made: tuple[Warehouse, str],
) -> None:
    warehouse, release = made
    _seen(warehouse, "m1", LAST - timedelta(days=1))
    _seen(warehouse, "m2", LAST)  # exported in the morning, in use in the afternoon
    link_release(warehouse, release, "m2", NOW)
    with pytest.raises(UserError, match=r"was in use on 2026-02-27.*up to 2026-02-28"):
        link_release(warehouse, release, "m1", NOW)
    assert warehouse.read("release_links")["product_release"].to_list() == ["m2"]


@pytest.mark.parametrize(
    "name", ["", "  ", "a\nb", "x" * 201], ids=["none", "blank", "two", "long"]
)
def test_a_name_that_no_log_could_hold_is_refused(made: tuple[Warehouse, str], name: str) -> None:
    warehouse, release = made
    with pytest.raises(UserError, match="give `model` as the logs write it"):
        link_release(warehouse, release, name, NOW)


def test_an_unknown_training_release_is_refused_with_those_there_are(
    made: tuple[Warehouse, str],
) -> None:
    warehouse, release = made
    with pytest.raises(UserError, match=f"no training release 'x'.*{release}"):
        link_release(warehouse, "x", "m2", NOW)


def test_a_link_is_taken_back_and_only_one_that_is_there(made: tuple[Warehouse, str]) -> None:
    warehouse, release = made
    link_release(warehouse, release, "m2", NOW)
    with pytest.raises(UserError, match=f"linked: {release} to 'm2'"):
        unlink_release(warehouse, release, "m3")
    unlink_release(warehouse, release, "m2")
    assert warehouse.read("release_links").is_empty()


def test_the_command_links_and_takes_back(made: tuple[Warehouse, str]) -> None:
    warehouse, release = made
    home = ["--home", str(warehouse.installation.home)]
    for more in ([], ["--remove"]):
        done = CliRunner().invoke(
            command, ["link", release, "m2", *more, *home], catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        assert warehouse.read("release_links").height == (0 if more else 1)

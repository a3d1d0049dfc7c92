"""`last-mile checks …`: the list, the page, the results over a whole warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from last_mile.adapters.warehouse import Warehouse
from last_mile.adapters.warehouse.database import opened
from last_mile.cli.checks import checks
from last_mile.core.expectation import STAGE_CHECKS, checks_page
from last_mile.errors import UserError
from last_mile_tests.adapters.sound import sound_warehouse


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    yield sound_warehouse(tmp_path_factory.mktemp("sound"))


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(checks, [str(argument) for argument in arguments])


def test_the_list_has_every_check() -> None:
    listed = _run("list")
    assert listed.exit_code == 0
    printed = listed.output
    assert all(check.name in printed and check.asset in printed for check in STAGE_CHECKS)


def test_the_page_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "a" / "checks.md"
    assert _run("page", "--out", file).exit_code == 0
    assert file.read_text("utf-8") == checks_page(STAGE_CHECKS)


def test_a_file_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    error = _run("page", "--out", tmp_path / "a" / "checks.md").exception
    assert isinstance(error, UserError)
    assert "cannot be written" in str(error)


def test_without_a_warehouse_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    error = _run("docs", "--home", tmp_path, "--out", tmp_path).exception
    assert isinstance(error, UserError)
    assert "there are no tables" in str(error)


def test_all_checks_of_a_sound_warehouse_hold_and_then_a_broken_day_is_named(
    whole: Warehouse, tmp_path: Path
) -> None:
    arguments = ("docs", "--home", whole.installation.home, "--out", tmp_path)
    assert _run(*arguments).exit_code == 0
    page = (tmp_path / "index.html").read_text("utf-8")
    assert f"<h1>{len(STAGE_CHECKS)} checks: 0 failed, 0 warned</h1>" in page
    with opened(whole.installation.warehouse) as connection:
        hostile = "<img src=x onerror=alert(1)>"
        connection.execute("update quality_tiers set conversation_id = ?", [hostile])
    assert _run(*arguments).exit_code == 1
    page = (tmp_path / "index.html").read_text("utf-8")
    assert "checks: 1 failed, 1 warned</h1>" in page  # the orphans
    assert "days: 1 (2026-01-05)" in page
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "Write a proposal" not in page  # what the conversations say

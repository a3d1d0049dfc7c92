"""Ids of an erased user leave a history that is kept in PostgreSQL, as they leave SQLite files."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from last_mile.adapters.erasure import erase
from last_mile.adapters.run_history import forget
from last_mile.errors import UserError
from last_mile_tests.adapters.erasable import NOW, USER, two_users
from last_mile_tests.deployment.compose_file import ROOT, read_compose
from last_mile_tests.deployment.postgres import Postgres, postgres
from last_mile_tests.deployment.services import table_for

pytestmark = pytest.mark.services


def test_no_row_and_no_page_of_postgresql_names_an_erased_conversation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = table_for(tmp_path / "here")
    services = read_compose(ROOT, {"POSTGRES_PASSWORD": "of-a-test"}).services
    home = two_users(tmp_path)
    for name, value in services["run"].environment.items():
        monkeypatch.setenv(name, table.here(value))
    examples = {"expectation": "3 rows, e.g. mine-1, theirs-1", "other": "1 rows, e.g. theirs-1"}
    check = dg.AssetCheckEvaluation(
        dg.AssetKey("conversations"), "rows_are_whole", passed=False,
        metadata={name: dg.MetadataValue.text(text) for name, text in examples.items()},
    )  # fmt: skip
    with postgres(services["postgres"], table) as server:
        with dg.DagsterInstance.get() as instance:
            instance.report_runless_asset_event(check)
        assert _pages_with(server, "mine-1")
        assert erase(home, USER, NOW).history > 0
        assert not _pages_with(server, "mine-1")
        assert _pages_with(server, "e.g. erased")
        assert _pages_with(server, "1 rows, e.g. theirs-1")
        with dg.DagsterInstance.get() as instance:
            (record,) = instance.event_log_storage.get_asset_check_execution_history(
                check.asset_check_key, 5
            )
        assert record.event is not None
        assert record.event.dagster_event is not None
        kept = record.event.dagster_event.asset_check_evaluation_data.metadata
    assert kept["expectation"].value == "3 rows, e.g. erased"
    assert kept["other"].value == "1 rows, e.g. theirs-1"


def test_a_database_that_is_down_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = table_for(tmp_path)
    services = read_compose(ROOT, {"POSTGRES_PASSWORD": "of-a-test"}).services
    for name, value in services["run"].environment.items():
        monkeypatch.setenv(name, table.here(value))
    with pytest.raises(UserError, match=r"history of runs in .*dagster:\*\*\*@127.*OperationalE"):
        forget(ROOT / "deploy", ["mine-1"])


def _pages_with(server: Postgres, text: str) -> bool:
    """Whether a table's file says it; the log of writes is another matter."""
    server.rows("checkpoint")
    files = (server.folder / "data" / "base").rglob("*")
    return any(text.encode() in file.read_bytes() for file in files if file.is_file())

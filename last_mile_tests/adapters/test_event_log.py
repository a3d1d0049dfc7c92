"""The event log of commands: what Dagster's own would have written, with fewer openings."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from sqlalchemy import Engine, create_engine

from last_mile.adapters.event_log import KeptEventLogStorage, with_kept_event_log
from last_mile.adapters.installation import Installation
from last_mile.run.instance import instance_of


@dg.asset
def seen() -> None:
    """A table."""


def _run(instance: dg.DagsterInstance) -> list[str]:
    """The types of the events of a run."""
    run_id = dg.materialize([seen], instance=instance).run_id
    return [
        str(it.event_log_entry.dagster_event_type)
        for it in instance.get_records_for_run(run_id).records
    ]


def _of(folder: Path, **settings: object) -> InstanceRef:
    folder.mkdir()
    (folder / "dagster.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    return with_kept_event_log(InstanceRef.from_dir(str(folder)))


def test_it_holds_what_dagsters_own_would_hold_and_each_reads_the_other(tmp_path: Path) -> None:
    ref = _of(tmp_path / "dagster")
    with (
        dg.DagsterInstance.from_ref(ref) as kept,
        dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as own,
    ):
        assert isinstance(kept.event_log_storage, KeptEventLogStorage)
        assert type(own.event_log_storage) is sqlite_event_log.SqliteEventLogStorage
        assert _run(kept) == _run(own)
        ids = [run.run_id for run in own.get_runs()]
        assert ids == [run.run_id for run in kept.get_runs()]
        for one in ids:
            said = [instance.get_records_for_run(one).records for instance in (kept, own)]
            assert said[0] == said[1]
        found = [i.fetch_materializations(seen.key, limit=9).records for i in (kept, own)]
        assert len(found[0]) == 2
        assert found[0] == found[1]


def test_a_run_opens_its_log_a_few_times_and_closes_it_with_the_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = list[str]()

    def counted(address: str, **given: object) -> Engine:
        made.append(address)
        return create_engine(address, **given)

    monkeypatch.setattr(sqlite_event_log, "create_engine", counted)
    monkeypatch.setattr("last_mile.adapters.event_log.create_engine", counted)
    with dg.DagsterInstance.from_ref(_of(tmp_path / "dagster")) as instance:
        for _ in range(2):
            _run(instance)
        made.clear()
        events = _run(instance)
        assert len(events) > 8
        # to make its tables, to write it, and Dagster's look whether the index has a table
        assert len(made) == 3
        for _ in range(3):
            _run(instance)
        open_now = [path for path in Path("/proc/self/fd").iterdir() if _is_a_log(path, tmp_path)]
        assert (
            len({path.resolve().name for path in open_now if path.resolve().suffix == ".db"}) == 2
        )
    assert not [path for path in Path("/proc/self/fd").iterdir() if _is_a_log(path, tmp_path)]


def _is_a_log(link: Path, folder: Path) -> bool:
    return link.exists() and link.resolve().is_relative_to(folder / "dagster" / "history" / "runs")


def test_another_storage_stays_as_it_is(tmp_path: Path) -> None:
    own = {
        "module": "dagster._core.storage.event_log",
        "class": "ConsolidatedSqliteEventLogStorage",
    }
    ref = _of(
        tmp_path / "dagster", event_log_storage={**own, "config": {"base_dir": str(tmp_path)}}
    )
    assert ref == InstanceRef.from_dir(str(tmp_path / "dagster"))


def test_commands_use_it(empty_home: Installation) -> None:
    with instance_of(empty_home) as instance:
        assert isinstance(instance.event_log_storage, KeptEventLogStorage)

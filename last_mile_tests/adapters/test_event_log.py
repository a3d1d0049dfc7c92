"""The event log of commands: what Dagster's own would have written, with fewer openings."""

import queue
import uuid
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from sqlalchemy import Engine, create_engine

from last_mile.adapters.event_log import KeptEventLogStorage, with_kept_event_log
from last_mile.adapters.installation import Installation
from last_mile.adapters.worker_pool import worker_pool
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


def test_a_run_opens_its_file_twice_and_all_are_closed_with_the_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, logs = list[str](), tmp_path / "dagster" / "history" / "runs"

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
        assert len(list(logs.glob("*-wal"))) == 2  # of all runs and of the last
    assert len(list(logs.glob("*.db"))) == 4
    assert not list(logs.glob("*-wal"))


_OPEN = list[dg.DagsterInstance]()


def _end_without_closing(folder: str) -> None:
    """As a worker that builds days, whose instance is open as long as the process lives."""
    ref = with_kept_event_log(InstanceRef.from_dir(folder))
    _OPEN.append(dg.DagsterInstance.from_ref(ref))
    _run(_OPEN[0])


def test_a_worker_that_ends_closes_them(tmp_path: Path) -> None:
    folder = tmp_path / "dagster"
    _of(folder)
    with worker_pool(1, "makes a run") as pool:
        pool.submit(_end_without_closing, str(folder)).result()
    logs = folder / "history" / "runs"
    assert len(list(logs.glob("*.db"))) == 2
    assert not list(logs.glob("*-wal"))


def test_who_watches_a_run_sees_an_event_while_the_run_goes_on(tmp_path: Path) -> None:
    told, run_id = queue.Queue[str](), str(uuid.uuid4())

    @dg.op
    def wait_for_the_watcher(context: dg.OpExecutionContext) -> None:
        for step in ("begun", "went on", "almost there"):
            context.log.info(step)
            while step not in told.get(timeout=30):
                pass

    @dg.job
    def watched() -> None:
        wait_for_the_watcher()

    def tell(event: dg.EventLogEntry, _cursor: str) -> None:
        told.put(event.user_message)

    with (
        dg.DagsterInstance.from_ref(_of(tmp_path / "dagster")) as kept,
        dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as of_the_ui,
    ):
        of_the_ui.watch_event_logs(run_id, None, tell)
        assert watched.execute_in_process(instance=kept, run_id=run_id).success
        of_the_ui.end_watch_event_logs(run_id, tell)


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


def test_what_is_noted_after_everything_was_wiped_is_there(tmp_path: Path) -> None:
    with dg.DagsterInstance.from_ref(_of(tmp_path / "dagster")) as kept:
        run = kept.get_run_by_id(dg.materialize([seen], instance=kept).run_id)
        assert run is not None
        kept.event_log_storage.wipe()
        for said in ("one", "two", "three"):
            kept.report_engine_event(said, run)
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as own:
        assert len(own.all_logs(run.run_id)) == 3

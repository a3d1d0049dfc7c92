"""Dagster's own storage in SQLite, with the files of its event log kept open.

Dagster makes an engine of SQLAlchemy for every event. Compiling its statements again, opening and
closing the file take longer than the event itself. Not here: who uses it (run/instance.py).
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster._core.events.log import EventLogEntry
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, _event_logs_directory
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine


class KeptEventLogStorage(SqliteEventLogStorage):
    """The same files with the same content; open stay the one of all runs and that of the last."""

    def __init__(self, base_dir: str) -> None:
        self._kept = dict[str, Engine]()
        super().__init__(base_dir)
        weakref.finalize(self, _close, self._kept)  # at the latest when the process ends

    def store_event(self, event: EventLogEntry) -> None:
        """Store it, and say so to who watches the run: what is written stands beside the file."""
        super().store_event(event)
        os.utime(self.path_for_shard(event.run_id))

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if shard not in self._initialized_dbs:  # its tables are made
            with super()._connect(shard) as connection:
                yield connection
            return
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._kept:
            for other in set(self._kept) - {INDEX_SHARD_NAME}:
                self._kept.pop(other).dispose()
            self._kept[shard] = create_engine(
                self.conn_string_for_shard(shard),
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
        return self._kept[shard]

    def wipe(self) -> None:
        """Close what is open, or the next events would go into deleted files."""
        _close(self._kept)
        super().wipe()

    def dispose(self) -> None:
        """Close what is open."""
        _close(self._kept)
        super().dispose()


def _close(kept: dict[str, Engine]) -> None:
    while kept:
        kept.popitem()[1].dispose()


class KeptSqliteStorage(DagsterSqliteStorage):
    """Runs, events and schedules where Dagster keeps them."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = KeptEventLogStorage(_event_logs_directory(base_dir))

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> KeptSqliteStorage:
        """Dagster's own gives one of its own class here."""
        return cls.from_local(inst_data=inst_data, **config_value)


def with_kept_event_log(ref: InstanceRef) -> InstanceRef:
    """An instance that keeps its event log open; one with another storage stays as it is."""
    storage = ref.storage_data
    if storage is None or storage.class_name != DagsterSqliteStorage.__name__:
        return ref
    kept = storage._replace(module_name=__name__, class_name=KeptSqliteStorage.__name__)
    return ref._replace(storage_data=kept)

"""Dagster's own storage in SQLite, whose event log compiles a statement once for a run.

Dagster makes an engine of SQLAlchemy for every event, which knows no statement yet. Not here: who
uses it (run/instance.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, _event_logs_directory
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, NullPool, create_engine


class KeptEventLogStorage(SqliteEventLogStorage):
    """The same files with the same content; kept are the engines of the last run and of all runs.

    A file is opened and closed for each event all the same: the UI looks whether it changed.
    """

    def __init__(self, base_dir: str) -> None:
        self._kept = dict[str, Engine]()
        super().__init__(base_dir)

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
                del self._kept[other]
            self._kept[shard] = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=NullPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
        return self._kept[shard]


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
    """An instance with such an event log; one with another storage stays as it is."""
    storage = ref.storage_data
    if storage is None or storage.class_name != DagsterSqliteStorage.__name__:
        return ref
    kept = storage._replace(module_name=__name__, class_name=KeptSqliteStorage.__name__)
    return ref._replace(storage_data=kept)

"""What Dagster's storage says of single conversations: ids, as examples of what broke a check.

Not here: Dagster's instance (run/instance.py). Its databases are read as the tables they are, so
that nothing of a history that another version wrote has to be understood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dagster._config import process_config, resolve_to_config_type
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.config import pg_config

from last_mile.core.expectation.results import name_of
from last_mile.errors import UserError

# As the checks of now, those of earlier versions, and DuckDB write them, inside JSON: text after
# text with escapes, once or twice.
_EXAMPLES = re.compile(
    r"""(?P<mark>\u2039|\\+u2039)(?:.*?)(?P<end>\u203a|\\+u203a)
                         | (?P<before>rows,\ e\.g\.\ )(?P<named>(?:[^"\\]|\\+[^"\\])*)
                         | (?P<start>Duplicate\ key\ \\*")(?P<key>.*?)(?=\\*"\ violates)""",
    re.X,
)
_SAYS = ("\u2039", "u2039", "rows, e.g. ", "Duplicate key")
_GONE = "erased"
_SHOWN = 200  # characters of a name in a result
_WAIT_S = 60.0  # for a daemon that is writing
_ROW = {"sqlite": "rowid", "postgresql": "ctid"}  # what names a row, also where there is no key
_REWRITE = {  # a row that was changed stays in free space until then
    "sqlite": ("vacuum", "pragma wal_checkpoint(truncate)"),
    "postgresql": ('vacuum full "{}"',),
}


def forget(dagster_home: Path, names: Sequence[str]) -> int:
    """Take ids out of the history of runs and checks.

    Args:
        dagster_home: Folder of the instance: of its SQLite files, or of the dagster.yaml that names
            a PostgreSQL database. It need not exist.
        names: Ids.

    Returns:
        Rows of the history that named one.

    Raises:
        UserError: A database cannot be reached, or is in use for longer than a minute.
    """
    if not names:
        return 0
    spellings = sorted({spelt for name in names for spelt in _spellings(name)})
    rows = 0
    for database in _databases(dagster_home):
        try:
            rows += _forget_in(database, spellings)
        except sa.exc.OperationalError as error:
            raise UserError(
                f"the history of runs in {database.url.render_as_string()} cannot be changed now "
                f"({type(error.orig).__name__}); the user is still there: erase again when it can"
            ) from error
    return rows


def _spellings(name: str) -> tuple[str, ...]:
    return name, json.dumps(name)[1:-1], name_of(name)[:_SHOWN]


def _databases(dagster_home: Path) -> Iterator[sa.Engine]:
    for file in sorted(dagster_home.rglob("*.db")) if dagster_home.is_dir() else []:
        yield sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": _WAIT_S})
    if (dagster_home / "dagster.yaml").is_file():
        storage = InstanceRef.from_dir(str(dagster_home)).storage_data
        if storage and storage.class_name == "DagsterPostgresStorage":
            yield sa.create_engine(_address(storage.config_dict))


def _address(written: Mapping[str, Any]) -> str:
    """Of a PostgreSQL database, with what a dagster.yaml takes from the environment put in."""
    from dagster_postgres.utils import pg_url_from_config  # noqa: PLC0415 - of the extra `deploy`

    given = process_config(resolve_to_config_type(pg_config()), dict(written))
    return str(pg_url_from_config(given.value or {}))


def _forget_in(database: sa.Engine, names: Sequence[str]) -> int:
    changed = dict[str, int]()
    with database.begin() as connection:
        tables = sa.inspect(connection)
        for table in tables.get_table_names():
            texts = [one["name"] for one in tables.get_columns(table) if _is_text(one["type"])]
            changed[table] = sum(_forget_column(connection, table, one, names) for one in texts)
    with database.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for statement in _REWRITE[database.dialect.name]:
            for one in {statement.format(table) for table, rows in changed.items() if rows}:
                connection.exec_driver_sql(one)
    database.dispose()
    return sum(changed.values())


def _is_text(kind: sa.types.TypeEngine[Any]) -> bool:
    return isinstance(kind, sa.String)


def _forget_column(connection: sa.Connection, table: str, column: str, names: Sequence[str]) -> int:
    row: sa.ColumnElement[Any] = sa.literal_column(_ROW[connection.dialect.name])
    text = sa.column(column, sa.String)
    of_table = sa.table(table, text)
    says = sa.or_(*(text.contains(words) for words in _SAYS))
    found = connection.execute(sa.select(row, text).select_from(of_table).where(says)).fetchall()
    changed = [(key, without) for key, old in found if (without := _without(old, names)) != old]
    for key, without in changed:
        connection.execute(sa.update(of_table).where(row == key).values({column: without}))
    return len(changed)


def _without(text: str, names: Sequence[str]) -> str:
    def replaced(found: re.Match[str]) -> str:
        if found["mark"]:  # Markdown puts backslashes into a name
            plain = found[0].replace("\\", "")
            named = any(name.replace("\\", "") in plain for name in names)
            return f"{found['mark']}{_GONE}{found['end']}" if named else found[0]
        if not any(name in found[0] for name in names):
            return found[0]
        return (found["before"] or found["start"]) + _GONE

    return _EXAMPLES.sub(replaced, text)

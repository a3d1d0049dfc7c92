"""What can be done with the tables: read, replace, build, keep, land. One transaction each.

Not here: how the database file is opened (database.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import NamedTuple

import dagster as dg
import duckdb
import polars as pl
import polars.selectors as cs

from last_mile.adapters.installation import Installation
from last_mile.adapters.sql_files import (
    TABLES,
    fill,
    insert_as_incoming,
    query_text,
    table_text,
)
from last_mile.adapters.warehouse.database import opened
from last_mile.adapters.warehouse.landing import land_rows

_PRIMARY_KEY = """select constraint_column_names from duckdb_constraints()
where table_name = ? and constraint_type = 'PRIMARY KEY'"""


class Days(NamedTuple):
    """A half-open range of UTC days: start <= day < end."""

    start: date
    end: date


class Warehouse(dg.ConfigurableResource):
    """The DuckDB file of one installation.

    Attributes:
        home: Home folder; empty means `$LAST_MILE_HOME`, else `.last_mile`.
    """

    home: str = ""

    @property
    def installation(self) -> Installation:
        """Paths and settings beside the database."""
        return Installation.at(self.home)

    def read(
        self, query: str, days: Days | None = None, fragments: Mapping[str, str] | None = None
    ) -> pl.DataFrame:
        """Run `sql/reads/<query>.sql` or `sql/checks/<query>.sql`, or read a table of that name.

        Args:
            query: Name of such a file or of a table.
            days: Bound to `$start` and `$end`; for a table, its rows of these days.
            fragments: Text for `{{ name }}` in the file; only made by core/ from checked names.

        Returns:
            The rows as a frame.
        """
        where = " where day >= $start and day < $end" if days else ""
        text = query_text(query) or f"from {_table(query)}{where}"
        with self._open() as connection:
            bound = days._asdict() if days else None
            # `sql` hands rows over on all cores, `execute` on one
            frame = connection.sql(fill(text, fragments), params=bound).pl()
        return frame.with_columns(cs.decimal().cast(pl.Int64))  # DuckDB sums integers to HUGEINT

    def replace(
        self,
        table: str,
        frame: pl.DataFrame,
        days: Days | None = None,
        keys: Mapping[str, Sequence[str]] | None = None,
    ) -> int:
        """Replace a slice of a table by a frame, columns matched by name, in one transaction.

        A row whose primary key stands on another day moves to this one.

        Args:
            table: A table of sql/.
            frame: The new rows.
            days: The slice: rows of these days. Without `days` and `keys`: the whole table.
            keys: The slice: rows whose column has one of these values.

        Returns:
            Rows written.

        Raises:
            duckdb.Error: A constraint of the table is broken; nothing was changed.
        """
        target = _table(table)
        with self._transaction() as connection:
            connection.register("incoming", frame.to_arrow())
            _swap_in(connection, target, days, keys)
        return frame.height

    def keep(self, table: str, frame: pl.DataFrame, *, overwrite: bool = False) -> int:
        """Add rows whose primary key is new; with `overwrite`, refresh the others too.

        Returns:
            Rows offered.
        """
        conflict = "or replace" if overwrite else "or ignore"
        with self._transaction() as connection:
            connection.register("incoming", frame.to_arrow())
            connection.execute(f"insert {conflict} into {_table(table)} by name from incoming")
        return frame.height

    def build(
        self,
        table: str,
        days: Days | None = None,
        fragments: Mapping[str, str] | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> int:
        """Rebuild a slice of a table by the INSERT of its own SQL file, in one transaction.

        Args:
            table: A table of sql/ whose file holds an INSERT.
            days: The slice, bound to `$start` and `$end`; without it, the whole table.
            fragments: Text for `{{ name }}` in the file.
            columns: Columns the rubric adds to the table: name to SQL type.

        Returns:
            Rows written.
        """
        target, text = _table(table), insert_as_incoming(fill(table_text(table), fragments))
        with self._transaction() as connection:
            _add_columns(connection, target, columns or {})
            statement = connection.extract_statements(text)[0]
            bound = days._asdict() if days else {}
            named = {k: v for k, v in bound.items() if k in statement.named_parameters}
            connection.execute(statement, named)
            _swap_in(connection, target, days, None)
            row = connection.execute("select count(*) from incoming").fetchone()
        return int(row[0]) if row else 0

    def land(self, kind: str, rows: Sequence[Path], entries: pl.DataFrame) -> None:
        """Replace the rows of some drop files, note them in `log_files` and the days they change.

        Args:
            kind: conversations, outcomes or labels.
            rows: Parquet files of new rows; those of files that are not `landed` are left alone.
            entries: Their rows of `log_files`. The rows of an unreadable file stay as they were.

        Raises:
            duckdb.Error: A constraint of a table is broken; nothing was changed.
        """
        with self._transaction() as connection:
            land_rows(connection, kind, rows, entries)

    def keep_together(self, frames: Mapping[str, pl.DataFrame]) -> None:
        """Add or refresh rows of several tables in one transaction."""
        with self._transaction() as connection:
            for table, frame in frames.items():
                connection.register(f"incoming_{table}", frame.to_arrow())
                connection.execute(
                    f"insert or replace into {_table(table)} by name from incoming_{table}"
                )

    def fold_journal(self, segments: Sequence[Path]) -> None:
        """Add the calls and verdicts of whole segments of the judge's journal to their tables.

        Args:
            segments: Files of JSON lines. Folding one twice changes nothing.
        """
        files = {"segments": [str(path) for path in segments]}
        # A call in a batch is pending before it ends; a verdict is never replaced.
        with self._transaction() as connection:
            for table, conflict in (("calls", "or replace"), ("verdicts", "or ignore")):
                rows = query_text(f"journal_{table}")
                statement = f"insert {conflict} into judge_{table} by name {rows}"
                connection.execute(statement, files)

    def last_change(self) -> int:
        """Number of the newest landing that changed any day; 0 before the first."""
        return max(self.read("changed_days")["change"], default=0)

    def note_built(self, days: Days, works: Sequence[str], change: int) -> None:
        """Note that the tables of these days were built from all landings up to a number."""
        with self._transaction() as connection:
            connection.execute(
                "update day_changes set built = least(change, $change) "
                "where day >= $start and day < $end and work in (select unnest($works))",
                {**days._asdict(), "works": works, "change": change},
            )

    def add_columns(self, table: str, columns: Mapping[str, str]) -> None:
        """Give a table the columns of the rubric: name to SQL type; one of another type is new."""
        with self._transaction() as connection:
            _add_columns(connection, _table(table), columns)

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._open() as connection:
            connection.execute("begin")
            try:
                yield connection
                connection.execute("commit")
            except BaseException:
                with suppress(duckdb.Error):  # a commit that failed has ended the transaction
                    connection.execute("rollback")
                raise

    @contextmanager
    def _open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection under the file lock, with every table in place."""
        with opened(self.installation.warehouse) as connection:
            yield connection


def _add_columns(
    connection: duckdb.DuckDBPyConnection, target: str, columns: Mapping[str, str]
) -> None:
    described = connection.execute(f"describe {target}").fetchall()
    present = {str(row[0]): str(row[1]).lower() for row in described}
    for name, kind in columns.items():
        if name in present and present[name] != kind:
            connection.execute(f'alter table {target} drop column "{name}"')
        if present.get(name) != kind:
            connection.execute(f'alter table {target} add column "{name}" {kind}')


def _swap_in(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    days: Days | None,
    keys: Mapping[str, Sequence[str]] | None,
) -> None:
    """Replace a slice by the rows of `incoming`; a row whose key stands elsewhere moves here."""
    conditions = ["day >= $start and day < $end"] if days else []
    conditions += [f'"{column}" in (select unnest(${column}))' for column in keys or {}]
    where = f" where {' and '.join(conditions)}" if conditions else ""
    bound = {**(days._asdict() if days else {}), **(keys or {})}
    connection.execute(f"delete from {target}{where}", bound or None)
    found = connection.execute(_PRIMARY_KEY, [target.strip('"')]).fetchone()
    if found and days:
        key = ", ".join(f'"{column}"' for column in found[0])
        connection.execute(f"delete from {target} where ({key}) in (select ({key}) from incoming)")
    connection.execute(f"insert into {target} by name from incoming")


def _table(name: str) -> str:
    if name not in TABLES:
        raise ValueError(f"{name!r} is not a table of sql/")
    return f'"{name}"'

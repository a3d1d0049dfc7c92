"""What can be done with the tables: read, replace, build, keep, land. One transaction each.

Not here: how the database file is opened (database.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import polars.selectors as cs

from last_mile.adapters.installation import Installation
from last_mile.adapters.lake_address import lake_of
from last_mile.adapters.sql_files import (
    TABLES,
    fill,
    insert_as_incoming,
    query_text,
    table_text,
)
from last_mile.adapters.warehouse.database import FileDatabase, T, Work
from last_mile.adapters.warehouse.lake import LakeDatabase
from last_mile.adapters.warehouse.landing import LANDED_INTO, land_rows
from last_mile.adapters.warehouse.slices import Days
from last_mile.adapters.warehouse.writing import add_columns, merge, swap_in
from last_mile.core.fragments import listed
from last_mile.errors import UserError


class Warehouse(dg.ConfigurableResource):
    """The tables of one installation: in a DuckDB file, or in a lake.

    Attributes:
        home: Home folder; empty means `$LAST_MILE_HOME`, else `.last_mile`.
        snapshot: Of the lake: its tables as they were then, to be read only.
    """

    home: str = ""
    snapshot: int | None = None

    @property
    def installation(self) -> Installation:
        """Paths and settings beside the database."""
        return Installation.at(self.home)

    def pinned(self) -> Warehouse:
        """The tables as they are now, whatever is written meanwhile; a file's stay as they are."""
        database = self._database
        if isinstance(database, FileDatabase):
            return self
        return Warehouse(home=self.home, snapshot=database.current_snapshot())

    def look(self, work: Work[T]) -> T:
        """Do some reads at once.

        Args:
            work: Given a connection whose database is that of the tables. Where the lake was away
                it is done again.
        """
        return self._database.read(work)

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
        bound = days._asdict() if days else None
        # `sql` hands rows over on all cores, `execute` on one
        frame = self.look(lambda found: found.sql(fill(text, fragments), params=bound).pl())
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

        def swap(connection: duckdb.DuckDBPyConnection) -> None:
            connection.register("incoming", frame.to_arrow())
            swap_in(connection, target, days, keys)

        self._database.write([table], None if keys else days, swap)
        return frame.height

    def replace_together(self, frames: Mapping[str, pl.DataFrame]) -> None:
        """Replace several tables by frames, whole, in one transaction."""
        targets = {_table(table): frame for table, frame in frames.items()}

        def swap(connection: duckdb.DuckDBPyConnection) -> None:
            for target, frame in targets.items():
                connection.register("incoming", frame.to_arrow())
                swap_in(connection, target, None, None)

        self._database.write(list(targets), None, swap)

    def replace_by_files(self, table: str, rows: Sequence[Path], days: Days) -> int:
        """Replace some days of a table by the rows of Parquet files, in one transaction.

        Returns:
            Rows written.
        """
        target, files = _table(table), listed(str(path) for path in rows)

        def swap(connection: duckdb.DuckDBPyConnection) -> int:
            connection.execute(
                f"create or replace temp view incoming as from read_parquet([{files}])"
            )
            swap_in(connection, target, days, None)
            row = connection.execute("select count(*) from incoming").fetchone()
            return int(row[0]) if row else 0

        return self._database.write([table], days, swap)

    def keep(self, table: str, frame: pl.DataFrame, *, overwrite: bool = False) -> int:
        """Add rows whose primary key is new; with `overwrite`, refresh the others too.

        Returns:
            Rows offered.
        """
        self._merge({table: frame}, overwrite=overwrite)
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

        def rebuild(connection: duckdb.DuckDBPyConnection) -> int:
            add_columns(connection, target, columns or {})
            statement = connection.extract_statements(text)[0]
            bound = days._asdict() if days else {}
            named = {k: v for k, v in bound.items() if k in statement.named_parameters}
            connection.execute(statement, named)
            swap_in(connection, target, days, None)
            row = connection.execute("select count(*) from incoming").fetchone()
            return int(row[0]) if row else 0

        return self._database.write([table], days, rebuild)

    def land(self, kind: str, rows: Sequence[Path], entries: pl.DataFrame) -> None:
        """Replace the rows of some drop files, note them in `log_files` and the days they change.

        Args:
            kind: conversations, outcomes or labels.
            rows: Parquet files of new rows; those of files that are not `landed` are left alone.
            entries: Their rows of `log_files`. The rows of an unreadable file stay as they were.

        Raises:
            duckdb.Error: A constraint of a table is broken; nothing was changed.
        """
        tables = [f"{kind.removesuffix('s')}_logs", *LANDED_INTO]
        self._database.write(
            tables, None, partial(land_rows, kind=kind, rows=rows, entries=entries)
        )

    def keep_together(self, frames: Mapping[str, pl.DataFrame]) -> None:
        """Add or refresh rows of several tables in one transaction."""
        self._merge(frames, overwrite=True)

    def fold_journal(self, segments: Sequence[Path]) -> None:
        """Add the calls and verdicts of whole segments of the judge's journal to their tables.

        Args:
            segments: Files of JSON lines. Folding one twice changes nothing.
        """
        files = {"segments": [str(path) for path in segments]}

        def fold(connection: duckdb.DuckDBPyConnection) -> None:
            # A call in a batch is pending before it ends; a verdict is never replaced.
            for name, overwrite in (("calls", True), ("verdicts", False)):
                rows = f"({query_text(f'journal_{name}')})"
                merge(connection, f"judge_{name}", rows, files, overwrite=overwrite)

        self._database.write(["judge_calls", "judge_verdicts"], None, fold)

    def last_change(self) -> int:
        """Number of the newest landing that changed any day; 0 before the first."""
        return max(self.read("changed_days")["change"], default=0)

    def note_built(self, days: Days, works: Sequence[str], change: int) -> None:
        """Note that the tables of these days were built from all landings up to a number."""
        note = (
            "update day_changes set built = least(change, $change) "
            "where day >= $start and day < $end and work in (select unnest($works))"
        )
        bound = {**days._asdict(), "works": works, "change": change}
        self._database.write(["day_changes"], None, lambda found: found.execute(note, bound))

    def add_columns(self, table: str, columns: Mapping[str, str]) -> None:
        """Give a table the columns of the rubric: name to SQL type; one of another type is new."""
        target = _table(table)
        self._database.write([table], None, lambda found: add_columns(found, target, columns))

    @property
    def _database(self) -> FileDatabase | LakeDatabase:
        home = self.installation.home
        if lake := lake_of(home):
            return LakeDatabase(lake, home, self.snapshot)
        if self.snapshot is not None:
            raise UserError(
                f"{home} has its tables in a file, which has no snapshot {self.snapshot}"
            )
        return FileDatabase(self.installation.warehouse)

    def _merge(self, frames: Mapping[str, pl.DataFrame], *, overwrite: bool) -> None:
        def merge_all(connection: duckdb.DuckDBPyConnection) -> None:
            for table, frame in frames.items():
                connection.register(f"incoming_{table}", frame.to_arrow())
                merge(connection, _table(table), f"incoming_{table}", overwrite=overwrite)

        self._database.write(list(frames), None, merge_all)


def _table(name: str) -> str:
    if name not in TABLES:
        raise ValueError(f"{name!r} is not a table of sql/")
    return name

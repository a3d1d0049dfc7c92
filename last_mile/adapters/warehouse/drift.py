"""How the tables of a file differ from sql/, and what to do about it; a table made anew.

Not here: new tables and columns, which an opening adds on its own (database.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import duckdb

from last_mile.adapters.sql_files import table_definitions
from last_mile.core.rubric import digest
from last_mile.errors import UserError

What = Literal["missing table", "missing column", "extra column", "type", "constraint", "weaker"]
WIDENED = ("labeled_conversations", "stat_cells")  # the rubric adds columns to them
_COLUMNS = """select table_name, column_name, data_type, is_nullable, column_default
from duckdb_columns() join duckdb_tables() using (database_name, table_name)
where database_name = current_database() and not temporary
order by all"""
_CONSTRAINTS = """select table_name, constraint_text from duckdb_constraints()
where database_name = current_database() and constraint_type <> 'NOT NULL' order by all"""
_VIEWS = """select view_name, comment from duckdb_views()
where database_name = current_database() and not internal"""
_VIEW = "create view if not exists "


class Column(NamedTuple):
    """A column as the database has it."""

    kind: str
    nullable: bool
    default: str | None


class Table(NamedTuple):
    """A table as the database has it; constraints but NOT NULL, in DuckDB's spelling."""

    columns: dict[str, Column]
    constraints: frozenset[str]


class Difference(NamedTuple):
    """One way in which a live table is not that of sql/.

    Attributes:
        table: Its name.
        column: The column, if it is about one.
        what: `weaker`: a constraint or default of sql/ is missing; a column that an upgrade added
            has none.
        said: The difference in words.
        fix: What to do, in words.
    """

    table: str
    column: str | None
    what: What
    said: str
    fix: str

    @property
    def stops(self) -> bool:
        """Whether work with the table would fail, or lose what it holds."""
        return self.what != "weaker"


def drift(connection: duckdb.DuckDBPyConnection) -> list[Difference]:
    """How the tables of the current database differ from sql/.

    Columns that the rubric adds are no difference, and neither are tables that sql/ does not know.
    """
    live, found = described(connection), list[Difference]()
    for name, wanted in wanted_tables().items():
        if name in live:
            found += _compared(name, live[name], wanted)
        else:
            fix = "any command but this one makes it"
            found.append(Difference(name, None, "missing table", "is missing", fix))
    return found


def refuse_drift(path: Path, found: Sequence[Difference]) -> None:
    """Stop before a statement fails.

    Raises:
        UserError: There is a difference; the sentence names the first one and its fix.
    """
    if found:
        first, *others = found
        more = f" ({len(others):,} more: `last-mile doctor` lists them)" if others else ""
        raise UserError(f"{path}: table {first.table} {first.said}{more}; to mend it {first.fix}")


def renew_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views of sql/ that are not there, or were made by another text.

    DuckDB respells a view's text, so that of sql/ is kept as a hash in the view's comment.
    """
    live = dict(connection.execute(_VIEWS).fetchall())
    for name, statement in table_definitions().items():
        if not (made := statement.partition(_VIEW)[2]):
            continue
        version = digest(made)
        if live.get(name) != version:
            connection.execute(f"create or replace view {made}")
            connection.execute(f"comment on view {name} is '{version}'")


def make_anew(
    connection: duckdb.DuckDBPyConnection, table: str, moved: Mapping[str, str | None] | None = None
) -> int:
    """Give a table the columns and constraints of sql/, which cannot all be altered; rows stay.

    Args:
        connection: Its database is the current one.
        table: A table of sql/.
        moved: Columns sql/ does not know: their new name, or None to lose them.

    Returns:
        Rows kept.

    Raises:
        UserError: A column would be lost that `moved` does not name, or a row does not fit;
            nothing was changed.
    """
    moved, live, wanted = moved or {}, described(connection).get(table), wanted_tables().get(table)
    if live is None or wanted is None:
        raise UserError(f"{table} is no table that is both in the database and in sql/")
    extra = {} if table not in WIDENED else {
        name: column.kind for name, column in live.columns.items()
        if name not in wanted.columns and name not in moved
    }  # fmt: skip
    targets = {name: moved.get(name, name) for name in live.columns}
    kept = {name: target for name, target in targets.items() if target is not None}
    unknown = set(kept.values()) - set(wanted.columns) - set(extra)
    if unknown or len(set(kept.values())) < len(kept):
        raise UserError(_lost(table, sorted(unknown), wanted))
    connection.execute("begin")
    try:
        connection.execute(f"create or replace temp table earlier as from {table}")
        connection.execute(f"drop table {table}")
        connection.execute(table_definitions()[table])
        for name, kind in extra.items():
            connection.execute(f'alter table {table} add column "{name}" {kind}')
        into, columns = (", ".join(f'"{n}"' for n in names) for names in (kept.values(), kept))
        query = f"insert into {table} ({into}) select {columns} from earlier"
        row = connection.execute(query).fetchone()
        connection.execute("commit")
    except duckdb.Error as error:  # its message may hold what people wrote
        with suppress(duckdb.Error):  # a commit that failed has ended the transaction
            connection.execute("rollback")
        if not isinstance(error, (duckdb.ConstraintException, duckdb.ConversionException)):
            raise
        raise UserError(
            f"{table}: a row does not fit what sql/{table}.sql says ({type(error).__name__}); "
            "nothing was changed"
        ) from None
    connection.execute("drop table temp.earlier")
    return int(row[0]) if row else 0


def _lost(table: str, unknown: Sequence[str], wanted: Table) -> str:
    if not unknown:
        return f"{table}: two columns would have one name; nothing was changed"
    return (
        f"{table}: sql/{table}.sql has no column {', '.join(unknown)}, only "
        f"{', '.join(wanted.columns)}; say what it becomes with --column {unknown[0]}=NAME, or "
        f"--column {unknown[0]}= to lose it. Nothing was changed"
    )


def _compared(name: str, live: Table, wanted: Table) -> list[Difference]:
    anew = f"run `last-mile doctor --make-anew {name}`, which keeps its rows"
    missing = [column for column in wanted.columns if column not in live.columns]
    found = list[Difference]()
    for column in live.columns if name not in WIDENED else ():
        if column not in wanted.columns:
            fix = f"run `last-mile doctor --make-anew {name} --column {column}=`, which loses it"
            if missing:
                named = f"--column {column}={missing[0]}"
                fix = f"run `last-mile doctor --make-anew {name} {named}` if that is its new name"
            said = f"has a column {column} that sql/{name}.sql has not"
            found.append(Difference(name, column, "extra column", said, fix))
    for column in missing if not found else ():  # else one of them may be its old name
        fix = "any command but this one adds it, empty"
        found.append(Difference(name, column, "missing column", f"has no column {column}", fix))
    for column, made in live.columns.items():
        if column in wanted.columns and made != wanted.columns[column]:
            found.append(_column(name, column, made, wanted.columns[column], anew))
    for text in sorted(live.constraints - wanted.constraints):
        said = f"has a constraint that sql/{name}.sql has not: {text}"
        found.append(Difference(name, None, "constraint", said, anew))
    for text in sorted(wanted.constraints - live.constraints):
        what: What = "weaker" if text.startswith("CHECK") else "constraint"
        said = f"lacks a constraint of sql/{name}.sql: {text}"
        found.append(Difference(name, None, what, said, anew))
    return found


def _column(name: str, column: str, live: Column, wanted: Column, anew: str) -> Difference:
    differs: What = "type"
    if live.kind == wanted.kind:
        looser = live.nullable >= wanted.nullable and live.default in (None, wanted.default)
        differs = "weaker" if looser else "constraint"
    said = f"has {column} as {_spelt(live)}, sql/{name}.sql as {_spelt(wanted)}"
    return Difference(name, column, differs, said, anew)


def _spelt(column: Column) -> str:
    default = "" if column.default is None else f" DEFAULT {column.default}"
    return f"{column.kind}{default}{'' if column.nullable else ' NOT NULL'}"


@cache
def wanted_tables() -> dict[str, Table]:
    """The tables of sql/, views left out."""
    with duckdb.connect() as database:
        for statement in table_definitions().values():
            database.execute(statement)
        return described(database)


def described(connection: duckdb.DuckDBPyConnection) -> dict[str, Table]:
    """The tables of the current database."""
    columns: dict[str, dict[str, Column]] = defaultdict(dict)
    for table, name, *rest in connection.execute(_COLUMNS).fetchall():
        columns[table][name] = Column(*rest)
    constraints: dict[str, set[str]] = defaultdict(set)
    for table, text in connection.execute(_CONSTRAINTS).fetchall():
        constraints[table].add(text.replace('"', ""))  # DuckDB quotes otherwise once it was stored
    return {
        table: Table(described, frozenset(constraints[table]))
        for table, described in columns.items()
    }

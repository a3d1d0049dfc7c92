"""What the UI shows of a table before anything of it was built: columns, grain, its SQL.

Not here: what a run found out (defs/reporting.py), reading the CREATE TABLE (create_table.py).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from last_mile.adapters.sql_files import SQL, TABLES, table_text
from last_mile.adapters.table_story.create_table import Column, Table, read_table
from last_mile.adapters.table_story.lineage import column_lineage, told_sources
from last_mile.adapters.table_story.words import general_word

_PACKAGE = Path(__file__).parents[2]
_FILES = {  # assets that are files: what one of them is, and where it is made
    "report": (
        "One HTML page over all matured days, and the same numbers as one JSON file.",
        "adapters/report_page/page.html.j2",
    ),
    "training_release": (
        "One folder per training release: files, lineage, card, and the manifest written last.",
        "adapters/releases/writing.py",
    ),
}


@cache
def story(table: str) -> Table:
    """What a table's file says about it: grain, columns with comments, constraints."""
    return read_table(table_text(table))


def static_metadata(table: str) -> Mapping[str, Any]:
    """The metadata of an asset's definition; reads only the table's own file.

    Args:
        table: A table of sql/, or an asset that is files (`report`, `training_release`).

    Raises:
        KeyError: No table and no such asset.
    """
    if table in _FILES:
        grain, source = _FILES[table]
        return {"grain": grain, **_written_in(_PACKAGE / source, f"last_mile/{source}")}
    if table not in TABLES:
        raise KeyError(table)
    return {
        "dagster/table_name": table,
        "dagster/column_schema": schema(table),
        **column_lineage(table),
        "grain": story(table).grain,
        **_written_in(SQL / f"{table}.sql", f"sql/{table}.sql"),
    }


def schema(table: str) -> dg.TableSchema:
    """The columns of a table as Dagster shows them: type, what it is, where its values come from.

    Args:
        table: A table of sql/.
    """
    told = story(table)
    columns = [_shown(table, column) for column in told.columns]
    return dg.TableSchema(columns, dg.TableConstraints(list(told.constraints)))


def live_schema(
    table: str, columns: Mapping[str, str], words: Mapping[str, str] | None = None
) -> dict[str, dg.TableSchema]:
    """The schema with the columns that a rubric adds, for the metadata of a materialization.

    Args:
        table: A table of sql/.
        columns: All columns of the live table or only those the rubric adds: name to SQL type.
        words: What added columns are, for example the question of a metric; no markdown.
    """
    whole = schema(table)
    known = {column.name for column in whole.columns}
    added = [
        dg.TableColumn(name, kind.lower(), as_markdown((words or {}).get(name, "")) or None)
        for name, kind in columns.items()
        if name not in known
    ]
    every = [*whole.columns, *added]
    return {"dagster/column_schema": dg.TableSchema(every, whole.constraints)}


def described(column: Column) -> str:
    """What a column is: the comment beside it, else what it is in every table."""
    return column.comment or general_word(column.name)


def _shown(table: str, column: Column) -> dg.TableColumn:
    key = ["primary key"] if column.primary_key else []
    sources = told_sources(table, column.name)
    told = (as_markdown(described(column)), f"From {sources}." if sources else "")
    return dg.TableColumn(
        column.name,
        column.kind,
        "  \n".join(part for part in told if part) or None,
        dg.TableColumnConstraints(
            nullable=column.nullable, unique=column.primary_key, other=[*key, *column.checks]
        ),
    )


def as_markdown(comment: str) -> str:
    """A comment as it stands there: its `code` is code, the rest is no markup."""
    parts = " ".join(comment.split()).split("`")
    return "`".join(
        re.sub(r"([<*\[])", r"\\\1", p) if i % 2 == 0 else p for i, p in enumerate(parts)
    )


def _written_in(file: Path, label: str) -> dict[str, Any]:
    with warnings.catch_warnings():  # once for each asset, in every process
        warnings.simplefilter("ignore", dg.BetaWarning)
        reference = dg.LocalFileCodeReference(file_path=str(file), line_number=1, label=label)
        found = dg.CodeReferencesMetadataValue(code_references=[reference])
    return {"dagster/code_references": found}

"""Writes docs/tables.md, the page of all tables: `python -m last_mile_tests.tables_page`.

Not here: what it says (the comments in sql/, lineage.json); a test holds the page current.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from last_mile.adapters.sql_files import TABLES
from last_mile.adapters.table_story import as_markdown, described, lineage, story, told_sources
from last_mile.adapters.table_story.words import general_word
from last_mile.definitions import defs

PAGE = Path(__file__).parents[1] / "docs" / "tables.md"
_INTRO = """# Tables

Written by `python -m last_mile_tests.tables_page` from the comments in `sql/`: change them there.
Every table is a file of `sql/` and, where it is not said otherwise, an asset of the same name. The
column *from* names the columns a value is made of, as far as the SQL says so; what rows are joined
and filtered by is not in it. `<metric>`, `<outcome>` and `<stratum>` are columns of the rubric.
"""


def tables_page() -> str:
    """The page as markdown."""
    specs = {spec.key.to_user_string(): spec for spec in defs().resolve_all_asset_specs()}
    parts = [_INTRO, *_overview()]
    for table in TABLES:
        parts += ["", f"## {table}", "", *_about(table, specs.get(table)), "", *_columns(table)]
    return "\n".join(parts) + "\n"


def _overview() -> Iterator[str]:
    yield "| table | one row per |"
    yield "| --- | --- |"
    for table in TABLES:
        sentence = story(table).grain.removeprefix("One row per ").partition(". ")[0]
        yield f"| [{table}](#{table}) | {_cell(sentence.rstrip('.'))} |"


def _about(table: str, spec: dg.AssetSpec | None) -> Iterator[str]:
    """Its grain, group, what it is made from and what holds for the whole table."""
    told = story(table)
    yield as_markdown(told.grain)
    yield ""
    known = {
        source.partition(".")[0] for found in lineage().get(table, {}).values() for source in found
    }
    known |= {dep.asset_key.to_user_string() for dep in spec.deps} if spec else set()
    made_from = ", ".join(f"[{name}](#{name})" for name in TABLES if name in known)
    kind = "Table" if told.columns else "View"
    yield f"{kind}, {f'group `{spec.group_name}`' if spec else 'no asset of its own'}."
    if made_from:
        yield f"Made from {made_from}."
    yield from (f"\n`{rule}`" for rule in told.constraints)


def _columns(table: str) -> Iterator[str]:
    told = story(table)
    yield "| column | type | what it is | from |"
    yield "| --- | --- | --- | --- |"
    for column in told.columns:
        rule = "primary key" if column.primary_key else "" if column.nullable else "not null"
        kind = ", ".join(filter(None, (f"`{column.kind}`", rule)))
        words = "; ".join([described(column), *(f"`{check}`" for check in column.checks)])
        sources = told_sources(table, column.name)
        yield f"| `{column.name}` | {_cell(kind)} | {_cell(words)} | {_cell(sources)} |"
    named = {column.name for column in told.columns}
    for name in lineage().get(table, {}):
        if name not in named:  # of a view, or of the rubric
            yield f"| `{name}` |  | {general_word(name)} | {_cell(told_sources(table, name))} |"


def _cell(text: str) -> str:
    return as_markdown(text).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(tables_page(), "utf-8")

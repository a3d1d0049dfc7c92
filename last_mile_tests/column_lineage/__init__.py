"""Where the values of every column come from, as the JSON that the package carries.

Written by `python -m last_mile_tests.column_lineage`, held current by test_column_lineage.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from last_mile.adapters.sql_files import TABLES
from last_mile_tests.column_lineage.by_hand import BY_HAND
from last_mile_tests.column_lineage.traced import Sources, traced


def column_sources() -> Sources:
    """Table to column to the columns its value comes from, none of them of a view."""
    found = traced()
    names = ("conversation_texts", "flag_versions", "known_up_to")
    views = {table: found[table] for table in names}
    for table, declared in BY_HAND.items():
        ours = found.setdefault(table, {})
        for columns, sources in declared.items():
            plain = sorted(set(_without_views(sources.split(), views)))
            ours.update(dict.fromkeys(columns.split(), plain))
    return {table: dict(sorted(found[table].items())) for table in TABLES if table in found}


def lineage_text() -> str:
    """The JSON file: one line per column."""
    return json.dumps(column_sources(), indent=1, ensure_ascii=False) + "\n"


def _without_views(sources: Iterable[str], views: Sources) -> Iterable[str]:
    for source in sources:
        table, _, column = source.partition(".")
        yield from views[table][column] if table in views else [source]

"""Where the values of a column come from, as the file lineage.json says.

Not here: how that is found out (last_mile_tests/column_lineage, which writes the file).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import cast

import dagster as dg

LINEAGE = Path(__file__).with_name("lineage.json")
_MANY = 4  # sources that are named one by one
OF_THE_RUBRIC = "<"  # a column whose name is a rubric's begins so: `<metric>`, `<outcome>`
_NO_ASSET = frozenset(
    {"log_files", "label_plan", "lift_seen", "judge_samples", "judge_skipped", "failure_examples"}
)


@cache
def lineage() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Table to column to the columns its value comes from, as `table.column`."""
    return cast("dict[str, dict[str, list[str]]]", json.loads(LINEAGE.read_text("utf-8")))


def told_sources(table: str, column: str) -> str:
    """Where a column's values come from, as code; the tables alone when it is many columns."""
    sources = lineage().get(table, {}).get(column, ())
    if len(sources) > _MANY:
        sources = list(dict.fromkeys(source.partition(".")[0] for source in sources))
    return ", ".join(f"`{source}`" for source in sources)


def column_lineage(table: str) -> dict[str, dg.TableColumnLineage]:
    """The metadata entry of a table; none when nothing is known of any column.

    Only columns that every installation has: those of the rubric are another's in each. Only
    tables that are assets.
    """
    deps = {
        column: [
            dg.TableColumnDep(asset_key=dg.AssetKey(source), column_name=name)
            for source, _, name in (found.partition(".") for found in sources)
            if source not in _NO_ASSET and not name.startswith(OF_THE_RUBRIC)
        ]
        for column, sources in lineage().get(table, {}).items()
        if not column.startswith(OF_THE_RUBRIC)
    }
    known = {column: found for column, found in deps.items() if found}
    return {"dagster/column_lineage": dg.TableColumnLineage(known)} if known else {}

"""Writes lineage.json of the package: `python -m last_mile_tests.column_lineage`."""

from __future__ import annotations

from last_mile.adapters.table_story.lineage import LINEAGE
from last_mile_tests.column_lineage import lineage_text

if __name__ == "__main__":
    LINEAGE.write_text(lineage_text(), "utf-8")

"""What every table is, for people who look at it in the UI or in docs/tables.md."""

from last_mile.adapters.table_story.lineage import lineage, told_sources
from last_mile.adapters.table_story.static import (
    as_markdown,
    described,
    live_schema,
    schema,
    static_metadata,
    story,
)

__all__ = [
    "as_markdown", "described", "lineage", "live_schema", "schema", "static_metadata", "story",
    "told_sources",
]  # fmt: skip

"""The native log: one JSON object per conversation, with the field names of the tables.

Lines of exactly this shape are decoded straight into structs by the reader (adapters/); `read` is
for every other line.
"""

from last_mile.core.formats.format import Format, Record


def looks_like(record: Record) -> bool:
    """A conversation_id and messages."""
    return "conversation_id" in record and "messages" in record


def read(record: Record) -> dict[str, object]:
    """The record as it is."""
    return {**record, "holds": "conversation"}


FORMAT = Format("native", looks_like, read)

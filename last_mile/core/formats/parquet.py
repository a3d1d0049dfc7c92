"""Parquet rows: conversations with a `messages` column of structs, or turns.

Parquet files of any other format's columns are detected as that format; this one is for `--format`.
"""

from typing import Any

from last_mile.core.formats import native, turns
from last_mile.core.formats.format import Format, Record


def looks_like(record: Record) -> bool:
    """Either of the two."""
    return native.looks_like(record) or turns.looks_like(record)


def read(record: Record) -> dict[str, Any]:
    """A conversation when the row has messages, else a turn."""
    return native.read(record) if "messages" in record else turns.read(record)


FORMAT = Format("parquet", looks_like, read)

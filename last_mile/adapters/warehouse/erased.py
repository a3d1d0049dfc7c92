"""Which records are about erased users, by salted hashes of names, and what is left of them.

Not here: erasing (erasing.py), landing (landing.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import duckdb

from last_mile.adapters.sql_files import fill, query_text
from last_mile.core.fragments import quoted

USER_COLUMNS = {
    "conversation_logs": "user_id", "outcome_logs": "user_id", "label_logs": "annotator",
}  # fmt: skip
# Every input line stays accounted for, by its place; of what it said nothing is left, no checksum.
REFUSED = """select file, line, part, byte_offset, n_bytes, 0 as line_crc, file_day as day,
    coalesce(reject_reason, 'erased_user') as reject_reason, ''::blob as raw
from {erased}"""


def user_key(salt: str, user_id: str) -> str:
    """What stands for a user in `erased_keys`: 64 hexadecimal digits."""
    return _key(f"{salt}/user/{user_id}")


def conversation_key(salt: str, name: str) -> str:
    """The same for an id, trace or span of a conversation."""
    return _key(f"{salt}/conversation/{name}")


def salt_of(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The salt of the keys; None: nobody was erased."""
    row = connection.execute("select any_value(salt) from erasures").fetchone()
    return row[0] if row else None


def mark_erased(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    table: str,
    salt: str,
    *,
    rows: str,
    keys: str,
    files: str,
    bound: Mapping[str, Any] | None = None,
) -> None:
    """Make a temporary table of the records about erased users.

    Args:
        connection: Any.
        target: Name of the new table.
        table: A log table; the rows have its columns.
        salt: Of the keys.
        rows: A table or table function.
        keys: A table with a column `key`.
        files: A table of drop files; rows of others are left out.
        bound: Parameters of `rows`.
    """
    fragments = {
        "rows": rows, "keys": keys, "salt": quoted(salt), "user": USER_COLUMNS[table],
    }  # fmt: skip
    found = fill(query_text("erased_rows") or "", fragments)
    connection.execute(
        f"create temp table {target} as "
        f"select found.*, file_day from ({found}) as found join {files} as files using (file)",
        bound,
    )


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

"""What a warehouse holds of one user, found before anything is taken out.

Not here: taking it out (erasing.py), what the records are found by (erased.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from last_mile.adapters.sql_files import query_text
from last_mile.adapters.warehouse.erased import (
    USER_COLUMNS,
    conversation_key,
    mark_erased,
    salt_of,
    user_key,
)

_OPEN = """select distinct coalesce(batches.batch_id, submission)
from judge_batches as batches
join judge_calls as calls on calls.batch_id = submission
where state in ('preparing', 'submitted') and conversation_id in (select name from names)"""


@dataclass(frozen=True, slots=True)
class Found:
    """What a warehouse holds of a user.

    Attributes:
        user_id: As it is stored: the one of the ids that has rows; the first when none has.
        names: Ids of their conversations, and traces and spans that stand for one.
        conversations: How many.
        rows: Landed records by table; refused lines that name them included.
        files: Drop files with such records.
        batches: Of the judge, that the provider still has.
        erased_at: When they were erased before.
    """

    user_id: str
    names: Sequence[str]
    conversations: int
    rows: dict[str, int]
    files: Sequence[str]
    batches: Sequence[str]
    erased_at: datetime | None

    @property
    def is_there(self) -> bool:
        """Whether anything would go."""
        return any(self.rows.values()) or bool(self.conversations)


def mark_user(connection: duckdb.DuckDBPyConnection, users: Sequence[str], salt: str) -> Found:
    """What a warehouse holds of a user, and temporary tables of it.

    Makes `users`, `names`, `keys`, and `erased_…` for each log table.

    Args:
        connection: Its database is the warehouse.
        users: Their ids: as logged, and as they may be stored.
        salt: Of the keys.
    """
    named = connection.execute(query_text("user_conversations") or "", {"users": users}).pl()
    keys = {user_key(salt, user) for user in users}
    before = connection.execute(
        "select max(erased_at) from erased_keys where key in (select unnest(?))", [list(keys)]
    ).fetchone()
    keys |= {conversation_key(salt, name) for name in named["name"]}
    _keep(connection, "users", pl.DataFrame({"id": list(users)}))
    _keep(connection, "given", pl.DataFrame({"key": sorted(keys)}))
    connection.execute("create temp table keys as from given union select key from erased_keys")
    for table in USER_COLUMNS:
        mark_erased(
            connection, f"erased_{table}", table, salt,
            rows=f"warehouse.{table}", keys="keys", files="warehouse.log_files",
        )  # fmt: skip
    _keep(connection, "known", named.select("name"))
    connection.execute(
        "create temp table names as select name, 'erased-' || uuid()::varchar as stand_in "
        f"from (from known union {each('select conversation_id')}) where name is not null"
    )
    return Found(
        _stored(connection, users),
        [row[0] for row in connection.execute("select name from names order by 1").fetchall()],
        int(named["is_id"].sum()),
        {table: count(connection, f"erased_{table}") for table in USER_COLUMNS},
        [row[0] for row in connection.execute(f"{each('select file')} order by 1").fetchall()],
        [row[0] for row in connection.execute(f"{_OPEN} order by 1").fetchall()],
        before[0] if before else None,
    )  # fmt: skip


def each(select: str, joined: str = "union") -> str:
    """A selection from the marked records of every log table."""
    return f" {joined} ".join(f"{select} from erased_{table}" for table in USER_COLUMNS)


def count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    """How many rows a table has, or what stands after a `from`."""
    row = connection.execute(f"select count(*) from {rows}").fetchone()
    return int(row[0]) if row else 0


def salt_to_use(connection: duckdb.DuckDBPyConnection) -> str:
    """The salt of the keys there are, or a new one."""
    return salt_of(connection) or secrets.token_hex(16)


def _keep(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    connection.register(f"{name}_frame", frame.to_arrow())
    connection.execute(f"create temp table {name} as from {name}_frame")


def _stored(connection: duckdb.DuckDBPyConnection, users: Sequence[str]) -> str:
    """The one of a user's ids that has rows."""
    row = connection.execute(
        "select user_id from (select user_id from conversation_logs union all "
        "select user_id from outcome_logs) where user_id in (select id from users) limit 1"
    ).fetchone()
    return str(row[0]) if row else users[0]

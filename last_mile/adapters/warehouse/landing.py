"""The transaction that lands rows: the files' rows, their entries, and the days this changes.

Records about erased users are refused before they are stored. Not here: reading files
(adapters/drop_reading/), which of them (adapters/landing.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from last_mile.adapters.sql_files import query_text
from last_mile.adapters.warehouse.constraints import require
from last_mile.adapters.warehouse.erased import REFUSED, mark_erased, salt_of
from last_mile.adapters.warehouse.writing import merge

# One thread writes rows with less work in all than two that wait for each other, and FSST, tried on
# every text column, costs more than all the rest of the writing (docs/decisions/0006).
_SETTINGS = "set threads = 1; set memory_limit = '256MB'; set disabled_compression_methods = 'fsst'"
_IS_FILE = "from duckdb_databases() where database_name = 'warehouse' and type = 'duckdb'"
LANDED_INTO = ("log_files", "day_changes", "erased_keys")  # besides the log table
_READABLE = "(select file from entries where status <> 'unreadable')"
_INSERT = """insert into {table} by name
select staged.* replace (coalesce(staged.day, entries.file_day) as day)
from read_parquet($rows) as staged
join entries using (file)
where entries.status = 'landed'"""
_OTHERS = (
    "\nand (staged.file, staged.line, staged.part) not in (select (file, line, part) from erased)"
)
_LANDED = "(from entries where status = 'landed')"
# A conversation that one record says is an erased user's is theirs, whatever else says of it.
_MORE_KEYS = """(
    select
        sha256($salt || '/conversation/' || conversation_id) as key,
        current_timestamp::timestamp as erased_at
    from read_parquet($rows)
    where sha256($salt || '/user/' || user_id) in (select key from erased_keys)
)"""
_COUNT_REFUSED = """update log_files set accepted = accepted - n, rejected = rejected + n
from (select file, count(*) as n from erased where reject_reason is null group by file) as counted
where log_files.file = counted.file"""
_ALL_NEW = "create temp view changed as from after"
_CHANGED = """create temp table changed as
(from before except all from after) union all (from after except all from before)"""
_ENTRIES = f"""update log_files set status = entries.status, error = entries.error
from entries
where log_files.file = entries.file and entries.status = 'unreadable';
delete from log_files where file in {_READABLE}"""
_DAY_CHANGES = """(
    select
        *, (select coalesce(max(change), 0) + 1 from day_changes) as change, '{kind}' as kind
    from (
        {changed_days}
        union
        select file_day, 'day' from entries where status = 'unreadable'
    )
)"""


def land_rows(
    connection: duckdb.DuckDBPyConnection, kind: str, rows: Sequence[Path], entries: pl.DataFrame
) -> None:
    """Replace the rows of some drop files inside the transaction of a connection.

    Args:
        connection: Inside a transaction.
        kind: conversations, outcomes or labels.
        rows: Parquet files of new rows; those of files that are not `landed` are left alone.
        entries: Rows of `log_files`. The rows of an unreadable file stay as they were.
    """
    table = f"{kind.removesuffix('s')}_logs"
    event = ", occurred_at, user_id, task_id, outcome, event_id" if kind == "outcomes" else ""
    seen = (
        f"select file, day, conversation_id, line_crc{event} from {table} where file in {_READABLE}"
    )
    if connection.execute(_IS_FILE).fetchone():  # a lake is shared by the threads of a process
        connection.execute(_SETTINGS)
    connection.register("entries", entries.to_arrow())
    connection.execute(f"create temp table before as {seen}")
    connection.execute(f"delete from {table} where file in {_READABLE}")
    salt = salt_of(connection)
    _insert(connection, table, [str(path) for path in rows], salt)
    require(connection, table, f"(from {table} where file in {_READABLE})")
    connection.execute(f"create temp table after as {seen}")
    replaced = connection.execute("from before limit 1").fetchone()
    connection.execute(_CHANGED if replaced else _ALL_NEW)
    connection.execute(_ENTRIES)
    merge(connection, "log_files", "entries", overwrite=False)
    if salt:
        connection.execute(_COUNT_REFUSED)
    changed = _DAY_CHANGES.format(changed_days=query_text(f"changed_{table}"), kind=kind)
    merge(connection, "day_changes", changed, overwrite=True)


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[str], salt: str | None
) -> None:
    """Add the new rows; of those about erased users only that they were there."""
    insert, bound = _INSERT.format(table=table), {"rows": rows}
    if salt is None:  # nobody was erased
        connection.execute(insert, bound)
        return
    if table == "conversation_logs":
        merge(connection, "erased_keys", _MORE_KEYS, {**bound, "salt": salt}, overwrite=False)
    mark_erased(
        connection, "erased", table, salt,
        rows="read_parquet($rows)", keys="erased_keys", files=_LANDED, bound=bound,
    )  # fmt: skip
    connection.execute(insert + _OTHERS, bound)
    connection.execute(f"insert into {table} by name {REFUSED.format(erased='erased')}")

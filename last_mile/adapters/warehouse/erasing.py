"""A user taken out of every table: what is theirs, and the new file that does not hold it.

Which rows go is found by the columns of the tables, so that a new table needs no entry here. Not
here: the rewriting (rewriting.py), what else holds the user (adapters/erasure.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from last_mile.adapters.sql_files import query_text
from last_mile.adapters.warehouse.erased import REFUSED, USER_COLUMNS
from last_mile.adapters.warehouse.erased_user import count, each, mark_user, salt_to_use
from last_mile.adapters.warehouse.rewriting import rewritten

_NAMING = ("conversation_id", "rejected_id", "other")  # columns that name a conversation
_KINDS = dict(zip(USER_COLUMNS, ("conversations", "outcomes", "labels"), strict=True))
_TABLES = """select table_name, list(column_name) from duckdb_columns()
join duckdb_tables() using (database_name, table_name)
where database_name = 'warehouse' group by all order by all"""
_COUNTED = """from warehouse.log_files left join (
    select file, count(*) as n from ({places}) where reject_reason is null group by file
) using (file)
select log_files.* replace (
    accepted - coalesce(n, 0) as accepted, rejected + coalesce(n, 0) as rejected
)"""
# The account of the money stays. A call whose answer has not come counts as paid.
_UNLINKED = """from warehouse.judge_calls left join names on name = conversation_id
select judge_calls.* replace (
    coalesce(stand_in, conversation_id) as conversation_id,
    coalesce(stand_in, content_hash) as content_hash,
    if(stand_in is not null and result = 'pending', 'in_doubt', result) as result,
    if(stand_in is not null and result = 'pending', 'erased', fault) as fault
)"""
_DAYS = """insert into fresh.day_changes by name
select *, (select coalesce(max(change), 0) + 1 from fresh.day_changes) as change
from ({days}) on conflict (day, work) do update set change = excluded.change, kind = null"""
_NO_CELLS = """delete from fresh.stat_cells
where day in (select day from ({days})) and day not in (select day from fresh.conversations)"""


@dataclass(frozen=True, slots=True)
class Request:
    """One row of `erasures`, but for what it takes."""

    users: Sequence[str]  # one user's id as logged, and as stored
    erased_at: datetime  # UTC, without zone
    user_key: str
    releases: Sequence[str]


def erase_user(path: Path, request: Request, ready: Callable[[], None]) -> dict[str, int]:
    """Write the file anew without a user; landings refuse them from then on.

    Args:
        path: The database file.
        request: Who, and what is noted of it.
        ready: Called when nobody else can open the file any more; raises to leave it as it is.

    Returns:
        Rows that went, by table.
    """
    with rewritten(path) as connection:
        ready()
        salt = salt_to_use(connection)
        found = mark_user(connection, request.users, salt)
        days = query_text("changed_by_erasure")
        connection.execute(f"create temp table touched as {days}")
        removed = {
            table: _copied(connection, table, columns)
            for table, columns in connection.execute(_TABLES).fetchall()
        }
        removed = {table: n for table, n in removed.items() if n}
        connection.execute(_DAYS.format(days="from touched"))
        connection.execute(_NO_CELLS.format(days="from touched"))
        connection.execute(
            "insert or ignore into fresh.erased_keys select key, ? from keys", [request.erased_at]
        )
        noted = [request.erased_at, request.user_key, salt, json.dumps(removed)]
        connection.execute(
            "insert into fresh.erasures values (?, ?, ?, ?, ?, ?)",
            [*noted, list(request.releases), list(found.batches)],
        )
    return removed


def _copied(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> int:
    """Copy what is not the user's; rows that went, or that say less now."""
    others = f"from warehouse.{table}"
    if table in USER_COLUMNS:
        places = f"(select (file, line, part) from erased_{table})"
        _insert(connection, table, f"{others} where (file, line, part) not in {places}")
        connection.execute(REFUSED.format(target=f"fresh.{table}", erased=f"erased_{table}"))
        return count(connection, f"erased_{table}")
    if table == "log_files":
        places = each("select file, reject_reason", "union all")
        _insert(connection, table, _COUNTED.format(places=places))
        return 0
    if table == "judge_calls":
        _insert(connection, table, _UNLINKED)
        return count(connection, "warehouse.judge_calls semi join names on name = conversation_id")
    if table == "rejected_lines":
        return _copied_refusals(connection)
    theirs = [f'"{name}" in (select name from names)' for name in _NAMING if name in columns]
    theirs += ["user_id in (select id from users)"] if "user_id" in columns else []
    where = f" where not coalesce({' or '.join(theirs)}, false)" if theirs else ""
    return count(connection, f"warehouse.{table}") - _insert(connection, table, others + where)


def _copied_refusals(connection: duckdb.DuckDBPyConnection) -> int:
    """`rejected_lines` with the lines that are refused now, without their bytes."""
    places = each("select (file, line, part)", "union all")
    theirs = f"warehouse.rejected_lines where (file, line, part) in ({places})"
    others = theirs.replace(" in (", " not in (")
    _insert(connection, "rejected_lines", f"from {others}")
    for table, kind in _KINDS.items():
        refused = (
            f"select * exclude (reject_reason), reject_reason as reason, '{kind}' as kind from ("
            f"from fresh.{table} semi join erased_{table} using (file, line, part) "
            "select file, line, part, byte_offset, n_bytes, day, reject_reason, raw)"
        )
        _insert(connection, "rejected_lines", refused)
    return count(connection, theirs)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: str) -> int:
    row = connection.execute(f"insert into fresh.{table} by name {rows}").fetchone()
    return int(row[0]) if row else 0

"""What taking a user out changes in every table: which rows go, and what stands in their place.

Found by the columns of the tables, so that a new table needs no entry here. Not here: doing it in
a file (rewriting.py) or a lake (lake_erasing.py), what else holds the user (adapters/erasure.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import duckdb

from last_mile.adapters.sql_files import query_text
from last_mile.adapters.warehouse.erased import REFUSED, USER_COLUMNS
from last_mile.adapters.warehouse.erased_user import Found, count, each, mark_user, salt_to_use

_NAMING = ("conversation_id", "rejected_id", "other")  # columns that name a conversation
_KINDS = dict(zip(USER_COLUMNS, ("conversations", "outcomes", "labels"), strict=True))
_TABLES = """select table_name, list(column_name) from duckdb_columns()
join duckdb_tables() using (database_name, table_name)
where database_name = 'warehouse' group by all order by all"""
_PLACES = "(file, line, part) in ({})"
# The account of the money stays. A call whose answer has not come counts as paid.
_UNLINKED = """select judge_calls.* replace (
    stand_in as conversation_id,
    stand_in as content_hash,
    if(result = 'pending', 'in_doubt', result) as result,
    if(result = 'pending', 'erased', fault) as fault
) from warehouse.judge_calls join names on name = conversation_id"""
_COUNTED = """select log_files.* replace (accepted - n as accepted, rejected + n as rejected)
from warehouse.log_files join counted using (file)"""
_CHANGED = """select touched.*, null::varchar as kind, coalesce(built, 0) as built,
    (select coalesce(max(change), 0) + 1 from warehouse.day_changes) as change
from touched left join warehouse.day_changes using (day, work)"""
_LEFT = """select day from warehouse.conversations
where conversation_id not in (select name from names)"""


@dataclass(frozen=True, slots=True)
class Request:
    """One row of `erasures`, but for what it takes."""

    users: Sequence[str]  # one user's id as logged, and as stored
    erased_at: datetime  # UTC, without zone
    user_key: str
    releases: Sequence[str]


class Change(NamedTuple):
    """What an erasure does to a table.

    Attributes:
        gone: Condition of the rows that go; empty: none.
        instead: Selection of the rows that are put in, from the table as it was; empty: none.
    """

    gone: str = ""
    instead: str = ""


class Changes(NamedTuple):
    """What an erasure does to the tables.

    Attributes:
        by_table: Of every table. They read temporary tables of the connection; a condition holds
            of the same rows after other tables were changed.
        removed: Rows that go, or that say less afterwards, by table.
    """

    by_table: dict[str, Change]
    removed: dict[str, int]


def changes_for(connection: duckdb.DuckDBPyConnection, request: Request) -> Changes:
    """Find what has to change for a user to be gone.

    Args:
        connection: To the database `warehouse`, the current one. Nothing in it is changed.
        request: Who, and what is noted of it.
    """
    salt = salt_to_use(connection)
    found = mark_user(connection, request.users, salt)
    connection.execute(f"create temp table touched as {query_text('changed_by_erasure')}")
    changes = {
        table: _change(table, columns) for table, columns in connection.execute(_TABLES).fetchall()
    }
    removed = {
        table: count(connection, f"warehouse.{table} where {change.gone}")
        for table, change in changes.items()
        if change.gone
    }
    removed = {table: n for table, n in removed.items() if n}
    _note(connection, request, salt, found, removed)
    return Changes({**changes, **_ACCOUNTS}, removed)


# Tables that keep account of the others. `touched`: the days to be built again.
_ACCOUNTS: Mapping[str, Change] = {
    "log_files": Change("file in (select file from counted)", _COUNTED),
    "day_changes": Change("(day, work) in (select (day, work) from touched)", _CHANGED),
    # of a day that only they had nothing is built again
    "stat_cells": Change(f"day in (select day from touched) and day not in ({_LEFT})"),
    "erased_keys": Change(
        instead="select key, erased_at from keys cross join noted "
        "where key not in (select key from warehouse.erased_keys)"
    ),
    "erasures": Change(instead="from noted"),
}


def _change(table: str, columns: Sequence[str]) -> Change:
    if table in USER_COLUMNS:
        marked = f"select (file, line, part) from erased_{table}"
        return Change(_PLACES.format(marked), REFUSED.format(erased=f"erased_{table}"))
    if table == "judge_calls":
        return Change("conversation_id in (select name from names)", _UNLINKED)
    if table == "rejected_lines":
        marked = each("select (file, line, part)", "union all")
        return Change(_PLACES.format(marked), " union all ".join(map(_refused, USER_COLUMNS)))
    theirs = [f'"{name}" in (select name from names)' for name in _NAMING if name in columns]
    theirs += ["user_id in (select id from users)"] if "user_id" in columns else []
    return Change(" or ".join(theirs))


def _refused(table: str) -> str:
    """Rows of `rejected_lines` for the lines of a log table that are refused now."""
    return (
        "select * exclude (line_crc, reject_reason), reject_reason as reason, "
        f"'{_KINDS[table]}' as kind from ({REFUSED.format(erased=f'erased_{table}')})"
    )


def _note(
    connection: duckdb.DuckDBPyConnection,
    request: Request,
    salt: str,
    found: Found,
    removed: Mapping[str, int],
) -> None:
    """Make the temporary tables of the accounts."""
    accepted = each("select file, reject_reason", "union all")
    connection.execute(
        f"create temp table counted as select file, count(*) as n from ({accepted}) "
        "where reject_reason is null group by file"
    )
    connection.execute(
        "create temp table noted as select ? as erased_at, ? as user_key, ? as salt, ? as removed, "
        "?::varchar[] as releases, ?::varchar[] as batches",
        [request.erased_at, request.user_key, salt, json.dumps(removed),
         list(request.releases), list(found.batches)],
    )  # fmt: skip

"""A lake attached to a DuckDB: extensions, the store's secret, the catalog's address.

The password and the keys go into secrets of DuckDB: what stands in an address stands in messages.
Not here: the connection of a process, and its transactions (lake.py).
"""

from __future__ import annotations

import os
from datetime import datetime
from urllib.parse import urlsplit

import duckdb

from last_mile.adapters.lake_address import ENDPOINT, Lake
from last_mile.adapters.warehouse.extensions import load_extensions
from last_mile.adapters.warehouse.lake_locks import address_of
from last_mile.adapters.warehouse.lake_tries import Tries
from last_mile.errors import UserError

_ATTACH = "attach 'ducklake:postgres:{catalog}' as {name} (data_path '{data}'{options})"
_RETRIES = (
    "set enable_progress_bar = false; set ducklake_max_retry_count = 50; "
    "set http_retries = 8; set http_retry_wait_ms = 50"
)
_BEFORE = """select max(snapshot_id) from ducklake_snapshots('present')
where snapshot_time at time zone 'UTC' < ? and snapshot_id > 0"""


def attach_lake(connection: duckdb.DuckDBPyConnection, lake: Lake, before: datetime) -> None:
    """Attach a lake, read only, as the database `present` of a connection.

    Args:
        connection: Any.
        lake: Which.
        before: As its newest snapshot before this moment (UTC) was; as it is if it has none.
    """
    make_ready(connection, lake)
    try:
        connection.execute(attachment(lake, "present", ", read_only"))
        row = connection.execute(_BEFORE, [before]).fetchone()
        if row and row[0] is not None:
            connection.execute("detach present")
            as_it_was = f", read_only, snapshot_version {row[0]}"
            connection.execute(attachment(lake, "present", as_it_was))
    except duckdb.Error as error:
        raise Tries().told(error, lake) from None


def make_ready(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Load the extensions, and give the connection what the catalog and the store ask for.

    Raises:
        UserError: An extension is not there, or keys of the store are missing.
    """
    load_extensions(connection)
    connection.execute(_RETRIES)
    if lake.password:  # in a secret: what stands in an address stands in messages
        connection.execute(f"create secret (type postgres, password '{quoted(lake.password)}')")
    if lake.data.startswith("s3://"):
        connection.execute(_secret())


def attachment(lake: Lake, name: str, options: str) -> str:
    """The statement that attaches a lake under a name; options begin with a comma."""
    catalog, data = quoted(address_of(lake)), quoted(lake.data)
    return _ATTACH.format(catalog=catalog, name=name, data=data, options=options)


def _secret() -> str:
    """The secret of the store, from the variables that every S3 client reads."""
    given = {
        "key_id": os.environ.get("AWS_ACCESS_KEY_ID"),
        "secret": os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "session_token": os.environ.get("AWS_SESSION_TOKEN"),
        "region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
    }
    if not given["key_id"] or not given["secret"]:
        raise UserError(
            "the lake's store needs a key: set $AWS_ACCESS_KEY_ID and $AWS_SECRET_ACCESS_KEY"
        )
    if endpoint := os.environ.get(ENDPOINT):
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise UserError(f"${ENDPOINT} is no address: write http://host:port or https://host")
        given |= {"endpoint": parts.netloc, "url_style": "path"}
    options = [f"{name} '{quoted(value)}'" for name, value in given.items() if value]
    if endpoint and endpoint.startswith("http://"):
        options.append("use_ssl false")
    return f"create secret lake_store (type s3, {', '.join(options)})"


def quoted(text: str) -> str:
    """For between two single quotes of a statement."""
    return text.replace("'", "''")

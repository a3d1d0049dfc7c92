"""Locks of a lake's tables and days, held in its catalog: they die with their holder's connection.

DuckLake merges two transactions that only add rows, so two that fill one empty day would both stay.
Not here: the transactions (lake.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from last_mile.adapters.lake_address import Lake
from last_mile.errors import PassingError, UserError

if TYPE_CHECKING:
    import psycopg2.extensions

    from last_mile.adapters.warehouse.slices import Days

_MOST_DAYS = 400  # a longer range locks the whole table
_CONNECT_S = 10
# A holder whose host is gone is noticed within a minute, not after the hours of TCP.
_KEPT_ALIVE = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
# A day is held for as long as it takes to write it.
_PATIENT = "-c statement_timeout=0 -c lock_timeout=0"
_FINAL = ("does not exist", "authentication failed", "no password", "permission denied")


class Lock(NamedTuple):
    """One lock of PostgreSQL: 64 bits for a name."""

    name: str
    shared: bool

    @property
    def number(self) -> int:
        """What stands for the name, in the database of the catalog."""
        found = hashlib.blake2b(self.name.encode(), digest_size=8).digest()
        return int.from_bytes(found, "big", signed=True)


def locks_for(tables: list[str], days: Days | None) -> list[Lock]:
    """Who writes days shares the table with other days; everybody else has it alone.

    In one order for all, so that two that wait for one another cannot be.
    """
    found = list[Lock]()
    for table in sorted(tables):
        if days is None or (n_days := (days.end - days.start).days) > _MOST_DAYS:
            found.append(Lock(table, shared=False))
            continue
        found.append(Lock(table, shared=True))
        span = (days.start + timedelta(days=n) for n in range(n_days))
        found += [Lock(f"{table}/{day}", shared=False) for day in span]
    return found


@contextmanager
def held(lake: Lake, locks: list[Lock]) -> Iterator[psycopg2.extensions.connection]:
    """Hold some locks; wait for whoever holds them.

    Args:
        lake: In whose catalog.
        locks: In the order of `locks_for`.

    Raises:
        PassingError: The server does not answer.
        UserError: The extra `lake` is not installed.
    """
    with connected(lake) as connection, connection.cursor() as cursor:
        for lock in locks:
            shared = "_shared" if lock.shared else ""
            cursor.execute(f"select pg_advisory_lock{shared}(%s)", [lock.number])
        yield connection  # closed, it gives all of them back


@contextmanager
def connected(lake: Lake) -> Iterator[psycopg2.extensions.connection]:
    """A connection to the database of the catalog, closed at the end.

    Raises:
        PassingError: The server does not answer, or the connection broke.
        UserError: The extra `lake` is not installed.
    """
    psycopg2 = _client()
    connection = None
    try:
        connection = psycopg2.connect(
            address_of(lake), password=lake.password, connect_timeout=_CONNECT_S,
            application_name="last_mile", options=f"{_KEPT_ALIVE} {_PATIENT}",
        )  # fmt: skip
        connection.autocommit = True
        yield connection
    except psycopg2.Error as error:  # its message may name hosts and users, never passwords
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        what = UserError if any(word in first for word in _FINAL) else PassingError
        raise what(f"the catalog of the lake does not answer ({first})") from None
    finally:
        if connection is not None:
            connection.close()


def address_of(lake: Lake) -> str:
    """The catalog as libpq's words, without a password: a URL could not be added to.

    Raises:
        UserError: It is no address, or the extra `lake` is not installed.
    """
    psycopg2 = _client()
    try:
        words = psycopg2.extensions.parse_dsn(lake.catalog)
        return str(psycopg2.extensions.make_dsn(**words))
    except psycopg2.Error:
        raise UserError(f"{lake.catalog} is no address of a PostgreSQL database") from None


def _client() -> ModuleType:
    try:
        import psycopg2  # noqa: PLC0415 - only a lake needs it
        import psycopg2.extensions  # noqa: PLC0415
    except ImportError:
        raise UserError("the lake needs an extra: pip install 'last-mile[lake]'") from None
    return psycopg2

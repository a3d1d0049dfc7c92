"""Where the lake of an installation is: the catalog in PostgreSQL and the Parquet of its tables.

Given by the environment, noted in the home, so that no process without it begins a file beside the
lake. Not here: opening it (warehouse/lake.py).
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from last_mile.adapters.installation import Installation
from last_mile.errors import UserError

CATALOG, DATA, ENDPOINT = "LAST_MILE_LAKE", "LAST_MILE_LAKE_DATA", "LAST_MILE_S3_ENDPOINT"
_NOTE = "lake.json"
_NO_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")


@dataclass(frozen=True, slots=True)
class Lake:
    """One lake.

    Attributes:
        catalog: `postgresql://user@host:port/database`, of this installation alone.
        data: `s3://bucket/prefix`, or a folder that every worker sees, with a slash at its end.
        password: Of the catalog; None: it is where libpq looks for it (`PGPASSWORD`, `~/.pgpass`).
            It leaves the process for the catalog alone.
    """

    catalog: str
    data: str
    password: str | None = field(default=None, repr=False)


_IN_FILE = Lake("", "")


def lake_of(home: Path, *, given: bool = True) -> Lake | None:
    """The lake of an installation; None: its tables are in a file.

    Args:
        home: Of the installation. A lake that was noted there is the lake of every process, also
            without the environment.
        given: Look at the environment, too.

    Raises:
        UserError: The address is none, the home's tables are in a file or in another lake.
    """
    noted = _noted(home)
    if noted == _IN_FILE:
        return None
    if not given or not os.environ.get(CATALOG):
        return noted
    lake = _given()
    if noted and (noted.catalog, noted.data) != (lake.catalog, lake.data):
        raise UserError(
            f"{home} works with the lake {noted.catalog}, ${CATALOG} and ${DATA} name another one "
            f"({lake.catalog}, {lake.data}): set them to it, or take another --home"
        )
    if not noted and (home / "warehouse.duckdb").exists():
        raise UserError(
            f"{home} has its tables in a file: `last-mile migrate --to lake` copies them; or unset "
            f"${CATALOG}"
        )
    return lake


def given_lake() -> Lake:
    """The lake that the environment names, whatever the home holds: to copy a file into it.

    Raises:
        UserError: It names none, or what it names is no address.
    """
    if not os.environ.get(CATALOG):
        raise UserError(
            f"no lake is named: set ${CATALOG}=postgresql://user@host:5432/database and "
            f"${DATA}=s3://bucket/prefix, or a folder that every worker sees"
        )
    return _given()


def has_tables(installation: Installation) -> bool:
    """Whether an installation has a file or a lake."""
    return installation.warehouse.is_file() or lake_of(installation.home) is not None


def where_tables_are(installation: Installation) -> str:
    """The file, or the lake without its password, in words."""
    lake = lake_of(installation.home)
    return str(installation.warehouse) if lake is None else f"{lake.catalog}, {lake.data}"


def refuse_on_lake(home: Path, what: str, instead: str) -> None:
    """Stop what only a file can do.

    Args:
        home: Of the installation.
        what: What was asked for, as the beginning of a sentence.
        instead: What to do on a lake, as a sentence.

    Raises:
        UserError: The tables are in a lake.
    """
    if lake := lake_of(home):
        raise UserError(
            f"{what} works on a warehouse file; {home} has its tables in the lake "
            f"{lake.catalog}. {instead}"
        )


def note_lake(home: Path, lake: Lake) -> None:
    """Note in the home that its tables are in this lake."""
    note = home / _NOTE
    if not note.exists():
        home.mkdir(parents=True, exist_ok=True)
        draft = note.with_suffix(f".{os.getpid()}.tmp")
        text = json.dumps({"catalog": lake.catalog, "data": lake.data}, indent=2)
        draft.write_text(f"{text}\n", encoding="utf-8")
        draft.replace(note)


def note_file(home: Path) -> None:
    """Note in the home that its tables are in a file, whatever the environment says."""
    note_lake(home, _IN_FILE)


def _given() -> Lake:
    address, data = os.environ[CATALOG], os.environ.get(DATA, "")
    try:
        parts = urlsplit(address)
        is_address = parts.scheme in ("postgresql", "postgres") and parts.port != 0
        is_address = is_address and bool(parts.hostname and parts.path[1:])
    except ValueError:
        is_address = False
    if not is_address or _NO_ESCAPE.search(address):  # it may hold a password: it is not repeated
        raise UserError(
            f"${CATALOG} is no address: write postgresql://user@host:5432/database, with %25 for a "
            "percent sign, or the password in $PGPASSWORD"
        )
    if "password" in parts.query:
        raise UserError(f"${CATALOG} has a password in its query: put it into $PGPASSWORD")
    if not data or ("://" in data and not data.startswith("s3://")):
        raise UserError(
            f"${DATA} says where the Parquet of the tables is: s3://bucket/prefix, or a folder "
            "that every worker sees"
        )
    where = data if "://" in data else str(Path(data).absolute())
    user, at, host = parts.netloc.rpartition("@")
    user, _, password = user.partition(":")
    catalog = urlunsplit(parts._replace(netloc=f"{user}{at}{host}"))
    return Lake(catalog, where.rstrip("/") + "/", unquote(password) or None)


def _noted(home: Path) -> Lake | None:
    note = home / _NOTE
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
        return Lake(told["catalog"], told["data"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"{note} is damaged: it holds the `catalog` and `data` of the lake; write them again"
        ) from error

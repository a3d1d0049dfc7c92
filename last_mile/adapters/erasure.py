"""Erasing a user from an installation: every place that holds them, the tables last.

What was done stands when the file is swapped, or the lake's transaction committed; before it
nothing of the user is lost, and the same request can be made again. Not here: the tables
(warehouse/erasing.py), what is said (cli/erase.py).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from last_mile.adapters.file_lock import locked
from last_mile.adapters.installation import SALT, Installation
from last_mile.adapters.judge.journal import fold_journals
from last_mile.adapters.judge.locks import holding
from last_mile.adapters.judge.shared_purse import others_judge
from last_mile.adapters.lake_address import lake_of
from last_mile.adapters.releases import all_releases, releases_with_user
from last_mile.adapters.run_history import forget
from last_mile.adapters.training_source import STAGED
from last_mile.adapters.warehouse import Warehouse
from last_mile.adapters.warehouse.erased import user_key
from last_mile.adapters.warehouse.erased_user import Found, mark_user, salt_to_use
from last_mile.adapters.warehouse.erasing import Request
from last_mile.adapters.warehouse.lake_erasing import (
    end_erasing,
    erase_from_lake,
    require_erasable,
)
from last_mile.adapters.warehouse.rewriting import erase_from_file, require_room
from last_mile.core.redaction import hashed_user
from last_mile.errors import UserError

_KEY_DIGITS = 16  # of a user's key in training_splits
_BUSY = (
    "a run is asking the judge with texts it has already read; nothing was changed: let it end, or "
    "stop it, and erase again"
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure came to.

    Attributes:
        found: What there was.
        removed: Rows that went, by table.
        releases: Training releases that hold the user, or cannot say.
        exports: Folders in other dialects of such releases.
        history: Rows of Dagster's history that named one of the conversations.
    """

    found: Found
    removed: dict[str, int]
    releases: list[str]
    exports: list[str]
    history: int = 0


def look_up(installation: Installation, user: str) -> Found:
    """What an installation holds of a user; nothing is changed.

    Args:
        installation: Where.
        user: Their id as logged, or as it is stored.
    """
    return _found(installation, _ids(installation, user))


def erase(
    installation: Installation, user: str, now: datetime, *, even_if_unknown: bool = False
) -> Erased:
    """Take a user out of the warehouse and keep them out of every later landing.

    Args:
        installation: Where, with saved settings.
        user: Their id as logged, or as it is stored.
        now: UTC, without zone.
        even_if_unknown: Note a user of whom nothing has landed, so that nothing will.

    Returns:
        What went and what holds the user all the same. Nothing goes when they were erased before
        and nothing of them is there.

    Raises:
        UserError: The user is not known, a run is asking the judge, or the disk is full; nothing
            was changed.
    """
    judge, users = installation.home / "judge", _ids(installation, user)
    with locked(installation.home / "landing.lock"), holding(judge, "batches"):
        _clear(installation)
        fold_journals(judge / "journal", Warehouse(home=str(installation.home)).fold_journal)
        found = _found(installation, users)
        salt = installation.rubric().training.salt
        keys = _keys(installation, salt, [*users, *found.names])
        releases = releases_with_user(installation.releases, keys)
        done = Erased(found, {}, releases, _exports(installation, releases))
        if not found.is_there and found.erased_at is not None:
            if lake := lake_of(installation.home):
                end_erasing(lake, installation.home)
            return done
        _require_known(installation, found, even_if_unknown)
        _require_erasable(installation, judge)
        history = sum(forget(home, found.names) for home in _instances(installation))
        key = user_key(salt, found.user_id)[:_KEY_DIGITS]
        request = Request(users, now, key, releases)
        removed = _erase(installation, request, lambda: _require_idle(judge))
    return Erased(found, removed, releases, done.exports, history)


def _found(installation: Installation, users: Sequence[str]) -> Found:
    return Warehouse(home=str(installation.home)).look(
        lambda connection: mark_user(connection, users, salt_to_use(connection))
    )


def _erase(
    installation: Installation, request: Request, ready: Callable[[], None]
) -> dict[str, int]:
    if lake := lake_of(installation.home):
        return erase_from_lake(lake, installation.home, request, ready)
    return erase_from_file(installation.warehouse, request, ready)


def _instances(installation: Installation) -> list[Path]:
    """Homes of the Dagster instances that runs here may have written to."""
    named = os.environ.get("DAGSTER_HOME")
    return [installation.dagster_home, *([Path(named)] if named else [])]


def _ids(installation: Installation, user: str) -> list[str]:
    """A user's id as it may be stored; the more likely one first."""
    salt = os.environ.get(SALT, "").encode()
    ids = [hashed_user(user, salt), user] if salt else [user]
    return ids if installation.settings().hash_users else ids[::-1]


def _keys(installation: Installation, salt: str, ids: list[str]) -> set[str]:
    """Of a user in lineages, by the salt of now and those of the releases.

    A conversation without a user has a key of its own.
    """
    salts = {salt}
    for manifest in all_releases(installation.releases):
        salts.add(str((manifest.get("split") or {}).get("salt")))
    return {user_key(salt, one)[:_KEY_DIGITS] for salt in salts for one in ids}


def _exports(installation: Installation, releases: list[str]) -> list[str]:
    folders = (installation.home / "exports" / release for release in releases)
    return [str(folder) for folder in folders if folder.is_dir()]


def _require_known(installation: Installation, found: Found, even_if_unknown: bool) -> None:
    if installation.settings().hash_users and not os.environ.get(SALT) and not found.is_there:
        raise UserError(
            f"users are stored as hashes and ${SALT} is not set, so this id cannot be looked up; "
            "set it, or give the id as it is stored. Nothing was changed"
        )
    if not found.is_there and not even_if_unknown:
        raise UserError(
            "nothing here is of a user with this id; nothing was changed. If records of them may "
            "still arrive, or older snapshots of a lake may hold some, give --even-if-unknown: "
            "records are refused then, and these snapshots ended"
        )


def _require_erasable(installation: Installation, judge: Path) -> None:
    """What will stop the erasure is met before Dagster's history is changed."""
    _require_idle(judge)
    if lake := lake_of(installation.home):
        require_erasable(lake, installation.home)
    else:
        require_room(installation.warehouse)


def _require_idle(judge: Path) -> None:
    """Stop when answers about the user may still be on their way into the tables."""
    if others_judge() or any(path.suffix != ".lock" for path in (judge / "journal").glob("*")):
        raise UserError(_BUSY)


def _clear(installation: Installation) -> None:
    """Remove what killed commands left: rows on their way in, tables of the past, half releases."""
    home = installation.home
    left = [home / "landing", home / STAGED, *installation.releases.glob(".*.draft")]
    left += [draft for folder in home.glob("exports/*") for draft in folder.glob(".*.draft")]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    for file in home.glob("as_of/*/warehouse.duckdb*"):
        if file.is_file():
            file.unlink()

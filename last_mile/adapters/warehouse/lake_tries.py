"""Whether a failed piece of work on a lake is worth another try, and what is said when it is not.

Not here: the work (lake.py).
"""

from __future__ import annotations

import random
import re
import time
from typing import Literal

import duckdb

from last_mile.adapters.lake_address import Lake
from last_mile.adapters.warehouse.database import without_values
from last_mile.errors import PassingError, UserError

_PATIENCE_S = 120.0  # how long a server may be away
_LONGEST_PAUSE_S = 5.0
_MOST_CONFLICTS = 50
# Messages of failures that another try may not meet. DuckDB's classes do not tell.
_CONFLICT = ("conflict", "could not serialize", "concurrent")
_AWAY = (
    "connection", "connect to", "server closed", "terminating", "shutting down", "starting up",
    "http", "timed out", "timeout", "unable to connect", "broken pipe", "reset by peer",
    "recovery mode", "could not establish", "ssl error", "no longer connected",
    "failed to execute query", "failed to commit", "failed to prepare",  # of the catalog
)  # fmt: skip

_REFUSED = (  # contained in some of those, and nothing that passes
    "does not exist", "authentication failed", "no password", "permission denied", "(http 403",
    "(http 404", "nosuchbucket",
)  # fmt: skip


_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_FINAL = (  # of these no message is looked at: they are about a statement or a row
    duckdb.BinderException, duckdb.CatalogException, duckdb.ConstraintException,
    duckdb.ConversionException, duckdb.OutOfMemoryException, duckdb.OutOfRangeException,
    duckdb.InvalidInputException, duckdb.ParserException, duckdb.TypeMismatchException,
)  # fmt: skip
# What failed was met before, and is told nowhere: inside of DuckLake, or while rows came.
_UNTOLD = (
    "current transaction is aborted", "unsuccessful query result", "closed pending query result",
)  # fmt: skip
# One of them may quote what was met, another of them at times: then the innermost tells.
_QUOTED_KIND = re.compile(r"query result\nerror: ([a-z ]+) error:")
_FINAL_KINDS = (
    "binder", "catalog", "constraint", "conversion", "out of memory", "out of range", "parser",
    "invalid input", "mismatch type", "invalid type", "not implemented", "divide by zero",
    "decimal",
)  # fmt: skip
# DuckLake asks its catalog while a statement is bound, planned or committed. What comes back has
# the class of any other failure of that step, and these words in front.
_OF_CATALOG = re.compile(r"failed to [^:]*\bducklake\b[^:]*:")

Kind = Literal["conflict", "away", "refused", "final"]


def kind_of(error: Exception) -> Kind:
    """What a failure is: `conflict` and `away` are worth another try."""
    said = _QUOTED.sub("", str(error)).lower()  # values and paths are no words of a failure
    is_veiled = _OF_CATALOG.search(said) or any(word in said for word in _UNTOLD)
    if _quotes_a_final_one(said) and not _OF_CATALOG.search(said):
        return "final"
    if isinstance(error, _FINAL) and not is_veiled:
        return "final"
    if any(word in said for word in _REFUSED):
        return "refused"
    if isinstance(error, PassingError):
        return "away"
    if any(word in said for word in _CONFLICT):
        return "conflict"
    return "away" if is_veiled or any(word in said for word in _AWAY) else "final"


def _quotes_a_final_one(said: str) -> bool:
    *_, (kind, met) = [(None, ""), *((m[1], said[m.end() :]) for m in _QUOTED_KIND.finditer(said))]
    return kind in _FINAL_KINDS and not any(word in met for word in _UNTOLD)


class Tries:
    """Failures of one piece of work so far, and whether it is worth another try."""

    def __init__(self) -> None:
        self.conflicts, self.away = 0, 0
        self._deadline: float | None = None

    def pause_after(self, error: Exception) -> float | None:
        """Seconds to wait before the next try; None: it would fail in the same way."""
        kind = kind_of(error)
        if kind == "conflict":
            self.conflicts += 1
            pause = random.uniform(0.01, 0.1) * min(self.conflicts, 20)
            return pause if self.conflicts <= _MOST_CONFLICTS else None
        if kind != "away":
            return None
        now = time.monotonic()  # of the first failure: the work before it may have taken hours
        self._deadline = self._deadline or now + _PATIENCE_S
        self.away += 1
        pause = min(0.1 * 2.0 ** min(self.away, 10), _LONGEST_PAUSE_S)
        return pause if now < self._deadline else None

    def told(self, error: Exception, lake: Lake) -> Exception:
        """The error that ends the work, without values; what may pass by itself as such."""
        kind, where = kind_of(error), f"the lake {lake.catalog} ({lake.data})"
        if isinstance(error, duckdb.ConstraintException) or not isinstance(error, duckdb.Error):
            return error
        why = without_values(error)
        if kind == "refused":
            return UserError(
                f"{where} refuses: {why}. Mend the address, the rights or the keys, then run this "
                "again"
            )
        if kind in ("away", "conflict"):
            return PassingError(
                f"{where} could not be worked with, {self.away + self.conflicts} times in a row: "
                f"{why}. Run this again"
            )
        return type(error)(why)

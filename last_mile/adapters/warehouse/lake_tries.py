"""Whether a failed piece of work on a lake is worth another try, and what is said when it is not.

Not here: the work (lake.py).
"""

from __future__ import annotations

import random
import time

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
)  # fmt: skip

_REFUSED = (  # contained in some of those, and nothing that passes
    "does not exist", "authentication failed", "no password", "permission denied", "(http 403",
    "(http 404", "nosuchbucket",
)  # fmt: skip


class Tries:
    """Failures of one piece of work so far, and whether it is worth another try."""

    def __init__(self) -> None:
        self.conflicts, self.away = 0, 0
        self._deadline = time.monotonic() + _PATIENCE_S

    def pause_after(self, error: Exception) -> float | None:
        """Seconds to wait before the next try; None: it would fail in the same way."""
        said = str(error).lower()
        if isinstance(error, duckdb.ConstraintException):
            return None
        if isinstance(error, duckdb.Error) and any(word in said for word in _CONFLICT):
            self.conflicts += 1
            if self.conflicts > _MOST_CONFLICTS:
                return None
            return float(random.uniform(0.01, 0.1) * min(self.conflicts, 20))
        passes = isinstance(error, PassingError) or any(word in said for word in _AWAY)
        if not passes or any(word in said for word in _REFUSED):
            return None
        self.away += 1
        if time.monotonic() > self._deadline:
            return None
        return float(min(0.1 * 2.0 ** min(self.away, 10), _LONGEST_PAUSE_S))

    def told(self, error: Exception, lake: Lake) -> Exception:
        """The error without values; what may pass by itself as such."""
        if isinstance(error, duckdb.ConstraintException) or not isinstance(error, duckdb.Error):
            return error
        why = without_values(error)
        if any(word in str(error).lower() for word in _REFUSED):
            return UserError(
                f"the lake {lake.shown} ({lake.data}) refuses: {why}. Mend the address, "
                "the rights or the keys, then run this again"
            )
        if self.away or self.conflicts > _MOST_CONFLICTS:
            return PassingError(
                f"the lake {lake.shown} ({lake.data}) could not be worked with for "
                f"{_PATIENCE_S:.0f} s: {why}. Nothing was changed; run this again"
            )
        return type(error)(why)

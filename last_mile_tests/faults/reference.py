"""The undisturbed run. Not here: making it (conftest.py), comparing with it (account.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from last_mile_tests.faults.tables import Rows


@dataclass(frozen=True)
class Reference:
    """What an undisturbed run came to.

    Attributes:
        tables: Its tables.
        calls: Calls to the judge.
        events: Events of assets and checks in Dagster's storage.
    """

    tables: Mapping[str, Rows]
    calls: int
    events: int

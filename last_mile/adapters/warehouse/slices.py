"""Parts of tables that are replaced at once. Not here: replacing them (warehouse.py)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Days(NamedTuple):
    """A half-open range of UTC days: start <= day < end."""

    start: date
    end: date

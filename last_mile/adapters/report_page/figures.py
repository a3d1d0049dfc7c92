"""The figures of one lift row as a chart takes them: crude, adjusted, corrected.

Reading them out of a row belongs here. Drawing does not (`charts/`), wording neither (`words.py`).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from last_mile.adapters.report_page.words import finite

Row = Mapping[str, Any]

COLUMNS = {
    "crude": ("rr", "rr_low", "rr_high"),
    "adjusted": ("adjusted_rr", "adjusted_low", "adjusted_high"),
    "corrected": ("corrected_rr", "corrected_low", "corrected_high"),
}


class Estimate(NamedTuple):
    """A relative risk with both ends of its interval."""

    kind: str
    rr: float
    low: float
    high: float


def estimate(row: Row, kind: str) -> Estimate | None:
    """Return one kind of relative risk of a row; None when the point or an end is missing."""
    rr, low, high = (finite(row[name]) for name in COLUMNS[kind])
    return None if rr is None or low is None or high is None else Estimate(kind, rr, low, high)


def estimates(row: Row) -> list[Estimate]:
    """Return every relative risk a row has with an interval, crude first."""
    return [found for kind in COLUMNS if (found := estimate(row, kind))]


def leading(row: Row) -> Estimate | None:
    """Return the figure a row's verdict is about: adjusted, else crude."""
    return estimate(row, "adjusted") or estimate(row, "crude")

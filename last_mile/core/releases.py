"""Product releases side by side: the outcome's rate of each, against the most used one.

Crude: who used which release may differ. Not here: training releases (adapters/releases).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from last_mile.core.stats import relative_risk, wilson_interval

RELEASE_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "release": pl.String, "outcome": pl.String, "n": pl.Int64, "events": pl.Int64,
    "rate": pl.Float64, "rate_low": pl.Float64, "rate_high": pl.Float64, "reference": pl.String,
    "rr": pl.Float64, "rr_low": pl.Float64, "rr_high": pl.Float64, "reason": pl.String,
    "as_of": pl.Datetime("us"),
}  # fmt: skip


def release_comparison(
    cells: Sequence[Mapping[str, Any]], outcome: str, as_of: object
) -> pl.DataFrame:
    """Rows of `release_comparison` for one outcome.

    Args:
        cells: `release`, `n`, `events` over matured conversations.
        outcome: The outcome counted.
        as_of: Time up to which outcomes were known.
    """
    if not cells:
        return pl.DataFrame(schema=RELEASE_SCHEMA)
    reference = max(cells, key=lambda cell: (cell["n"], cell["release"]))
    rows = [_row(cell, reference, outcome, as_of) for cell in cells]
    return pl.DataFrame(rows, schema=RELEASE_SCHEMA)


def _row(
    cell: Mapping[str, Any], reference: Mapping[str, Any], outcome: str, as_of: object
) -> dict[str, Any]:
    n, events = int(cell["n"]), int(cell["events"])
    interval = wilson_interval(events, n)
    row = {
        "release": cell["release"], "outcome": outcome, "n": n, "events": events,
        "rate": events / n if n else None, "rate_low": interval[0] if interval else None,
        "rate_high": interval[1] if interval else None, "reference": reference["release"],
        "as_of": as_of,
    }  # fmt: skip
    if cell["release"] == reference["release"]:
        return {**row, "reason": "reference"}
    risk = relative_risk(events, n, int(reference["events"]), int(reference["n"]))
    return {**row, "rr": risk.rr, "rr_low": risk.low, "rr_high": risk.high, "reason": risk.reason}

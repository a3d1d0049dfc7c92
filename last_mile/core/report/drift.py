"""What the report says of drift: the alarms that stand, or what would have been found.

Not here: the alarms (core/drift), the section's HTML (adapters/report_page/drift.html.j2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from last_mile.core.drift import KINDS
from last_mile.core.drift.words import ENDED_AFTER, power_sentence, standing
from last_mile.core.report.wording import listed, spoken

_ABOUT = {
    "prevalence": "How often a flag is true",
    "agreement": "How often the judge agrees with people",
    "relation": "How a flag goes along with the outcome",
}
_POINTS = 60  # of a small line
_WIDE, _HIGH = 120.0, 24.0


def drift_section(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """One part per kind of alarm that has any series.

    Args:
        rows: Rows of `drift`.

    Returns:
        `kind`, `about`, `sentences`, `alarms` (how many stand), and `rows`: the newest row of every
        series, alarms first, each with `ended` (see `standing`), `line`, the points of a small line
        of its recent values, and `last_alarm`, the first day of its newest alarm.
    """
    now = standing(rows)
    parts = []
    for kind in KINDS:
        newest = now.filter(alarm_kind=kind).sort(~pl.col("alarm"), maintain_order=True)
        if newest.is_empty():
            continue
        found = list(newest.iter_rows(named=True))
        of_kind = rows.filter(alarm_kind=kind).sort("day")
        lines = {metric: _line(part["recent"].drop_nulls().to_list())
                 for (metric,), part in of_kind.group_by("metric")}  # fmt: skip
        alarms = dict(of_kind.group_by("metric").agg(pl.col("alarm_since").max()).iter_rows())
        parts.append(
            {
                "kind": kind, "about": _ABOUT[kind], "sentences": _sentences(found),
                "alarms": sum(row["alarm"] for row in found),
                "rows": [
                    {**row, "line": lines[row["metric"]], "last_alarm": alarms[row["metric"]]}
                    for row in found
                ],
            }
        )  # fmt: skip
    return parts


def _sentences(rows: Sequence[dict[str, Any]]) -> list[str]:
    since: dict[str, list[str]] = {}
    for row in rows:
        if row["alarm"]:
            since.setdefault(str(row["alarm_since"]), []).append(spoken(row["metric"]))
    said = [f"Alarm since {day}: {listed(names)}." for day, names in sorted(since.items())]
    living = [row for row in rows if not row["ended"]]
    if not said and any(row["e"] is not None for row in living):
        said = ["No drift told apart."]
    if len(living) < len(rows):
        ended = [spoken(row["metric"]) for row in rows if row["ended"]]
        said.append(f"Ended, without data for over {ENDED_AFTER} days: {listed(ended)}.")
    power = power_sentence(living)
    return [*said, *([power] if power else [])]


def _line(values: Sequence[float]) -> str:
    """Points of an SVG polyline; empty: fewer than two values."""
    step = max(1, -(-len(values) // _POINTS))
    kept = list(values[::-1][::step])[::-1]
    low, high = (min(kept), max(kept)) if kept else (0.0, 0.0)
    if len(kept) < 2:  # noqa: PLR2004
        return ""
    span = (high - low) or 1.0
    return " ".join(
        f"{_WIDE * i / (len(kept) - 1):.1f},{_HIGH - _HIGH * (value - low) / span:.1f}"
        for i, value in enumerate(kept)
    )

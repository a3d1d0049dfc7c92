"""What a lift says about its prior: truth rule 3, a closed set of verdicts. Never a bare star.

Not here: the figures (crude.py, adjusted.py), who leaks (leaks.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from last_mile.core.rubric import Prior

SIGNIFICANT = 0.05
UNIVERSAL = 0.9  # above this share, or below its complement, a flag hardly separates
NEGLIGIBLE = (0.95, 1.05)


def leading(row: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
    """What a verdict is about: the adjusted relative risk with its interval, else the crude."""
    if row["adjusted_low"] is not None:
        return row["adjusted_rr"], row["adjusted_low"], row["adjusted_high"]
    return row["rr"], row["rr_low"], row["rr_high"]


def leading_p(row: Mapping[str, Any]) -> float | None:
    """The p-value that belongs to `leading`."""
    p: float | None = row["adjusted_p"] if row["adjusted_low"] is not None else row["p"]
    return p


def measured_sign(row: Mapping[str, Any]) -> int | None:
    """Which way the outcome's rate goes when told apart, 0 when not, None when undefined.

    Fisher's test can tell rates apart where an arm has too few events for an interval; it is of
    the raw counts, so it says nothing when weighted rates point the other way.
    """
    rr, low, _ = leading(row)
    if row["q"] is None:
        return None
    if row["q"] >= SIGNIFICANT:
        return None if low is None else 0
    if low is not None and rr is not None:
        return 1 if rr > 1 else -1
    sign = 1 if row["rate_true"] > row["rate_false"] else -1
    return sign if sign == _raw_sign(row) else None


def verdict(row: Mapping[str, Any]) -> str | None:
    """The verdict on a row with its `measured_sign`; None for a flag that knows the outcome."""
    if row["leaks"]:
        return None
    if row["measured_sign"]:
        return "confirmed" if row["measured_sign"] == row["prior_sign"] else "reversed"
    _, low, high = leading(row)
    if low is None or high is None:
        few = row["reason"] in ("not_enough_events", "one_sided")
        return "underpowered" if few else "not_identifiable"
    if NEGLIGIBLE[0] <= low and high <= NEGLIGIBLE[1]:
        return "negligible"
    if not 1 - UNIVERSAL <= row["prevalence"] <= UNIVERSAL:
        return "universal"
    return "underpowered"


def exploratory(prior: Prior, first_visible: date | None) -> bool:
    """Whether a prior says so, or was written after the day its lift could first be seen."""
    return prior.exploratory or (first_visible is not None and prior.date > first_visible)


def _raw_sign(row: Mapping[str, Any]) -> int:
    without = row["n_scored"] - row["n_true"]
    return 1 if row["events_true"] * without > row["events_false"] * row["n_true"] else -1

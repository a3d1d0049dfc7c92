"""What the rows of `tier_lift` say: which tiers hold, which are locked, why, in a sentence each.

Not here: the states (table.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from last_mile.core.tier_lift.periods import CHOSEN_ON, LATER

Row = Mapping[str, Any]
STATES = {
    "holds": "holds",
    "not_monotone": "points the wrong way",
    "underpowered": "not proven",
    "waits": "waits for a desirable tier",
    "no_outcomes": "no outcomes yet",
}
_MEANT = {"desirable": "more", "undesirable": "less"}


@dataclass(frozen=True, slots=True)
class TierVerdicts:
    """What became of the tiers that are trained on; names and a sentence each.

    Attributes:
        holds: Tiers whose later outcomes are as their rule says.
        locked: Others, which are not exported.
        warned: Others, which are exported as the rubric says `unproven: warn`.
        blocks: Whether all desirable tiers are locked: there is nothing to imitate.
    """

    holds: dict[str, str]
    locked: dict[str, str]
    warned: dict[str, str]
    blocks: bool


def tier_verdicts(rows: Iterable[Row]) -> TierVerdicts:
    """What became of every tier.

    Args:
        rows: All rows of `tier_lift`, as mappings.
    """
    pairs: dict[str, dict[str, Row]] = {}
    for row in rows:
        pairs.setdefault(tier_name(row["tier"], row["reason"]), {})[row["period"]] = row
    verdicts = TierVerdicts({}, {}, {}, _blocks(pair[LATER] for pair in pairs.values()))
    for name, pair in pairs.items():
        later = pair[LATER]
        unproven = verdicts.warned if later["unlocked"] else verdicts.locked
        group = verdicts.holds if later["state"] == "holds" else unproven
        group[name] = _sentence(pair[CHOSEN_ON], later)
    return verdicts


def tier_name(tier: str, reason: str | None) -> str:
    """Tier and reason, as people read them."""
    return f"{tier} ({reason})" if reason else tier


def _blocks(later: Iterable[Row]) -> bool:
    unlocked = [row["unlocked"] for row in later if row["train"] == "desirable"]
    return bool(unlocked) and not any(unlocked)


def _sentence(early: Row, later: Row) -> str:
    """Why a tier is in its state, with the figures of the period that decided."""
    state, more = later["state"], _MEANT[later["train"]]
    if state == "holds":
        return f"As meant, “{later['outcome']}” is {more} frequent: {_figures(later)}."
    if state == "waits":
        return f"No desirable tier is proven yet; {_figures(later)}."
    if state == "no_outcomes":
        return f"Nothing to compare {_days(later)}: {_missing(later)}."
    if state == "underpowered":
        return _unproven(early, later)
    for row, when in ((later, ""), (early, "Already where its rule was chosen, ")):
        if _sign(row) * _sign_meant(row) < 0:
            opening = f"{when}“{row['outcome']}” should be {more} frequent and is not"
            return f"{opening[0].upper()}{opening[1:]}: {_figures(row)}."
    return f"An undesirable tier has a higher rate than its {later['rate']:.1%} {_days(later)}."


def _unproven(early: Row, later: Row) -> str:
    if early["first_day"] is not None and _sign(later) and not _sign(early):
        return f"No difference where its rule was chosen: {_figures(early)}."
    return f"Not told apart from chance at level {later['level']:.1%}: {_figures(later)}."


def _figures(row: Row) -> str:
    """Ratio, interval, counts and days of a comparison, or why there is none."""
    if row["design_effect"] is None:
        return f"nothing to compare {_days(row)}, {_missing(row)}"
    rr, low, high = row["rr"], row["rr_low"], row["rr_high"]
    times = f"over {low:.2f}" if rr is None else f"{rr:.2f} [{low:.2f}, {high:.2f}]"
    counts = f"{row['events']} of {row['n_matured']} versus {row['events_reference']} of "
    return (
        f"its rate is {times} times that of {row['reference']} "
        f"({counts}{row['n_reference']}) {_days(row)}"
    )


def _missing(row: Row) -> str:
    if not row["n_matured"]:
        return "no conversation of the tier has a known outcome"
    if not row["n_reference"]:
        return "no other conversation has a known outcome"
    return f"no “{row['outcome']}” came in the tier or in {row['reference']}"


def _days(row: Row) -> str:
    if row["first_day"] is None:
        return f"in the {'later' if row['period'] == LATER else 'earlier'} period, which is empty"
    return f"from {row['first_day']} to {row['last_day']}"


def _sign(row: Row) -> int:
    own, other = row["events"] * row["n_reference"], row["events_reference"] * row["n_matured"]
    return int(own > other) - int(own < other)


def _sign_meant(row: Row) -> int:
    return 1 if row["train"] == "desirable" else -1

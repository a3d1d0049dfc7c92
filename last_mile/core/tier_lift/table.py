"""The rows of `tier_lift` and the state of every tier.

Not here: the figures (comparison.py), the sentences (verdicts.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import polars as pl

from last_mile.core.rubric import Rubric, TierRule
from last_mile.core.stats import FEW_EVENTS
from last_mile.core.tier_lift.comparison import Comparison, compare, meant, order
from last_mile.core.tier_lift.periods import (
    CHOSEN_ON,
    LATER,
    Arm,
    Name,
    Period,
    counted,
    periods,
    total,
)

State = Literal["holds", "not_monotone", "underpowered", "waits", "no_outcomes"]
Found = Mapping[Name, Comparison]
TIER_LIFT_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "tier": pl.String, "reason": pl.String, "rule": pl.String, "train": pl.String,
    "period": pl.String, "first_day": pl.Date, "last_day": pl.Date, "n": pl.Int64,
    "n_matured": pl.Int64, "events": pl.Int64, "rate": pl.Float64, "n_reference": pl.Int64,
    "events_reference": pl.Int64, "rate_reference": pl.Float64, "reference": pl.String,
    "rr": pl.Float64, "rr_low": pl.Float64, "rr_high": pl.Float64, "level": pl.Float64,
    "p": pl.Float64, "design_effect": pl.Float64, "state": pl.String, "unlocked": pl.Boolean,
    "outcome": pl.String, "horizon_days": pl.Int32, "as_of": pl.Datetime("us"),
}  # fmt: skip


def tier_lift(
    counts: pl.DataFrame,
    rubric: Rubric,
    as_of: datetime | None,
    users: Mapping[Name, pl.DataFrame] | None = None,
) -> pl.DataFrame:
    """Rows of `tier_lift`: every tier that is trained on, in both periods.

    A tier is compared with the `ordinary` conversations; where a period has none that matured,
    with all tiers but itself. A desirable tier `holds` when in the later period the score interval
    of the relative risk (Miettinen and Nurminen 1985) at level 0.999 is above 1, Fisher's exact
    test agrees at 0.0005, the earlier period points the same way (where there is one: rules may be
    older than the logs) and no undesirable tier with 5 events or more has a higher rate. An
    undesirable tier is held to level 0.99 and 0.005, but it `waits` until a desirable one holds:
    tests in a fixed order, so that the first one bears the error (Dmitrienko et al. 2007).

    Shuffled outcomes: Fisher's test is exact under them whatever the counts, and the earlier
    period points the right way in about every second shuffle. So a desirable tier, and with it any
    tier, is unlocked by accident once in 4000 times or less; with one period only, once in 2000;
    that much for each desirable tier.

    Several conversations of one user: the interval is of counts divided by the design effect of
    users, which is never below 1, and the test has to agree on these too: one user proves nothing.

    Args:
        counts: Rows of reads/tier_counts.sql: `day, tier, reason, n, n_matured, events`.
        rubric: Tiers, primary outcome and `training`.
        as_of: Time up to which outcomes were known.
        users: Rows of reads/tier_users.sql by period; without them the design effect is 1.
    """
    spans = periods(counts, rubric.training.chosen_until)
    parts = {
        name: counted(counts, spans.get(name), (users or {}).get(name))
        for name in (CHOSEN_ON, LATER)
    }
    trained = [rule for rule in rubric.tiers if rule.train]
    found = [{name: compare(rule, part) for name, part in parts.items()} for rule in trained]
    states = _states(trained, found, _undesirable(trained, parts[LATER]))
    rows = []
    for rule, figures, state in zip(trained, found, states, strict=True):
        shared = {
            "tier": rule.tier, "reason": rule.reason or "", "rule": rule.when,
            "train": rule.train, "level": figures[LATER].level, "state": state,
            "unlocked": state == "holds" or rubric.training.unproven == "warn",
            "outcome": rubric.primary.id, "horizon_days": rubric.primary.horizon_days,
            "as_of": as_of,
        }  # fmt: skip
        rows += [shared | _figures(name, parts[name].days, figures[name]) for name in parts]
    return pl.DataFrame(rows, schema=TIER_LIFT_SCHEMA)


def _states(
    trained: Sequence[TierRule], found: Sequence[Found], undesirable: Iterable[Arm]
) -> list[State]:
    """The state of each rule: the desirable ones first, the others wait for one of them."""
    alone = [_state(*pair, undesirable) for pair in zip(trained, found, strict=True)]
    pairs = list(zip(trained, alone, strict=True))
    desirable = [state for rule, state in pairs if rule.train == "desirable"]
    if "holds" in desirable or not desirable:
        return alone
    return ["waits" if state == "holds" else state for state in alone]


def _state(rule: TierRule, found: Found, undesirable: Iterable[Arm]) -> State:
    side, early, later = meant(rule), found[CHOSEN_ON], found[LATER]
    if not later.has_outcomes:
        return "no_outcomes"
    is_below = side > 0 and any(order(later.arm, arm) < 0 for arm in undesirable)
    if is_below or -side in (later.sign, early.sign):
        return "not_monotone"
    agrees = early.sign == side or early.other.n + early.arm.n == 0  # no log of then: none to ask
    return "holds" if agrees and later.proves(side) else "underpowered"


def _undesirable(trained: Iterable[TierRule], later: Period) -> list[Arm]:
    """Undesirable tiers, each with all its reasons; those of a few events have no place yet."""
    tiers: dict[str, list[Arm]] = {}
    for rule in trained:
        if rule.train == "undesirable":
            arm = later.tallies.get((rule.tier, rule.reason or ""), Arm())
            tiers.setdefault(rule.tier, []).append(arm)
    return [whole for arms in tiers.values() if (whole := total(arms)).events >= FEW_EVENTS]


def _figures(period: Name, days: tuple[date, date] | None, found: Comparison) -> dict[str, Any]:
    first, last = days or (None, None)
    return {
        "period": period, "first_day": first, "last_day": last, **found.arm._asdict(),
        "rate": found.arm.rate, "n_reference": found.other.n_matured,
        "events_reference": found.other.events, "rate_reference": found.other.rate,
        "reference": found.reference, "rr": found.rr, "rr_low": found.low,
        "rr_high": found.high, "p": found.p, "design_effect": found.design_effect,
    }  # fmt: skip

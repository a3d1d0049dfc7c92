"""What this report cannot carry, said from its own rows: one small rule per kind of limit.

Not here: what it can carry (headline.py), the figures the rules read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from last_mile.core.report.doubts import (
    crude_only,
    differing_strata,
    exploratory,
    few_users,
    fragile,
)
from last_mile.core.report.judge_limits import judge_limits
from last_mile.core.report.wording import Row, listed, told_apart

MANY_OPEN = 0.2  # share of conversations short of the horizon


def do_not_conclude(
    lift: Sequence[Row], quality: Sequence[Row], n_open: int, outcome: str, judge: str
) -> list[str]:
    """What not to conclude, most general first.

    Args:
        lift: Rows of the lift section, any outcome.
        quality: Rows of `judge_calibration`.
        n_open: Conversations with an open outcome.
        outcome: The outcome the report leads with.
        judge: Who judged.
    """
    primary = [row for row in lift if row["outcome"] == outcome]
    counted = [row for row in primary if not row["leaks"]]
    rules: tuple[Callable[[Sequence[Row]], list[str]], ...] = (
        _associations, _intent, crude_only, _underpowered, _universal, _not_identifiable,
    )  # fmt: skip
    return [
        *(sentence for rule in rules for sentence in rule(counted)),
        *_leaking(primary),
        *exploratory(counted),
        *immature(primary, n_open),
        *differing_strata(counted),
        *fragile(counted),
        *few_users(counted),
        *_sampled(primary),
        *judge_limits(counted, quality, judge),
    ]


def unsound(checks: Sequence[Row]) -> list[str]:
    """That figures rest on days of which a blocking check failed.

    Args:
        checks: `check`, `asset`, `days_held` (days that fail it as they are now).
    """
    failed = [
        f"{row['asset']}:{row['check']} of {row['days_held']:,} days"
        for row in checks
        if row["days_held"]
    ]
    if not failed:
        return []
    return [
        f"Not sound: blocking checks failed ({listed(failed)}). Figures over all days count what "
        "these tables hold all the same. Mend these days first."
    ]


def immature(rows: Sequence[Row], n_open: int) -> list[str]:
    """How much of the rates rests on outcomes that may still come."""
    said = []
    whole = max(rows, key=lambda row: row["n"], default=None)
    waiting = whole["n"] - whole["n_matured"] if whole else 0
    if whole and waiting > MANY_OPEN * whole["n"]:
        said.append(
            f"Immature: {waiting:,} of {whole['n']:,} conversations ({waiting / whole['n']:.0%}) "
            f"are younger than the horizon of {whole['horizon_days']} days. Crude rates extend "
            "what was seen so far to the horizon and will move; adjusted figures leave them out."
        )
    if n_open:
        said.append(
            f"{n_open:,} conversations have an open outcome: they are not negatives, and count "
            "only for as long as they were observed."
        )
    return said


def _associations(_: Sequence[Row]) -> list[str]:
    return [
        "No relative risk here is an effect: adjusting takes out only what the logs hold and the "
        "rubric declares."
    ]


def _intent(rows: Sequence[Row]) -> list[str]:
    engaged = [
        row["metric"] for row, _ in told_apart(row for row in rows if row["about"] == "engagement")
    ]
    if not engaged:
        return []
    return [
        "Who engages may have wanted the outcome more to begin with, and no log holds that: only "
        f"an experiment settles whether these cause it: {listed(engaged)}."
    ]


def _underpowered(rows: Sequence[Row]) -> list[str]:
    names = [
        f"{row['metric']}{_detectable(row)}" for row in rows if row["verdict"] == "underpowered"
    ]
    if not names:
        return []
    return [
        "Too few conversations to tell an effect from none; in brackets the relative risks that "
        f"would have shown with 80 % power: {listed(names)}."
    ]


def _detectable(row: Row) -> str:
    ends = [
        f"{sign} {row[name]:.2f}"
        for name, sign in (("mde_low", "≤"), ("mde_high", "≥"))
        if row[name] is not None
    ]
    return f" ({' or '.join(ends)})" if ends else " (none)"


def _universal(rows: Sequence[Row]) -> list[str]:
    names = _with_verdict(rows, "universal")
    return (
        [
            "Nearly all or nearly no conversations have it, so it cannot separate them, which is "
            f"not the same as doing nothing: {listed(names)}."
        ]
        if names
        else []
    )


def _not_identifiable(rows: Sequence[Row]) -> list[str]:
    names = _with_verdict(rows, "not_identifiable")
    return (
        [f"No comparison is possible (no events, or nobody on one side): {listed(names)}."]
        if names
        else []
    )


def _with_verdict(rows: Sequence[Row], verdict: str) -> list[str]:
    return [row["metric"] for row in rows if row["verdict"] == verdict]


def _leaking(rows: Sequence[Row]) -> list[str]:
    names = [f"{row['metric']} ({row['leaks']})" for row in rows if row["leaks"]]
    if not names:
        return []
    return [
        "These know the outcome, so their lift says nothing about what leads to it: "
        f"{listed(names, '; ')}."
    ]


def _sampled(rows: Sequence[Row]) -> list[str]:
    if not any(row["weighted"] for row in rows):
        return []
    return [
        "Only a sample of the conversations was judged. Lifts of judged metrics are weighted "
        "for it; segments, tiers and training data see the judged conversations only."
    ]

"""Limits that a row's own figures show: nothing adjusted, strata that differ, a thin E-value.

Each rule takes the rows of one outcome, without those that know it, and returns sentences.
"""

from __future__ import annotations

from collections.abc import Sequence

from last_mile.core.report.wording import (
    Row,
    by_reason,
    figure_of,
    is_adjusted,
    listed,
    told_apart,
)

DIFFERS = 0.01  # p-value under which one number is said to hide strata
FEW_USERS = 50  # clusters under which a clustered interval is itself uncertain
THIN = 1.5  # E-value of a limit under which a modest confounder would do


def crude_only(rows: Sequence[Row]) -> list[str]:
    """Metrics with a figure that nothing could be, or was declared to be, adjusted for."""
    crude = [row for row in rows if figure_of(row) and not is_adjusted(row)]
    return [
        f"Crude, not adjusted for anything ({why}): {listed(names)}."
        for why, names in by_reason(crude, "adjusted_reason", "nothing to adjust for").items()
    ]


def exploratory(rows: Sequence[Row]) -> list[str]:
    """Priors that were written when the answer could be seen."""
    names = [f"{row['metric']} ({_looked(row)})" for row in rows if row["exploratory"]]
    if not names:
        return []
    return [
        "Exploratory: these priors were registered after their lift could be seen, so confirming "
        f"or reversing them tests nothing: {listed(names)}."
    ]


def _looked(row: Row) -> str:
    """Since when its lift could be seen, if that was before the prior; else the prior says so."""
    first = row["first_visible_on"]
    if first is not None and str(row["prior_date"]) > str(first):
        return f"visible since {first}"
    return "written after looking at the outcome"


def differing_strata(rows: Sequence[Row]) -> list[str]:
    """Metrics whose ratio is not one across strata."""
    names = [
        row["metric"]
        for row in rows
        if row["heterogeneity_p"] is not None and row["heterogeneity_p"] < DIFFERS
    ]
    if not names:
        return []
    return [
        f"One number hides strata in which the ratio differs (p < {DIFFERS}); look at them by "
        f"release, surface or segment: {listed(names)}."
    ]


def fragile(rows: Sequence[Row]) -> list[str]:
    """Told apart, but by so little that a modest unmeasured confounder would explain it."""
    thin = [
        (row["metric"], row["e_value_limit"])
        for row, _ in told_apart(rows)
        if row["e_value_limit"] is not None and row["e_value_limit"] < THIN
    ]
    if not thin:
        return []
    names = [f"{metric} ({limit:.2f})" for metric, limit in sorted(thin, key=lambda pair: pair[1])]
    return [
        "Something nobody measured would explain these away if a relative risk of the number in "
        f"brackets tied it to both the flag and the outcome: {listed(names)}."
    ]


def few_users(rows: Sequence[Row]) -> list[str]:
    """Intervals clustered by so few users that they are uncertain themselves."""
    few = [row for row in rows if row["n_users"] is not None and row["n_users"] < FEW_USERS]
    if not few:
        return []
    names = [f"{row['metric']} ({row['n_users']})" for row in few]
    return [
        f"Intervals clustered by fewer than {FEW_USERS} users are likely too narrow: "
        f"{listed(names)}."
    ]

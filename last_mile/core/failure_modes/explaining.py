"""Which flags explain a bad outcome, and the SQL that says so of a conversation.

Not here: what the unexplained ones have in common (search.py), reading tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from last_mile.core.rubric import Rubric
from last_mile.core.segments import context_columns

USUAL = 0.5  # a helping flag that more conversations have than not is missed where it is missing
ALL_PPM = 1_000_000


class Literal(NamedTuple):
    """A value of a flag that goes with a worse outcome.

    Attributes:
        metric: Its metric.
        value: True: having it is harmful; False: it helps and is usual, so lacking it is.
        basis: `measured` when its lift was told apart, else `prior`.
    """

    metric: str
    value: bool
    basis: str


def explaining(rubric: Rubric, lifts: Iterable[Mapping[str, Any]]) -> tuple[Literal, ...]:
    """The flag values that explain a bad outcome, in the rubric's order.

    The sign of a flag is the measured one of its lift when it was told apart, else its prior's.
    A harmful flag explains where it is set. A helping one explains where it is missing, but only
    if over half of the conversations have it: to lack what few have is no failing.

    Args:
        rubric: Metrics, the primary outcome.
        lifts: Rows of `metric_lift`; those of other outcomes and scopes are left out.
    """
    primary = rubric.primary.id
    by_metric = {
        row["metric"]: row for row in lifts if row["scope"] == "all" and row["outcome"] == primary
    }
    found = []
    for metric in rubric.metrics:
        row = by_metric.get(metric.id, {})
        if metric.leaks or row.get("leaks"):
            continue
        measured = row.get("measured_sign")
        sign, basis = (measured, "measured") if measured else (metric.prior.sign, "prior")
        if sign < 0:
            found.append(Literal(metric.id, True, basis))
        elif sign > 0 and (row.get("prevalence") or 0) > USUAL:
            found.append(Literal(metric.id, False, basis))
    return tuple(found)


def failure_fragments(
    rubric: Rubric, literals: Sequence[Literal], shares: tuple[int, int] = (ALL_PPM, ALL_PPM)
) -> dict[str, str]:
    """For reads/failure_counts.sql, reads/failure_rows.sql and reads/failure_texts.sql.

    Args:
        rubric: Strata, the primary outcome, which metrics are judged.
        literals: What explains.
        shares: Parts per million of the unexplained and of the explained conversations to read.
    """
    judged = [metric.id for metric in rubric.judged]
    means = (f'coalesce({"" if one.value else "not "}"{one.metric}", false)' for one in literals)
    explained = f"({' or '.join(means) or 'false'})"
    needs = any(one.metric in judged for one in literals)  # an answer, to say that none explains
    answered = [explained, *(f'"{metric}" is not null' for metric in judged)] if needs else ["true"]
    contexts = (f'"{name}"::varchar as "{name}"' for name in failure_contexts(rubric))
    return {
        "outcome": f'"{rubric.primary.id}"',
        "explained": explained,
        "looked_at": f"({' or '.join(answered)})",
        "contexts": ",\n    ".join(contexts),
        "unexplained_ppm": str(shares[0]),
        "explained_ppm": str(shares[1]),
    }


def failure_contexts(rubric: Rubric) -> list[str]:
    """Columns of labeled_conversations whose values are contexts: strata, category, surface."""
    return list(dict.fromkeys([*context_columns(rubric.strata), "category", "surface"]))

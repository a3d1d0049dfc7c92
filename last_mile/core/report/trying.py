"""What the engagement page says: who never tries it, what goes along with it, what would settle it.

Not here: the figures (core/engagement).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from last_mile.core.report.wording import spoken

Row = Mapping[str, Any]
_ALL = "all"
_FALSE_DISCOVERIES = 0.05
CARE = (
    "These are logs: users who try it may want the outcome more. What differs between them and the "
    "others and is in no stratum is in the adjusted figures too; only an experiment takes it out.",
    "An experiment on users assigns users, and counts each once; with several conversations a user "
    "the outcome of the first one after the assignment is such a count.",
    "Sizes are for 80 % power at a level of 5 %, and for a rate like the one in these logs.",
)


def trying_section(
    rows: Sequence[Row], questions: Mapping[str, str], outcome: str
) -> list[dict[str, Any]]:
    """One entry per engagement behaviour, the one with most to gain first.

    Args:
        rows: Rows of `engagement_effects`.
        questions: The question of every metric.
        outcome: The outcome the report leads with.

    Returns:
        `metric`, `question`, `whole` (the row over all), `segments` (the other rows, in their
        order), `sentences`.
    """
    wholes = [r for r in rows if r["outcome"] == outcome and r["segment_by"] == _ALL]
    return [
        {
            "metric": whole["metric"], "question": questions.get(whole["metric"]), "whole": whole,
            "segments": (parts := _segments(rows, whole)),
            "sentences": list(_sentences(whole, parts)),
        }
        for whole in sorted(wholes, key=_to_gain)
    ]  # fmt: skip


def _segments(rows: Iterable[Row], whole: Row) -> list[Row]:
    about = (whole["metric"], whole["outcome"])
    return [
        row
        for row in rows
        if (row["metric"], row["outcome"]) == about and row["segment_by"] != _ALL
    ]


def _to_gain(row: Row) -> tuple[float, str]:
    """Least first: users who never try it times the adjusted difference, of what is told apart."""
    apart = row["adjusted_rd"] is not None and row["q"] is not None
    gain = row["users_never"] * row["adjusted_rd"] if apart else 0.0
    found = apart and row["q"] <= _FALSE_DISCOVERIES
    return (-gain if found else float(row["users_never"] or 0) * 1e-9, row["metric"])


def _sentences(whole: Row, parts: Sequence[Row]) -> Iterable[str]:
    name = spoken(whole["metric"])
    yield f"{whole['users_never']:,} of {whole['n_users']:,} users never: {name}."
    if whole["reason"] or whole["adjusted_rd"] is None:
        why = spoken(whole["reason"] or "no interval")
        yield f"What it goes along with cannot be said with the mix held fixed ({why})."
        return
    told = (
        f"{100 * whole['adjusted_rd']:+.2f} points "
        f"[{100 * whole['adjusted_low']:+.2f}, {100 * whole['adjusted_high']:+.2f}]"
    )
    held = f"with {whole['adjusted_for']} held fixed" if whole["adjusted_for"] else "not adjusted"
    if whole["q"] is None or whole["q"] > _FALSE_DISCOVERIES:
        yield f"With it, “{whole['outcome']}” is not told apart from without: {told}, {held}."
    else:
        more = "more" if whole["adjusted_rd"] > 0 else "less"
        yield f"With it, “{whole['outcome']}” is {more} frequent: {told}, {held}."
        yield from _by_segment(whole, parts)
    if None not in (whole["per_arm"], whole["per_arm_half"], whole["per_arm_offered"]):
        yield (
            f"An experiment would settle it with {whole['per_arm']:,} users per arm, were this "
            f"the truth; {whole['per_arm_half']:,}, were half of it; "
            f"{whole['per_arm_offered']:,}, when it is offered and 3 of 10 take it up."
        )


def _by_segment(whole: Row, parts: Sequence[Row]) -> Iterable[str]:
    """Where it is found, and where it goes the other way."""
    seen = [row for row in parts if row["q"] is not None]
    found = [row for row in seen if row["q"] <= _FALSE_DISCOVERIES]
    against = [row for row in found if row["adjusted_rd"] * whole["adjusted_rd"] < 0]
    same = len(found) - len(against)
    if seen:
        yield f"The same way in {same} of {len(seen)} segments that can be looked at by themselves."
    for row in against:
        yield (
            f"The other way in {row['segment_by']}={row['segment']}: "
            f"{100 * row['adjusted_rd']:+.2f} points."
        )

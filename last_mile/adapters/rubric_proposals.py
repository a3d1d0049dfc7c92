"""Which failure modes can become metrics of a rubric, and the entry of the one that was accepted.

Not here: finding them (core/failure_modes), writing the entry (rubric_editing.py).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from last_mile.adapters.rubric_text import entry_of
from last_mile.core.failure_modes import AUTHOR, ORDER
from last_mile.errors import UserError

_NONE = "there are no failure modes yet; run `last-mile run`"
_WHY_NOT = {
    "goes_with_flags": "conversations with these words fail as flags explain already",
    "not_confirmed": "the half of the users that tests did not confirm it",
}
_MOST_TOLD = 20
_LONGEST_AUTHOR = 100


def listed(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows of `failure_modes`, what can be accepted first, then by state and q.

    Args:
        rows: Of `failure_modes`.
    """
    place = pl.col("state").replace_strict(
        list(ORDER), range(len(ORDER)), default=len(ORDER), return_dtype=pl.Int64
    )
    ordered = rows.sort(pl.col("proposal").is_null(), place, "q", "failure_id", nulls_last=True)
    return ordered.to_dicts()


def accepted(
    rows: pl.DataFrame,
    failure_id: str,
    written_on: date,
    author: str | None = None,
    metric_id: str | None = None,
) -> dict[str, Any]:
    """The entry of a rubric that a proposal becomes, as it was shown but for author, date and id.

    Args:
        rows: Of `failure_modes`.
        failure_id: Which one.
        written_on: Date of its prior, which says that it was written after looking.
        author: Who accepts it; None: the search itself.
        metric_id: Its id; None: the proposed one.

    Raises:
        UserError: There is no such failure mode, or it is not proposed as a metric.
    """
    if rows.is_empty():
        raise UserError(_NONE)
    there = {row["failure_id"]: row for row in listed(rows)}
    row = there.get(failure_id)
    if row is None or row["proposal"] is None:
        can = [one["failure_id"] for one in there.values() if one["proposal"] is not None]
        raise UserError(f"{_why_not(failure_id, row)}; {_instead(can)}")
    entry = entry_of(row["proposal"])
    prior = {
        "sign": -1, "author": _author(author), "date": written_on.isoformat(), "exploratory": True,
    }  # fmt: skip
    return {**entry, "id": metric_id or entry["id"], "prior": prior}


def _author(name: str | None) -> str:
    author = AUTHOR if name is None else name.strip()
    if not author or len(author) > _LONGEST_AUTHOR or not author.isprintable():
        raise UserError(
            f"the author has no name that a line can hold: give --author up to {_LONGEST_AUTHOR} "
            "printable characters"
        )
    return author


def _why_not(failure_id: str, row: dict[str, Any] | None) -> str:
    if row is None:
        return f"there is no failure mode {failure_id!r}"
    if row["kind"] == "context":
        return (
            f"{failure_id} is a context, not words: no rule of a rubric can ask for it; the report "
            "shows it as a segment"
        )
    why = _WHY_NOT.get(row["state"], "nothing was proposed for it")
    return f"{failure_id} is no proposal but `{row['state']}`: {why}"


def _instead(can: list[str]) -> str:
    if not can:
        return "nothing is proposed now: see `last-mile rubric list`"
    more = f" and {len(can) - _MOST_TOLD} more" if len(can) > _MOST_TOLD else ""
    return f"can be added: {', '.join(can[:_MOST_TOLD])}{more} (see `last-mile rubric list`)"

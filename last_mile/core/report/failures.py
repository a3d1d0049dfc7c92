"""What the report says of failures that no flag explains.

Not here: the search (core/failure_modes). Terms are words of users: the page escapes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
_SHOWN = ("proposed", "lowers_outcome")
_DRAWN = 1.0


def failure_section(rows: Sequence[Row], counts: Row, outcome: str) -> dict[str, Any]:
    """Sentences, what was found, and how much was not confirmed.

    Args:
        rows: Rows of `failure_modes`.
        counts: The row of reads/failure_counts.sql.
        outcome: The outcome the report leads with.

    Returns:
        `sentences`; `rows`, those that lower the outcome on held-out users; `not_shown`, how many
        others were tried.
    """
    shown = [row for row in rows if row["state"] in _SHOWN]
    return {
        "sentences": [_how_many(counts, outcome), *_found(rows, shown)],
        "rows": [{k: v for k, v in row.items() if k != "proposal"} for row in shown],
        "not_shown": len(rows) - len(shown),
    }


def _how_many(counts: Row, outcome: str) -> str:
    if not counts["n_failed"]:
        return f"No conversation is known to have ended without “{outcome}”."
    left, not_judged = counts["n_unexplained"], counts["n_not_judged"]
    known = left + counts["n_explained"]
    asked = f"; {not_judged:,} more were not judged" if not_judged else ""
    if not known:
        return f"None of {not_judged:,} conversations without “{outcome}” was judged."
    return (
        f"Of {known:,} conversations without “{outcome}”, {left:,} ({100 * left / known:.0f} %) "
        f"have no flag that explains it{asked}."
    )


def _found(rows: Sequence[Row], shown: Sequence[Row]) -> list[str]:
    if not rows:
        return ["No words or contexts stood out in the half that was searched."]
    tried = rows[0]["n_tried"]
    proposed = sum(row["state"] == "proposed" for row in shown)
    said = [
        f"{tried:,} terms and contexts were chosen on half of the users; on the others, "
        f"{len(shown):,} lower the outcome, and {proposed:,} of these also tell unexplained "
        "failures from explained ones. Terms among them can be accepted as metrics."
    ]
    if rows[0]["sampled"] < _DRAWN:
        said.append(f"{100 * rows[0]['sampled']:.0f} % of these conversations were read.")
    return said

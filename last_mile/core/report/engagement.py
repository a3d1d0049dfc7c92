"""Engagement versus model quality: which tells the outcome apart better, said with care.

Not here: the lifts (core/lift), the areas under the curve of the composite.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from last_mile.core.report.wording import Figure, Row, figure_of, is_adjusted, spoken, told_apart

SHOWN = 5  # strongest metrics of a kind
_KINDS = {"engagement": "engagement behaviour", "text": "text quality"}
_KEPT = (
    "metric", "n_true", "n_scored", "rr", "rr_low", "rr_high", "adjusted_rr", "adjusted_low",
    "adjusted_high", "adjusted_for", "corrected_rr", "corrected_low", "corrected_high", "verdict",
)  # fmt: skip
_CARE = (
    "The strongest of several is likely overstated, and what no log holds, such as how much a user "
    "wanted the outcome, is in every engagement figure."
)


def engagement_section(
    lift: Sequence[Row], composite: Sequence[Row], outcome: str
) -> dict[str, Any]:
    """The strongest metrics of either kind side by side, and the composite check.

    Returns:
        `engagement` and `text`, rows of the strongest metrics, adjusted where that is possible;
        `sentences`, the comparison; `composite_sentence`, None without such a row.
    """
    usable = [row for row in lift if row["outcome"] == outcome and not row["leaks"]]
    kinds = {name: [row for row in usable if row["about"] == name] for name in _KINDS}
    check = next((row for row in composite if row["outcome"] == outcome), None)
    return {
        **{name: _strongest(rows) for name, rows in kinds.items()},
        "sentences": _comparison(kinds),
        "composite_sentence": _composite_sentence(check) if check else None,
    }


def _strongest(rows: Sequence[Row]) -> list[dict[str, Any]]:
    placed = [(row, figure) for row in rows if (figure := figure_of(row))]
    placed.sort(key=lambda pair: -pair[1].strength)
    return [{name: row[name] for name in _KEPT} for row, _ in placed[:SHOWN]]


def _comparison(kinds: dict[str, list[Row]]) -> list[str]:
    best = {name: next(iter(told_apart(rows)), None) for name, rows in kinds.items()}
    sentences = [
        f"Strongest {_KINDS[name]}: {_named(*found)}."
        if found
        else f"No {_KINDS[name]} is told apart from no effect."
        for name, found in best.items()
    ]
    first, second = best.values()
    if first and second:
        sentences.append(_overlap(first[1], second[1]))
    return [*sentences, _CARE] if first or second else sentences


def _named(row: Row, figure: Figure) -> str:
    kind = "adjusted" if is_adjusted(row) else "crude, not adjusted,"
    return f"{row['metric']}, {kind} {figure} (n = {row['n_scored']:,})"


def _overlap(first: Figure, second: Figure) -> str:
    (low, high), (other_low, other_high) = first.folded(), second.folded()
    if low > other_high:
        return "Their intervals do not overlap: the engagement one goes with a larger difference."
    if other_low > high:
        return "Their intervals do not overlap: the text one goes with a larger difference."
    return "Their intervals overlap, so which of the two is stronger is not settled."


def _composite_sentence(row: Row) -> str:
    of = f"held-out n = {row['n']:,}, {row['events']:,} events"
    score = f"a score that counts all {row['flags']} flags with a prior alike"
    if row["score_auc"] is None or row["best_auc"] is None:
        return (
            f"How well {score} tells outcomes apart is not known ({spoken(row['reason'])}; {of})."
        )
    own = _area(row["score_auc"], row["score_low"], row["score_high"])
    best = _area(row["best_auc"], row["best_low"], row["best_high"])
    flag = ("not " if row["best_sign"] == -1 else "") + row["best_metric"]
    return (
        f"On users who had no part in the choice, {score} puts a conversation with "
        f"“{row['outcome']}” above one without in {own} of pairs, chance being 50 %; it "
        f"{_beats(row)} the best single flag, {flag}: {best} ({of})."
    )


def _beats(row: Row) -> str:
    if row["difference_low"] is None or row["difference_high"] is None:
        return "cannot be compared with"
    if row["difference_low"] > 0:
        return "does better than"
    if row["difference_high"] < 0:
        return "does worse than"
    return "is not told apart from"


def _area(value: float, low: float | None, high: float | None) -> str:
    interval = "" if low is None or high is None else f" [{100 * low:.1f}, {100 * high:.1f}]"
    return f"{100 * value:.1f} %{interval}"

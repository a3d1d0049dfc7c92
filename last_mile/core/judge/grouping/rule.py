"""Which grouping to use: the cheapest acceptable one, and why each is acceptable or not.

Not here: the rows it reads (rows.py), what is said of them (advice.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Row = Mapping[str, Any]
Reason = Literal[
    "baseline", "as_good_by_labels", "agrees_with_one",
    "worse_by_labels", "disagrees_with_one", "loses_answers", "no_variation",
]  # fmt: skip
ONE: Literal["one"] = "one"
POOLED = "all"  # the metric of a row over all metrics
ACCEPTABLE = ("baseline", "as_good_by_labels", "agrees_with_one")
ENOUGH_LABELS = 100  # kappa's interval is then about 0.2 to either side
LEAST_KAPPA = 0.7
LEAST_KEPT = 0.95  # of the answers that one question a call scores


def recommended(rows: Sequence[Row]) -> str:
    """The cheapest acceptable grouping by `usd_per_1000`; of equals the one with fewer calls.

    `one` is always acceptable. Another grouping must score at least 95 % of the answers that `one`
    scores, and then:

    - when it and `one` each have at least 100 labelled answers, its pooled kappa against people
      must not be below that of `one` beyond its own 95 % interval. That it is worse by less than
      that is not excluded.
    - otherwise the lower bound of its pooled kappa against `one` must be at least 0.7. That is
      agreement with another way of asking, not truth.

    Args:
        rows: One row over all metrics per grouping, `one` among them.
    """
    one = next(row for row in rows if row["grouping"] == ONE)
    acceptable = [row for row in rows if reason_of(row, one) in ACCEPTABLE]
    return str(min(acceptable, key=lambda row: (row["usd_per_1000"], row["calls"]))["grouping"])


def reason_of(row: Row, one: Row) -> Reason:
    """Why a grouping is acceptable or not, by the rule of `recommended`.

    Args:
        row: Its row over all metrics.
        one: That of `one`.

    Returns:
        Acceptable: `baseline`, `as_good_by_labels`, `agrees_with_one`. Not: `loses_answers`,
        `worse_by_labels`, `disagrees_with_one`; `no_variation` where kappa is undefined.
    """
    if row["grouping"] == ONE:
        return "baseline"
    if row["n"] < LEAST_KEPT * (row["n"] + row["n_lost"]):
        return "loses_answers"
    enough = min(row["n_labelled"], one["n_labelled"]) >= ENOUGH_LABELS
    if enough and row["label_kappa"] is not None and one["label_kappa"] is not None:
        high = row["label_kappa"] if row["label_high"] is None else row["label_high"]
        return "as_good_by_labels" if one["label_kappa"] <= high else "worse_by_labels"
    if row["kappa"] is None:
        return "no_variation"
    low = row["kappa_low"]
    return "agrees_with_one" if low is not None and low >= LEAST_KAPPA else "disagrees_with_one"

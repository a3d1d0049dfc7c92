"""The rows of `judge_bridge`: every judged metric of every older epoch against the current one.

Not here: the counts (answers.py), the formula (core/stats/crosswalk.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from last_mile.core.judge.bridge.answers import Crossed, Flagged, Row, crossed, flagged
from last_mile.core.judge.epoch import judged_version
from last_mile.core.kappa import kappa_interval
from last_mile.core.rubric import Rubric
from last_mile.core.stats import cohen_kappa, crosswalk, wilson_interval

_COUNTS = (
    "n_sampled", "n_pairs", "n_unscored", "n_not_applicable", "n", "both_true", "only_old",
    "only_new", "both_false", "n_old",
)  # fmt: skip
_FIGURES = (
    "agreement", "kappa", "kappa_low", "kappa_high", "true_if_true", "true_if_true_low",
    "true_if_true_high", "true_if_false", "true_if_false_low", "true_if_false_high", "old_share",
    "old_low", "old_high", "bridged_share", "bridged_low", "bridged_high",
)  # fmt: skip
BRIDGE_SCHEMA: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(("metric", "from_epoch", "to_epoch"), pl.String),
    **dict.fromkeys(_COUNTS, pl.Int64), **dict.fromkeys(_FIGURES, pl.Float64),
    "reason": pl.String,
}  # fmt: skip


def judge_bridge(
    cells: Sequence[Row], flags: Sequence[Row], sizes: Mapping[str, int],
    rubric: Rubric, epoch: str,
) -> pl.DataFrame:  # fmt: skip
    """Rows of `judge_bridge`, by older epoch and in the order of the metrics.

    Args:
        cells: Rows of reads/bridge_cells.sql.
        flags: Rows of reads/weekly_flags.sql.
        sizes: Conversations drawn, by older epoch.
        rubric: Its judged metrics; flags that it would make otherwise of the same answers are in no
            row.
        epoch: The current one.
    """
    pairs = crossed(cells, "version", "metric")
    judged = [row for row in flags if row["kind"] == "judge"]
    days = flagged(judged, "version", "metric")
    others = sorted({*sizes, *(row["epoch"] for row in judged)} - {epoch})
    rows = [
        {
            "metric": metric.id, "from_epoch": other, "to_epoch": epoch,
            "n_sampled": sizes.get(other, 0),
            **_figures(
                pairs.get((judged_version(rubric, other), metric.id), Crossed()),
                days.get((judged_version(rubric, other), metric.id), Flagged()),
            ),
        }
        for other in others
        for metric in rubric.judged
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=BRIDGE_SCHEMA)


def _figures(found: Crossed, old: Flagged) -> dict[str, Any]:
    (both, only_old), (only_new, neither) = found.pairs[:2, :2].astype(int).tolist()
    n, total = found.scored, int(found.pairs.sum())
    bridged = crosswalk(found.pairs, old.weight, old.effective)
    kappa = kappa_interval(both, only_old, only_new, neither)
    share = old.share
    return {
        "n_pairs": total + found.n_unscored, "n_unscored": found.n_unscored,
        "n_not_applicable": total - n, "n": n, "both_true": both, "only_old": only_old,
        "only_new": only_new, "both_false": neither,
        "agreement": (both + neither) / n if n else None,
        "kappa": cohen_kappa(both, only_old, only_new, neither),
        "kappa_low": kappa[0] if kappa else None, "kappa_high": kappa[1] if kappa else None,
        **_share("true_if_true", both, both + only_old),
        **_share("true_if_false", only_new, only_new + neither),
        "n_old": old.scored, "old_share": share.value if share else None,
        "old_low": share.low if share else None, "old_high": share.high if share else None,
        "bridged_share": bridged.value, "bridged_low": bridged.low, "bridged_high": bridged.high,
        "reason": bridged.reason,
    }  # fmt: skip


def _share(name: str, true: int, n: int) -> dict[str, float | None]:
    low, high = wilson_interval(true, n) or (None, None)
    return {name: true / n if n else None, f"{name}_low": low, f"{name}_high": high}

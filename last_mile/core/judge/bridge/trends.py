"""The rows of `flag_trends`: weekly shares of true flags, those of older epochs by the bridge only.

Not here: the counts (answers.py), what the report says of them (core/report/epochs.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from last_mile.core.judge.bridge.answers import Crossed, Flagged, Row, crossed, flagged
from last_mile.core.judge.epoch import flag_versions
from last_mile.core.rubric import Rubric
from last_mile.core.stats import crosswalk

TREND_SCHEMA: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(("metric", "kind"), pl.String), "week": pl.Date, "epoch": pl.String,
    "is_current": pl.Boolean, **dict.fromkeys(("n", "n_true", "n_left_out"), pl.Int64),
    **dict.fromkeys(("share", "low", "high"), pl.Float64), "n_pairs": pl.Int64,
    **dict.fromkeys(("bridged_share", "bridged_low", "bridged_high"), pl.Float64),
    "reason": pl.String,
}  # fmt: skip


def flag_trends(
    flags: Sequence[Row], cells: Sequence[Row], rubric: Rubric, epoch: str
) -> pl.DataFrame:
    """Rows of `flag_trends`, in the order of the metrics, then by week.

    A week of an older epoch is moved with the pairs of the whole bridge: that the judges relate in
    one way in all weeks of the older epoch is assumed. Flags of a heuristic with another
    definition are refused, and those that the current epoch's answers would not be now: their days
    can be built again for nothing.

    Args:
        flags: Rows of reads/weekly_flags.sql.
        cells: Rows of reads/bridge_cells.sql.
        rubric: Its metrics; flags of others are left out.
        epoch: The current one.
    """
    pairs = crossed(cells, "version", "metric")
    current = flag_versions(rubric, epoch)
    kinds = {metric.id: metric.kind for metric in rubric.metrics}
    weeks = flagged(flags, "metric", "kind", "week", "epoch", "version")
    place = {metric: i for i, metric in enumerate(kinds)}
    rows = []
    for (metric, kind, week, of, version), found in weeks.items():
        if kinds.get(metric) == kind:
            row = {"metric": metric, "kind": kind, "week": week, "epoch": version}
            figures = _figures(
                found, pairs.get((version, metric), Crossed()),
                now=version == current[metric], rebuilt=kind == "heuristic" or of == epoch,
            )  # fmt: skip
            rows.append(row | figures)
    rows.sort(key=lambda row: (place[row["metric"]], row["week"], row["epoch"]))
    return pl.DataFrame(rows, schema=TREND_SCHEMA)


def _figures(found: Flagged, pairs: Crossed, *, now: bool, rebuilt: bool) -> dict[str, Any]:
    """Of one version in a week; `rebuilt`: the current one costs nothing to make."""
    share = found.share
    row: dict[str, Any] = {
        "is_current": now, "n": found.scored, "n_true": int(found.n[0]), "n_pairs": pairs.scored,
        "n_left_out": int(found.n[2]) + found.n_unscored, "reason": None,
    }  # fmt: skip
    if share is None:
        return row | {"reason": "nothing_scored"}
    row |= {"share": share.value, "low": share.low, "high": share.high}
    if now:
        return row
    if rebuilt:
        return row | {"reason": "rule_changed"}
    moved = crosswalk(pairs.pairs, found.weight, found.effective)
    return row | {
        "bridged_share": moved.value, "bridged_low": moved.low, "bridged_high": moved.high,
        "reason": moved.reason,
    }  # fmt: skip

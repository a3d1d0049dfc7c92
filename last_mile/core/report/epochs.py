"""What the report says of epochs: which judges answered, how they relate, trends across them.

Not here: the figures (core/judge/bridge), releases under different epochs (releases.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
LATEST_WEEKS = 8  # columns of the table; all weeks are in flag_trends
WHY_NOT = {
    "nothing_scored": "nothing scored",
    "rule_changed": "the rule has changed: build these days again",
    "no_bridge": "refused: another epoch, no bridge",
    "no_old_answers": "refused: the older epoch did not score it",
    "too_few_pairs": "refused: fewer than 30 pairs",
    "few_old_true": "refused: fewer than 5 pairs that were true",
    "few_old_false": "refused: fewer than 5 pairs that were false",
    "nothing_applies": "refused: it applies to none of the pairs",
}


def epoch_section(
    epochs: Sequence[Row], bridge: Sequence[Row], trends: Sequence[Row], current: str
) -> dict[str, Any] | None:
    """The section about epochs; None when nothing has a flag.

    Args:
        epochs: Rows of reads/epochs.sql, newest first.
        bridge: Rows of `judge_bridge`.
        trends: Rows of `flag_trends`.
        current: The current epoch.
    """
    if not trends:
        return None
    return {
        "current": current,
        "epochs": [{**row, "is_current": row["epoch"] == current} for row in epochs],
        "bridge": [{**row, "why": WHY_NOT.get(row["reason"] or "")} for row in bridge],
        "sentences": epoch_sentences(epochs, bridge, trends, current),
        **trend_table(trends),
    }


def epoch_sentences(
    epochs: Sequence[Row], bridge: Sequence[Row], trends: Sequence[Row], current: str
) -> list[str]:
    """How many epochs hold flags, what of older ones is comparable, and what to do about the rest.

    Arguments as of `epoch_section`.
    """
    older = [row for row in epochs if row["epoch"] != current and row["n_flagged"]]
    said = []
    if not older:
        said.append("All judged flags are of the current epoch, so their weeks are comparable.")
    for row in older:
        judge = row["judge"] or "a judge that was not noted"
        said.append(
            f"{row['n_days_flagged']:,} days ({row['n_flagged']:,} conversations) hold flags of "
            f"epoch {row['epoch']} ({judge}), which are left out of lifts; in trends "
            f"{_comparable(row['epoch'], bridge)}."
        )
    changed = {row["metric"] for row in trends if row["reason"] == "rule_changed"}
    if changed:
        said.append(
            f"{len(changed)} rules were changed since some days were built; these days are "
            "refused in trends and left out of lifts until they are built again, which costs "
            "nothing."
        )
    return said


def _comparable(epoch: str, bridge: Sequence[Row]) -> str:
    rows = [row for row in bridge if row["from_epoch"] == epoch]
    moved = [row for row in rows if row["reason"] is None]
    if not moved and all(row["reason"] == "no_bridge" for row in rows):
        return (
            f"they are not comparable with the current one; `last-mile judge bridge --from {epoch}`"
        )
    return (
        f"{len(moved)} of {len(rows)} metrics are comparable by the bridge of "
        f"{max(row['n_sampled'] for row in rows):,} conversations"
    )


def trend_table(trends: Sequence[Row]) -> dict[str, Any]:
    """The latest weeks as columns, a row per metric; a week of two epochs has two entries.

    Returns:
        `weeks`, and `trends`: `metric`, `kind` and `cells`, a list of entries per week: `share`,
        `low`, `high`, `n`, `is_bridged`, and `why` there is no share.
    """
    weeks = sorted({row["week"] for row in trends})[-LATEST_WEEKS:]
    rows: dict[str, dict[str, Any]] = {}
    for row in trends:
        if row["week"] in weeks:
            of = rows.setdefault(
                row["metric"],
                {"metric": row["metric"], "kind": row["kind"], "cells": [[] for _ in weeks]},
            )
            of["cells"][weeks.index(row["week"])].append(_entry(row))
    return {"weeks": weeks, "trends": list(rows.values())}


def _entry(row: Row) -> dict[str, Any]:
    """What may be compared: the share of the current epoch, or the bridged one."""
    names = ("share", "low", "high")
    if not row["is_current"]:
        names = ("bridged_share", "bridged_low", "bridged_high")
    share, low, high = (row[name] for name in names)
    return {
        "share": share, "low": low, "high": high, "n": row["n"],
        "is_bridged": not row["is_current"] and share is not None,
        "why": WHY_NOT.get(row["reason"] or ""),
    }  # fmt: skip

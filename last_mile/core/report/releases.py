"""What the report says of product releases: one sentence per release, then what hides in it.

Not here: the comparison (core/release_effect), training releases.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from last_mile.core.report.wording import listed, spoken

Row = Mapping[str, Any]
_WHY = {
    "tasks_not_named": "the logs name no tasks",
    "same_tasks": "both did the same tasks",
    "tasks_come_and_go": "tasks come and go, so both drew from one stream",
    "task_sets_differ": "their task sets differ, so only the {n:,} tasks common to both count",
    "few_common_tasks": "their task sets differ and only {n} tasks are common: no comparison",
}
_SAID = ("improved", "regressed", "moved")


def release_sentences(rows: Iterable[Row]) -> list[str]:
    """Per release that has a reference: on what it was compared, what moved, what hides."""
    by_pair: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row["reference"] is not None:
            by_pair.setdefault((row["release"], row["reference"]), []).append(row)
    return [sentence for pair, found in by_pair.items() for sentence in _of_pair(*pair, found)]


def _of_pair(release: str, reference: str, rows: list[Row]) -> list[str]:
    first = rows[0]
    why = _WHY[first["basis_reason"]].format(n=first["n_common_tasks"] or 0)
    chosen = "the release before" if first["reference_is"] == "previous" else "the most used one"
    opening = f"{release} against {reference}, {chosen}; {why}."
    if first["basis"] == "refused":
        return [opening]
    said = [
        f"{listed([spoken(row['measure']) for row in rows if row['verdict'] == verdict])} {verdict}"
        for verdict in _SAID
        if any(row["verdict"] == verdict for row in rows)
    ]
    if not any(row["verdict"] in _SAID and row["kind"] == "outcome" for row in rows):
        compared = sum(row["verdict"] is not None for row in rows)
        other = "an outcome" if said else f"any of {compared} flags and outcomes"
        said.append(f"no evidence that {other} moved")
    verdicts = "; ".join(said)
    hidden = [
        f"{release} regressed on {spoken(row['measure'])} in {row['worst_stratum']} "
        f"({100 * row['worst_rd']:+.1f} points), while the whole did not."
        for row in rows
        if row["hides_regression"]
    ]
    return [f"{opening} {verdicts[0].upper()}{verdicts[1:]}.", *hidden, *_of_epochs(rows)]


def _of_epochs(rows: list[Row]) -> Iterator[str]:
    """What was refused for its epochs, and what a bridge says of it."""
    apart = [row for row in rows if row["epoch_basis"] == "epochs_differ"]
    refused = [row for row in apart if row["bridged_rd"] is None]
    for why, rows_of in (
        ("another epoch judged the release before", [row for row in refused if not _changed(row)]),
        (
            "the rule changed and days are not built again, which costs nothing",
            [row for row in refused if _changed(row)],
        ),
    ):
        if rows_of:
            names = listed([spoken(row["measure"]) for row in rows_of])
            yield f"Not compared, for {why}: {names}."
    for row in apart:
        if row["bridged_rd"] is not None:
            points = [100 * row[f"bridged_{name}"] for name in ("rd", "low", "high")]
            yield (
                f"{spoken(row['measure'])}, bridged over {row['n_bridge_pairs']:,} conversations "
                "that both epochs judged, as counted: {:+.1f} points [{:+.1f}, {:+.1f}].".format(
                    *points
                )
            )


def _changed(row: Row) -> bool:
    return bool(row["reason"] == "rule_changed")

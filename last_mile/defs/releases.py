"""Product releases: each against the one before, and what users do, beside them and by itself.

Not here: training releases (defs/training.py).
"""

from datetime import date

import dagster as dg
import polars as pl

from last_mile.adapters.judge.bridge_source import read_answers
from last_mile.adapters.lift_source import read_leaks
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.engagement import engagement_effects as engagement_rows
from last_mile.core.judge.bridge import crossed, flagged
from last_mile.core.judge.epoch import flag_versions
from last_mile.core.release_effect import Bridges, Versions, release_fragments
from last_mile.core.release_effect import outcome_effects as effect_rows
from last_mile.core.release_effect import release_comparison as compared_rows
from last_mile.core.rubric import Rubric
from last_mile.defs.epochs import judge_bridge
from last_mile.defs.evidence import current_epoch, labeled_rubric
from last_mile.defs.outcomes import labeled_conversations
from last_mile.defs.reporting import counted
from last_mile.defs.tables import history_table


def _rows(warehouse: Warehouse, rubric: Rubric) -> pl.DataFrame:
    return warehouse.read("release_rows", fragments=release_fragments(rubric))


def _current_rows(warehouse: Warehouse, rubric: Rubric) -> pl.DataFrame:
    versions = _versions(warehouse, rubric, current_epoch(warehouse))
    return versions.left_out(_rows(warehouse, rubric))


def _bridges(warehouse: Warehouse, rubric: Rubric) -> Bridges:
    epoch = current_epoch(warehouse)
    read = read_answers(warehouse, rubric, epoch)
    judged = [row for row in read.flags if row["kind"] == "judge"]
    return Bridges(
        epoch,
        flagged(judged, "release", "version", "metric"),
        crossed(read.cells, "version", "release", "metric"),
        _versions(warehouse, rubric, epoch),
    )


def _versions(warehouse: Warehouse, rubric: Rubric, epoch: str) -> Versions:
    by_day: dict[str, dict[date, str]] = {}
    for metric, day, version, _ in warehouse.read("flag_versions").iter_rows():
        by_day.setdefault(metric, {})[day] = version
    return Versions(flag_versions(rubric, epoch), by_day)


@history_table("loop", [labeled_conversations, judge_bridge], kinds=("python",))
def release_comparison(warehouse: Warehouse) -> dg.MaterializeResult:
    """Every flag and outcome of each product release against the release before."""
    rubric = labeled_rubric(warehouse)
    leaks, as_of = read_leaks(warehouse, rubric), warehouse.read("known_up_to").item()
    rows = compared_rows(
        _rows(warehouse, rubric), rubric, as_of, leaks, _bridges(warehouse, rubric)
    )
    return counted(
        warehouse.replace("release_comparison", rows),
        verdicts=_counts(rows["verdict"]),
        basis=_counts(rows["basis_reason"]),
        epochs=_counts(rows["epoch_basis"]),
        hidden_regressions=int(rows["hides_regression"].sum()) or None,
    )


@history_table("loop", [labeled_conversations, release_comparison], kinds=("python",))
def outcome_effects(warehouse: Warehouse) -> dg.MaterializeResult:
    """Releases and engagement behaviours side by side: what the outcome goes along with."""
    rubric = labeled_rubric(warehouse)
    leaks, compared = read_leaks(warehouse, rubric), warehouse.read("release_comparison")
    rows = effect_rows(_current_rows(warehouse, rubric), rubric, compared, leaks)
    return counted(warehouse.replace("outcome_effects", rows))


@history_table("loop", [labeled_conversations], kinds=("python",))
def engagement_effects(warehouse: Warehouse) -> dg.MaterializeResult:
    """Engagement behaviours by segment: who never tries them, what goes along with them."""
    rubric = labeled_rubric(warehouse)
    leaks, as_of = read_leaks(warehouse, rubric), warehouse.read("known_up_to").item()
    rows = engagement_rows(_current_rows(warehouse, rubric), rubric, as_of, leaks)
    return counted(warehouse.replace("engagement_effects", rows), metrics=rows["metric"].n_unique())


def _counts(column: pl.Series) -> dict[str, int]:
    return dict(column.drop_nulls().value_counts().iter_rows())

"""Product releases out of a real warehouse: read, compared, stored, checked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.release_effect import (
    outcome_effects,
    release_comparison,
    release_fragments,
)
from last_mile.core.rubric import Rubric
from last_mile_tests.adapters.lifted import labeled, people
from last_mile_tests.scenario import DAY, metric, rubric

LATER = DAY + timedelta(days=3)


def _rubric() -> Rubric:
    helps = {"sign": 1, "author": "team", "date": "2025-12-01"}
    rule = {"kind": "heuristic", "rule": "entry_point_is", "params": {"value": "own_draft"}}
    return rubric(
        strata=["category", "model"],
        metrics=[metric("own_draft", prior=helps, about="engagement", **rule), metric()],
        tiers=[],
    )


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Two releases, one of them a judged sample, and conversations without a release."""
    new: dict[str, Any] = {"model": "m2", "day": LATER}
    rows = [
        *people(60, hired=12, model="m1", category="a", own_draft=True, robotic=False),
        *people(60, hired=6, model="m1", category=None, own_draft=False, robotic=True),
        *people(60, hired=24, category="a", own_draft=True, robotic=True, judge_weight=3.0, **new),
        *people(60, hired=12, category=None, own_draft=False, robotic=None, **new),
        *people(5, hired=5, model=None),
        {"hired": None, "own_draft": True, **new},  # not matured
    ]
    return labeled(tmp_path, rows, _rubric())


def _read(warehouse: Warehouse) -> pl.DataFrame:
    return warehouse.read("release_rows", fragments=release_fragments(_rubric()))


def test_rows_have_every_flag_and_outcome_and_strata_that_are_not_null(
    warehouse: Warehouse,
) -> None:
    rows = _read(warehouse)
    assert rows.columns == [
        "release", "day", "_user", "_task", "_weight", "category", "own_draft", "robotic",
        "hired", "interviewed",
    ]  # fmt: skip
    assert rows.height == 246
    assert set(rows["release"]) == {"m1", "m2", "unknown"}
    assert set(rows["category"]) == {"a", "-"}


def test_the_comparison_fits_its_table_and_a_second_one_replaces_it(warehouse: Warehouse) -> None:
    rows = release_comparison(_read(warehouse), _rubric(), None)
    for _ in range(2):
        assert warehouse.replace("release_comparison", rows) == 2 * 4
    stored = warehouse.read("release_comparison")
    hired = stored.row(
        by_predicate=(pl.col("release") == "m2") & (pl.col("measure") == "hired"), named=True
    )
    assert (hired["n"], hired["events"], hired["n_reference"]) == (120, 36, 120)
    # both strata overlap by 30: ((.4 - .2) + (.2 - .1))/2
    assert hired["adjusted_rd"] == pytest.approx(0.15)
    assert (hired["reference"], hired["basis_reason"]) == ("m1", "tasks_not_named")
    robotic = stored.row(
        by_predicate=(pl.col("release") == "m2") & (pl.col("measure") == "robotic"), named=True
    )
    assert (robotic["n"], robotic["rate"]) == (60, 1.0)


def test_effects_fit_their_table(warehouse: Warehouse) -> None:
    read = _read(warehouse)
    compared = release_comparison(read, _rubric(), None)
    warehouse.replace("outcome_effects", outcome_effects(read, _rubric(), compared))
    stored = warehouse.read("outcome_effects").filter(outcome="hired")
    assert dict(stored.select("kind", "reason").iter_rows()) == {
        "release": None,
        "engagement": "no_common_stratum",  # all drafts are of one category
    }


@pytest.mark.parametrize("table", ["release_comparison", "outcome_effects"])
def test_what_is_computed_passes_its_own_check(warehouse: Warehouse, table: str) -> None:
    read = _read(warehouse)
    compared = release_comparison(read, _rubric(), None)
    warehouse.replace("release_comparison", compared)
    warehouse.replace("outcome_effects", outcome_effects(read, _rubric(), compared))
    found = warehouse.read(f"../checks/{table}__figures_are_possible")
    faults = [column for column in found.columns if column.startswith("n_")]
    assert found.select(pl.col(faults).sum()).row(0) == (0,) * len(faults)

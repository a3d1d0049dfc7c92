"""Series that ended: no alarm of theirs stands, and the report and the check say so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.expectations import run_check
from last_mile.adapters.installation import Settings
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.drift import DRIFT_SCHEMA
from last_mile.core.drift.words import ENDED_AFTER, standing
from last_mile.core.expectation import STAGE_CHECKS
from last_mile.core.report import drift_section
from last_mile_tests.scenario import DAY


def _row(kind: str, metric: str, day: int, *, alarm: bool) -> dict[str, Any]:
    return {
        "alarm_kind": kind, "metric": metric, "day": DAY + timedelta(days=day), "version": "e1",
        "n": 200, "positive": 60, "value": 0.3, "baseline": 0.2, "baseline_low": 0.1,
        "baseline_high": 0.3, "recent": 0.3, "recent_low": 0.2, "recent_high": 0.4, "e": 900.0,
        "alarm": alarm, "alarm_since": DAY if alarm else None, "change": 0.05,
        "days_to_detect": 9,
    }  # fmt: skip


def _rows(days_since: int, kind: str = "prevalence", last: str = "prevalence") -> pl.DataFrame:
    """An alarm of one flag, another that went on for so many days, in the rows of `last`."""
    return pl.DataFrame(
        [_row(kind, "robotic", 0, alarm=True), _row(last, "polite", days_since, alarm=False)],
        schema=DRIFT_SCHEMA,
    )


def _stands(rows: pl.DataFrame, kind: str = "prevalence") -> tuple[bool, bool]:
    row = standing(rows).row(
        by_predicate=(pl.col("metric") == "robotic") & (pl.col("alarm_kind") == kind), named=True
    )
    return row["alarm"], row["ended"]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(home=str(tmp_path))
    made.installation.save(Settings(drops="drops"))
    return made


def _alarms(warehouse: Warehouse, rows: pl.DataFrame, name: str) -> list[str]:
    """What the check names; empty: it passes."""
    warehouse.replace("drift", rows)
    [check] = [c for c in STAGE_CHECKS if (c.asset, c.name) == ("drift", name)]
    found = run_check(warehouse, check)
    return [] if found.passed else [str(found)]


def test_an_alarm_stands_while_its_series_has_data_of_the_newest_days(
    warehouse: Warehouse,
) -> None:
    rows = _rows(ENDED_AFTER)
    assert _stands(rows) == (True, False)
    [said] = _alarms(warehouse, rows, "prevalence_is_steady")
    assert f"robotic since {DAY}" in said


def test_it_stands_no_longer_when_the_table_went_on_without_it(warehouse: Warehouse) -> None:
    rows = _rows(ENDED_AFTER + 1)
    assert _stands(rows) == (False, True)
    assert _alarms(warehouse, rows, "prevalence_is_steady") == []
    [part] = drift_section(rows)
    assert part["alarms"] == 0
    assert part["sentences"][:2] == [
        "No drift told apart.", f"Ended, without data for over {ENDED_AFTER} days: robotic.",
    ]  # fmt: skip


def test_labels_that_stopped_are_held_to_the_days_of_the_conversations(
    warehouse: Warehouse,
) -> None:
    rows = _rows(ENDED_AFTER + 1, kind="agreement")
    assert _stands(rows, "agreement") == (False, True)
    assert _alarms(warehouse, rows, "judge_agrees_as_before") == []


def test_a_relation_is_held_to_the_days_whose_outcomes_are_known(warehouse: Warehouse) -> None:
    rows = _rows(ENDED_AFTER + 1, kind="relation")
    assert _stands(rows, "relation") == (True, False)  # it waits for its outcomes
    assert _alarms(warehouse, rows, "relation_is_steady")
    rows = _rows(ENDED_AFTER + 1, kind="relation", last="relation")
    assert _stands(rows, "relation") == (False, True)
    assert _alarms(warehouse, rows, "relation_is_steady") == []

"""Lifts over days of several epochs and rules: flags of the current ones count, others do not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.lift_source import of_other_rules, read_counted, read_known
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.lift import metric_lift
from last_mile.core.rubric import Rubric
from last_mile_tests.adapters.lifted import TODAY, labeled, people, row_of
from last_mile_tests.scenario import DAY, metric, rubric

LATER = DAY + timedelta(days=1)


def _rubric() -> Rubric:
    helps = {"sign": 1, "author": "team", "date": "2025-12-01"}
    rule = {"kind": "heuristic", "rule": "entry_point_is", "params": {"value": "own_draft"}}
    return rubric(metrics=[metric("own_draft", prior=helps, **rule), metric()], tiers=[])


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """An older day on which `robotic` helps, a newer one on which it hurts."""
    old: dict[str, Any] = {"day": DAY, "own_draft": True}
    new: dict[str, Any] = {"day": LATER, "own_draft": False}
    rows = [
        *people(100, hired=60, robotic=True, **old), *people(100, hired=10, robotic=False, **old),
        *people(100, hired=20, robotic=True, **new), *people(100, hired=40, robotic=False, **new),
    ]  # fmt: skip
    made = labeled(tmp_path, rows, _rubric())
    made.replace("judge_flags", pl.DataFrame([
        {"conversation_id": f"c{i}", "metric": "robotic", "day": row["day"], "flag": "true",
         "reason": "judged", "epoch": "old" if row["day"] == DAY else "new",
         "definition_hash": "h"}
        for i, row in enumerate(rows)
    ]))  # fmt: skip
    return made


def _lifts(warehouse: Warehouse, epoch: str | None) -> list[dict[str, Any]]:
    asked = _rubric()
    known = read_known(warehouse, asked, epoch or "", TODAY)
    return metric_lift(read_counted(warehouse, asked, epoch), asked, known).to_dicts()


def test_judged_flags_of_another_epoch_are_in_no_figure(warehouse: Warehouse) -> None:
    row = row_of(_lifts(warehouse, "new"), "robotic")
    assert (row["n"], row["n_scored"], row["n_true"]) == (400, 200, 100)
    # the newer day alone: 20/100 against 40/100, crude and adjusted
    assert row["rr"] == pytest.approx(0.5)
    assert row["adjusted_rr"] == pytest.approx(0.5)
    assert row["adjusted_low"] > 0.3
    older = row_of(_lifts(warehouse, "old"), "robotic")
    assert older["rr"] == pytest.approx(6.0)


def test_mixed_they_would_have_said_the_opposite(warehouse: Warehouse) -> None:
    # 80/200 against 50/200
    assert row_of(_lifts(warehouse, None), "robotic")["rr"] == pytest.approx(1.6)


def _flag_by_rule(warehouse: Warehouse, older: str) -> None:
    """The rule's flags of the older day are of this definition, of the newer day as it is now."""
    now = _rubric().heuristics[0].definition_hash
    rows = warehouse.read("labeled_conversations").iter_rows(named=True)
    warehouse.replace("heuristic_flags", pl.DataFrame([
        {"conversation_id": row["conversation_id"], "metric": "own_draft", "day": row["day"],
         "flag": str(row["own_draft"]).lower(), "reason": "entry_point", "evidence": None,
         "definition_hash": older if row["day"] == DAY else now}
        for row in rows
    ]))  # fmt: skip


@pytest.mark.parametrize("epoch", ["new", None])
def test_flags_of_a_rule_as_it_is_now_count_in_every_epoch(
    warehouse: Warehouse, epoch: str | None
) -> None:
    _flag_by_rule(warehouse, _rubric().heuristics[0].definition_hash)
    row = row_of(_lifts(warehouse, epoch), "own_draft")
    assert (row["n_scored"], row["n_true"]) == (400, 200)
    assert row["rr"] == pytest.approx(70 / 60)
    assert of_other_rules(warehouse, _rubric()) == {}


@pytest.mark.parametrize("epoch", ["new", None])
def test_flags_of_a_rule_that_changed_are_in_no_figure(
    warehouse: Warehouse, epoch: str | None
) -> None:
    _flag_by_rule(warehouse, "as it was")
    row = row_of(_lifts(warehouse, epoch), "own_draft")
    # all true ones are of the older day
    assert (row["n"], row["n_scored"], row["n_true"]) == (400, 200, 0)
    assert row["rr"] is None
    people = next(iter(read_counted(warehouse, _rubric(), epoch))).rows
    assert dict(people["own_draft"].value_counts().iter_rows()) == {None: 200, False: 200}
    assert of_other_rules(warehouse, _rubric()) == {"own_draft": 200}

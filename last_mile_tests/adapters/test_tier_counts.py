"""Tiers counted out of the tables: by day, by user in both periods, for the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.tier_source import read_tier_lift
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.fragments import quoted
from last_mile.core.rubric import Rubric
from last_mile.core.tier_lift import CHOSEN_ON, LATER
from last_mile_tests.adapters.lifted import labeled, people
from last_mile_tests.scenario import DAY, rubric

LATE = DAY + timedelta(days=1)
OUTCOME = {"outcome": '"hired"'}
TIERS = {
    "best": (None, "own_draft", "desirable"),
    "dull": ("dull", "robotic", "undesirable"),
    "ordinary": (None, None, None),
}


def _tiered(home: Path, rows: Sequence[Mapping[str, Any]], of: Rubric) -> Warehouse:
    """A warehouse whose conversations have the tier that their row names."""
    own = [{key: value for key, value in row.items() if key != "tier"} for row in rows]
    warehouse = labeled(home, own, of)
    tiers = []
    for i, row in enumerate(rows):
        reason, rule, train = TIERS[row["tier"]]
        tier = "poor" if row["tier"] == "dull" else row["tier"]
        tiers.append(
            {"conversation_id": f"c{i}", "day": row.get("day", DAY), "tier": tier,
             "reason": reason, "rule": rule, "train": train}
        )  # fmt: skip
    warehouse.replace("quality_tiers", pl.DataFrame(tiers, infer_schema_length=None))
    return warehouse


def _rubric() -> Rubric:
    tiers = [
        {"tier": "best", "when": "own_draft", "train": "desirable"},
        {"tier": "poor", "reason": "dull", "when": "robotic", "train": "undesirable"},
    ]
    return rubric(tiers=tiers, training={"chosen_until": DAY})


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Two days of three tiers; one user has two late conversations in one tier, one in another."""
    late: dict[str, Any] = {"day": LATE}
    rows = [
        *people(4, hired=2, tier="best"),
        *people(3, hired=1, tier="dull"),
        *people(5, hired=1, tier="ordinary"),
        *people(2, hired=2, tier="best", user_id="busy", **late),
        *people(1, hired=0, tier="ordinary", user_id="busy", **late),
        *people(2, hired=0, tier="best", user_id=None, **late),
        *people(6, hired=1, tier="ordinary", **late),
        {"hired": None, "tier": "best", **late},  # not matured
    ]
    return _tiered(tmp_path, rows, _rubric())


def test_conversations_of_a_tier_are_counted_by_day_matured_ones_apart(
    warehouse: Warehouse,
) -> None:
    counts = warehouse.read("tier_counts", fragments=OUTCOME)
    names = ["day", "tier", "reason", "n", "n_matured", "events"]
    assert counts.columns == [*names[:3], "rule", *names[3:]]
    assert counts.select(names).rows() == [
        (DAY, "best", "", 4, 4, 2),
        (DAY, "ordinary", "", 5, 5, 1),
        (DAY, "poor", "dull", 3, 3, 1),
        (LATE, "best", "", 5, 4, 2),  # 2 of busy, 2 of nobody, 1 still open
        (LATE, "ordinary", "", 7, 7, 1),
    ]


def test_users_are_counted_within_the_days_and_without_a_user_each_conversation_is_its_own(
    warehouse: Warehouse,
) -> None:
    days = {"first": quoted(str(LATE)), "last": quoted(str(LATE))}
    users = warehouse.read("tier_users", fragments={**OUTCOME, **days})
    best = users.filter(tier="best").sort("n_matured")
    assert best.select("n_matured", "events").rows() == [(1, 0), (1, 0), (2, 2)]
    assert users["user"].n_unique() == 3 + 6  # busy is one user in both tiers
    assert users.select(pl.col("n_matured", "events").sum()).row(0) == (4 + 7, 2 + 1)


def test_the_rows_fit_the_table_and_know_their_users(warehouse: Warehouse) -> None:
    rows = read_tier_lift(warehouse, _rubric())
    assert warehouse.replace("tier_lift", rows) == 4
    stored = warehouse.read("tier_lift").sort("tier", "reason", "period")
    assert stored.select("tier", "reason", "period", "n", "n_matured", "events").rows() == [
        ("best", "", CHOSEN_ON, 4, 4, 2), ("best", "", LATER, 5, 4, 2),
        ("poor", "dull", CHOSEN_ON, 3, 3, 1), ("poor", "dull", LATER, 0, 0, 0),
    ]  # fmt: skip
    # Later: 3 events in 11, rate 3/11. Residuals 8/11 and -3/11, over 4 in `best`, 7 in ordinary.
    # Alone, times 11^2: (2*64 + 2*9)/16 + (1*64 + 6*9)/49 = 9.125 + 2.408 = 11.533.
    # Users: busy (16/4 + 3/7)^2 = 19.612; two alone 2*9/16 = 1.125; ordinary without busy
    # (64 + 5*9)/49 = 2.224. Together 22.962; 22.962 / 11.533 = 1.991
    assert stored["design_effect"].to_list() == pytest.approx([1.0, 1.991, 1.0, None], abs=1e-3)
    assert stored["state"].to_list() == ["underpowered"] * 2 + ["no_outcomes"] * 2


def test_the_same_tables_give_the_same_rows(warehouse: Warehouse) -> None:
    first = read_tier_lift(warehouse, _rubric())
    assert all(read_tier_lift(warehouse, _rubric()).equals(first) for _ in range(5))


def test_the_report_reads_each_reason_of_a_tier_on_its_own(warehouse: Warehouse) -> None:
    rows = warehouse.read("tier_outcomes", fragments=OUTCOME)
    assert rows.select("tier", "reason", "rule", "train", "n", "n_known", "events").rows() == [
        ("poor", "dull", "robotic", "undesirable", 3, 3, 1),
        ("best", None, "own_draft", "desirable", 9, 8, 4),
        ("ordinary", None, None, None, 12, 12, 2),
    ]


def test_what_another_rule_chose_proves_nothing_of_this_one(warehouse: Warehouse) -> None:
    tiers = [{"tier": "best", "when": "polite", "train": "desirable"}]
    changed = rubric(tiers=tiers, training={"chosen_until": DAY})
    row = read_tier_lift(warehouse, changed).filter(period=LATER).row(0, named=True)
    assert (row["rule"], row["n"], row["state"]) == ("polite", 0, "no_outcomes")

"""The asset `drift` and its alarms over a warehouse: read, watch, replace, warn."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import numpy as np
import polars as pl
import pytest

from last_mile.adapters.drift_source import read_drift
from last_mile.adapters.installation import Settings
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.drift import Window, drift_fragments, user_fragments
from last_mile.core.fragments import wide_columns
from last_mile.core.rubric import Rubric
from last_mile.defs import drift
from last_mile.defs.checks import STAGE_CHECK_DEFINITIONS
from last_mile_tests.adapters.lifted import labeled
from last_mile_tests.scenario import DAY, metric, rubric

DAYS, DAILY = 50, 200
ALARMS = ("prevalence_is_steady", "judge_agrees_as_before", "relation_is_steady")


def _rubric() -> Rubric:
    return rubric(metrics=[metric("robotic"), metric("polite")], tiers=[])


def _judged(days: list[int], answers: list[bool], flag: str = "robotic") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "conversation_id": [f"c{i}" for i in range(len(days))],
            "metric": flag,
            "day": [DAY + timedelta(days=day) for day in days],
            "flag": ["true" if answer else "false" for answer in answers],
            "reason": "judged",
            "epoch": "e1",
            "definition_hash": "h",
        }
    )


def _materialized(home: Path, late: float) -> tuple[Warehouse, dict[str, Any], dict[str, Any]]:
    """Of 200 conversations a day 0.3 are robotic, `late` of them from day 40 on."""
    warehouse = Warehouse(home=str(home))
    warehouse.installation.save(Settings(drops="drops"))
    asked = warehouse.installation.rubric()
    warehouse.add_columns("labeled_conversations", wide_columns(asked))
    rng = np.random.default_rng(1)
    day = np.repeat(np.arange(DAYS), DAILY)
    robotic = rng.random(len(day)) < np.where(day >= 40, late, 0.3)
    rows = pl.DataFrame(
        {
            "conversation_id": [f"c{i}" for i in range(len(day))],
            "day": [DAY + timedelta(days=int(one)) for one in day],
            "sounds_robotic": robotic,
            "hired": rng.random(len(day)) < 0.2,
        }
    ).with_columns(judge_weight=pl.lit(1.0))
    warehouse.replace("labeled_conversations", rows)
    flags = _judged(day.tolist(), robotic.tolist(), "sounds_robotic")
    warehouse.replace("judge_flags", flags)
    checks = [c for c in STAGE_CHECK_DEFINITIONS if all(k.name in ALARMS for k in c.check_keys)]
    result = dg.materialize(
        [drift.drift, *checks],
        resources={"warehouse": warehouse},
        instance=dg.DagsterInstance.ephemeral(),
    )
    (reported,) = result.asset_materializations_for_node("drift")
    told = {name: value.value for name, value in reported.metadata.items()}
    return warehouse, told, {e.check_name: e for e in result.get_asset_check_evaluations()}


def test_an_alarm_warns_with_the_flag_its_day_before_now_and_power(tmp_path: Path) -> None:
    warehouse, told, checks = _materialized(tmp_path, 0.5)
    assert told["prevalence_alarms"] == 1
    assert told["relation_alarms"] == 0
    row = warehouse.read("drift").filter(alarm_kind="prevalence", metric="sounds_robotic")
    since = row["alarm_since"].drop_nulls().unique().to_list()
    assert DAY + timedelta(days=40) <= since[0] <= DAY + timedelta(days=47)
    alarm = checks["prevalence_is_steady"]
    assert not alarm.passed
    assert alarm.severity == dg.AssetCheckSeverity.WARN
    for part in (f"sounds_robotic since {since[0]}", "before", "now", "is found in"):
        assert part in alarm.description, alarm.description
    assert checks["judge_agrees_as_before"].passed
    assert checks["relation_is_steady"].passed


def test_quiet_days_have_no_alarm_and_replace_what_was_there(tmp_path: Path) -> None:
    _materialized(tmp_path, 0.5)
    warehouse, told, checks = _materialized(tmp_path, 0.3)
    assert not warehouse.read("drift")["alarm"].any()
    assert all(check.passed for check in checks.values())
    assert "points" in str(told["prevalence_power"])


def test_the_order_of_rows_changes_no_digit(tmp_path: Path) -> None:
    warehouse, _, _ = _materialized(tmp_path, late=0.3)
    asked, rows = warehouse.installation.rubric(), warehouse.read("labeled_conversations")
    rows = rows.with_row_index().with_columns(
        user_id=pl.format("u{}", pl.col("index") % 301),
        judge_weight=1 + (pl.col("index") % 7) / 3,
    )
    warehouse.replace("labeled_conversations", rows.drop("index"))
    found = read_drift(warehouse, asked, None)
    for seed in range(3):
        shuffled = rows.drop("index").sample(fraction=1.0, shuffle=True, seed=seed)
        warehouse.replace("labeled_conversations", shuffled)
        assert read_drift(warehouse, asked, None).equals(found)


def test_nothing_at_all_is_an_empty_table(tmp_path: Path) -> None:
    warehouse = Warehouse(home=str(tmp_path))
    warehouse.installation.save(Settings(drops="drops"))
    result = dg.materialize([drift.drift], resources={"warehouse": warehouse})
    assert result.success
    assert warehouse.read("drift").is_empty()


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Four conversations of two users on a day, one of them with weight 3, and one a day later."""
    rows: list[dict[str, Any]] = [
        {"user_id": "u1", "robotic": True, "hired": True},
        {"user_id": "u1", "robotic": True, "hired": False, "judge_weight": 3.0},
        {"user_id": "u2", "robotic": False, "hired": True},
        {"user_id": "u2", "robotic": None, "hired": False},
        {"user_id": "u1", "robotic": False, "hired": None, "day": DAY + timedelta(days=1)},
    ]
    return labeled(tmp_path, rows, _rubric())


def test_a_day_is_counted_as_it_is_and_as_what_its_weights_are_worth(warehouse: Warehouse) -> None:
    warehouse.replace("judge_flags", _judged([0], [True]))
    rows = warehouse.read("drift_days", fragments=drift_fragments(_rubric()))
    first, second = rows.iter_rows(named=True)
    assert (first["metric"], first["version"], second["version"]) == ("robotic", "e1", None)
    assert (first["n"], first["positive"], first["n_known"], first["events"]) == (3, 2, 3, 2)
    # weights 1, 3, 1: (5)^2/11 conversations, 4/5 of them with the flag; each weight is worth 5/11
    assert first["weighted_n"] == pytest.approx(25 / 11)
    assert first["weighted_positive"] == pytest.approx(20 / 11)
    assert [first[name] for name in ("n_true", "events_true", "n_false", "events_false")] == (
        pytest.approx([20 / 11, 5 / 11, 5 / 11, 5 / 11])
    )
    assert (second["n"], second["positive"], second["n_known"]) == (1, 0, 0)


def test_labels_are_counted_by_the_answer_of_the_judge(warehouse: Warehouse) -> None:
    warehouse.replace("judge_flags", _judged([0, 0, 0, 0], [True, True, False, False]))
    labels = pl.DataFrame(
        {"conversation_id": ["c0", "c1", "c2", "c9"], "metric": "robotic",
         "label": [True, False, False, True], "n_answers": 1}
    )  # fmt: skip
    warehouse.replace("human_labels", labels)
    rows = warehouse.read("drift_labels")
    assert rows.select("judged", "n", "positive").rows() == [(False, 1, 1), (True, 2, 1)]


def test_users_of_both_fortnights_blur_nothing_and_those_of_one_do(tmp_path: Path) -> None:
    def ratio(of_user: list[tuple[str, int, bool]]) -> float:
        rows: list[dict[str, Any]] = [
            {"user_id": user, "day": DAY + timedelta(days=day), "robotic": flag, "hired": flag}
            for user, day, flag in of_user
        ]
        found = labeled(tmp_path, rows, _rubric())
        fragments = user_fragments(_rubric(), [Window("prevalence", "robotic", DAY)])
        return float(found.read("drift_users", fragments=fragments)["ratio"].item())

    # residuals of half a conversation: u1 has 2 on two days of a fortnight, so (1)^2 over 2 (1/2)^2
    assert ratio([("u1", 1, True), ("u1", 2, True), ("u2", 1, False), ("u2", 2, False)]) == 2
    # one in each fortnight: 1/2 - 1/2 = 0
    assert ratio([("u1", 1, True), ("u1", 20, True), ("u2", 1, False), ("u2", 20, False)]) == 0
    # all of one day: there is nothing that days apart would miss
    assert ratio([("u1", 1, True), ("u1", 1, True), ("u2", 1, False), ("u2", 1, False)]) == 1

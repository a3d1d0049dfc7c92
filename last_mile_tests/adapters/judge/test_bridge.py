"""A bridge between two epochs: what it asks, what it pays, and what then can be compared."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from last_mile.adapters.judge.bridge import Bridged, run_bridge
from last_mile.adapters.judge.bridge_plan import plan_bridge
from last_mile.adapters.judge.bridge_source import build_bridge, build_trends
from last_mile.adapters.warehouse import Warehouse
from last_mile.cli.judge import judge as command
from last_mile.core.judge.epoch import epoch_of
from last_mile.errors import UserError
from last_mile_tests.adapters.judge.world import (
    asking,
    assert_books_balance,
    change,
    flags,
    judge,
    judged_world,
    spent_nano,
    use_rubric,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.judge_server.replies import Answer

NOW = datetime(2026, 1, 9, 12, 0, tzinfo=UTC)
NEWER = "openai/gpt-4o-mini-2024-07-18"  # another name, the same price
RUBRIC = asking("polite")


def _number(shown: dict[str, Any]) -> int:
    return int(shown["messages"][0]["content"].rpartition(" ")[2])


def older(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
    """True for every second conversation."""
    return {"polite": ("t" if _number(shown) % 2 == 0 else "f", 9, None, None)}


def newer(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
    """As the older one, and true for every fifth, and not applicable for every thirteenth."""
    number = _number(shown)
    said = "n" if number % 13 == 12 else "t" if number % 2 == 0 or number % 5 == 0 else "f"
    return {"polite": (said, 9, None, None)}


@pytest.fixture
def warehouse(tmp_path: Path, server: JudgeServer) -> Warehouse:
    """100 conversations whose flags are of an older judge; the settings name a newer one."""
    return _world(tmp_path, server)


def _world(folder: Path, server: JudgeServer, **settings: Any) -> Warehouse:
    server.answerer = older
    warehouse = judged_world(folder, 100, rubric=RUBRIC, **settings)
    judge(warehouse)
    flags(warehouse)
    change(warehouse, judge=NEWER)
    server.answerer = newer
    return warehouse


def _epochs(warehouse: Warehouse) -> tuple[str, str]:
    """The older one, the current one."""
    rubric = warehouse.installation.rubric()
    return epoch_of(rubric, "openai/gpt-4o-mini"), epoch_of(rubric, NEWER)


def bridged(warehouse: Warehouse, sample: int = 100, run: str = "b1") -> Bridged:
    """Run a bridge from the newest other epoch."""
    return run_bridge(warehouse, None, sample, run)


def test_a_bridge_asks_the_current_judge_alone_and_counts_both(
    warehouse: Warehouse, server: JudgeServer
) -> None:
    before = server.calls
    done = bridged(warehouse)
    assert server.calls - before == 100
    (row,) = done.rows
    # of 0..99, not applicable: 12, 25, 38, 51, 64, 77, 90: 4 even (12, 38, 64, 90), 3 odd
    assert (row["n_pairs"], row["n_not_applicable"], row["n_unscored"]) == (100, 7, 0)
    # even: 46 stay true. odd: 5, 15, 25, …, 95 are 10 by five, less 25: 9; 50 - 3 - 9 stay false
    assert (row["both_true"], row["only_old"], row["only_new"], row["both_false"]) == (46, 0, 9, 38)
    assert row["agreement"] == pytest.approx(84 / 93)
    assert (row["true_if_true"], row["true_if_false"]) == (1.0, pytest.approx(9 / 47))
    assert (row["n_old"], row["old_share"]) == (100, 0.5)
    # all old answers are bridged, so the crosswalk is the newer judge's own share
    assert row["bridged_share"] == pytest.approx(55 / 93)
    assert row["bridged_low"] < 55 / 93 < row["bridged_high"]
    assert row["reason"] is None
    assert_books_balance(warehouse, server)


def test_a_second_run_pays_nothing_and_a_larger_one_only_the_rest(
    warehouse: Warehouse, server: JudgeServer
) -> None:
    first = bridged(warehouse, 40)
    made = server.calls
    again = bridged(warehouse, 40, run="b2")
    assert (again.rows, server.calls) == (first.rows, made)
    assert warehouse.read("judge_bridge_samples").height == 40
    larger = bridged(warehouse, 60, run="b3")
    assert server.calls == made + 20
    assert larger.rows[0]["n_sampled"] == 60


def test_the_run_that_follows_does_not_pay_what_the_bridge_asked(
    warehouse: Warehouse, server: JudgeServer
) -> None:
    bridged(warehouse, 40)
    assert judge(warehouse, "r2").calls == 60


def test_a_cap_ends_a_bridge_and_the_next_run_goes_on(tmp_path: Path, server: JudgeServer) -> None:
    whole = _world(tmp_path / "whole", server)
    before = spent_nano(whole)
    bridged(whole)
    cost = (spent_nano(whole) - before) / 1e9
    warehouse = _world(tmp_path / "capped", server)
    change(warehouse, cap_usd=0.7 * cost)
    capped = bridged(warehouse)
    assert capped.capped == "run_cap"
    assert 0 < capped.n_left < 100
    assert capped.rows[0]["n_pairs"] == 100 - capped.n_left
    made = server.calls
    assert bridged(warehouse, run="b2").n_left == 0
    assert server.calls == made + capped.n_left
    assert warehouse.read("judge_bridge").to_dicts()[0]["n_pairs"] == 100


def test_a_judge_that_refuses_keeps_what_it_answered(
    warehouse: Warehouse, server: JudgeServer
) -> None:
    server.faults = ["honest"] * 35 + ["401"] * 100
    with pytest.raises(UserError, match="refuses every call"):
        bridged(warehouse)
    assert warehouse.read("judge_bridge")["n_pairs"].item() == 35
    server.faults = []
    assert bridged(warehouse, run="b2").n_left == 0


def test_only_drawn_conversations_are_pairs(warehouse: Warehouse, server: JudgeServer) -> None:
    judge(warehouse, "r2")  # the newer judge answers everything, but no bridge was drawn
    (row,) = build_bridge(warehouse)
    assert (row["n_pairs"], row["reason"]) == (0, "no_bridge")
    made = server.calls
    assert bridged(warehouse, 50).rows[0]["n_pairs"] == 50
    assert server.calls == made


def test_a_trend_over_epochs_is_refused_until_there_is_a_bridge(
    warehouse: Warehouse, server: JudgeServer
) -> None:
    (row,) = build_trends(warehouse)
    assert (row["week"], row["is_current"], row["n"]) == (date(2026, 1, 5), False, 100)
    assert (row["share"], row["bridged_share"], row["reason"]) == (0.5, None, "no_bridge")
    bridged(warehouse)
    (row,) = build_trends(warehouse)
    assert row["bridged_share"] == pytest.approx(55 / 93)
    assert (row["n_pairs"], row["reason"]) == (93, None)
    judge(warehouse, "r2")
    flags(warehouse)
    (row,) = build_trends(warehouse)
    assert (row["is_current"], row["bridged_share"], row["reason"]) == (True, None, None)
    assert row["share"] == pytest.approx(55 / 93)


def test_a_plan_asks_nothing_and_says_cost_and_width(
    warehouse: Warehouse, server: JudgeServer
) -> None:
    made = server.calls
    plan = plan_bridge(warehouse, None, 50, NOW)
    assert server.calls == made
    assert (plan.planned.plan.calls, plan.planned.plan.n_conversations) == (50, 50)
    assert plan.planned.plan.usd(plan.planned.model.price) > 0
    (polite,) = plan.expected
    assert (polite.share, polite.is_assumed, polite.reason) == (0.5, True, None)
    # 25 pairs each way, one in ten changed: sd about sqrt(2 x .25 x .09/25 + .64 x .25/100)
    assert polite.half_width == pytest.approx(1.96 * 0.058, rel=0.15)
    assert warehouse.read("judge_bridge_samples").is_empty()
    bridged(warehouse, 50)
    (polite,) = plan_bridge(warehouse, None, 50, NOW).expected
    assert not polite.is_assumed
    assert plan_bridge(warehouse, None, 50, NOW).planned.plan.calls == 0


def test_an_epoch_may_be_chosen(warehouse: Warehouse, tmp_path: Path) -> None:
    old, _ = _epochs(warehouse)
    bridged(warehouse)
    use_rubric(tmp_path, asking("polite", "wordy"))
    change(warehouse, judge="rules")
    done = run_bridge(warehouse, old, 30, "b2")
    assert {row["from_epoch"] for row in done.rows} == {old}
    assert [row["metric"] for row in done.rows] == ["polite", "wordy"]
    # the older epoch did not ask it
    assert done.rows[1]["reason"] == "no_old_answers"


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [("feedfeedfeedfeed", "no epoch 'feedfeedfeedfeed'.*are: {old} ."), ("{new}", "current one")],
    ids=["unknown", "current"],
)
def test_a_wrong_epoch_is_refused_with_those_that_are_known(
    warehouse: Warehouse, server: JudgeServer, wanted: str, sentence: str
) -> None:
    old, new = _epochs(warehouse)
    made = server.calls
    with pytest.raises(UserError, match=sentence.format(old=old)):
        run_bridge(warehouse, wanted.format(new=new), 50, "b1")
    assert server.calls == made


def test_without_another_epoch_there_is_nothing_to_bridge(tmp_path: Path) -> None:
    warehouse = judged_world(tmp_path, 3, judge="rules")
    judge(warehouse)
    with pytest.raises(UserError, match="no other epoch than"):
        run_bridge(warehouse, None, 50, "b1")


def test_an_epoch_without_answers_is_refused(tmp_path: Path) -> None:
    warehouse = judged_world(tmp_path, 3, judge="rules")
    flags(warehouse)  # unscored: nothing was asked
    change(warehouse, judge=NEWER)
    with pytest.raises(UserError, match="has no answers about conversations as they now stand"):
        run_bridge(warehouse, None, 50, "b1")
    assert verdicts(warehouse).is_empty()


def test_recorded_verdicts_cannot_be_asked(warehouse: Warehouse) -> None:
    change(warehouse, judge="recorded")
    with pytest.raises(UserError, match="cannot be asked for a bridge"):
        run_bridge(warehouse, None, 50, "b1")


def test_the_command_plans_then_runs(warehouse: Warehouse, server: JudgeServer) -> None:
    home, made = ["--home", str(warehouse.installation.home)], server.calls
    asked = ["bridge", *home, "--sample", "50"]
    planned = CliRunner().invoke(command, asked)
    assert planned.exit_code == 0, planned.output
    assert server.calls == made
    lines = planned.output.splitlines()
    assert lines[0].startswith(f"from epoch {_epochs(warehouse)[0]} (openai/gpt-4o-mini, ")
    assert lines[0].endswith("50 of 100 conversations it judged as they stand")
    polite = next(line for line in lines if line.startswith("polite"))
    assert polite.split()[1:3] == ["50.0%", "0"]
    assert lines[-1] == "Nothing was asked. To ask: the same with --run."
    ran = CliRunner().invoke(command, [*asked, "--run"])
    assert ran.exit_code == 0, ran.output
    assert server.calls == made + 50
    assert "50 of 50 drawn conversations have all answers" in ran.output
    assert "secret" not in planned.output + ran.output

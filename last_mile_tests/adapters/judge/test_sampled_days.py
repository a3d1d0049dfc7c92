"""A day judged in part: which part, when it is enough, what each conversation stands for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from last_mile.adapters.warehouse import Warehouse
from last_mile.errors import UserError
from last_mile_tests.adapters.judge.world import (
    asking,
    assert_books_balance,
    change,
    flags,
    judge,
    judged_world,
    said,
    skipped,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.judge_server.replies import Answer

N = 300


def _lines() -> list[dict[str, Any]]:
    """300 conversations: 240 about work, 50 about home, 10 about travel."""
    kinds = ["work"] * 240 + ["home"] * 50 + ["travel"] * 10
    return [said(i, category=kind) for i, kind in enumerate(kinds)]


def _world(folder: Path, **settings: Any) -> Warehouse:
    rubric = {**asking(), "strata": ["category"]}
    chosen = {"precision": 0.05, "in_flight": 16, **settings}
    return judged_world(folder, 0, lines=_lines(), rubric=rubric, **chosen)


def _drawn(warehouse: Warehouse) -> list[str]:
    return sorted(warehouse.read("judge_samples")["conversation_id"])


def test_a_sample_stops_early_stands_for_the_whole_day_and_the_rest_is_not_sampled(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = _world(tmp_path)
    judged = judge(warehouse)
    sample = warehouse.read("judge_samples")
    # nobody is polite: with 50 of 300 Wilson's interval (n' = 50 * 299 / 250 = 59.8) is
    # 1.96^2 / (59.8 + 1.96^2) = 6 points wide, 3 to either side
    assert server.calls == judged.calls == sample.height == 50
    assert sample["weight"].sum() == pytest.approx(N)
    assert sample["weight"].min() >= 1  # type: ignore[operator]
    by_stratum = dict(sample.group_by("stratum").len().iter_rows())
    # 50 of 300 is a sixth: 40 of 240, 8.3 of 50, 1.7 of 10
    assert by_stratum["work"] == 40
    assert by_stratum["home"] in (8, 9)
    assert by_stratum["travel"] in (1, 2)
    whole = {"work": 240, "home": 50, "travel": 10}
    sums = dict(sample.group_by("stratum").agg(weight=sample["weight"].sum()).iter_rows())
    assert set(sums) == set(whole)
    for stratum, n in whole.items():
        of_it = sample.filter(stratum=stratum)
        assert of_it["weight"].sum() == pytest.approx(n)
    assert skipped(warehouse) == ["not_sampled"] * (N - 50)
    assert set(flags(warehouse).filter(flag="unscored")["reason"]) == {"not_sampled"}
    assert set(verdicts(warehouse)["conversation_id"]) == set(sample["conversation_id"])
    assert_books_balance(warehouse, server)


def test_the_same_day_draws_the_same_sample(tmp_path: Path, server: JudgeServer) -> None:
    first, second = _world(tmp_path / "a"), _world(tmp_path / "b", in_flight=2)
    judge(first)
    judge(second, "another run")
    assert _drawn(first) == _drawn(second)
    drawn = _drawn(first)
    assert judge(first, "r2").calls == 0
    assert _drawn(first) == drawn


def _half(ids: list[str], shown: dict[str, Any]) -> dict[str, Answer]:
    """Every second conversation is polite."""
    number = int(shown["messages"][0]["content"].split()[-1])
    letter = "t" if number % 2 else "f"
    return {"polite": (letter, 9, 0, "secret"), "wordy": ("f", 9, None, None)}


def test_a_prevalence_that_is_hard_to_know_takes_more(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = _world(tmp_path)
    server.answerer = _half
    judge(warehouse)
    # one half, 5 points, of 300: n0 = 385, n = 385 / (1 + 384 / 300) = 169; rounds of 50, 100, 200
    assert server.calls == 200
    assert warehouse.read("judge_samples")["weight"].sum() == pytest.approx(N)


def test_a_finer_precision_goes_on_with_what_was_judged(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = _world(tmp_path)
    judge(warehouse)
    drawn = set(_drawn(warehouse))
    change(warehouse, precision=0.02)
    judge(warehouse, "r2")
    assert server.calls == 100
    assert drawn < set(_drawn(warehouse))
    assert warehouse.read("judge_samples")["weight"].sum() == pytest.approx(N)
    assert_books_balance(warehouse, server)


def test_without_a_precision_the_rest_is_judged_and_every_conversation_stands_for_itself(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = _world(tmp_path)
    judge(warehouse)
    change(warehouse, precision=None)
    rest = judge(warehouse, "r2")
    assert rest.calls == N - 50
    assert warehouse.read("judge_samples").is_empty()
    assert skipped(warehouse) == []
    assert set(flags(warehouse)["flag"]) == {"false"}
    assert server.paid == N


def test_a_precision_that_needs_everything_leaves_no_sample(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 20, precision=0.01)
    judge(warehouse)
    assert server.calls == 20
    assert warehouse.read("judge_samples").is_empty()
    assert skipped(warehouse) == []


def test_a_capped_sample_weighs_what_it_has_and_says_why_it_lacks_the_rest(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = _world(tmp_path, cap_usd=0.002)
    judge(warehouse)
    sample = warehouse.read("judge_samples")
    assert 0 < sample.height < 50
    assert sample["weight"].sum() == pytest.approx(N)
    assert skipped(warehouse).count("run_cap") >= 50 - sample.height
    change(warehouse, cap_usd=None)
    judge(warehouse, "r2")
    assert server.paid == 50
    assert warehouse.read("judge_samples")["weight"].sum() == pytest.approx(N)
    assert_books_balance(warehouse, server)


def test_a_provider_that_never_answers_stops_a_sample_too(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = _world(tmp_path)
    server.faults = ["401"] * 9
    with pytest.raises(UserError, match="the provider refuses every call"):
        judge(warehouse)
    assert warehouse.read("judge_samples").is_empty()
    assert set(skipped(warehouse)) == {"stopped"}


def test_a_sample_through_a_batch_is_drawn_at_once_and_weighed_when_it_is_back(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = _world(tmp_path, batch=True, precision=0.1)
    server.batches.polls_before_done = 1
    first = judge(warehouse)
    # always enough for 10 points of 300: n0 = 96.04, n = 96.04 / (1 + 95.04 / 300) = 72.9
    assert first.skipped == {"in_batch": 73, "not_sampled": N - 73}
    judge(warehouse, "r2")
    judge(warehouse, "r3")
    sample = warehouse.read("judge_samples")
    assert sample.height == 73
    assert sample["weight"].sum() == pytest.approx(N)
    assert len(server.batches.made) == 1
    assert skipped(warehouse) == ["not_sampled"] * (N - 73)
    assert_books_balance(warehouse, server)

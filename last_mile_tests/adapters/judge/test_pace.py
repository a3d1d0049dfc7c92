"""When calls start: a window, limits of the provider, a declared rate."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from last_mile_tests.adapters.judge.world import (
    assert_books_balance,
    judge,
    judged_world,
)
from last_mile_tests.judge_server import JudgeServer


def test_retry_after_stops_all_calls_for_as_long_as_the_provider_says(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 30, in_flight=8)
    server.latency_s = 0.02
    server.faults = [*["honest"] * 10, "429:1"]
    judged = judge(warehouse)
    assert judged.progress.done == 30
    gaps = [later - earlier for earlier, later in pairwise(sorted(server.asked_at))]
    # calls that were in flight at the limit have arrived by then; then none for a second
    assert max(gaps) >= 0.9
    assert_books_balance(warehouse, server)


def test_a_limit_without_retry_after_shrinks_the_window(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("last_mile.core.judge.flow._CUT_AT_MOST_EVERY_S", 0.0)
    warehouse = judged_world(tmp_path, 60, in_flight=16)
    server.latency_s = 0.1
    server.faults = [*["honest"] * 20, *["429"] * 8]
    at_once: list[int] = []
    server.till.on_bill = lambda _: at_once.append(server.in_flight)
    judged = judge(warehouse)
    assert judged.progress.done == 60
    assert server.max_in_flight == 16
    # at most 8 more were sent before the limits were known. 8 limits cut 16 to 16 * 0.7^8 < 1, so
    # one at a time; every answer then widens w by 1 / w: 14 answers later it is below 6
    assert max(at_once[30:44]) <= 6
    assert_books_balance(warehouse, server)


def test_the_first_answer_opens_the_window(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = judged_world(tmp_path, 40, in_flight=8)
    server.latency_s = 0.1
    judge(warehouse)
    assert server.max_in_flight == 8
    first, second = sorted(server.asked_at)[:2]
    assert second - first >= 0.1  # nothing is asked beside the first call


def test_a_declared_rate_is_kept(tmp_path: Path, server: JudgeServer) -> None:
    warehouse = judged_world(tmp_path, 6, calls_per_minute=600)
    judge(warehouse)
    asked_at = sorted(server.asked_at)
    # 600 a minute is one each 0.1 s: five of them after the first, which may arrive a little late
    assert asked_at[-1] - asked_at[0] >= 0.4

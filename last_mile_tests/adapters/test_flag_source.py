"""Flags of a day that is read in shards are those of the day read at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from last_mile.adapters import flag_source
from last_mile.adapters.flag_source import build_flags
from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.scenario import DAYS, conversation, landed, rubric, write_drop


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    rows = [conversation(f"c{n}") for n in range(40)]
    found = landed(tmp_path / "home", write_drop(tmp_path / "drops", rows))
    found.build("conversations", DAYS)
    return found


def test_shards_hold_every_conversation_once(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = rubric().heuristics
    assert metrics
    n = build_flags(warehouse, DAYS, metrics, others_stay=False)
    at_once = warehouse.read("heuristic_flags").sort("conversation_id", "metric")
    assert n == at_once.height == 40 * len(metrics)
    monkeypatch.setattr(flag_source, "SHARD", 7)
    monkeypatch.setattr(Warehouse, "replace", None)  # they are written from files, at once
    assert build_flags(warehouse, DAYS, metrics, others_stay=False) == n
    assert warehouse.read("heuristic_flags").sort("conversation_id", "metric").equals(at_once)


def test_flags_of_other_metrics_stay(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *_ = metrics = rubric().heuristics
    n = build_flags(warehouse, DAYS, metrics, others_stay=False)
    monkeypatch.setattr(flag_source, "SHARD", 7)
    assert build_flags(warehouse, DAYS, [first], others_stay=True) == 40
    assert warehouse.read("heuristic_flags").height == n

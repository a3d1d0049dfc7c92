"""The model that replies name: kept with the call, and warned about when it changes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from last_mile.adapters.expectations import run_check
from last_mile.adapters.judge.ledger import Ledger
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.expectation import STAGE_CHECKS, CheckResult
from last_mile.core.judge.batch_rows import result_rows
from last_mile.core.judge.call import JournalLine, model_name
from last_mile.core.judge.epoch import epoch_of
from last_mile_tests.adapters.judge.world import (
    JUDGE,
    NEXT_DAYS,
    a_call,
    calls,
    judge,
    judged_world,
    said,
)
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.scenario import DAYS

OLD, NEW = "gpt-4o-mini-2024-07-18", "gpt-4o-mini-2025-01-01"
[CHECK] = [check for check in STAGE_CHECKS if check.name == "one_model_answers"]


def _checked(warehouse: Warehouse, days: Days) -> CheckResult:
    return run_check(warehouse, CHECK, days)


def test_a_name_that_comes_to_stand_for_another_model_is_a_warning(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 2, lines=[said(5, day=6)])
    server.snapshot = OLD
    judge(warehouse)
    assert calls(warehouse)["reported_model"].to_list() == [OLD, OLD]
    assert _checked(warehouse, DAYS).passed
    server.snapshot = NEW
    judge(warehouse, "r2", NEXT_DAYS)
    assert calls(warehouse)["reported_model"].to_list() == [OLD, OLD, NEW]
    found = _checked(warehouse, NEXT_DAYS)
    assert not found.passed
    epoch = epoch_of(warehouse.installation.rubric(), JUDGE)
    assert f"{JUDGE} of epoch {epoch}: {OLD}, {NEW}" in str(found)
    other = Days(date(2030, 1, 1), date(2030, 1, 1) + timedelta(days=1))
    assert _checked(warehouse, other).passed  # nothing was asked about that day


def test_a_line_of_an_older_version_names_no_model(tmp_path: Path) -> None:
    warehouse = judged_world(tmp_path, 0)
    call = msgspec.to_builtins(a_call().ended("answered", cost_nano=5))
    del call["reported_model"]
    text = msgspec.json.encode({"call": call, "verdicts": []})
    assert msgspec.json.decode(text, type=JournalLine).call.reported_model is None
    folder = warehouse.installation.home / "judge" / "journal"
    folder.mkdir(parents=True)
    (folder / "0123456789abcdef-000000.jsonl").write_bytes(text + b"\n")
    rubric = warehouse.installation.rubric()
    Ledger(warehouse, rubric, epoch_of(rubric, JUDGE)).fold()
    assert calls(warehouse).select("result", "reported_model").rows() == [("answered", None)]


def test_a_row_of_a_batch_names_its_model() -> None:
    body = {"model": OLD, "choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}]}
    line = {"custom_id": "c", "response": {"status_code": 200, "body": body}, "error": None}
    [row] = result_rows(msgspec.json.encode(line))
    assert row.model == OLD


@pytest.mark.parametrize(
    ("reported", "name"),
    [
        (OLD, OLD), ("accounts/fireworks/models/x:y@1+b", "accounts/fireworks/models/x:y@1+b"),
        ("", None), (None, None), (7, None), ("a sentence of a user", None), ("x" * 201, None),
        ("m\n", None), ("\ud83d", None),
    ],
)  # fmt: skip
def test_only_a_name_is_kept(reported: object, name: str | None) -> None:
    assert model_name(reported) == name

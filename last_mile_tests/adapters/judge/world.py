"""A warehouse with conversations to judge, and what is read off it afterwards.

Not here: tests, the server (last_mile_tests/judge_server).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.judge.judged import Judged
from last_mile.adapters.judge.stage import judge_days
from last_mile.adapters.landing import land
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.fragments import judge_fragments
from last_mile.core.judge.call import Call
from last_mile.core.judge.epoch import epoch_of
from last_mile_tests.judge_server import JudgeServer
from last_mile_tests.scenario import DAY, DAYS, READING, conversation, json_lines, message

JUDGE = "openai/gpt-4o-mini"
PAID = ("answered", "partial", "unusable")
_BUILT: dict[bytes, bytes] = {}  # warehouses by log: building one takes longer than judging it
NEXT_DAYS = Days(date(2026, 1, 6), date(2026, 1, 7))


def said(number: int, day: int = 5, **over: Any) -> dict[str, Any]:
    """A line of a log: one question, one answer, on a day of January 2026."""
    fields: dict[str, Any] = {
        "started_at": f"2026-01-{day:02d}T10:00:00Z",
        "messages": [
            message("user", f"secret question {number}"),
            message("assistant", f"secret answer {number}"),
        ],
    }
    name = f"c{number:03d}" if day == DAY.day else f"d{day}-{number:03d}"
    return conversation(name, **{**fields, **over})


def asking(*metrics: str, **judge: Any) -> dict[str, Any]:
    """A rubric of judged metrics; `judge` is its section of that name."""
    prior = {"sign": 1, "author": "team", "date": "2025-12-01"}
    return {
        "name": "small",
        "version": 1,
        "outcomes": [{"id": "hired", "horizon_days": 10}],
        "judge": judge,
        "metrics": [
            {"id": name, "kind": "judge", "question": f"Is the answer {name}?", "prior": prior}
            for name in metrics or ("polite", "wordy")
        ],
    }


def judged_world(
    folder: Path,
    n: int = 3,
    *,
    lines: Sequence[Mapping[str, Any]] = (),
    rubric: Mapping[str, Any] | None = None,
    judge: str = JUDGE,
    **settings: Any,
) -> Warehouse:
    """A warehouse with the conversations of DAYS (n of them, and those of `lines`) built."""
    drops = folder / "drops"
    drops.mkdir(parents=True)
    content = json_lines([*(said(i) for i in range(n)), *lines])
    (drops / "conversations.jsonl").write_bytes(content)
    use_rubric(folder, rubric or asking())
    installation = Installation.at(folder / "home")
    installation.save(Settings(str(drops), str(folder / "rubric.yaml"), judge, **settings))
    warehouse = Warehouse(home=str(installation.home))
    if content in _BUILT:
        installation.warehouse.write_bytes(_BUILT[content])
        return warehouse
    land(warehouse, drops, "conversations", READING)
    for days in (DAYS, NEXT_DAYS):
        warehouse.build("conversations", days)
    _BUILT[content] = installation.warehouse.read_bytes()
    return warehouse


def batched_world(folder: Path, n: int = 6, **over: Any) -> Warehouse:
    """The same, judged through batches."""
    return judged_world(folder, n, batch=True, **over)


def batch_states(warehouse: Warehouse) -> list[str]:
    """States of the batches, as they were handed over."""
    return warehouse.read("judge_batches").sort("submitted_at")["state"].to_list()


def use_rubric(folder: Path, rubric: Mapping[str, Any]) -> None:
    """Give a world another rubric."""
    (folder / "rubric.yaml").write_text(json.dumps(rubric))  # JSON is YAML


def change(warehouse: Warehouse, **settings: Any) -> None:
    """Give a world other settings."""
    installation = warehouse.installation
    installation.save(replace(installation.settings(), **settings))


def judge(warehouse: Warehouse, run: str = "r1", days: Days = DAYS) -> Judged:
    """Judge DAYS."""
    return judge_days(warehouse, days, run)


def verdicts(warehouse: Warehouse) -> pl.DataFrame:
    """The ledger, by conversation and metric."""
    return warehouse.read("judge_verdicts").sort("conversation_id", "metric", "epoch")


def calls(warehouse: Warehouse) -> pl.DataFrame:
    """All calls as they were sent."""
    return warehouse.read("judge_calls").sort("sent_at", "call_id")


def reasons(warehouse: Warehouse) -> dict[str, str]:
    """Reason by metric, of the only conversation."""
    return dict(verdicts(warehouse).select("metric", "reason").iter_rows())


def skipped(warehouse: Warehouse, days: Days | None = None) -> list[str]:
    """Why conversations lack an answer, by conversation."""
    return warehouse.read("judge_skipped", days).sort("conversation_id")["reason"].to_list()


def flags(warehouse: Warehouse, days: Days = DAYS) -> pl.DataFrame:
    """`judge_flags`, built now."""
    rubric, settings = warehouse.installation.rubric(), warehouse.installation.settings()
    epoch = epoch_of(rubric, settings.judge)
    warehouse.build("judge_flags", days, judge_fragments(rubric, epoch))
    return warehouse.read("judge_flags", days).sort("conversation_id", "metric")


def in_journal(warehouse: Warehouse) -> list[str]:
    """Segments that are left in the journal."""
    folder = warehouse.installation.home / "judge" / "journal"
    return sorted(path.name for path in folder.glob("*") if path.suffix != ".lock")


def assert_books_balance(warehouse: Warehouse, server: JudgeServer) -> None:
    """Every bill is a row of `judge_calls`, at its price or, in doubt, at most what is reserved."""
    booked = {row["call_id"]: row for row in calls(warehouse).iter_rows(named=True)}
    billed = {str(bill.request_id): bill.nano for bill in server.bills}
    assert len(billed) == len(server.bills)
    assert set(billed) <= set(booked)
    for call_id, row in booked.items():
        assert row["cost_nano"] <= row["reserved_nano"]
        if row["result"] in PAID and row["prompt_tokens"] is not None:
            assert billed.pop(call_id) == row["cost_nano"]
        else:  # in doubt, in a batch, or the provider did not count
            assert billed.pop(call_id, 0) <= row["cost_nano"]
    assert not billed
    assert in_journal(warehouse) == []


def spent_nano(warehouse: Warehouse) -> int:
    """What all calls cost or may have cost."""
    return int(calls(warehouse)["cost_nano"].sum())


def a_call(number: int = 1, **over: Any) -> Call:
    """A call that was sent."""
    fields: dict[str, Any] = {
        "call_id": f"call-{number}", "run": "r1", "epoch": "e", "judge": "j", "mode": "online",
        "content_hash": f"h{number}", "conversation_id": f"c{number}", "day": DAY, "panel": 0,
        "attempt": 1, "sent_at": datetime(2026, 1, 5, 12, tzinfo=UTC), "cut_characters": 0,
        "reserved_nano": 70,
    }  # fmt: skip
    return Call(**{**fields, **over})

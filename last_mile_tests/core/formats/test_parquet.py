"""Parquet rows: as real files give them, under the format asked for and the one detected."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.drop_reading import Reading
from last_mile.adapters.landing import land
from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.core.formats import detected_name, read, refusal, utc
from last_mile_tests.scenario import LAST_DAY

START = datetime(2026, 1, 5, 10, tzinfo=UTC)
SAID = [
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": None},
    {"role": "assistant", "content": "Hi"},
]
WHOLE = {"conversation_id": "c1", "started_at": START, "messages": SAID, "model": "m1"}
TURN = {"conversation_id": "c1", "turn": 1, "role": "user", "content": "Hello"}


def _landed(tmp_path: Path, rows: list[dict[str, Any]], name: str | None) -> pl.DataFrame:
    """The rows of `conversation_logs` that a Parquet file of these rows gives."""
    (tmp_path / "drops").mkdir()
    pl.DataFrame(rows).write_parquet(tmp_path / "drops/conversations.parquet")
    warehouse = Warehouse(home=str(tmp_path / "home"))
    reading = Reading(LAST_DAY, default_day=date(2026, 1, 5), format_name=name)
    land(warehouse, tmp_path / "drops", "conversations", reading)
    return warehouse.read("conversation_logs").sort("line")


def test_a_row_with_messages_is_a_conversation_any_other_a_turn() -> None:
    assert read("parquet", WHOLE).holds == "conversation"
    assert [role for role, _ in read("parquet", WHOLE).said] == ["user", "assistant", "assistant"]
    assert read("parquet", WHOLE).started_at == utc("2026-01-05T10:00:00")
    assert read("parquet", TURN).holds == "turn"
    assert read("parquet", TURN).position == 1
    assert refusal("parquet", {"conversation_id": "c1", "messages": None}) == "no_messages"


def test_what_it_is_made_of_is_detected_first() -> None:
    assert detected_name(WHOLE) == "native"
    assert detected_name(TURN) == "turns"


@pytest.mark.parametrize("name", [None, "parquet", "native"])
def test_a_file_of_conversations(tmp_path: Path, name: str | None) -> None:
    (row,) = _landed(tmp_path, [WHOLE], name).to_dicts()
    assert (row["conversation_id"], row["started_at"]) == ("c1", utc("2026-01-05T10:00:00"))
    assert [m["content"] for m in row["messages"]] == ["Hello", None, "Hi"]
    assert row["time_source"] == "zoned"


@pytest.mark.parametrize("name", [None, "parquet", "turns"])
def test_a_file_of_turns(tmp_path: Path, name: str | None) -> None:
    turns = [TURN, TURN | {"turn": 2, "role": "ai", "content": "Hi"}, TURN | {"role": "oracle"}]
    rows = _landed(tmp_path, turns, name).to_dicts()
    assert [row["position"] for row in rows] == [1, 2, None]
    assert [row["reject_reason"] for row in rows] == [None, None, "unknown_role"]
    assert [row["time_source"] for row in rows[:2]] == ["default_day", "default_day"]


def test_a_file_of_spans_is_detected_by_its_columns(tmp_path: Path) -> None:
    spans = [
        {
            "context.trace_id": "t-1",
            "span_kind": kind,
            "start_time": START,
            "attributes.llm.input_messages": [{"message.role": "user", "message.content": "Hello"}],
            "attributes.llm.output_messages": [{"message.role": "ai", "message.content": "Hi"}],
        }
        for kind in ("LLM", "CHAIN")
    ]
    call, chain = _landed(tmp_path, spans, None).to_dicts()
    assert (call["conversation_id"], call["holds"]) == ("t-1", "call")
    assert [(m["role"], m["content"]) for m in call["messages"]] == [
        ("user", "Hello"),
        ("assistant", "Hi"),
    ]
    assert chain["reject_reason"] == "not_a_model_call"

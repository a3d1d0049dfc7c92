"""Days built again after files changed: what was corrected moves, what was taken back goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from last_mile.adapters.landing import land
from last_mile.adapters.log_drop import Kind
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile_tests.scenario import READING, conversation, json_lines, write_drop, write_file

HEADER = b"conversation_id,outcome,value,occurred_at\n"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(home=str(tmp_path / "home"))


@pytest.fixture
def drops(tmp_path: Path) -> Path:
    return write_drop(tmp_path / "drops")


def _rebuild(warehouse: Warehouse, table: str, days: Sequence[int]) -> None:
    """Build days of January in this order, as a run does: the newest first."""
    for day in days:
        warehouse.build(table, Days(date(2026, 1, day), date(2026, 1, day + 1)))


def test_a_conversation_whose_start_was_corrected_moves_to_its_new_day(
    warehouse: Warehouse, drops: Path
) -> None:
    write_file(drops, "conversations.jsonl", json_lines([conversation()]))
    land(warehouse, drops, "conversations", READING)
    _rebuild(warehouse, "conversations", [5])
    moved = conversation(started_at="2026-01-06T10:00:00Z")
    write_file(drops, "conversations.jsonl", json_lines([moved]), 60)
    land(warehouse, drops, "conversations", READING)
    days = [day.day for day in warehouse.read("days_to_build")["day"]]
    _rebuild(warehouse, "conversations", days)
    assert warehouse.read("conversations")["day"].to_list() == [date(2026, 1, 6)]


def test_a_conversation_logged_again_the_next_day_moves_there(
    warehouse: Warehouse, drops: Path
) -> None:
    # logs without times: the day is the file's, and the later file has one message more
    first = conversation(started_at=None)
    write_file(drops, "conversations-2026-01-05.jsonl", json_lines([first]))
    land(warehouse, drops, "conversations", READING)
    _rebuild(warehouse, "conversations", [5])
    longer = {**first, "messages": [*first["messages"], {"role": "user", "content": "Thanks"}]}
    write_file(drops, "conversations-2026-01-06.jsonl", json_lines([longer]))
    land(warehouse, drops, "conversations", READING)
    _rebuild(warehouse, "conversations", [6, 5])
    rows = warehouse.read("conversations")
    assert [len(messages) for messages in rows["messages"]] == [3]


def test_an_outcome_file_exported_again_in_another_order_can_be_rebuilt(
    warehouse: Warehouse, drops: Path
) -> None:
    older, newer = b"c1,hired,1,2026-01-05T10:00:00Z\n", b"c2,hired,1,2026-01-06T10:00:00Z\n"
    write_file(drops, "outcomes.csv", HEADER + older + newer)
    land(warehouse, drops, "outcomes", READING)
    _rebuild(warehouse, "outcome_events", [6, 5])
    write_file(drops, "outcomes.csv", HEADER + newer + older, 60)
    land(warehouse, drops, "outcomes", READING)
    _rebuild(warehouse, "outcome_events", [6, 5])
    assert sorted(warehouse.read("outcome_events")["conversation_id"]) == ["c1", "c2"]


def _take_back(warehouse: Warehouse, drops: Path, name: str, kind: Kind, before: bytes) -> None:
    """Land and build a file of 5 January, empty it, and build the days a run would."""
    table = "conversations" if kind == "conversations" else "outcome_events"
    write_file(drops, name, before)
    land(warehouse, drops, kind, READING)
    _rebuild(warehouse, table, [5])
    assert warehouse.read(table).height == 1
    write_file(drops, name, b"" if kind == "conversations" else HEADER, 60)
    land(warehouse, drops, kind, READING)
    _rebuild(warehouse, table, [day.day for day in warehouse.read("days_to_build")["day"]])


def test_an_outcome_that_was_taken_back_leaves_no_event(warehouse: Warehouse, drops: Path) -> None:
    event = HEADER + b"c1,hired,1,2026-01-05T10:00:00Z\n"
    _take_back(warehouse, drops, "outcomes.csv", "outcomes", event)
    assert warehouse.read("outcome_events").is_empty()


def test_a_conversation_that_was_taken_back_is_gone(warehouse: Warehouse, drops: Path) -> None:
    lines = json_lines([conversation()])
    _take_back(warehouse, drops, "conversations.jsonl", "conversations", lines)
    assert warehouse.read("conversations").is_empty()

"""Landing a drop folder: every line ends once, and a file is read again only when it changed."""

from __future__ import annotations

import gzip
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from last_mile.adapters.landing import Landed, inspect_drops, land, landed_frame
from last_mile.adapters.log_drop import Kind
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.errors import UserError
from last_mile_tests.scenario import (
    DAY,
    DAYS,
    conversation,
    drop_file,
    json_lines,
    label,
    outcome,
    write_drop,
)

HEADER = b"conversation_id,outcome,value,occurred_at\n"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(home=str(tmp_path / "home"))


@pytest.fixture
def drops(tmp_path: Path) -> Path:
    return write_drop(tmp_path / "drops")


def _land(warehouse: Warehouse, drops: Path, kind: Kind = "conversations") -> Landed:
    return land(warehouse, drops, kind, None)


def _touch(file: Path, seconds: int) -> None:
    """Another modification time, whatever the clock's resolution."""
    os.utime(file, (1_767_600_000 + seconds, 1_767_600_000 + seconds))


def _write(drops: Path, name: str, content: bytes, seconds: int = 0) -> Path:
    (drops / name).parent.mkdir(exist_ok=True)
    (drops / name).write_bytes(content)
    _touch(drops / name, seconds)
    return drops / name


def _ids(warehouse: Warehouse) -> list[str]:
    logs = warehouse.read("conversation_logs").filter(pl.col("conversation_id").is_not_null())
    return sorted(logs["conversation_id"])


def test_every_physical_line_ends_accepted_or_refused(warehouse: Warehouse, drops: Path) -> None:
    broken = [b"\n", b"not json\n", b'{"conversation_id": "x"}\n', b"\xff\n"]
    content = json_lines([conversation("c1"), conversation("c2")]) + b"".join(broken)
    _write(drops, "conversations.jsonl", content + b'{"cut": ')  # the last line has no end
    assert _land(warehouse, drops) == Landed(files=1, unchanged=0, lines=7, rejected=5)
    logs = warehouse.read("conversation_logs").sort("line")
    assert logs["line"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    assert logs["reject_reason"].to_list() == [
        None, None, "empty_line", "invalid_json", "no_messages", "invalid_utf8", "invalid_json",
    ]  # fmt: skip
    assert logs["raw"].to_list() == [
        None, None, b"", b"not json", b'{"conversation_id": "x"}', b"\xff", b'{"cut": ',
    ]  # fmt: skip
    entry = warehouse.read("log_files").row(0, named=True)
    assert (entry["lines"], entry["accepted"], entry["rejected"]) == (7, 2, 5)


def test_events_and_labels_are_accounted_for_too(warehouse: Warehouse, drops: Path) -> None:
    write_drop(
        drops,
        outcomes=[outcome("c1"), outcome("", value="1"), outcome("c3", value="won")],
        labels=[label("c1"), label("c2", turn="first")],
    )
    assert _land(warehouse, drops, "outcomes") == Landed(1, 0, 3, 2)
    assert _land(warehouse, drops, "labels") == Landed(1, 0, 2, 1)
    reasons = warehouse.read("outcome_logs").sort("line")["reject_reason"].to_list()
    assert reasons == [None, "missing_field", "not_a_number"]
    kinds = warehouse.read("log_files").sort("kind")["kind"].to_list()
    assert kinds == ["labels", "outcomes"]


def test_refused_lines_are_kept_with_their_bytes_under_the_files_day(
    warehouse: Warehouse, drops: Path
) -> None:
    _write(drops, "2026-01-05/conversations.jsonl", b"caf\xe9\n")
    _write(drops, "2026-01-05/outcomes.csv", HEADER + b"c1,hired,won,\n")
    for kind in ("conversations", "outcomes"):
        _land(warehouse, drops, kind)
    warehouse.build("rejected_lines", DAYS)
    assert warehouse.read("rejected_lines", DAYS).sort("kind").drop("day").rows() == [
        ("2026-01-05/conversations.jsonl", 1, "conversations", "invalid_utf8", b"caf\xe9"),
        ("2026-01-05/outcomes.csv", 2, "outcomes", "not_a_number", b"c1,hired,won,"),
    ]


def test_unchanged_files_are_not_read_twice(warehouse: Warehouse, drops: Path) -> None:
    file = _write(drops, "conversations.jsonl", json_lines([conversation()]))
    _land(warehouse, drops)
    # other bytes of the same size and time: to read them would show
    content = file.read_bytes().replace(b"c1", b"XX")
    _write(drops, "conversations.jsonl", content)
    assert _land(warehouse, drops) == Landed(files=0, unchanged=1, lines=0, rejected=0)
    assert _ids(warehouse) == ["c1"]


@pytest.mark.parametrize("seconds", [0, 60])
def test_a_changed_file_replaces_its_rows_and_no_others(
    warehouse: Warehouse, drops: Path, seconds: int
) -> None:
    _write(drops, "conversations.jsonl", json_lines([conversation("c1"), conversation("c2")]))
    _write(drops, "conversations-b.jsonl", json_lines([conversation("c3")]))
    _land(warehouse, drops)
    _write(drops, "conversations.jsonl", json_lines([conversation("c4")]), seconds)
    assert _land(warehouse, drops) == Landed(files=1, unchanged=1, lines=1, rejected=0)
    assert _ids(warehouse) == ["c3", "c4"]


def test_a_file_that_was_emptied_has_no_rows_left(warehouse: Warehouse, drops: Path) -> None:
    _write(drops, "conversations.jsonl", json_lines([conversation()]))
    _land(warehouse, drops)
    _write(drops, "conversations.jsonl", b"", 60)
    assert _land(warehouse, drops) == Landed(1, 0, 0, 0)
    assert _ids(warehouse) == []


def test_rows_of_a_file_that_left_the_folder_stay(warehouse: Warehouse, drops: Path) -> None:
    gone = _write(drops, "conversations-a.jsonl", json_lines([conversation()]))
    _land(warehouse, drops)
    gone.unlink()
    assert _land(warehouse, drops).files == 0
    assert _ids(warehouse) == ["c1"]


def test_a_file_that_cannot_be_read_leaves_the_files_before_it_landed(
    warehouse: Warehouse, drops: Path
) -> None:
    _write(drops, "conversations-a.jsonl", json_lines([conversation("c1")]))
    _write(drops, "conversations-b.jsonl.gz", gzip.compress(json_lines([conversation("c2")]))[:-9])
    _write(drops, "conversations-c.jsonl", json_lines([conversation("c3")]))
    with pytest.raises(UserError, match=r"conversations-b\.jsonl\.gz"):
        _land(warehouse, drops)
    assert _ids(warehouse) == ["c1"]
    assert "conversations-b.jsonl.gz" not in warehouse.read("log_files")["file"].to_list()


def test_a_file_that_breaks_later_keeps_the_rows_it_had(warehouse: Warehouse, drops: Path) -> None:
    name, packed = "conversations-b.jsonl.gz", gzip.compress(json_lines([conversation("c2")]))
    _write(drops, name, packed)
    _land(warehouse, drops)
    _write(drops, name, packed[:-9], 60)
    with pytest.raises(UserError):
        _land(warehouse, drops)
    assert _ids(warehouse) == ["c2"]
    _write(drops, name, packed, 120)
    assert _land(warehouse, drops).lines == 1


def test_landing_again_after_the_tables_were_written_but_not_the_entry_gives_the_same_rows(
    warehouse: Warehouse, drops: Path
) -> None:
    _write(drops, "conversations.jsonl", json_lines([conversation("c1")]) + b"nonsense\n")
    _land(warehouse, drops)
    before = warehouse.read("conversation_logs").sort("line")
    warehouse.replace("log_files", warehouse.read("log_files").clear())  # as after a crash
    assert _land(warehouse, drops).lines == 2
    assert warehouse.read("conversation_logs").sort("line").equals(before)


def test_a_day_is_that_of_the_line_else_of_the_path_else_the_default(drops: Path) -> None:
    lines = json_lines([conversation(), conversation("c2", started_at=None)])
    dated = drop_file(drops, "conversations-2026-01-07.jsonl", lines)
    plain = drop_file(drops, "conversations.jsonl", lines)
    default = date(2026, 1, 9)
    assert landed_frame(dated, default)["day"].to_list() == [DAY, date(2026, 1, 7)]
    assert landed_frame(plain, default)["day"].to_list() == [DAY, default]
    undated = landed_frame(plain, None)
    assert undated["reject_reason"].to_list() == [None, "no_start_time"]
    assert undated["day"].to_list() == [DAY, DAY]  # a refused line is kept under its file's first


def test_the_entry_of_a_file_names_the_day_its_refused_lines_are_kept_under(
    warehouse: Warehouse, drops: Path
) -> None:
    _write(drops, "conversations.jsonl", json_lines([conversation()]) + b"nonsense\n")
    land(warehouse, drops, "conversations", date(2026, 1, 9))
    logs = warehouse.read("conversation_logs").filter(pl.col("reject_reason").is_not_null())
    assert warehouse.read("log_files")["file_day"].to_list() == logs["day"].to_list()


def test_many_files_without_a_day_and_then_one_with_a_day_are_landed(
    warehouse: Warehouse, drops: Path
) -> None:
    for i in range(101):
        _write(drops, f"conversations-a{i:03}.jsonl", json_lines([conversation(f"c{i}")]))
    _write(drops, "conversations-b-2026-01-05.jsonl", json_lines([conversation("last")]))
    assert _land(warehouse, drops).lines == 102


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param(
            "outcomes.jsonl",
            b'{"conversation_id": "\\ud800", "outcome": "hired", "value": 1}\n',
            id="half a surrogate pair in JSON",
        ),
        pytest.param(
            "outcomes.csv",
            b"conversation_id,outcome,value,pr\xe9nom\nc1,hired,1,Ann\n",
            id="a Latin-1 column name in CSV",
        ),
    ],
)
def test_text_that_is_not_unicode_is_refused_by_line_or_by_file(
    warehouse: Warehouse, drops: Path, name: str, content: bytes
) -> None:
    _write(drops, name, content)
    try:
        assert _land(warehouse, drops, "outcomes").rejected == 1
    except UserError as error:
        assert name in str(error)


def _rebuild(warehouse: Warehouse, table: str, days: Sequence[int]) -> None:
    """Build days of January in this order, as a run does: the newest first."""
    for day in days:
        warehouse.build(table, Days(date(2026, 1, day), date(2026, 1, day + 1)))


def test_a_conversation_whose_start_was_corrected_moves_to_its_new_day(
    warehouse: Warehouse, drops: Path
) -> None:
    _write(drops, "conversations.jsonl", json_lines([conversation()]))
    _land(warehouse, drops)
    _rebuild(warehouse, "conversations", [5])
    moved = conversation(started_at="2026-01-06T10:00:00Z")
    _write(drops, "conversations.jsonl", json_lines([moved]), 60)
    _land(warehouse, drops)
    days = [day.day for day in warehouse.read("days_to_build")["day"]]
    _rebuild(warehouse, "conversations", days)
    assert warehouse.read("conversations")["day"].to_list() == [date(2026, 1, 6)]


def test_a_conversation_logged_again_the_next_day_moves_there(
    warehouse: Warehouse, drops: Path
) -> None:
    # logs without times: the day is the file's, and the later file has one message more
    first = conversation(started_at=None)
    _write(drops, "conversations-2026-01-05.jsonl", json_lines([first]))
    _land(warehouse, drops)
    _rebuild(warehouse, "conversations", [5])
    longer = {**first, "messages": [*first["messages"], {"role": "user", "content": "Thanks"}]}
    _write(drops, "conversations-2026-01-06.jsonl", json_lines([longer]))
    _land(warehouse, drops)
    _rebuild(warehouse, "conversations", [6, 5])
    rows = warehouse.read("conversations")
    assert [len(messages) for messages in rows["messages"]] == [3]


def test_an_outcome_file_exported_again_in_another_order_can_be_rebuilt(
    warehouse: Warehouse, drops: Path
) -> None:
    older, newer = b"c1,hired,1,2026-01-05T10:00:00Z\n", b"c2,hired,1,2026-01-06T10:00:00Z\n"
    _write(drops, "outcomes.csv", HEADER + older + newer)
    _land(warehouse, drops, "outcomes")
    _rebuild(warehouse, "outcome_events", [6, 5])
    _write(drops, "outcomes.csv", HEADER + newer + older, 60)
    _land(warehouse, drops, "outcomes")
    _rebuild(warehouse, "outcome_events", [6, 5])
    assert sorted(warehouse.read("outcome_events")["conversation_id"]) == ["c1", "c2"]


def _take_back(warehouse: Warehouse, drops: Path, name: str, kind: Kind, before: bytes) -> None:
    """Land and build a file of 5 January, empty it, and build the days a run would."""
    table = "conversations" if kind == "conversations" else "outcome_events"
    _write(drops, name, before)
    _land(warehouse, drops, kind)
    _rebuild(warehouse, table, [5])
    assert warehouse.read(table).height == 1
    _write(drops, name, b"" if kind == "conversations" else HEADER, 60)
    _land(warehouse, drops, kind)
    _rebuild(warehouse, table, [day.day for day in warehouse.read("days_to_build")["day"]])


def test_an_outcome_that_was_taken_back_leaves_no_event(warehouse: Warehouse, drops: Path) -> None:
    event = HEADER + b"c1,hired,1,2026-01-05T10:00:00Z\n"
    _take_back(warehouse, drops, "outcomes.csv", "outcomes", event)
    assert warehouse.read("outcome_events").is_empty()


def test_a_conversation_that_was_taken_back_is_gone(warehouse: Warehouse, drops: Path) -> None:
    lines = json_lines([conversation()])
    _take_back(warehouse, drops, "conversations.jsonl", "conversations", lines)
    assert warehouse.read("conversations").is_empty()


def test_a_file_dated_in_the_future_does_not_close_open_outcomes(
    warehouse: Warehouse, drops: Path
) -> None:
    _write(drops, "outcomes-2099-01-01.csv", HEADER + b"c1,hired,1,\n")
    assert _land(warehouse, drops, "outcomes").rejected == 1  # a typing error, and seen as one
    assert warehouse.read("known_up_to").item() is None


def test_an_inspection_counts_what_a_landing_would_do_and_writes_nothing(
    tmp_path: Path, drops: Path
) -> None:
    _write(drops, "conversations.jsonl", json_lines([conversation()]) + b"x\ny\n\n")
    write_drop(tmp_path / "events", outcomes=[outcome(), outcome(value="won")])
    _write(drops, "outcomes.csv", (tmp_path / "events" / "outcomes.csv").read_bytes())
    before = sorted(tmp_path.rglob("*"))
    found = {entry["kind"]: entry for entry in inspect_drops(drops, None)}
    assert sorted(tmp_path.rglob("*")) == before
    lines = found["conversations"]
    assert (lines["files"], lines["lines"], lines["accepted"], lines["rejected"]) == (1, 4, 1, 3)
    assert lines["reasons"] == {"invalid_json": 2, "empty_line": 1}
    assert (lines["first"], lines["last"]) == (DAY, DAY)
    assert found["outcomes"]["reasons"] == {"not_a_number": 1}
    assert (found["labels"]["files"], found["labels"]["lines"]) == (0, 0)

"""Landing a drop folder: every line ends once, accepted or refused, under its day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from last_mile.adapters.drop_reading.sheets import CONVERSATIONS, EVENTS
from last_mile.adapters.landing import Landed, inspect_drops, land
from last_mile.adapters.log_drop import Kind
from last_mile.adapters.warehouse import Warehouse
from last_mile_tests.scenario import (
    DAY,
    DAYS,
    READING,
    conversation,
    json_lines,
    label,
    outcome,
    write_drop,
    write_file,
)

HEADER = b"conversation_id,outcome,value,occurred_at\n"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(home=str(tmp_path / "home"))


@pytest.fixture
def drops(tmp_path: Path) -> Path:
    return write_drop(tmp_path / "drops")


def _land(warehouse: Warehouse, drops: Path, kind: Kind = "conversations") -> Landed:
    return land(warehouse, drops, kind, READING)


def _counts(landed: Landed) -> tuple[int, int, int, int]:
    return landed.files, landed.unchanged, landed.lines, landed.rejected


def test_every_physical_line_ends_accepted_or_refused(warehouse: Warehouse, drops: Path) -> None:
    broken = [b"\n", b"not json\n", b'{"conversation_id": "x"}\n', b"\xff\n"]
    content = json_lines([conversation("c1"), conversation("c2")]) + b"".join(broken)
    write_file(drops, "conversations.jsonl", content + b'{"cut": ')  # the last line has no end
    landed = _land(warehouse, drops)
    assert _counts(landed) == (1, 0, 7, 5)
    assert (landed.formats, landed.time_sources) == ({"native": 1}, {"zoned": 2})
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
    assert (entry["status"], entry["error"], entry["format"]) == ("landed", None, "native")
    assert json.loads(entry["time_sources"]) == {"zoned": 2}


def test_events_and_labels_are_accounted_for_too(warehouse: Warehouse, drops: Path) -> None:
    write_drop(
        drops,
        outcomes=[outcome("c1"), outcome("", value="1"), outcome("c3", value="won")],
        labels=[label("c1"), label("c2", turn="first")],
    )
    assert _counts(_land(warehouse, drops, "outcomes")) == (1, 0, 3, 2)
    assert _counts(_land(warehouse, drops, "labels")) == (1, 0, 2, 1)
    reasons = warehouse.read("outcome_logs").sort("line")["reject_reason"].to_list()
    assert reasons == [None, "missing_field", "not_a_number"]
    kinds = warehouse.read("log_files").sort("kind")["kind"].to_list()
    assert kinds == ["labels", "outcomes"]


def test_event_lines_that_are_no_objects_are_refused_with_their_reason_and_bytes(
    warehouse: Warehouse, drops: Path
) -> None:
    deep = b"[" * 100_000
    half = b'{"conversation_id": "\\ud800"}'
    bad = [b"[1]", b"nonsense", b"", deep, half, b'{"value": 1}', b"\xff"]
    content = json_lines([outcome()]) + b"\n".join(bad) + b"\n"
    write_file(drops, "outcomes.jsonl", content)
    assert _counts(_land(warehouse, drops, "outcomes")) == (1, 0, 8, 7)
    logs = warehouse.read("outcome_logs").sort("line")
    assert logs["reject_reason"].to_list() == [
        None, "not_an_object", "invalid_json", "empty_line", "too_deep", "lone_surrogate",
        "missing_field", "invalid_utf8",
    ]  # fmt: skip
    assert logs["raw"].to_list() == [None, *bad]


@pytest.mark.parametrize(
    ("table", "staged"),
    [
        ("conversation_logs", CONVERSATIONS),
        ("outcome_logs", EVENTS["outcomes"]),
        ("label_logs", EVENTS["labels"]),
    ],
)
def test_staged_rows_have_every_column_of_their_table(
    warehouse: Warehouse, table: str, staged: pa.Schema
) -> None:
    assert set(staged.names) == set(warehouse.read(table).columns)


def test_refused_lines_are_kept_with_their_bytes_under_the_files_day(
    warehouse: Warehouse, drops: Path
) -> None:
    write_file(drops, "2026-01-05/conversations.jsonl", b"caf\xe9\n")
    write_file(drops, "2026-01-05/outcomes.csv", HEADER + b"c1,hired,won,\n")
    for kind in ("conversations", "outcomes"):
        _land(warehouse, drops, kind)
    warehouse.build("rejected_lines", DAYS)
    columns = ("file", "line", "byte_offset", "n_bytes", "kind", "reason", "raw")
    assert warehouse.read("rejected_lines", DAYS).sort("kind").select(columns).rows() == [
        ("2026-01-05/conversations.jsonl", 1, 0, 4, "conversations", "invalid_utf8", b"caf\xe9"),
        # the header is 42 bytes with its end, the row 13
        ("2026-01-05/outcomes.csv", 2, 42, 13, "outcomes", "not_a_number", b"c1,hired,won,"),
    ]


def test_a_day_is_that_of_the_line_else_of_the_path_else_the_default(
    warehouse: Warehouse, drops: Path
) -> None:
    rows = json_lines([conversation(), conversation("c2", started_at=None)])
    dated, plain = "conversations-2026-01-07.jsonl", "conversations.jsonl"
    for name in (dated, plain):
        write_file(drops, name, rows)

    def days(name: str, default_day: date | None) -> list[tuple[date, str | None, str | None]]:
        land(warehouse, drops, "conversations", replace(READING, default_day=default_day))
        logs = warehouse.read("conversation_logs").filter(file=name).sort("line")
        return logs.select("day", "time_source", "reject_reason").rows()

    own, default = (DAY, "zoned", None), date(2026, 1, 9)
    assert days(dated, default) == [own, (date(2026, 1, 7), "path_day", None)]
    assert days(plain, default) == [own, (default, "default_day", None)]
    # a refused line is kept under its file's first day
    assert days(plain, None) == [own, (DAY, None, "no_start_time")]


def test_the_entry_of_a_file_names_the_day_its_refused_lines_are_kept_under(
    warehouse: Warehouse, drops: Path
) -> None:
    write_file(drops, "conversations.jsonl", json_lines([conversation()]) + b"nonsense\n")
    land(warehouse, drops, "conversations", replace(READING, default_day=date(2026, 1, 9)))
    logs = warehouse.read("conversation_logs").filter(pl.col("reject_reason").is_not_null())
    assert warehouse.read("log_files")["file_day"].to_list() == logs["day"].to_list()


def test_many_files_without_a_day_and_then_one_with_a_day_are_landed(
    warehouse: Warehouse, drops: Path
) -> None:
    for i in range(101):
        write_file(drops, f"conversations-a{i:03}.jsonl", json_lines([conversation(f"c{i}")]))
    write_file(drops, "conversations-b-2026-01-05.jsonl", json_lines([conversation("last")]))
    assert _land(warehouse, drops).lines == 102


def test_text_that_is_not_unicode_costs_its_line(warehouse: Warehouse, drops: Path) -> None:
    content = b'{"conversation_id": "\\ud800", "outcome": "hired", "value": 1}\n'
    write_file(drops, "outcomes.jsonl", content)
    assert _land(warehouse, drops, "outcomes").rejected == 1


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (b"conversation_id,outcome,value,pr\xe9nom\n", "the CSV header is not UTF-8"),
        (b"id,outcome,value,note\n", "has no conversation_id"),
    ],
)
def test_a_csv_header_that_cannot_be_used_costs_its_file(
    warehouse: Warehouse, drops: Path, header: bytes, said: str
) -> None:
    write_file(drops, "outcomes.csv", header + b"c1,hired,1,Ann\n")
    assert _land(warehouse, drops, "outcomes").unreadable == ["outcomes.csv"]
    error = warehouse.read("log_files").filter(file="outcomes.csv")["error"].item()
    assert error.startswith("outcomes.csv, line 1: ")
    assert said in error
    assert warehouse.read("outcome_logs").is_empty()


def test_a_header_may_name_a_user_and_a_task_instead_of_a_conversation(
    warehouse: Warehouse, drops: Path
) -> None:
    header = b"user_id,task_id,outcome,value,occurred_at\n"
    rows = b"u1,t1,hired,1,2026-01-07\nu1,,hired,1,2026-01-07\nu1,t1,hired,1,\n"
    write_file(drops, "outcomes.csv", header + rows)
    assert _counts(_land(warehouse, drops, "outcomes")) == (1, 0, 3, 2)
    logs = warehouse.read("outcome_logs").sort("line")
    assert logs["reject_reason"].to_list() == [None, "missing_field", "missing_field"]


def test_characters_of_every_kind_arrive_as_they_were(warehouse: Warehouse, drops: Path) -> None:
    text = "a\0b \u2028 \ufeff é 🙂 \x7f"
    said = [{"role": "user", "content": text}]
    write_file(drops, "conversations.jsonl", json_lines([conversation(text, messages=said)]))
    _land(warehouse, drops)
    row = warehouse.read("conversation_logs").row(0, named=True)
    assert (row["conversation_id"], row["messages"][0]["content"]) == (text, text)


def test_a_file_dated_in_the_future_does_not_close_open_outcomes(
    warehouse: Warehouse, drops: Path
) -> None:
    write_file(drops, "outcomes-2099-01-01.csv", HEADER + b"c1,hired,1,\n")
    assert _land(warehouse, drops, "outcomes").rejected == 1  # a typing error, and seen as one
    assert warehouse.read("known_up_to").item() is None


def test_an_inspection_counts_what_a_landing_would_do_and_writes_nothing(
    tmp_path: Path, drops: Path
) -> None:
    write_file(drops, "conversations.jsonl", json_lines([conversation()]) + b"x\ny\n\n")
    write_drop(tmp_path / "events", outcomes=[outcome(), outcome(value="won")])
    write_file(drops, "outcomes.csv", (tmp_path / "events" / "outcomes.csv").read_bytes())
    before = sorted(tmp_path.rglob("*"))
    found = {entry["kind"]: entry for entry in inspect_drops(drops, READING)}
    assert sorted(tmp_path.rglob("*")) == before
    lines = found["conversations"]
    assert (lines["files"], lines["lines"], lines["accepted"], lines["rejected"]) == (1, 4, 1, 3)
    assert lines["reasons"] == {"invalid_json": 2, "empty_line": 1}
    assert (lines["first"], lines["last"]) == (DAY, DAY)
    assert found["outcomes"]["reasons"] == {"not_a_number": 1}
    assert (found["labels"]["files"], found["labels"]["lines"]) == (0, 0)

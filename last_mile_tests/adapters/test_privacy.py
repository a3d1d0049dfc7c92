"""Privacy at the door: nothing planted in any field of any line reaches the warehouse file.

Not here: what the patterns find in one text (core/test_redaction.py).
"""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.drop_reading import Reading
from last_mile.adapters.landing import Landed, land
from last_mile.adapters.log_drop import Kind
from last_mile.adapters.warehouse import Days, Warehouse
from last_mile.core.redaction import hashed_user
from last_mile_tests.scenario import LAST_DAY, conversation, json_lines, label, message, outcome

EVER = Days(date(2015, 1, 1), date(2100, 1, 1))
SALT = b"a salt of these tests"
MAIL, PHONE, NAME, USER = "zenobia@quux.example", "+1 555 867 5309", "Zenobia Quux", "u-4711-secret"
CARD, URL = "4111 1111 1111 1111", "https://quux.example/zenobia"
PLANTED = (MAIL, PHONE, "Zenobia", "Quux", USER, CARD, URL)
SAYS = f"I am {NAME}, {MAIL}, {PHONE}, {CARD}, {URL}"
FULL: dict[str, Any] = {
    "user_id": USER,
    "context": [{"doc_id": "d1", "text": f"Name: {NAME}\nMail: {MAIL}", "names": [NAME]}],
    "messages": [
        message("user", SAYS, name="Zenobia", note=SAYS),
        {"role": "user", "content": [{"text": SAYS}, {"type": "image", "alt": SAYS}]},
        message("assistant", None, tool_calls=[{"function": {"arguments": f"\n{PHONE}\t{MAIL}"}}]),
        message("tool", f"sent to\n{PHONE}"),
    ],
    "final_output": f"Dear {NAME}",
    "attributes": {"ticket": {"from": [MAIL, {"said": SAYS}]}},
    "unknown_field": [SAYS],
}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(home=str(tmp_path / "home"))


@pytest.fixture
def drops(tmp_path: Path) -> Path:
    (tmp_path / "drops").mkdir()
    (tmp_path / "drops" / "conversations.jsonl").write_bytes(json_lines([conversation()]))
    return tmp_path / "drops"


def _land(warehouse: Warehouse, drops: Path, kind: Kind = "conversations", **how: Any) -> Landed:
    private: dict[str, Any] = {"redacts": True, "salt": SALT, **how}
    return land(warehouse, drops, kind, Reading(last_day=LAST_DAY, **private))


def _leaks(warehouse: Warehouse, *tables: str) -> set[tuple[str, str]]:
    """What of the planted texts stands in the tables, read as text, or in the database's bytes."""
    found = set()
    for table in tables:
        rows = str(warehouse.read(table).to_dicts())
        found |= {(table, planted) for planted in PLANTED if planted in rows}
    held = warehouse.installation.warehouse.read_bytes()
    return found | {("the file", planted) for planted in PLANTED if planted.encode() in held}


def test_the_planted_texts_are_found_when_nothing_is_redacted(
    warehouse: Warehouse, drops: Path
) -> None:
    (drops / "conversations.jsonl").write_bytes(json_lines([conversation(**FULL)]))
    _land(warehouse, drops, redacts=False, salt=None)
    found = {planted for table, planted in _leaks(warehouse, "conversation_logs")}
    assert found == set(PLANTED)


def test_no_field_of_an_accepted_conversation_keeps_personal_data(
    warehouse: Warehouse, drops: Path
) -> None:
    (drops / "conversations.jsonl").write_bytes(json_lines([conversation(**FULL)]))
    assert _land(warehouse, drops).rejected == 0
    warehouse.build("conversations", EVER)
    assert _leaks(warehouse, "conversation_logs", "conversations", "log_files") == set()
    row = warehouse.read("conversation_logs").row(0, named=True)
    assert row["user_id"] == hashed_user(USER, SALT)
    said = "I am <NAME_1>, <EMAIL_1>, <PHONE_1>, <CARD_1>, <URL_1>"
    assert row["messages"][0]["content"] == said
    assert json.loads(row["attributes"])["unknown_field"] == [said]


@pytest.mark.parametrize("salt", [SALT, None], ids=["hashed", "as logged"])
@pytest.mark.parametrize(
    "line",
    [
        json.dumps(conversation(**{**FULL, "messages": [message("narrator", SAYS)]})),
        json.dumps(conversation(**{**FULL, "started_at": "yesterday"})),
        json.dumps({"user_id": USER, "note": f"call\n{PHONE}\nor {MAIL}"}),
        json.dumps(conversation(**FULL))[:-20],
        json.dumps({"content": MAIL, "conversation_id": "c1", "user_id": USER})[:-2],
        json.dumps({"a": {"userId": USER}, "b": [{"user": USER}]}) + "}",
        f"{MAIL}, {PHONE}, {CARD}, {URL}",
    ],
    ids=["role", "time", "escapes", "cut off", "cut off in the user id", "nested", "no JSON"],
)
def test_no_refused_line_keeps_personal_data(
    line: str, salt: bytes | None, warehouse: Warehouse, drops: Path
) -> None:
    (drops / "conversations.jsonl").write_bytes(json_lines([conversation()]) + line.encode())
    assert _land(warehouse, drops, salt=salt).rejected == 1
    warehouse.build("rejected_lines", EVER)
    found = {planted for _, planted in _leaks(warehouse, "conversation_logs", "rejected_lines")}
    assert found <= ({USER} if salt is None else set())


def _langsmith() -> dict[str, Any]:
    held = {"messages": [{"role": "user", "content": "Hi"}]}
    return {
        "id": "r1", "run_type": "llm", "trace_id": "t1", "start_time": "2026-01-05T10:00:00Z",
        "inputs": held, "outputs": {}, "extra": {"metadata": {"user_id": USER}},
    }  # fmt: skip


OTHERS: dict[str, dict[str, Any]] = {
    "openai_chat": {"id": "c1", "user": USER, "messages": [message("user", "Hi")]},
    "openai_requests": {
        "request": {"messages": [message("user", "Hi")], "metadata": {"user_id": USER}},
        "response": {"choices": []}, "session_id": "s1",
    },
    "sharegpt": {"id": "c1", "user_id": USER, "conversations": [{"from": "human", "value": "Hi"}]},
    "langfuse": {"id": "t1", "sessionId": "s1", "userId": USER, "input": "Hi", "output": "Ho",
                 "metadata": {"user_id": USER}},
    "langsmith": _langsmith(),
    "openinference": {"name": "llm", "context": {"trace_id": "t1"}, "attributes": {
        "openinference.span.kind": "LLM", "user.id": USER, "metadata": {"user_id": USER},
        "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Hi"}},
    "turns": {"conversation_id": "c1", "user_id": USER, "role": "user", "content": "Hi"},
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_no_format_keeps_a_user_id_anywhere_when_user_ids_are_hashed(
    name: str, warehouse: Warehouse, drops: Path
) -> None:
    (drops / "conversations.jsonl").write_bytes(json_lines([OTHERS[name]]))
    landed = _land(warehouse, drops, redacts=False, default_day=date(2026, 1, 5))
    assert (landed.rejected, dict(landed.formats)) == (0, {name: 1})
    assert warehouse.read("conversation_logs")["user_id"].to_list() == [hashed_user(USER, SALT)]
    assert _leaks(warehouse, "conversation_logs") == set()


def test_no_refused_csv_row_keeps_a_user_id(warehouse: Warehouse, drops: Path) -> None:
    held = io.StringIO()
    rows = csv.writer(held)
    rows.writerow(["conversation_id", "user_id", "role", "content"])
    rows.writerow(["c1", USER, "user", "Hi"])
    rows.writerow(["c1", USER, "narrator", "Hi"])
    (drops / "conversations.jsonl").unlink()
    (drops / "conversations.csv").write_text(held.getvalue())
    assert _land(warehouse, drops, default_day=date(2026, 1, 5)).rejected == 1
    assert _leaks(warehouse, "conversation_logs") == set()


def test_no_row_of_an_event_drop_keeps_personal_data(warehouse: Warehouse, drops: Path) -> None:
    events = [outcome(note=SAYS.replace(NAME, "")), outcome(value=f"many {MAIL} {PHONE}")]
    events.append(outcome(user_id=USER))
    (drops / "outcomes.jsonl").write_bytes(json_lines(events))
    labels = [label(value=f"see {MAIL}", annotator=MAIL), {"note": MAIL, "user_id": USER}]
    (drops / "labels.jsonl").write_bytes(json_lines(labels))
    assert (
        _land(warehouse, drops, "outcomes").rejected,
        _land(warehouse, drops, "labels").rejected,
    ) == (1, 1)
    assert _leaks(warehouse, "outcome_logs", "label_logs") == set()


def test_counts_by_kind_stand_with_the_file(warehouse: Warehouse, drops: Path) -> None:
    lines = [
        conversation("c1", messages=[message("user", f"{MAIL} {MAIL} {PHONE}")]),
        conversation("c2", messages=[message("user", f"{CARD} {URL} {MAIL}")]),
    ]
    (drops / "conversations.jsonl").write_bytes(json_lines(lines))
    counted = {"card": 1, "email": 3, "phone": 1, "url": 1}
    assert _land(warehouse, drops).redacted == counted
    assert json.loads(warehouse.read("log_files")["redactions"][0]) == counted


def test_placeholders_are_stable_in_a_conversation_and_begin_again_in_the_next(
    warehouse: Warehouse, drops: Path
) -> None:
    said = [[f"a@x.org {MAIL}", f"{MAIL} a@x.org"], [MAIL]]
    lines = [
        conversation(f"c{i}", messages=[message("user", text) for text in texts])
        for i, texts in enumerate(said)
    ]
    (drops / "conversations.jsonl").write_bytes(json_lines(lines))
    _land(warehouse, drops)
    logs = warehouse.read("conversation_logs").sort("line")
    texts = [[m["content"] for m in messages] for messages in logs["messages"]]
    assert texts == [["<EMAIL_1> <EMAIL_2>", "<EMAIL_2> <EMAIL_1>"], ["<EMAIL_1>"]]


@pytest.mark.parametrize(
    "other", [{"salt": b"another"}, {"salt": None}, {"redacts": False}], ids=str
)
def test_another_policy_reads_every_file_again(
    other: dict[str, Any], warehouse: Warehouse, drops: Path
) -> None:
    first = _land(warehouse, drops)
    assert (first.files, _land(warehouse, drops).unchanged) == (1, 1)
    users = warehouse.read("conversation_logs")["user_id"]
    assert _land(warehouse, drops, **other).files == 1
    after = warehouse.read("conversation_logs")["user_id"]
    assert after.equals(users) == ("salt" not in other)
    policies = warehouse.read("log_files").select(pl.col("policy").n_unique()).item()
    assert policies == 1
    assert SALT not in warehouse.installation.warehouse.read_bytes()


def test_switching_redaction_on_removes_what_was_stored_before(
    warehouse: Warehouse, drops: Path
) -> None:
    (drops / "conversations.jsonl").write_bytes(json_lines([conversation(**FULL)]))
    _land(warehouse, drops, redacts=False, salt=None)
    _land(warehouse, drops)
    rows = str(warehouse.read("conversation_logs").to_dicts())
    assert [planted for planted in PLANTED if planted in rows] == []

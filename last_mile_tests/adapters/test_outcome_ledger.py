"""Events of outcomes, their corrections and retractions: which count, and as of when.

Not here: several conversations that lead to one outcome (test_attribution.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from last_mile.adapters.landing import land
from last_mile.adapters.warehouse import Warehouse
from last_mile.core.redaction import hashed_user
from last_mile_tests.adapters.ledger import EVER, Ledger, about_task, known_up_to, of_task, utc
from last_mile_tests.scenario import (
    READING,
    conversation,
    json_lines,
    outcome,
    rubric,
    write_file,
)

SALT = b"a salt of these tests"


def _event(event_id: str, arrived: int | None = None, **over: Any) -> dict[str, Any]:
    """A version of an event of its conversation, arrived at noon on a day of January."""
    at = {} if arrived is None else {"arrived_at": f"2026-01-{arrived:02}T12:00:00Z"}
    return outcome(over.pop("conversation_id", event_id), event_id=event_id, **at, **over)


CORRECTED: dict[str, Any] = {"status": "corrected"}
RETRACTED: dict[str, Any] = {"status": "retracted"}
# Conversations begin on 5 January at 10:00, the horizon of `hired` is 10 days.
VERSIONS: dict[str, tuple[Sequence[Mapping[str, Any]], str]] = {
    "recorded": ([_event("recorded", 8)], "positive"),
    "corrected": (
        [_event("corrected", 8), _event("corrected", 9, value="0", **CORRECTED)],
        "negative",
    ),
    "retracted": (
        [_event("retracted", 8), _event("retracted", 9, value="", **RETRACTED)],
        "negative",
    ),
    "recorded again": (
        [_event("recorded again", 8), _event("recorded again", 9, **RETRACTED),
         _event("recorded again", 10)],
        "positive",
    ),
    "a later line that arrived before": (
        [_event("a later line that arrived before", 10),
         _event("a later line that arrived before", 9, **RETRACTED)],
        "positive",
    ),
    "arrived together": (
        [_event("arrived together", 9), _event("arrived together", 9, **RETRACTED)],
        "negative",
    ),
    "no arrival": ([_event("no arrival"), _event("no arrival", **RETRACTED)], "negative"),
    # occurred a day before the row it corrects, and would have arrived before it
    "an earlier time": (
        [_event("an earlier time"),
         _event("an earlier time", occurred_at="2026-01-06T10:00:00Z", value="0", **CORRECTED)],
        "negative",
    ),
    "corrected into the horizon": (
        [_event("corrected into the horizon", 25, occurred_at="2026-01-25T10:00:00Z"),
         _event("corrected into the horizon", 26, occurred_at="2026-01-15T10:00:00Z", **CORRECTED)],
        "positive",
    ),
    "two events": (
        [_event("two events", 8), _event("of it", 8, conversation_id="two events"),
         _event("of it", 9, conversation_id="two events", **RETRACTED)],
        "positive",
    ),
    "of another kind": (
        [_event("of another kind", 8), _event("of another kind", 9, outcome="other", **RETRACTED)],
        "positive",
    ),
    "moved from": (
        [_event("moving", 8, conversation_id="moved from"),
         _event("moving", 9, conversation_id="moved to", **CORRECTED)],
        "negative",
    ),
    "moved to": ([], "positive"),
    "without an id": (
        [outcome("without an id", value="0"), outcome("without an id", value="1")],
        "positive",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Every conversation of VERSIONS, known up to 31 January."""
    made = Ledger(tmp_path_factory.mktemp("ledger"), rubric())
    events = [row for rows, _ in VERSIONS.values() for row in rows]
    made.land([conversation(name) for name in VERSIONS], [*events, known_up_to("2026-01-31")])
    made.build()
    return made


@pytest.mark.parametrize("name", VERSIONS)
def test_of_the_versions_of_an_event_the_one_that_arrived_last_counts(
    ledger: Ledger, name: str
) -> None:
    state = VERSIONS[name][1]
    row = ledger.row(name)
    assert (row["state"], row["matured"]) == (state, True)


def test_nothing_leaves_the_ledger(ledger: Ledger) -> None:
    landed = sum(len(rows) for rows, _ in VERSIONS.values()) + 1
    assert ledger.rows("outcome_events").height == landed
    statuses = ledger.rows("outcome_events")["status"].value_counts().rows()
    assert dict(statuses) == {"recorded": 17, "corrected": 4, "retracted": 7}


def test_rows_built_day_by_day_are_those_of_all_days_at_once(ledger: Ledger) -> None:
    tables = ("conversations", "outcome_events", "outcomes", "labeled_conversations")
    at_once = {table: ledger.rows(table) for table in tables}
    ledger.build_by_day()
    assert all(ledger.rows(table).equals(at_once[table]) for table in tables)


def test_what_arrived_later_is_not_known(tmp_path: Path) -> None:
    # `late` was hired on the 7th, which arrived on the 30th; `corrected` was not hired after all,
    # which arrived on the 30th too
    made = Ledger(tmp_path, rubric())
    made.land(
        [conversation("late"), conversation("corrected")],
        [_event("late", 30), _event("corrected", 8), _event("corrected", 30, **RETRACTED)],
    )
    made.build()
    assert made.states() == {"corrected": "negative", "late": "positive"}
    made.read_as_of("2026-01-29 12:00:00")
    assert made.states() == {"corrected": "positive", "late": "negative"}
    made.read_as_of("2026-01-14 12:00:00")  # before the horizon
    assert made.states() == {"corrected": "positive", "late": "open"}
    assert not made.row("corrected")["matured"]


def test_an_event_that_names_a_user_and_a_task_goes_to_their_conversation(tmp_path: Path) -> None:
    made = Ledger(tmp_path, rubric())
    conversations = [
        of_task("a", 5), of_task("other task", 5, "t2"), of_task("other user", 5, user="u2"),
        of_task("b", 9),
    ]  # fmt: skip
    made.land(conversations, [about_task(8), known_up_to("2026-01-31")])
    made.build()
    assert made.states() == {
        "a": "positive", "b": "negative", "other task": "negative", "other user": "negative"
    }  # fmt: skip
    # from 10:00 on the 5th to 12:00 on the 8th
    assert made.row("a")["days_to_outcome"] == pytest.approx(3 + 2 / 24)
    made.land([], [about_task(8, event_id="e"), about_task(8, event_id="e", **RETRACTED)])
    made.build()
    assert made.rows("outcome_events")["conversation_id"].to_list().count(None) == 3


def test_user_ids_are_hashed_in_events_as_in_conversations(tmp_path: Path) -> None:
    hashing = replace(READING, salt=SALT)
    warehouse = Warehouse(home=str(tmp_path / "home"))
    drops = tmp_path / "drops"
    write_file(drops, "conversations.jsonl", json_lines([of_task("a", 5, user="4711")]))
    write_file(drops, "outcomes.jsonl", json_lines([{**about_task(8), "user_id": 4711}]))
    land(warehouse, drops, "conversations", hashing)
    land(warehouse, drops, "outcomes", hashing)
    users = warehouse.read("outcome_logs")["user_id"].to_list()
    assert users == warehouse.read("conversation_logs")["user_id"].to_list()
    assert users == [hashed_user("4711", SALT)]


def test_a_late_correction_opens_the_days_of_what_it_was_and_of_what_it_is(tmp_path: Path) -> None:
    made = Ledger(tmp_path, rubric())
    made.land([of_task("a", 5), of_task("b", 7, "t2")], [_event("e", 9, conversation_id="a")])
    made.build()
    moved = _event("e", 10, conversation_id="b", occurred_at="2026-01-08T10:00:00Z", **CORRECTED)
    made.land([], [moved])
    newest = max(made.open_days().values())
    opened = {key for key, change in made.open_days().items() if change == newest}
    assert opened == {(8, "events"), (5, "day"), (7, "day")}


def _older(home: Path) -> None:
    """A warehouse as it was before events named users and tasks."""
    Warehouse(home=str(home)).read("log_files")
    with closing(duckdb.connect(Warehouse(home=str(home)).installation.warehouse)) as connection:
        connection.execute("drop view replaced_events")
        connection.execute("alter table conversations drop column n_after_outcome")
        for table, text in _OLDER.items():
            connection.execute(f"drop table {table}")
            connection.execute(f"create table {table} ({text})")
        connection.execute(
            "insert into outcome_logs by name select 'outcomes-000.csv' as file, 1 as line, "
            "0 as part, 9 as n_bytes, 1 as line_crc, date '2026-01-07' as day, "
            "'c1' as conversation_id, "
            "'hired' as outcome, 1.0 as value, timestamp '2026-01-07 10:00' as occurred_at, "
            "'binary' as value_kind"
        )
        connection.execute(
            "insert into outcomes values ('c1', 'hired', '2026-01-05', 'positive', true, "
            "'2026-01-07 10:00', 2, 10, '2026-01-31')"
        )


_OLDER = {
    "outcome_logs": """
        file varchar not null, line bigint not null, part integer not null, byte_offset bigint,
        n_bytes bigint not null, line_crc bigint not null, day date not null, reject_reason varchar,
        raw blob, conversation_id varchar, outcome varchar, value double, value_kind varchar,
        occurred_at timestamp, arrived_at timestamp, attributes varchar,
        check ((reject_reason is null) = (conversation_id is not null)),
        check ((reject_reason is null) = (raw is null))""",
    "outcome_events": """
        conversation_id varchar not null, outcome varchar not null, value double not null,
        value_kind varchar not null, occurred_at timestamp not null, arrived_at timestamp not null,
        day date not null, source_file varchar not null, source_line bigint not null,
        primary key (source_file, source_line), check (occurred_at::date = day)""",
    "outcomes": """
        conversation_id varchar not null, outcome varchar not null, day date not null,
        state varchar not null check (state in ('positive', 'negative', 'open')),
        matured boolean not null, occurred_at timestamp, days_to_outcome double,
        horizon_days integer not null, as_of timestamp, primary key (conversation_id, outcome),
        check (not (matured and state = 'open'))""",
}


def test_a_home_of_an_earlier_version_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _older(tmp_path / "home")
    monkeypatch.setattr("last_mile.adapters.warehouse.database._UP_TO_DATE", set())  # a new process
    made = Ledger(tmp_path, rubric(outcomes=[{"id": "hired", "horizon_days": 10, **BY_TASK}]))
    (kept,) = made.rows().select("conversation_id", "state", "seen_days").rows()
    assert kept == ("c1", "positive", 0)  # what was seen is known when its day is built again
    retracted = about_task(8, event_id="e", value="", **RETRACTED)
    tasks = [of_task("a", 5), of_task("b", 6)]
    made.land([conversation(), *tasks], [retracted, about_task(7), known_up_to("2026-01-31")])
    made.build()
    assert made.states() == {"a": "superseded", "b": "positive", "c1": "positive"}
    assert made.row("c1")["seen_days"] == 10
    assert made.rows("conversations")["n_after_outcome"].to_list() == [0, 0, 0]


BY_TASK = {"decided_by": "task"}


def test_the_day_of_an_event_about_a_task_can_be_built_alone(tmp_path: Path) -> None:
    made = Ledger(tmp_path, rubric())
    made.land([], [about_task(8)])
    assert [day.day for day in made.warehouse.read("days_to_build")["day"]] == [8]
    made.build_by_day()
    event = made.rows("outcome_events").row(0, named=True)
    assert (event["conversation_id"], event["user_id"], event["task_id"]) == (None, "u1", "t1")
    assert (event["occurred_at"], event["arrived_at"]) == (utc("2026-01-08T12:00:00"),) * 2
    assert made.check("outcomes__complete", EVER).is_empty()

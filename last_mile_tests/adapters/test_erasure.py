"""A user is taken out: of every table, of the bytes of the files, and of nothing that is others'.

Not here: what arrives of them later (test_erased_landing.py), the command (test_erase_command.py).
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.erasure import erase
from last_mile.adapters.installation import SALT, Installation
from last_mile.adapters.sql_files import table_columns
from last_mile.core.redaction import hashed_user
from last_mile.errors import UserError
from last_mile_tests.adapters.erasable import (
    CHECKS,
    EVER,
    MINE,
    NOW,
    OTHER,
    OUTCOMES,
    SECRET,
    THEIRS,
    USER,
    copied,
    held_in,
    home_with,
    judge_call,
    naming,
    rows_of,
    two_users,
    unequal,
    warehouse_of,
)
from last_mile_tests.scenario import json_lines, label, outcome


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return two_users(tmp_path_factory.mktemp("made"))


@pytest.fixture
def home(made: Installation, tmp_path: Path) -> Installation:
    return copied(made, tmp_path)


def _plant(home: Installation) -> None:
    """Rows about `mine-1` where only a judge or a plan writes some."""
    keys = {"conversation_id": "mine-1", "day": date(2026, 1, 5), "epoch": "e1"}
    metric, text = {"metric": "robotic", "definition_hash": "d1"}, {"content_hash": "h1"}
    flag = {**keys, **metric, "flag": "true", "reason": "judged"}
    rows: dict[str, dict[str, Any]] = {
        "judge_verdicts": {**flag, **text, "judge": "m", "confidence": 0.5, "quote": SECRET},
        "judge_flags": flag,
        "heuristic_flags": {**flag, "evidence": SECRET},
        "judge_skipped": {**keys, **text, "reason": "run_cap"},
        "judge_samples": {**keys, "stratum": "all", "weight": 1.0},
        "human_labels": {**keys, **metric, "label": True, "n_answers": 1},
        "label_plan": {**keys, **metric, "outcome": "hired", "judged": True, "event": True,
                       "seed": 1, "planned_at": NOW},
        "quality_tiers": {**keys, "tier": "best"},
        "judge_calls": judge_call("mine-1", result="answered", cost_nano=7),
    }  # fmt: skip
    for table, row in rows.items():
        columns = table_columns()[table]
        frame = pl.DataFrame([{name: value for name, value in row.items() if name in columns}])
        warehouse_of(home).keep(table, frame)


def test_no_table_and_no_byte_of_a_file_says_an_erased_user(home: Installation) -> None:
    _plant(home)
    names = (USER, "mine-1", SECRET)
    tables = {table for table, _ in naming(home, *names)}
    assert {"judge_verdicts", "heuristic_flags", "outcome_events", "duplicate_lines"} <= tables
    assert SECRET in held_in(home, SECRET)  # or the next line could not fail
    done = erase(home, USER, NOW)
    assert tables == set(done.removed)
    assert naming(home, *names) == set()
    assert held_in(home, *names) == set()


def test_nothing_of_another_user_with_the_same_task_changes(home: Installation) -> None:
    def others(table: str, rows: dict[str, list[dict[str, Any]]]) -> list[str]:
        mine = {"mine-1", USER}
        kept = (row for row in rows[table] if row.get("reject_reason") is None)
        return [
            repr(row) for row in kept if not mine & {row["conversation_id"], row.get("user_id")}
        ]

    before = rows_of(home)
    erase(home, USER, NOW)
    after = rows_of(home)
    counts = {"conversation_logs": 1, "conversations": 1, "outcome_logs": 2, "outcome_events": 2,
              "label_logs": 1}  # fmt: skip
    for table, n in counts.items():
        assert others(table, after) == others(table, before)
        assert len(others(table, after)) == n


def test_every_input_line_is_still_accounted_for(home: Installation) -> None:
    erase(home, USER, NOW)
    assert [unequal(warehouse_of(home), *check) for check in CHECKS] == [[], [], []]
    files = warehouse_of(home).read("log_files").sort("file")
    # conversations: 3 lines, 2 of them the user's; labels: 2, 1; outcomes: 4, 2
    counts = files.select("file", "accepted", "rejected").rows()
    assert counts == [("conversations.jsonl", 1, 2), ("labels.csv", 1, 1), ("outcomes.csv", 2, 2)]
    refused = warehouse_of(home).read("rejected_lines")
    assert set(refused["reason"]) == {"erased_user"}
    assert set(refused["raw"]) == {b""}


def test_the_days_it_touched_are_to_be_built_again(home: Installation) -> None:
    warehouse = warehouse_of(home)
    for work in ("day", "events", "recorded_labels"):
        warehouse.note_built(EVER, [work], warehouse.last_change())
    erase(home, USER, NOW)
    due = warehouse.read("changed_days").filter(~pl.col("is_built")).sort("day", "work")
    days = set(due.select("day", "work").rows())
    # the 5th: the conversations; the 7th: when the outcomes occurred
    assert {(date(2026, 1, 5), "day"), (date(2026, 1, 7), "events")} <= days
    # and the days under which the refused lines of each file stand
    assert {(row["file_day"], "day") for row in rows_of(home)["log_files"]} <= days


def test_a_day_that_only_they_had_keeps_no_counts(tmp_path: Path) -> None:
    home = home_with(tmp_path, [MINE, {**THEIRS, "started_at": "2026-01-06T10:00:00Z"}])
    cell = {"outcome": "hired", "model": "m1", "surface": "-", "stratum": ["-"],
            "stratum_of": ["s"], "judge_weight": 1.0, "matured": False, "event": False,
            "followup_day": 1, "n": 1}  # fmt: skip
    days = [{**cell, "day": date(2026, 1, day)} for day in (5, 6)]
    warehouse_of(home).replace("stat_cells", pl.DataFrame(days))
    erase(home, USER, NOW)
    assert warehouse_of(home).read("stat_cells")["day"].to_list() == [date(2026, 1, 6)]


def test_the_account_of_the_judges_money_stays(home: Installation) -> None:
    calls = [
        judge_call("mine-1", "a", result="answered", cost_nano=7),
        judge_call("mine-1", "b", result="pending", cost_nano=5, batch_id="s1"),
        judge_call("theirs-1", "c", result="pending", cost_nano=3, batch_id="s1"),
    ]
    batch = {"submission": "s1", "judge": "m", "epoch": "e1", "run": "r", "n_calls": 2,
             "first_day": date(2026, 1, 5), "last_day": date(2026, 1, 5), "asked": "[]",
             "state": "submitted", "batch_id": "batch-9", "submitted_at": NOW}  # fmt: skip
    warehouse_of(home).keep("judge_calls", pl.DataFrame(calls))
    warehouse_of(home).keep("judge_batches", pl.DataFrame([batch]))
    done = erase(home, USER, NOW)
    assert done.found.batches == ["batch-9"]  # it holds the text at the provider
    after = warehouse_of(home).read("judge_calls").sort("call_id")
    assert after.select("call_id", "result", "cost_nano").rows() == [
        ("a", "answered", 7), ("b", "in_doubt", 5), ("c", "pending", 3),
    ]  # fmt: skip
    assert after["conversation_id"].n_unique() == after["content_hash"].n_unique() == 2
    assert naming(home, "mine-1", "h of mine-1") == set()


NAMING = {
    "no messages": json.dumps({**MINE, "messages": []}).encode(),
    "no id": json.dumps({"user_id": USER, "messages": 3}).encode(),
    "cut off": f'{{"conversation_id": "mine-1", "text": "{SECRET}'.encode(),
    "csv": f'"mine-1",{SECRET}'.encode(),
    "no utf-8": f'{{"inner": "{{\\"user\\": \\"{USER}\\"}}", "text": "\xff'.encode("latin-1"),
    "address": f"see https://x.example/users/{USER}?tab=1".encode(),
}
LONGER = f'{{"user_id": "{USER}5", "conversation_id": "mine-12"'.encode()


def test_the_bytes_of_refused_lines_that_name_them_go(tmp_path: Path) -> None:
    home = home_with(tmp_path, [THEIRS, MINE], more=b"\n".join([*NAMING.values(), LONGER]))
    before = rows_of(home)["conversation_logs"][2:]
    assert [row["raw"] for row in before] == [*NAMING.values(), LONGER]
    erase(home, USER, NOW)
    refused = sorted(rows_of(home)["conversation_logs"], key=lambda row: row["line"])[2:]
    assert [row["raw"] for row in refused] == [b""] * len(NAMING) + [LONGER]
    reasons = [row["reject_reason"] for row in before]
    assert [row["reject_reason"] for row in refused] == reasons
    kept = {row["line"]: row["raw"] for row in rows_of(home)["rejected_lines"]}
    assert [kept[row["line"]] for row in refused] == [row["raw"] for row in refused]


def test_a_label_that_names_their_trace_goes_and_one_of_a_shared_trace_stays(
    tmp_path: Path,
) -> None:
    mine = {**MINE, "attributes": {"trace_id": "trace-m", "span_id": "shared"}}
    theirs = {**THEIRS, "attributes": {"trace_id": "shared"}}
    home = home_with(tmp_path, [mine, theirs], labels=[label("trace-m"), label("shared")])
    erase(home, USER, NOW)
    rows = warehouse_of(home).read("label_logs").sort("line")
    assert rows["conversation_id"].to_list() == [None, "shared"]


def test_a_conversation_whose_user_only_an_outcome_names_goes(tmp_path: Path) -> None:
    nobody = {**MINE, "user_id": None}
    home = home_with(tmp_path, [nobody, THEIRS], [outcome("mine-1", user_id=USER),
                                                  outcome("theirs-1", user_id=USER)])  # fmt: skip
    erase(home, USER, NOW)
    # an outcome row that is wrong about whose `theirs-1` is does not take it along
    assert warehouse_of(home).read("conversations")["conversation_id"].to_list() == ["theirs-1"]
    assert naming(home, USER, "mine-1") == set()


@pytest.mark.parametrize("given", ["as logged", "as stored"])
def test_hashed_users_are_found_by_either_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.setenv(SALT, "s")
    home = home_with(tmp_path, [MINE, THEIRS], OUTCOMES, hash_users=True)
    stored = hashed_user(USER, b"s")
    assert stored in set(warehouse_of(home).read("conversations")["user_id"])
    monkeypatch.delenv(SALT)
    with pytest.raises(UserError, match="LAST_MILE_SALT is not set"):
        erase(home, USER, NOW, even_if_unknown=True)
    if given == "as logged":
        monkeypatch.setenv(SALT, "s")
    erase(home, USER if given == "as logged" else stored, NOW)
    assert naming(home, stored, "mine-1") == set()
    assert warehouse_of(home).read("conversations").height == 1


def test_two_users_can_be_erased_one_after_the_other(home: Installation) -> None:
    erase(home, USER, NOW)
    erase(home, OTHER, NOW)
    assert warehouse_of(home).read("erasures")["salt"].n_unique() == 1
    assert (
        warehouse_of(home).read("conversation_logs")["reject_reason"].to_list()
        == ["erased_user"] * 3
    )
    assert [unequal(warehouse_of(home), *check) for check in CHECKS] == [[], [], []]


def test_answers_of_the_judge_that_wait_in_the_journal_go_too(home: Installation) -> None:
    call = judge_call("mine-1", result="answered")
    verdict = {"metric": "robotic", "flag": "true", "reason": "judged", "confidence": 1,
               "message_index": 0, "quote": SECRET, "quote_match": "exact"}  # fmt: skip
    call |= {"sent_at": "2026-01-06T10:00:00Z", "day": "2026-01-05"}
    line = {"call": call, "verdicts": [verdict]}
    journal = home.home / "judge" / "journal"
    journal.mkdir(parents=True)
    (journal / "w-000000.jsonl").write_bytes(json_lines([line]))
    assert erase(home, USER, NOW).removed["judge_verdicts"] == 1
    assert held_in(home, SECRET) == set()

"""The one write path: slices are replaced whole or not at all, the lock is always given back."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from last_mile.adapters.sql_files import TABLES
from last_mile.adapters.warehouse import Connection, Days, Warehouse
from last_mile.core.fragments import judge_fragments, wide_columns, wide_fragments
from last_mile.core.training.fragments import tier_fragments
from last_mile_tests.scenario import DAY, DAYS, conversation, landed, rubric, write_drop

NEXT = date(2026, 1, 6)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(home=str(tmp_path / "home"))


def _flags(*names: str, day: date = DAY, **over: Any) -> pl.DataFrame:
    """Rows of heuristic_flags, one a conversation."""
    row = {"metric": "own_draft", "flag": "true", "reason": "rule", "evidence": None}
    rows = [
        {"conversation_id": n, **row, "definition_hash": "h", "day": day, **over} for n in names
    ]
    return pl.DataFrame(rows, schema_overrides={"evidence": pl.String})


def _held(warehouse: Warehouse) -> list[str]:
    return sorted(warehouse.read("heuristic_flags")["conversation_id"])


def test_a_new_home_has_every_table_and_all_are_empty(warehouse: Warehouse) -> None:
    for table in ("log_files", "conversations", "metric_lift", "kto_examples"):
        assert warehouse.read(table).is_empty()
    with duckdb.connect(str(warehouse.installation.warehouse)) as connection:
        names = {row[0] for row in connection.execute("select name from (show tables)").fetchall()}
    assert names == set(TABLES)


def test_a_day_is_replaced_and_other_days_stay(warehouse: Warehouse) -> None:
    warehouse.replace("heuristic_flags", _flags("c1", "c2"), DAYS)
    warehouse.replace("heuristic_flags", _flags("c3", day=NEXT), Days(NEXT, date(2026, 1, 7)))
    assert warehouse.replace("heuristic_flags", _flags("c4"), DAYS) == 1
    assert _held(warehouse) == ["c3", "c4"]
    assert warehouse.read("heuristic_flags", DAYS)["conversation_id"].to_list() == ["c4"]


def test_rows_of_some_keys_are_replaced_and_others_stay(warehouse: Warehouse) -> None:
    warehouse.replace("heuristic_flags", _flags("c1", "c2", "c3"))
    keys = {"conversation_id": ["c1", "c2"]}
    warehouse.replace("heuristic_flags", _flags("c2"), keys=keys)
    assert _held(warehouse) == ["c2", "c3"]


def test_without_a_slice_the_whole_table_is_replaced(warehouse: Warehouse) -> None:
    warehouse.replace("heuristic_flags", _flags("c1", "c2"))
    warehouse.replace("heuristic_flags", _flags("c3"))
    assert _held(warehouse) == ["c3"]


def test_an_empty_frame_empties_its_slice(warehouse: Warehouse) -> None:
    warehouse.replace("heuristic_flags", _flags("c1"), DAYS)
    assert warehouse.replace("heuristic_flags", _flags("c1").clear(), DAYS) == 0
    assert _held(warehouse) == []


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(_flags("c3", "c3"), id="a key twice"),
        pytest.param(_flags("c3", flag="maybe"), id="a flag off the menu"),
        pytest.param(_flags("c3", reason=None), id="no reason"),
        pytest.param(_flags("c3").with_columns(colour=pl.lit("red")), id="a column too many"),
        pytest.param(_flags("c3").drop("definition_hash"), id="a column too few"),
    ],
)
def test_a_broken_constraint_leaves_the_slice_as_it_was(
    warehouse: Warehouse, broken: pl.DataFrame
) -> None:
    warehouse.replace("heuristic_flags", _flags("c1", "c2"), DAYS)
    with pytest.raises(duckdb.Error):
        warehouse.replace("heuristic_flags", broken, DAYS)
    assert _held(warehouse) == ["c1", "c2"]
    warehouse.replace("heuristic_flags", _flags("c4"), DAYS)  # the lock was given back
    assert _held(warehouse) == ["c4"]


def test_a_build_that_fails_leaves_the_slice_as_it_was(tmp_path: Path) -> None:
    drops = write_drop(tmp_path / "drops", [conversation()])
    warehouse = landed(tmp_path / "home", drops)
    warehouse.build("conversations", DAYS)
    warehouse.build("judge_flags", DAYS, judge_fragments(rubric(), "e"))
    before = warehouse.read("judge_flags").sort("metric")
    with pytest.raises(duckdb.Error):
        warehouse.build("judge_flags", DAYS, judge_fragments(rubric(), "e") | {"epoch": "null"})
    assert warehouse.read("judge_flags").sort("metric").equals(before)


def test_columns_are_matched_by_name_and_not_by_place(warehouse: Warehouse) -> None:
    flags = _flags("c1", evidence="seen")
    warehouse.replace("heuristic_flags", flags.select(reversed(flags.columns)))
    row = warehouse.read("heuristic_flags").row(0, named=True)
    assert (row["conversation_id"], row["evidence"], row["day"]) == ("c1", "seen", DAY)


def test_building_twice_equals_building_once(tmp_path: Path) -> None:
    small = rubric(strata=["attributes.history"])
    drops = write_drop(tmp_path / "drops", [conversation("c1", history="new"), conversation("c2")])
    warehouse = landed(tmp_path / "home", drops)

    def build() -> list[pl.DataFrame]:
        warehouse.build("conversations", DAYS)
        warehouse.build("judge_flags", DAYS, judge_fragments(small, "e"))
        warehouse.build("labeled_conversations", DAYS, wide_fragments(small), wide_columns(small))
        assert warehouse.build("quality_tiers", DAYS, tier_fragments(small)) == 2
        tables = ("conversations", "judge_flags", "labeled_conversations", "quality_tiers")
        return [warehouse.read(table).sort("conversation_id") for table in tables]

    once = build()
    twice = build()
    assert [frame.height for frame in once] == [2, 4, 2, 2]
    sorted_once, sorted_twice = (
        [frame.sort("conversation_id", *[c for c in ("metric",) if c in frame.columns])
         for frame in frames]
        for frames in (once, twice)
    )  # fmt: skip
    assert all(a.equals(b) for a, b in zip(sorted_once, sorted_twice, strict=True))


def test_a_conversation_is_its_most_complete_version_then_its_newest_line(tmp_path: Path) -> None:
    short, longer = conversation("c1"), conversation("c1")
    longer["messages"] = [*longer["messages"], {"role": "user", "content": "Thanks"}]
    drops = write_drop(
        tmp_path / "drops",
        [longer, short, conversation("c2", model="m1"), conversation("c2", model="m2")],
    )
    warehouse = landed(tmp_path / "home", drops)
    assert warehouse.build("conversations", DAYS) == 2
    rows = warehouse.read("conversations").sort("conversation_id")
    assert [[source["line"] for source in found] for found in rows["sources"]] == [[1], [4]]
    assert rows["model"].to_list() == ["m1", "m2"]


def test_the_final_output_is_the_logged_one_else_the_last_answer(tmp_path: Path) -> None:
    silent = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": " "}]
    drops = write_drop(
        tmp_path / "drops",
        [
            conversation("c1", final_output="submitted"),
            conversation("c2"),
            conversation("c3", messages=silent),
            conversation("c4", final_output=""),
        ],
    )
    warehouse = landed(tmp_path / "home", drops)
    warehouse.build("conversations", DAYS)
    outputs = warehouse.read("conversations").sort("conversation_id")["final_output"].to_list()
    assert outputs == ["submitted", "Dear client, I can start today.", None, ""]


def test_the_content_hash_is_of_id_messages_context_and_final_output(tmp_path: Path) -> None:
    def content_hash(**over: Any) -> str:
        drops = write_drop(tmp_path / "drops", [conversation(**over)])
        os.utime(drops / "conversations.jsonl", ns=(0, next(times)))  # a change, however fast
        warehouse = landed(tmp_path / "home", drops)
        warehouse.build("conversations", DAYS)
        warehouse.replace("conversation_logs", warehouse.read("conversation_logs").clear())
        return str(warehouse.read("conversations")["content_hash"].item())

    times = itertools.count(1_767_600_000_000_000_000)
    user, job = {"role": "user", "content": "hi"}, {"doc_id": "job", "text": "a job"}
    same = [
        content_hash(),
        content_hash(model="m2", started_at="2026-01-05T11:00:00Z", rating=5, user_id="u2"),
    ]
    other = [
        content_hash(conversation_id="c2"),
        content_hash(messages=[user]),
        content_hash(messages=[{**user, "name": "Ann"}]),
        content_hash(context=[job]),
        content_hash(final_output="Dear client"),
    ]
    assert len(set(same)) == 1
    assert len({*same, *other}) == 6


def _verdicts(flag: str, *names: str) -> pl.DataFrame:
    row = {
        "epoch": "e", "metric": "robotic", "conversation_id": "c1", "day": DAY, "judge": "rules",
        "flag": flag, "reason": "judged", "confidence": 0.5,
    }  # fmt: skip
    return pl.DataFrame([{"content_hash": name, **row} for name in names])


def test_what_is_kept_is_not_written_over_unless_asked(warehouse: Warehouse) -> None:
    warehouse.keep("judge_verdicts", _verdicts("true", "h1"))
    warehouse.keep("judge_verdicts", _verdicts("false", "h1", "h2"))
    held = warehouse.read("judge_verdicts").sort("content_hash")
    assert held["flag"].to_list() == ["true", "false"]
    warehouse.keep("judge_verdicts", _verdicts("false", "h1"), overwrite=True)
    held = warehouse.read("judge_verdicts").sort("content_hash")
    assert held["flag"].to_list() == ["false", "false"]


def test_only_tables_of_sql_can_be_named(warehouse: Warehouse) -> None:
    for name in ('x"; drop table conversations; --', "duckdb_tables()", "nothing"):
        with pytest.raises(ValueError, match="is not a table"):
            warehouse.read(name)
        with pytest.raises(ValueError, match="is not a table"):
            warehouse.replace(name, _flags("c1"))


def test_integer_sums_come_back_as_integers(warehouse: Warehouse) -> None:
    steps = warehouse.read("funnel", fragments={"outcome": "'hired'"})
    assert steps.schema["n"] == pl.Int64  # DuckDB sums integers to HUGEINT


def test_times_are_kept_as_utc(tmp_path: Path) -> None:
    late = conversation(started_at="2026-01-05T23:30:00-05:00")
    warehouse = landed(tmp_path / "home", write_drop(tmp_path / "drops", [late]))
    warehouse.build("conversations", Days(NEXT, date(2026, 1, 7)))
    row = warehouse.read("conversations").row(0, named=True)
    assert (row["started_at"], row["day"]) == (datetime.fromisoformat("2026-01-06T04:30"), NEXT)


def test_an_error_inside_a_transaction_gives_the_lock_back_and_writes_nothing(
    warehouse: Warehouse,
) -> None:
    class Stopped(BaseException):
        """As a KeyboardInterrupt: no Exception."""

    def stop(connection: Connection) -> None:
        connection.execute("delete from heuristic_flags")
        raise Stopped

    def fail(connection: Connection) -> None:
        connection.execute("delete from heuristic_flags")
        connection.execute("insert into heuristic_flags by name from rows")  # there is none

    warehouse.replace("heuristic_flags", _flags("c1"))
    for work, error in ((fail, duckdb.Error), (stop, Stopped)):
        with pytest.raises(error):
            warehouse._database.write(["heuristic_flags"], None, work)
    assert _held(warehouse) == ["c1"]


def test_threads_wait_for_each_other(warehouse: Warehouse) -> None:
    names = [f"c{i}" for i in range(6)]
    threads = [
        threading.Thread(
            target=warehouse.replace,
            args=("heuristic_flags", _flags(name)),
            kwargs={"keys": {"conversation_id": [name]}},
        )
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _held(warehouse) == names


_WRITER = """
import sys
from last_mile_tests.adapters.test_warehouse import Warehouse, write_some
warehouse = Warehouse(home=sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
write_some(warehouse, "a")
"""


def write_some(warehouse: Warehouse, name: str) -> None:
    """Write eight rows, each in a transaction of its own."""
    for i in range(8):
        row = f"{name}{i}"
        warehouse.replace("heuristic_flags", _flags(row), keys={"conversation_id": [row]})


def test_two_processes_writing_at_once_both_succeed(warehouse: Warehouse) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", _WRITER, warehouse.home],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdin is not None
    other.stdout.readline()  # it is ready: now both write
    other.stdin.write("\n")
    other.stdin.flush()
    write_some(warehouse, "b")
    errors = other.communicate(timeout=60)[1]
    assert (other.returncode, errors) == (0, "")
    assert _held(warehouse) == sorted(f"{name}{i}" for name in "ab" for i in range(8))

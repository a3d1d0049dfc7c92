"""Drop sensors over a real folder, warehouse and instance: tick, run what they ask for, tick on."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from last_mile.adapters.warehouse import Warehouse
from last_mile.defs.sensors import new_log_drops, new_outcome_drops
from last_mile.run import run_everything
from last_mile_tests.defs.watched import Watched
from last_mile_tests.scenario import conversation, json_lines, message


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Watched(tmp_path, instance)


def _lines(*ids: str, day: str = "2026-01-05", **over: Any) -> bytes:
    rows = [conversation(i, started_at=f"{day}T10:00:00Z", **over) for i in ids]
    return json_lines(rows)


def test_a_new_file_is_landed_then_its_days_are_built_then_the_evidence(watched: Watched) -> None:
    both = _lines("a") + _lines("b", day="2026-01-07")
    watched.write("conversations.jsonl", both)
    assert watched.tick_all() == []  # seen for the first time: perhaps still being written
    assert watched.settle() == ["land conversation_logs", "daily 2026-01-05", "daily 2026-01-07"]
    assert sorted(watched.warehouse.read("labeled_conversations")["conversation_id"]) == ["a", "b"]


def test_a_late_file_opens_exactly_the_days_it_changes(watched: Watched) -> None:
    watched.write("conversations-1.jsonl", _lines("a") + _lines("b", day="2026-01-06"))
    watched.settle()
    longer = [message("user", "hi"), message("assistant", "hello"), message("user", "thanks")]
    late = _lines("a", messages=longer) + _lines("c", day="2026-01-08")
    watched.write("conversations-2.jsonl", late)
    assert watched.settle() == ["land conversation_logs", "daily 2026-01-05", "daily 2026-01-08"]
    kept = {r["conversation_id"]: len(r["messages"]) for r in
            watched.warehouse.read("conversations").iter_rows(named=True)}  # fmt: skip
    assert kept == {"a": 3, "b": 2, "c": 2}


def test_a_conversation_that_goes_on_after_its_day_was_loaded_opens_that_day(
    watched: Watched,
) -> None:
    header = b"conversation_id,turn,role,content,created_at\n"
    watched.write("turns-1.csv", header + b"a,0,user,hi,2026-01-05T23:59:00Z\n")
    watched.settle()
    watched.write(
        "turns-2.csv", header + b"a,1,assistant,hello there my friend,2026-01-06T00:01:00Z\n"
    )
    asked = watched.settle()
    assert asked == ["land conversation_logs", "daily 2026-01-05", "daily 2026-01-06"]
    row = watched.warehouse.read("conversations").row(0, named=True)
    assert [m["content"] for m in row["messages"]] == ["hi", "hello there my friend"]
    assert str(row["day"]) == "2026-01-05"


def test_a_file_that_was_only_touched_opens_no_day(watched: Watched) -> None:
    watched.write("conversations.jsonl", _lines("a"))
    watched.settle()
    watched.write("conversations.jsonl", _lines("a"), seconds=60)
    assert watched.settle() == ["land conversation_logs"]


def test_a_rewritten_file_opens_the_day_a_conversation_left_and_the_one_it_came_to(
    watched: Watched,
) -> None:
    watched.write("conversations.jsonl", _lines("a") + _lines("b", day="2026-01-06"))
    watched.settle()
    moved = _lines("a", day="2026-01-09") + _lines("b", day="2026-01-06")
    watched.write("conversations.jsonl", moved, seconds=60)
    assert watched.settle() == ["land conversation_logs", "daily 2026-01-05", "daily 2026-01-09"]
    days = watched.warehouse.read("conversations").sort("conversation_id")["day"]
    assert [str(day) for day in days] == ["2026-01-09", "2026-01-06"]


def test_a_growing_file_is_left_alone_while_others_are_landed(watched: Watched) -> None:
    watched.write("conversations-1.jsonl", _lines("a"))
    watched.write("conversations-2.jsonl", b'{"conversation_id": "b", "mess')
    watched.tick_all()
    watched.write("conversations-2.jsonl", _lines("b"), seconds=60)
    (landing,) = watched.tick(new_log_drops)
    assert landing.run_config["ops"]["conversation_logs"]["config"]["leave"] == [
        "conversations-2.jsonl"
    ]
    watched.run(landing)
    assert watched.warehouse.read("log_files")["file"].to_list() == ["conversations-1.jsonl"]
    assert watched.warehouse.read("rejected_summary").is_empty()
    watched.settle()
    assert watched.warehouse.read("conversations").height == 2


def test_markers_say_at_once_what_is_complete(watched: Watched) -> None:
    watched.write("spark/conversations-1.jsonl", _lines("a"))
    watched.write("spark/_SUCCESS", b"", seconds=1)
    watched.write("listed/conversations-2.jsonl", _lines("b"))
    watched.write("listed/conversations-3.jsonl", _lines("c")[:50])
    files = [{"name": f"conversations-{n}.jsonl", "size_bytes": len(_lines("b"))} for n in (2, 3)]
    watched.write("listed/_manifest.json", json.dumps({"files": files}).encode())
    (landing,) = watched.tick(new_log_drops)
    watched.run(landing)
    landed = watched.warehouse.read("log_files")["file"].sort().to_list()
    assert landed == ["listed/conversations-2.jsonl", "spark/conversations-1.jsonl"]
    assert all("land" not in str(request.run_key) for request in watched.tick_all())


def test_an_outcome_drop_opens_its_events_and_then_the_days_of_its_conversations(
    watched: Watched,
) -> None:
    watched.write("conversations.jsonl", _lines("a") + _lines("b", day="2026-01-06"))
    watched.settle()
    header = b"conversation_id,outcome,value,kind,occurred_at\n"
    event = b"a,hired,1,binary,2026-01-08T10:00:00Z\n"
    watched.write("outcomes-2026-01-08.csv", header + event)
    asked = watched.settle()
    # the day of its conversation, and one that was followed for two days more
    days = ["daily 2026-01-05", "daily 2026-01-06"]
    assert asked == ["land outcome_logs", "outcome_day 2026-01-08", *days]
    states = watched.warehouse.read("outcomes").sort("conversation_id")["state"].to_list()
    assert states == ["positive", "open"]


def test_outcomes_known_for_longer_open_the_days_that_are_still_followed(watched: Watched) -> None:
    days = {"a": "2026-01-05", "b": "2026-01-15", "c": "2026-01-20"}
    lines = b"".join(_lines(name, day=day) for name, day in days.items())
    watched.write("conversations.jsonl", lines)
    watched.settle()
    header = b"conversation_id,outcome,value,kind,occurred_at\n"
    watched.write("outcomes-2026-01-20.csv", header + b"z,hired,1,binary,2026-01-20T10:00:00Z\n")
    asked = watched.settle()  # horizon: 10 days; known up to 20 January
    matured, followed = "daily 2026-01-05", "daily 2026-01-15"
    assert asked == ["land outcome_logs", "outcome_day 2026-01-20", matured, followed]
    outcomes = watched.warehouse.read("outcomes").sort("conversation_id")
    assert outcomes["state"].to_list() == ["negative", "open", "open"]
    assert outcomes["seen_days"].to_list() == [10, 5, 0]
    # Nothing new about the same day; then a day without an event, which makes one more day known.
    watched.write("outcomes-2026-01-20-b.csv", header)
    assert watched.settle() == ["land outcome_logs"]
    watched.write("outcomes-2026-01-21.csv", header, seconds=20 * 86_400)  # written after that day
    assert watched.settle() == ["land outcome_logs", followed, "daily 2026-01-20"]
    outcomes = watched.warehouse.read("outcomes").sort("conversation_id")
    assert outcomes["seen_days"].to_list() == [10, 6, 1]


def test_a_label_drop_asks_for_no_day_when_labels_are_not_the_judge(watched: Watched) -> None:
    watched.write("conversations.jsonl", _lines("a"))
    watched.settle()
    watched.write("labels.csv", b"conversation_id,metric,annotator,value\na,long,ann,1\n")
    assert watched.settle() == ["land label_logs"]
    assert watched.warehouse.read("label_logs").height == 1


def test_without_an_installation_or_a_folder_the_sensor_says_why_it_skips(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance)
        result = new_log_drops(context, warehouse=Warehouse(home=str(tmp_path / "none")))
        assert isinstance(result, dg.SensorResult)
        assert "holds no installation" in str(result.skip_reason)
        watched = Watched(tmp_path, instance)
        watched.drops.rmdir()
        context = dg.build_sensor_context(instance=instance)
        result = new_log_drops(context, warehouse=watched.warehouse)
        assert isinstance(result, dg.SensorResult)
        assert "no such folder" in str(result.skip_reason)


def test_days_that_the_command_line_built_are_not_asked_for_again(watched: Watched) -> None:
    watched.write("conversations-1.jsonl", _lines("a") + _lines("b", day="2026-01-06"))
    assert run_everything(watched.warehouse.installation).failures == []
    watched.write("conversations-2.jsonl", _lines("c"))
    assert watched.settle() == ["land conversation_logs", "daily 2026-01-05"]


def test_one_run_builds_the_events_of_every_day_of_an_outcome_drop(watched: Watched) -> None:
    watched.write("conversations.jsonl", _lines("a") + _lines("b", day="2026-01-06"))
    watched.settle()
    header = b"conversation_id,outcome,value,kind,occurred_at\n"
    rows = b"".join(b"x%d,hired,1,binary,2026-01-%02dT10:00:00Z\n" % (n, n) for n in (7, 8, 11))
    watched.write("outcomes-2026-01-11.csv", header + rows)
    asked = watched.settle()
    followed = ["daily 2026-01-05", "daily 2026-01-06"]
    assert asked == ["land outcome_logs", "outcome_day 2026-01-07", *followed]
    days = watched.warehouse.read("outcome_events").sort("day")["day"]
    assert [day.day for day in days] == [7, 8, 11]
    events = watched.instance.fetch_materializations(
        dg.AssetKey("outcome_events"), limit=10
    ).records
    # the two conversation days built none; their own runs did, with no event in them
    assert {record.partition_key for record in events} >= {f"2026-01-{n:02d}" for n in (7, 8, 11)}


def test_two_sensors_that_tick_at_once_ask_for_every_day_once(watched: Watched) -> None:
    watched.write("conversations.jsonl", _lines("a", "b"))
    watched.write(
        "outcomes.csv", b"conversation_id,outcome,value,occurred_at\na,hired,1,2026-01-06\n"
    )
    asked = watched.settle()
    assert sorted(asked[:2]) == ["land conversation_logs", "land outcome_logs"]
    assert sorted(asked[2:]) == ["daily 2026-01-05", "outcome_day 2026-01-06"]
    states = watched.warehouse.read("outcomes").sort("conversation_id")["state"].to_list()
    assert states == ["positive", "open"]


def test_a_sensor_waits_while_files_are_being_landed(watched: Watched) -> None:
    watched.write("conversations.jsonl", _lines("a"))
    watched.settle()
    watched.write(
        "outcomes.csv", b"conversation_id,outcome,value,occurred_at\na,hired,1,2026-01-06\n"
    )
    watched.tick_all()
    (landing,) = watched.tick(new_outcome_drops)
    watched.run(landing)
    job = watched.definitions.resolve_job_def("land_drops")
    run = watched.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    assert watched.tick(new_outcome_drops) == []
    watched.instance.report_run_failed(run)
    assert {request.job_name for request in watched.tick(new_outcome_drops)} == {
        "outcome_day", "daily",
    }  # fmt: skip


def test_a_landing_that_failed_is_asked_for_again_and_then_somebody_is_asked(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    watched.write("conversations.jsonl", _lines("a"))
    assert watched.tick_all() == []
    keys = []
    with monkeypatch.context() as broken:
        broken.setattr(Warehouse, "land", full)
        for _ in range(3):
            (landing,) = watched.tick_all()
            keys.append(landing.run_key)
            watched.run(landing, succeeds=False)
        assert watched.tick_all() == []
        assert "1 files were not landed, and it was tried three times" in watched.said[-1]
    assert len(set(keys)) == 3
    watched.make("land_drops")  # by hand, when the disk has room again
    assert watched.settle() == ["daily 2026-01-05"]


def test_nothing_is_built_from_a_landing_that_does_not_reconcile(watched: Watched) -> None:
    watched.write("conversations.jsonl", _lines("a"))
    watched.tick_all()
    (landing,) = watched.tick_all()
    watched.run(landing)
    check = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("conversation_logs"), check_name="lines_reconcile", passed=False
    )
    watched.instance.report_runless_asset_event(check)
    assert watched.tick_all() == []
    assert "nothing is built from this landing" in watched.said[-1]
    watched.make("daily", "2026-01-05", succeeds=False)  # nor when somebody asks for it
    assert watched.warehouse.read("conversations").is_empty()
    watched.write("conversations.jsonl", _lines("a"), seconds=1)
    assert watched.settle() == ["land conversation_logs", "daily 2026-01-05"]

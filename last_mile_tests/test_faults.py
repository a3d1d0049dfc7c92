"""What must survive a kill, a broken file and broken rows: nothing lost, nothing half-written."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from last_mile.adapters.installation import Installation, Settings
from last_mile.adapters.landing import land
from last_mile.adapters.warehouse import Warehouse
from last_mile.run import Wanted, instance_of, run_everything
from last_mile_tests.adapters.judge.world import assert_books_balance
from last_mile_tests.conftest import run_cli
from last_mile_tests.judge_server import judge_server

RUBRIC = """
name: small
version: 1
outcomes: [{id: hired, horizon_days: 10}]
metrics:
  - {id: polite, kind: judge, question: "Is the answer polite?",
     prior: {sign: 1, author: team, date: 2025-12-01}}
  - {id: long, kind: heuristic, question: "Is the answer longer than 3 words?", rule: words_over,
     params: {words: 3}, prior: {sign: 1, author: team, date: 2025-12-01}}
tiers:
  - {tier: good, when: long, train: desirable}
"""


def _drop(folder: Path, n: int, day: str = "2026-01-05") -> Path:
    """A drop of n conversations of one day."""
    folder.mkdir(exist_ok=True)
    lines = [
        json.dumps(
            {
                "conversation_id": f"{day}-{i}",
                "started_at": f"{day}T10:00:00Z",
                "messages": [
                    {"role": "user", "content": f"question {i}"},
                    {"role": "assistant", "content": f"a fine answer number {i}"},
                ],
            }
        )
        for i in range(n)
    ]
    (folder / f"conversations-{day}.jsonl").write_text("\n".join(lines) + "\n")
    (folder.parent / "rubric.yaml").write_text(RUBRIC)
    return folder


@pytest.mark.runs
def test_a_run_killed_while_judging_keeps_what_was_paid_and_asks_only_the_rest(
    tmp_path: Path,
) -> None:
    drops, home, n = _drop(tmp_path / "drops", 300), tmp_path / "home", 300
    command: list[str | Path] = [
        Path(sys.executable).parent / "last-mile", "run", "--drops", drops, "--home", home,
        "--rubric", tmp_path / "rubric.yaml", "--judge", "openai/gpt-4o-mini",
    ]  # fmt: skip
    with judge_server() as server:
        server.latency_s = 0.2  # 32 in flight: about 160 answers a second
        env = {**os.environ, "OPENAI_API_BASE": server.url, "OPENAI_API_KEY": "none"}
        run = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, cwd=tmp_path)
        deadline = time.monotonic() + 120
        while server.calls < 150 and time.monotonic() < deadline and run.poll() is None:
            time.sleep(0.02)
        run.send_signal(signal.SIGKILL)
        run.wait()
        asked = server.calls
        assert 150 <= asked < n
        server.latency_s = 0.0
        ended = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        warehouse = Warehouse(home=str(home))
        calls = warehouse.read("judge_calls")
        # asked again: what was in flight at the kill, which counts as paid
        assert 1 <= calls.filter(result="in_doubt").height <= 32
        assert calls.filter(result="answered").height == n
        assert n <= server.calls <= n + calls.filter(result="in_doubt").height
        assert_books_balance(warehouse, server)
    assert warehouse.read("judge_verdicts").height == n
    assert set(warehouse.read("judge_flags")["flag"]) == {"false"}


def _home(tmp_path: Path, drops: Path) -> Installation:
    installation = Installation.at(tmp_path / "home")
    installation.save(Settings(str(drops), str(tmp_path / "rubric.yaml")))
    return installation


@pytest.mark.runs
def test_a_broken_archive_fails_its_day_loudly_and_leaves_its_rows_and_other_days(
    tmp_path: Path,
) -> None:
    drops = _drop(tmp_path / "drops", 3)
    plain = _drop(tmp_path / "drops", 2, day="2026-01-06") / "conversations-2026-01-06.jsonl"
    lines = plain.read_bytes()
    plain.unlink()
    packed = drops / "conversations-2026-01-06.jsonl.gz"
    packed.write_bytes(gzip.compress(lines))
    installation = _home(tmp_path, drops)
    assert run_everything(installation).failures == []
    warehouse = Warehouse(home=str(installation.home))
    before = warehouse.read("conversations").sort("conversation_id")

    packed.write_bytes(gzip.compress(lines * 50)[:-9])
    _drop(drops, 4)  # the other day has a new conversation
    (failure,) = run_everything(installation).failures
    assert failure.startswith("day 2026-01-06: conversations-2026-01-06.jsonl.gz: cannot be read")
    after = warehouse.read("conversations").sort("conversation_id")
    assert after.filter(day=date(2026, 1, 6)).equals(before.filter(day=date(2026, 1, 6)))
    assert after.filter(day=date(2026, 1, 5)).height == 4

    packed.write_bytes(gzip.compress(lines))
    assert run_everything(installation).failures == []
    assert set(warehouse.read("log_files")["status"]) == {"landed"}


@pytest.mark.runs
def test_an_unreadable_file_that_is_taken_away_fails_no_day_any_more(tmp_path: Path) -> None:
    drops = _drop(tmp_path / "drops", 3)
    broken = drops / "conversations-2026-01-06.jsonl.gz"
    broken.write_bytes(b"not gzip")
    installation = _home(tmp_path, drops)
    (failure,) = run_everything(installation).failures
    assert "its name says gzip" in failure
    broken.unlink()
    assert run_everything(installation).failures == []


@pytest.mark.runs
def test_an_unreadable_outcome_file_keeps_the_events_of_its_day(tmp_path: Path) -> None:
    drops = _drop(tmp_path / "drops", 1)
    outcomes = drops / "outcomes-2026-01-20.csv"
    header = "conversation_id,outcome,value,kind,occurred_at\n"
    outcomes.write_text(header + "2026-01-05-0,hired,1,binary,2026-01-08T10:00:00Z\n")
    installation = _home(tmp_path, drops)
    assert run_everything(installation).failures == []
    outcomes.write_text(header + '2026-01-05-0,hired,0,binary,"2026-01-08\n')
    failures = run_everything(installation).failures
    assert all("outcomes-2026-01-20.csv, line 2: not valid CSV" in line for line in failures)
    assert any(line.startswith("day 2026-01-08") for line in failures)
    assert _outcomes(installation.home) == [("2026-01-05-0", "positive", True)]


def test_a_folder_without_any_log_says_what_was_looked_at(tmp_path: Path) -> None:
    drops = tmp_path / "drops"
    drops.mkdir()
    (drops / "settings.json").write_text('{"colour": "blue"}')
    ended = run_cli("run", "--drops", drops, "--home", tmp_path / "home", cwd=tmp_path)
    assert ended.returncode == 1
    assert "settings.json; say what they are with --format" in ended.stderr


@pytest.mark.runs
def test_refused_lines_are_listed_and_replayed_after_the_limit_was_raised(tmp_path: Path) -> None:
    drops = _drop(tmp_path / "drops", 2)
    path = drops / "conversations-2026-01-05.jsonl"
    said = [
        {"role": "user", "content": "x" * 1_200_000},
        {"role": "assistant", "content": "secret"},
    ]
    long = {"conversation_id": "long", "started_at": "2026-01-05T10:00:00Z", "messages": said}
    path.write_bytes(path.read_bytes() + b"{broken\n" + json.dumps(long).encode() + b"\n")
    home = tmp_path / "home"
    ran = run_cli(
        "run", "--drops", drops, "--rubric", tmp_path / "rubric.yaml", "--home", home,
        "--max-line-mb", "1", cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    listed = run_cli("rejected", "--home", home, cwd=tmp_path)
    assert "too_large" in listed.stdout
    assert f"{path.name}:3" in listed.stdout
    one = run_cli("rejected", "--home", home, "--reason", "invalid_json", "--raw", cwd=tmp_path)
    assert "b'{broken'" in one.stdout
    replayed = run_cli("replay", "--home", home, "--max-line-mb", "2", cwd=tmp_path)
    assert replayed.returncode == 0, replayed.stderr
    assert "2 refused lines were in question, 1 lines are refused now" in replayed.stdout
    warehouse = Warehouse(home=str(home))
    assert "long" in warehouse.read("conversations")["conversation_id"]
    assert warehouse.read("rejected_lines")["reason"].to_list() == ["invalid_json"]


def test_a_failed_blocking_check_stops_its_day_and_no_other(tmp_path: Path) -> None:
    drops = _drop(_drop(tmp_path / "drops", 3), 2, day="2026-01-06")
    installation = Installation.at(tmp_path / "home")
    installation.save(Settings(str(drops), str(tmp_path / "rubric.yaml")))
    warehouse = Warehouse(home=str(installation.home))
    reading = installation.settings().reading(date(2026, 2, 1))
    land(warehouse, drops, "conversations", reading)
    # a landed line the reader would never let through: a conversation without messages
    lines = warehouse.read("conversation_logs")
    broken = lines.with_columns(
        pl.when(pl.col("conversation_id") == "2026-01-06-0")
        .then(pl.lit([], dtype=lines.schema["messages"]))
        .otherwise(pl.col("messages"))
        .alias("messages")
    )
    warehouse.replace("conversation_logs", broken)
    summary = run_everything(installation)
    assert len(summary.failures) == 1
    assert "2026-01-06" in summary.failures[0]
    assert "rows_are_whole" in summary.failures[0]
    flagged = warehouse.read("heuristic_flags")["day"].unique().to_list()
    assert flagged == [date(2026, 1, 5)]
    with instance_of(installation) as instance:
        key = dg.AssetKey("heuristic_flags")
        assert instance.get_materialized_partitions(key) == {"2026-01-05"}


def test_every_kind_of_bad_line_is_accounted_for_and_the_run_goes_on(tmp_path: Path) -> None:
    drops = _drop(tmp_path / "drops", 2)
    good = (drops / "conversations-2026-01-05.jsonl").read_bytes()
    bad = [b"", b"{", b"[]", b"\xff\xfe", b'{"conversation_id": "y"}', b'{"messages": []}']
    repeated = good.splitlines()[0]
    path = drops / "conversations-2026-01-05.jsonl"
    path.write_bytes(good + b"\n".join([*bad, repeated]) + b"\n")
    ended = run_cli(
        "run", "--drops", drops, "--rubric", tmp_path / "rubric.yaml",
        "--home", tmp_path / "home", cwd=tmp_path,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    warehouse = Warehouse(home=str(tmp_path / "home"))
    rejected = warehouse.read("rejected_lines").sort("line")
    assert rejected["raw"].to_list() == bad
    assert rejected["line"].to_list() == [3, 4, 5, 6, 7, 8]
    assert rejected["reason"].to_list() == [
        "empty_line", "invalid_json", "not_an_object", "invalid_utf8", "no_messages",
        "missing_conversation_id",
    ]  # fmt: skip
    # 9 lines in = 2 conversations + 6 rejected + 1 duplicate
    assert warehouse.read("conversations").height == 2
    assert warehouse.read("log_files")["lines"].to_list() == [9]


def _outcomes(home: Path) -> list[tuple[str, str, bool]]:
    rows = Warehouse(home=str(home)).read("outcomes").sort("conversation_id")
    return list(rows.select("conversation_id", "state", "matured").iter_rows())


@pytest.mark.runs
def test_a_range_of_days_reads_the_events_of_the_days_after_it(tmp_path: Path) -> None:
    drops = _drop(_drop(tmp_path / "drops", 1), 1, day="2026-01-08")
    header = "conversation_id,outcome,value,kind,occurred_at\n"
    events = "2026-01-05-0,hired,1,binary,2026-01-08T10:00:00Z\n"
    (drops / "outcomes-2026-01-20.csv").write_text(header + events)
    installation = Installation.at(tmp_path / "home")
    installation.save(Settings(str(drops), str(tmp_path / "rubric.yaml")))
    day = date(2026, 1, 5)
    assert run_everything(installation, Wanted(day, day)).failures == []
    assert _outcomes(installation.home) == [("2026-01-05-0", "positive", True)]


@pytest.mark.runs
def test_an_event_of_which_only_the_day_is_known_counts_on_the_conversations_own_day(
    tmp_path: Path,
) -> None:
    drops = _drop(tmp_path / "drops", 1)
    header = "conversation_id,outcome,value,kind,occurred_at\n"
    (drops / "outcomes-2026-01-20.csv").write_text(
        header + "2026-01-05-0,hired,1,binary,2026-01-05\n"
    )
    installation = Installation.at(tmp_path / "home")
    installation.save(Settings(str(drops), str(tmp_path / "rubric.yaml")))
    run_everything(installation)
    assert _outcomes(installation.home) == [("2026-01-05-0", "positive", True)]


@pytest.mark.runs
def test_a_rubric_without_judged_metrics_and_drops_without_outcomes_still_give_a_report(
    tmp_path: Path,
) -> None:
    drops = _drop(tmp_path / "drops", 2)
    lines = RUBRIC.splitlines()
    judged = next(i for i, line in enumerate(lines) if "id: polite" in line)
    (tmp_path / "rubric.yaml").write_text("\n".join(lines[:judged] + lines[judged + 2 :]))
    ended = run_cli(
        "run", "--drops", drops, "--rubric", tmp_path / "rubric.yaml",
        "--home", tmp_path / "home", cwd=tmp_path,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "No event of “hired” is in the outcome drops" in ended.stdout
    # without --drops and --rubric the last run is repeated
    again = run_cli("run", "--home", tmp_path / "home", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert json.loads((tmp_path / "home/settings.json").read_text())["rubric"].endswith(
        "rubric.yaml"
    )

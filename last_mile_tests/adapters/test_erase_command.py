"""Asking for an erasure: what is noted, what is refused, what a kill leaves, what the command says.

Not here: which rows go (test_erasure.py), what arrives later (test_erased_landing.py).
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from click.testing import CliRunner

from last_mile.adapters.erasure import erase, look_up
from last_mile.adapters.installation import Installation
from last_mile.adapters.judge.journal import Journal
from last_mile.adapters.releases import LINEAGE, LINEAGE_SCHEMA, MANIFEST
from last_mile.adapters.warehouse import rewriting
from last_mile.adapters.warehouse.erased import user_key
from last_mile.cli.erase import erase as command
from last_mile.errors import UserError
from last_mile_tests.adapters.erasable import (
    NOW,
    SECRET,
    USER,
    copied,
    held_in,
    naming,
    rows_of,
    two_users,
    warehouse_of,
)  # fmt: skip

RELEASES = ("2026-03-01-00000001", "2026-03-02-00000002")
KEY = user_key("last_mile/1", USER)[:16]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return two_users(tmp_path_factory.mktemp("made"))


@pytest.fixture
def home(made: Installation, tmp_path: Path) -> Installation:
    return copied(made, tmp_path)


def _write_releases(home: Installation) -> None:
    """Two releases, the first of them with the user."""
    for name, key in zip(RELEASES, (KEY, "0" * 16), strict=True):
        (home.releases / name).mkdir(parents=True)
        schema = {"user_keys": LINEAGE_SCHEMA["user_keys"]}
        pl.DataFrame({"user_keys": [[key]]}, schema=schema).write_parquet(
            home.releases / name / LINEAGE
        )
        (home.releases / name / MANIFEST).write_text("{}")


def test_what_is_noted_has_a_key_and_counts_but_no_id(home: Installation) -> None:
    _write_releases(home)
    assert erase(home, USER, NOW).releases == [RELEASES[0]]
    (row,) = warehouse_of(home).read("erasures").to_dicts()
    removed = {"conversation_logs": 2, "conversations": 1, "duplicate_lines": 1, "label_logs": 1,
               "outcome_events": 2, "outcome_logs": 2}  # fmt: skip
    assert json.loads(row.pop("removed")) == removed
    assert len(row.pop("salt")) == 32
    assert row == {"erased_at": NOW, "user_key": KEY, "releases": [RELEASES[0]],
                   "batches": []}  # fmt: skip


def test_asking_again_changes_nothing_and_names_the_releases_again(home: Installation) -> None:
    erase(home, USER, NOW)
    before = rows_of(home)
    done = erase(home, USER, NOW + timedelta(days=30))
    assert (done.removed, done.found.erased_at) == ({}, NOW)
    assert rows_of(home) == before


def test_an_unknown_user_is_refused_and_nothing_is_noted(home: Installation) -> None:
    with pytest.raises(UserError, match="nothing here is of a user with this id"):
        erase(home, "u-0", NOW)
    assert warehouse_of(home).read("erasures").is_empty()
    assert not look_up(home, "u-0").is_there


def test_while_a_run_asks_the_judge_nothing_is_erased(home: Installation) -> None:
    journal, before = Journal(home.home / "judge" / "journal"), rows_of(home)
    with pytest.raises(UserError, match="a run is asking the judge"):
        erase(home, USER, NOW)
    journal.close()
    assert rows_of(home) == before
    assert erase(home, USER, NOW).removed


def test_an_erasure_that_fails_leaves_everything(
    home: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_of(home)
    monkeypatch.setattr(rewriting, "_ROOM", 1e12)
    with pytest.raises(UserError, match="make room"):
        erase(home, USER, NOW)
    monkeypatch.undo()
    monkeypatch.setattr(rewriting, "_swap", _fail)
    with pytest.raises(OSError, match="no"):
        erase(home, USER, NOW)
    assert rows_of(home) == before
    assert list(home.home.glob("*draft*")) == []


def _fail(*_: object) -> None:
    raise OSError("no")


KILLED = """
import os, pathlib, signal, sys
from datetime import datetime
from last_mile.adapters.erasure import erase
from last_mile.adapters.installation import Installation
pathlib.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
erase(Installation.at(sys.argv[1]), sys.argv[2], datetime(2026, 6, 1))
"""


def test_a_kill_before_the_files_are_swapped_leaves_everything(home: Installation) -> None:
    before = rows_of(home)
    command = [sys.executable, "-c", KILLED, str(home.home), USER]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert len(list(home.home.glob("*.draft"))) == 1
    assert rows_of(home) == before
    erase(home, USER, NOW)
    assert held_in(home, USER, "mine-1", SECRET) == set()


def test_what_a_killed_erasure_left_takes_no_room_from_the_next(
    home: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = home.warehouse.with_suffix(".duckdb.draft")
    draft.write_bytes(b"left")
    room = shutil.disk_usage(home.home)
    monkeypatch.setattr(
        "shutil.disk_usage", lambda _: room._replace(free=0) if draft.exists() else room
    )
    assert erase(home, USER, NOW).removed


def test_a_kill_after_it_leaves_nothing_to_do(
    home: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", _fail)
    with pytest.raises(OSError, match="no"):
        erase(home, USER, NOW)
    monkeypatch.undo()
    assert held_in(home, USER, "mine-1", SECRET) == set()
    assert erase(home, USER, NOW).removed == {}
    assert warehouse_of(home).read("erasures").height == 1


@pytest.mark.parametrize("refusal", ["make room", "a run is asking the judge"])
def test_an_erasure_that_is_refused_leaves_the_history_of_runs_too(
    home: Installation, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    _note_a_check(home, {"expectation": "1 rows, e.g. mine-1"})
    journal = Journal(home.home / "judge" / "journal") if "judge" in refusal else None
    if journal is None:
        monkeypatch.setattr(rewriting, "_ROOM", 1e12)
    with pytest.raises(UserError, match=refusal):
        erase(home, USER, NOW)
    assert held_in(home, "e.g. mine-1")
    if journal:
        journal.close()


def test_no_file_of_dagster_names_a_conversation(home: Installation) -> None:
    examples = {"expectation": "3 rows, e.g. mine-1, theirs-1", "other": "1 rows, e.g. theirs-1"}
    key = _note_a_check(home, examples)
    assert "mine-1" in held_in(home, "mine-1")
    assert erase(home, USER, NOW).history > 0
    assert held_in(home, "mine-1") == set()
    with dg.DagsterInstance.from_config(str(home.dagster_home)) as instance:
        (record,) = instance.event_log_storage.get_asset_check_execution_history(key, 5)
        assert record.event is not None
        assert record.event.dagster_event is not None
        kept = record.event.dagster_event.asset_check_evaluation_data.metadata
    assert kept["expectation"].value == "3 rows, e.g. erased"
    assert kept["other"].value == "1 rows, e.g. theirs-1"


def _note_a_check(home: Installation, examples: Mapping[str, str]) -> dg.AssetCheckKey:
    """A check that failed, in the history of runs."""
    check = dg.AssetCheckEvaluation(
        dg.AssetKey("conversations"), "rows_are_whole", passed=False,
        metadata={name: dg.MetadataValue.text(text) for name, text in examples.items()},
    )  # fmt: skip
    with dg.DagsterInstance.from_config(str(home.dagster_home)) as instance:
        instance.report_runless_asset_event(check)
    return check.asset_check_key


def _asked(home: Installation, *options: str, answer: str = "") -> tuple[int, str]:
    arguments = ["--home", str(home.home), *options]
    done = CliRunner().invoke(command, arguments, input=answer)
    return done.exit_code, done.output


def test_the_command_asks_and_then_says_what_went_and_what_stays(
    home: Installation,
) -> None:
    _write_releases(home)
    (home.home / "exports" / RELEASES[0]).mkdir(parents=True)
    status, said = _asked(home, "--user", USER, answer="n\n")
    # 2 lines, 2 outcome rows and 1 label in 3 files
    assert "1 conversations and 5 records in 3 drop files" in said
    assert (status, naming(home, USER) != set()) == (1, True)
    status, said = _asked(home, "--user", USER, "--yes")
    assert (status, naming(home, USER)) == (0, set())
    for words in ("conversation_logs", "3 drop files in", "outcomes.csv", f"\n    {RELEASES[0]}\n",
                  f"exports/{RELEASES[0]}", "backups", "Next: last-mile run"):  # fmt: skip
        assert words in said
    assert RELEASES[1] not in said
    status, said = _asked(home, "--user", USER)
    assert (status, "they were erased on" in said, RELEASES[0] in said) == (0, True, True)


def test_the_command_notes_an_unknown_user_only_when_told_to(home: Installation) -> None:
    with pytest.raises(UserError, match="--even-if-unknown"):
        CliRunner().invoke(
            command, ["--home", str(home.home), "--user", "u-0"],
            standalone_mode=False, catch_exceptions=False,
        )  # fmt: skip
    status, said = _asked(home, "--user", "u-0", "--even-if-unknown")
    assert (status, "Their records will be refused" in said) == (0, True)
    assert warehouse_of(home).read("erasures").height == 1


@pytest.mark.runs
def test_a_whole_installation_holds_nothing_of_the_user_it_forgot(
    demo: tuple[Installation, str], tmp_path: Path
) -> None:
    home = Installation.at(shutil.copytree(demo[0].home, tmp_path / "home"))
    users = {row["conversation_id"]: row["user_id"] for row in rows_of(home)["conversations"]}
    (user, n), *_ = Counter(users.values()).most_common()
    ids = [name for name, whose in users.items() if whose == user]
    held = {table for table, _ in naming(home, *ids)}
    removed = erase(home, user, NOW).removed
    assert removed["conversations"] == n
    assert held <= set(removed)
    assert naming(home, user, *ids) == set()
    assert held_in(home, user, *ids) == set()

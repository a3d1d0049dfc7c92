"""What no provider should send, and one will: the run goes on, and nothing paid is lost for it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from last_mile.adapters.judge import online
from last_mile.adapters.judge.journal import Journal, fold_journals
from last_mile.adapters.judge.transport import Reply, ask
from last_mile.core.judge.money import Usage
from last_mile.core.judge.policy import Fault
from last_mile.errors import UserError
from last_mile_tests.adapters.judge.test_journal import Folded
from last_mile_tests.adapters.judge.world import (
    a_call,
    assert_books_balance,
    calls,
    judge,
    judged_world,
    reasons,
    verdicts,
)
from last_mile_tests.judge_server import JudgeServer


def test_a_quote_with_half_a_character_is_kept_as_text_that_can_be_written(
    tmp_path: Path, server: JudgeServer
) -> None:
    warehouse = judged_world(tmp_path, 1)
    server.answerer = lambda ids, _: {
        "polite": ("t", 9, 0, "secret \ud83d question"), "wordy": ("f", 9, None, None),
    }  # fmt: skip
    judge(warehouse)
    assert reasons(warehouse) == {"polite": "judged", "wordy": "judged"}
    (quote,) = verdicts(warehouse).filter(metric="polite")["quote"]
    assert quote.encode()  # not None, and it can be encoded
    assert_books_balance(warehouse, server)


def test_an_unreadable_reply_with_half_a_character_can_be_repaired(
    tmp_path: Path, server: JudgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [Reply("\ud83d{", Usage(10, 0, 5))]

    async def asked(*args: Any, **options: Any) -> Reply | Fault:
        return answers.pop() if answers else await ask(*args, **options)

    monkeypatch.setattr(online, "ask", asked)
    warehouse = judged_world(tmp_path, 1)
    judge(warehouse)
    assert reasons(warehouse) == {"polite": "judged", "wordy": "judged"}
    assert calls(warehouse)["result"].to_list() == ["unusable", "answered"]


@pytest.mark.parametrize("header", ["nan", "-1", "", "soon", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_retry_after_that_is_no_number_of_seconds_does_not_stop_the_run_for_ever(
    tmp_path: Path, server: JudgeServer, header: str
) -> None:
    warehouse = judged_world(tmp_path, 2)
    server.faults = [f"429:{header}"]
    run = Thread(target=judge, args=(warehouse,), daemon=True)
    run.start()
    run.join(timeout=20)
    assert not run.is_alive()
    assert verdicts(warehouse).height == 4
    assert_books_balance(warehouse, server)


def test_a_write_that_fails_midway_is_continued_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that was full for a moment leaves no broken line between whole ones."""
    writer, folded, write = Journal(tmp_path), Folded(), os.write
    writer.sent(a_call(1))
    sizes = iter([10])

    def nearly_full(descriptor: int, data: bytes) -> int:
        size = next(sizes, None)
        if size is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:size])

    with monkeypatch.context() as full:
        full.setattr(os, "write", nearly_full)
        with pytest.raises(OSError, match="No space left"):
            writer.flush()
    writer.ended(a_call(1).ended("answered", cost_nano=5))
    writer.close()
    assert fold_journals(tmp_path, folded) == 0
    assert folded.ended["call-1"].cost_nano == 5


@pytest.mark.parametrize("suffix", [".open", ".jsonl"], ids=["of_a_dead_writer", "whole"])
def test_a_damaged_segment_is_a_sentence_that_names_the_file_and_holds_no_text(
    tmp_path: Path, server: JudgeServer, suffix: str
) -> None:
    warehouse = judged_world(tmp_path, 1)
    folder = warehouse.installation.home / "judge" / "journal"
    folder.mkdir(parents=True)
    path = folder / f"0123456789abcdef-000000{suffix}"
    path.write_bytes(b'{"call": {"call_id": "x", "quote": "secret words\n{"call": null}\n')
    with pytest.raises(UserError, match=f"{path.stem}.* is damaged") as raised:
        judge(warehouse)
    assert "secret words" not in f"{raised.value}{raised.value.__cause__}"
    assert server.calls == 0
    assert path.exists() or path.with_suffix(".jsonl").exists()
    for segment in folder.glob("*-*"):
        segment.unlink()
    assert judge(warehouse).progress.done == 1

"""The journal on its own: what is written survives a kill, one writer never harms another."""

from __future__ import annotations

import errno
import os
from itertools import count
from pathlib import Path
from threading import Thread

import msgspec
import pytest

from last_mile.adapters.file_lock import try_lock
from last_mile.adapters.judge import segment as module
from last_mile.adapters.judge.journal import Journal, fold_journals, others_write
from last_mile.adapters.judge.segment import Segment
from last_mile.core.judge.call import Call, JournalLine
from last_mile.core.judge.reply import Verdict
from last_mile_tests.adapters.judge.world import a_call

VERDICT = Verdict("polite", "false", "judged", 0.8)


class Folded:
    """What was folded: lines by segment, as a table would take them."""

    def __init__(self) -> None:
        self.lines: list[JournalLine] = []

    def __call__(self, segments: list[Path]) -> None:
        decode = msgspec.json.Decoder(JournalLine).decode
        for path in segments:
            self.lines += map(decode, path.read_bytes().splitlines())

    @property
    def ended(self) -> dict[str, Call]:
        return {line.call.call_id: line.call for line in self.lines if line.call.result}


def _kill(journal: Journal) -> None:
    """What the end of its process does to a writer: its lock is gone, nothing more is written."""
    journal._segments[-1].close()


def _names(folder: Path) -> list[str]:
    return sorted(path.suffix for path in folder.iterdir() if path.suffix != ".lock")


def test_a_closed_segment_is_folded_once_and_removed(tmp_path: Path) -> None:
    journal, folded = Journal(tmp_path), Folded()
    journal.sent(a_call())
    journal.ended(a_call().ended("answered", cost_nano=5), [VERDICT])
    journal.close()
    assert fold_journals(tmp_path, folded) == 0
    assert folded.lines[-1].verdicts == [VERDICT]
    assert folded.ended["call-1"].cost_nano == 5
    assert _names(tmp_path) == []
    assert fold_journals(tmp_path, Folded()) == 0


def test_a_living_writer_is_left_alone(tmp_path: Path) -> None:
    journal, folded = Journal(tmp_path), Folded()
    journal.sent(a_call())
    assert fold_journals(tmp_path, folded) == 0
    assert folded.lines == []
    assert not others_write(tmp_path, journal)
    assert others_write(tmp_path, Journal(tmp_path))


def test_calls_in_flight_at_a_kill_are_in_doubt_at_their_reserved_price(tmp_path: Path) -> None:
    journal, folded = Journal(tmp_path), Folded()
    for number in (1, 2, 3):
        journal.sent(a_call(number))
    journal.ended(a_call(2).ended("answered", cost_nano=5), [VERDICT])
    journal.flush()
    _kill(journal)
    assert fold_journals(tmp_path, folded) == 2
    results = {name: (call.result, call.cost_nano) for name, call in folded.ended.items()}
    assert results == {
        "call-1": ("in_doubt", 70), "call-2": ("answered", 5), "call-3": ("in_doubt", 70),
    }  # fmt: skip
    assert _names(tmp_path) == []


@pytest.mark.parametrize("kept", [1, 40, -1], ids=["first_byte", "part", "all_but_newline"])
def test_a_half_written_last_line_is_cut(tmp_path: Path, kept: int) -> None:
    journal, folded = Journal(tmp_path), Folded()
    journal.sent(a_call())
    journal.flush()
    path = journal._segments[-1].path
    whole = path.read_bytes()
    journal.ended(a_call().ended("answered", cost_nano=5), [VERDICT])
    journal.flush()
    last = path.read_bytes()[len(whole) :]
    path.write_bytes(whole + last[:kept])
    _kill(journal)
    assert fold_journals(tmp_path, folded) == 1  # its end was not written: in doubt
    assert folded.ended["call-1"].result == "in_doubt"


def test_a_fold_that_fails_keeps_the_segments(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.sent(a_call())
    journal.ended(a_call().ended("answered"))
    journal.close()

    def broken(segments: list[Path]) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fold_journals(tmp_path, broken)
    folded = Folded()
    fold_journals(tmp_path, folded)
    assert list(folded.ended) == ["call-1"]


def test_a_new_segment_repeats_what_is_in_flight_so_that_the_old_one_can_go(
    tmp_path: Path,
) -> None:
    journal, folded = Journal(tmp_path), Folded()
    journal.sent(a_call(1))
    journal.sent(a_call(2))
    journal.ended(a_call(1).ended("answered"))
    journal.rotate()
    assert fold_journals(tmp_path, folded) == 0
    assert list(folded.ended) == ["call-1"]
    _kill(journal)
    assert fold_journals(tmp_path, folded) == 1
    assert folded.ended["call-2"].result == "in_doubt"


def test_a_kill_amid_a_rotation_leaves_two_open_segments_and_counts_a_call_once(
    tmp_path: Path,
) -> None:
    journal, folded = Journal(tmp_path), Folded()
    journal.sent(a_call(1))
    journal.flush()
    _kill(journal)
    second = tmp_path / f"{journal.writer}-000001.open"
    second.write_bytes((tmp_path / f"{journal.writer}-000000.open").read_bytes())
    assert fold_journals(tmp_path, folded) == 1
    assert list(folded.ended) == ["call-1"]
    assert _names(tmp_path) == []


def test_a_segment_being_opened_is_not_taken_for_that_of_a_dead_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, folded = try_lock, Folded()

    fold = Thread(target=fold_journals, args=(tmp_path, folded))

    def folding_first(descriptor: int) -> bool:
        """Another process folds between the creation of the file and its lock."""
        monkeypatch.setattr(module, "try_lock", lock)
        fold.start()
        fold.join(timeout=0.3)  # or it waits until the file is locked
        return lock(descriptor)

    monkeypatch.setattr(module, "try_lock", folding_first)
    journal = Journal(tmp_path)
    fold.join()
    journal.sent(a_call())
    journal.ended(a_call().ended("answered", cost_nano=5), [VERDICT])
    journal.close()
    fold_journals(tmp_path, folded)
    assert list(folded.ended) == ["call-1"]


def test_a_segment_that_is_finished_while_somebody_looks_at_it_is_no_dead_writers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, lock, folded = Journal(tmp_path), try_lock, Folded()
    journal.sent(a_call())
    journal.ended(a_call().ended("answered", cost_nano=5), [VERDICT])

    def closing_first(descriptor: int) -> bool:
        """The writer finishes between the opening of the file by another process and its lock."""
        monkeypatch.setattr(module, "try_lock", lock)
        journal.close()
        return lock(descriptor)

    monkeypatch.setattr(module, "try_lock", closing_first)
    assert fold_journals(tmp_path, folded) == 0
    assert list(folded.ended) == ["call-1"]
    assert _names(tmp_path) == []


def test_looking_whether_others_write_does_not_stop_them_from_opening_a_segment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, lock = Journal(tmp_path), try_lock
    got: list[bool] = []

    def opening(descriptor: int) -> bool:
        """While the writer is about to lock its new file, another process looks for writers."""

        def looking(looked_at: int) -> bool:
            held = lock(looked_at)
            got.append(lock(descriptor))
            return held

        monkeypatch.setattr(module, "try_lock", looking)
        others_write(tmp_path, mine)
        monkeypatch.setattr(module, "try_lock", lock)
        return got[-1] if got else lock(descriptor)

    monkeypatch.setattr(module, "try_lock", opening)
    Journal(tmp_path).close()


def _fails(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _break(patch: pytest.MonkeyPatch, failing: str) -> None:
    """Have a step of writing a segment fail."""
    if failing == "rename":
        patch.setattr(Segment, "end", _fails)
    elif failing == "fsync of the new one":
        fsync, done = os.fsync, count()
        patch.setattr(os, "fsync", lambda file: fsync(file) if next(done) < 1 else _fails())
    else:
        patch.setattr(os, failing, _fails)


@pytest.mark.parametrize("failing", ["open", "write", "fsync", "fsync of the new one", "rename"])
def test_a_rotation_that_fails_leaves_the_old_segment_going_and_nothing_of_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    journal, folded = Journal(tmp_path), Folded()
    journal.sent(a_call(1))
    journal.ended(a_call(1).ended("answered", cost_nano=5), [VERDICT])
    journal.sent(a_call(2))
    journal.flush()
    with monkeypatch.context() as broken:
        _break(broken, failing)
        with pytest.raises(OSError, match="No space left"):
            journal.rotate()
    assert _names(tmp_path) == [".open"]
    journal.ended(a_call(2).ended("answered", cost_nano=7), [VERDICT])
    journal.rotate()
    journal.close()
    assert fold_journals(tmp_path, folded) == 0
    results = [(line.call.result, line.call.cost_nano) for line in folded.lines if line.call.result]
    assert results == [("answered", 5), ("answered", 7)]
    assert _names(tmp_path) == []


class Interrupted(BaseException):
    """As Dagster raises it at any line when a run is terminated."""


@pytest.mark.parametrize("before", [True, False])
def test_an_interrupted_rotation_loses_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    journal, folded, end = Journal(tmp_path), Folded(), Segment.end
    journal.sent(a_call(1))
    journal.sent(a_call(2))
    journal.ended(a_call(1).ended("answered", cost_nano=5), [VERDICT])

    def interrupted(segment: Segment) -> None:
        if not before:
            end(segment)
        raise Interrupted

    with monkeypatch.context() as terminated:
        terminated.setattr(Segment, "end", interrupted)
        with pytest.raises(Interrupted):
            journal.rotate()
    fold_journals(tmp_path, folded)  # another process
    journal.ended(a_call(2).ended("answered", cost_nano=7), [VERDICT])
    journal.close()
    assert fold_journals(tmp_path, folded) == 0
    results = {name: (call.result, call.cost_nano) for name, call in folded.ended.items()}
    assert results == {"call-1": ("answered", 5), "call-2": ("answered", 7)}
    assert _names(tmp_path) == []


@pytest.mark.parametrize("failing", ["write", "fsync", "rename"])
def test_a_journal_that_cannot_be_closed_lets_go_of_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    journal, folded = Journal(tmp_path), Folded()
    journal.sent(a_call(1))
    journal.ended(a_call(1).ended("answered", cost_nano=5), [VERDICT])
    journal.flush()
    journal.sent(a_call(2))
    with monkeypatch.context() as broken:
        _break(broken, failing)
        with pytest.raises(OSError, match="No space left"):
            journal.close()
    fold_journals(tmp_path, folded)  # in the same process
    assert folded.ended["call-1"].result == "answered"
    assert _names(tmp_path) == []


def test_what_was_not_flushed_is_lost_with_its_process_and_nothing_else_is(tmp_path: Path) -> None:
    journal, folded = Journal(tmp_path), Folded()
    journal.sent(a_call(1))
    journal.flush()
    journal.sent(a_call(2))  # noted, and not sent before the next flush
    _kill(journal)
    assert fold_journals(tmp_path, folded) == 1
    assert list(folded.ended) == ["call-1"]


def test_a_segment_a_killed_writer_had_not_opened_yet_goes(tmp_path: Path) -> None:
    (tmp_path / "0123456789abcdef-000000.new").write_bytes(b"")
    assert fold_journals(tmp_path, Folded()) == 0
    assert _names(tmp_path) == []

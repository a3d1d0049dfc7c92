"""The journal of paid work: every call before it is sent, every answer as it arrives.

Append-only segments of JSON lines, one writer each, whose lock dies with its process. Whole
segments are folded into `judge_calls` and `judge_verdicts` and removed. Not here: the tables.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from itertools import count, groupby
from pathlib import Path

import msgspec

from last_mile.adapters.file_lock import locked
from last_mile.adapters.judge.segment import NEW, OPEN, OPENING, WHOLE, Segment, is_dead
from last_mile.core.judge.call import Call, JournalLine, open_calls
from last_mile.core.judge.reply import Verdict
from last_mile.errors import UserError

_LINES_OF_A_SEGMENT = 10_000
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(JournalLine)
_KILLED = "the run ended while the call was in flight"


class Journal:
    """The segments of one writer.

    Lines survive the process after `flush` and the machine after `sync`. A caller flushes before it
    lets anything depend on a line: before a noted call is sent.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.writer = uuid.uuid4().hex[:16]
        self._in_flight: dict[str, Call] = {}
        self._numbers, self._lines = count(), 0
        self._buffer = bytearray()
        self._segments = [self._begun()]  # the last one is written; others are to be ended

    def sent(self, call: Call) -> None:
        """Note a call that is about to be sent."""
        self._in_flight[call.call_id] = call
        self._write(JournalLine(call))

    def ended(self, call: Call, verdicts: Sequence[Verdict] = ()) -> None:
        """Note how a call ended, and the verdicts it settled."""
        self._write(JournalLine(call, list(verdicts)))
        self._in_flight.pop(call.call_id, None)

    def flush(self) -> None:
        """Hand what was noted to the system: a process that dies loses none of it."""
        self._segments[-1].write(self._buffer)

    def sync(self) -> None:
        """Force what was flushed to the disk; may be called in another thread."""
        self._segments[-1].sync()

    @property
    def full(self) -> bool:
        """The segment is long enough to be folded."""
        return self._lines >= _LINES_OF_A_SEGMENT

    def rotate(self) -> None:
        """Begin a new segment, which repeats the calls in flight; the old one is whole.

        Raises:
            OSError: The disk is full or failed; the old segment goes on as if nothing had been.
        """
        self.flush()
        self.sync()
        whole = self._segments[-1]
        self._segments.append(self._begun())
        try:
            for call in self._in_flight.values():
                self._write(JournalLine(call))
            self.flush()
            self.sync()
            whole.end()
        except OSError:
            self._buffer.clear()  # of the new one alone
            self._segments.pop().discard()
            raise
        self._lines = len(self._in_flight)
        self._segments.remove(whole)
        whole.close()

    def close(self) -> None:
        """End the last segment. Calls still in flight are noted as in doubt."""
        for call in list(self._in_flight.values()):
            self.ended(call.lost(_KILLED))
        try:
            self.flush()
            self.sync()
            for segment in self._segments:
                segment.end()
        finally:  # a lock that stayed would hide from everybody what is noted
            for segment in self._segments:
                segment.close()

    def _begun(self) -> Segment:
        return Segment(self._folder, f"{self.writer}-{next(self._numbers):06d}")

    def _write(self, line: JournalLine) -> None:
        self._buffer += _line(line)
        self._lines += 1


def others_write(folder: Path, journal: Journal) -> bool:
    """Whether another living process has a segment open."""
    paths = (path for path in folder.glob(f"*{OPEN}") if not path.name.startswith(journal.writer))
    return any(not is_dead(path) for path in paths)


def fold_journals(folder: Path, fold: Callable[[list[Path]], None]) -> int:
    """Fold whole segments, and those of writers that died, into the tables; then remove them.

    Args:
        folder: Of the segments; it need not exist.
        fold: Keeps the lines of some segments, in one transaction; doing it twice changes nothing.

    Returns:
        Calls that were in flight when their writer died: they count as paid.
    """
    if not folder.exists():
        return 0
    with locked(folder / "fold.lock"):
        with locked(folder / OPENING):  # a `.new` left now is of a writer that died
            for path in folder.glob(f"*{NEW}"):
                path.unlink()
        lost = 0
        dead = [path for path in sorted(folder.glob(f"*{OPEN}")) if is_dead(path)]
        for _, paths in groupby(dead, lambda path: path.name.rpartition("-")[0]):
            lost += _end_dead(list(paths))
        whole = sorted(folder.glob(f"*{WHOLE}"))
        try:
            if whole:
                fold(whole)
        except Exception:
            for path in whole:  # name the one that is damaged
                _whole_lines(path)
            raise
        for path in whole:
            path.unlink()
        return lost


def _end_dead(paths: list[Path]) -> int:
    """Close the segments of a dead writer: cut a half-written line, note calls in flight."""
    lines = [line for path in paths for line in _whole_lines(path)]
    lost = open_calls(lines)
    with paths[-1].open("ab") as file:
        file.writelines(_line(JournalLine(call.lost(_KILLED))) for call in lost)
        file.flush()
        os.fsync(file.fileno())
    for path in paths:
        path.replace(path.with_suffix(WHOLE))
    return len(lost)


def _whole_lines(path: Path) -> list[JournalLine]:
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    if end != len(data):
        os.truncate(path, end)
    try:
        return [_DECODER.decode(line) for line in data[:end].splitlines()]
    except msgspec.DecodeError:
        raise UserError(
            f"{path} is damaged; move it out of the folder to go on. Calls noted in it may have "
            "been paid and will be asked again"
        ) from None


def _line(line: JournalLine) -> bytes:
    return _ENCODER.encode(line) + b"\n"

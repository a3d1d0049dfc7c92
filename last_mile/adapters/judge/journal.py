"""The journal of paid work: every call before it is sent, every answer as it arrives.

Append-only segments of JSON lines, one writer each, whose lock dies with its process. Whole
segments are folded into `judge_calls` and `judge_verdicts` and removed. Not here: the tables.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from last_mile.adapters.file_lock import locked, try_lock
from last_mile.core.judge.call import Call, JournalLine, open_calls
from last_mile.core.judge.reply import Verdict
from last_mile.errors import UserError

_NEW, _OPEN, _WHOLE = ".new", ".open", ".jsonl"
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
        self._number, self._lines = 0, 0
        self._buffer = bytearray()
        self._file = self._opened()

    def sent(self, call: Call) -> None:
        """Note a call that is about to be sent."""
        self._in_flight[call.call_id] = call
        self._write(JournalLine(call))

    def ended(self, call: Call, verdicts: Sequence[Verdict] = ()) -> None:
        """Note how a call ended, and the verdicts it settled."""
        self._write(JournalLine(call, list(verdicts)))
        self._in_flight.pop(call.call_id, None)

    def sync(self) -> None:
        """Force what was flushed to the disk; may be called in another thread."""
        descriptor = os.dup(self._file)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @property
    def full(self) -> bool:
        """The segment is long enough to be folded."""
        return self._lines >= _LINES_OF_A_SEGMENT

    def rotate(self) -> None:
        """Begin a new segment, which repeats the calls in flight; the old one is whole."""
        self.flush()
        old, old_path = self._file, self._path
        self._number, self._lines = self._number + 1, 0
        self._file = self._opened()
        for call in self._in_flight.values():
            self._write(JournalLine(call))
        self.flush()
        self.sync()
        _finish(old, old_path)

    def close(self) -> None:
        """End the last segment. Calls still in flight are noted as in doubt."""
        for call in list(self._in_flight.values()):
            self.ended(call.lost(_KILLED))
        try:
            self.flush()
        except OSError:
            os.close(self._file)  # its lock ends: whoever comes next takes it for a dead writer's
            raise
        _finish(self._file, self._path)

    @property
    def _path(self) -> Path:
        return self._folder / f"{self.writer}-{self._number:06d}{_OPEN}"

    def _opened(self) -> int:
        """A new segment, locked before anybody can see it."""
        unseen = self._path.with_suffix(_NEW)
        with locked(self._folder / "opening.lock"):
            descriptor = os.open(unseen, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            if not try_lock(descriptor):
                raise RuntimeError(f"{unseen} is locked, though its name is new")
            unseen.replace(self._path)
        return descriptor

    def _write(self, line: JournalLine) -> None:
        self._buffer += _ENCODER.encode(line)
        self._buffer += b"\n"
        self._lines += 1

    def flush(self) -> None:
        """Hand what was noted to the system: a process that dies loses none of it."""
        while self._buffer:  # what a failed write left is written first by the next
            del self._buffer[: os.write(self._file, self._buffer)]


def others_write(folder: Path, journal: Journal) -> bool:
    """Whether another living process has a segment open."""
    paths = (path for path in folder.glob(f"*{_OPEN}") if not path.name.startswith(journal.writer))
    return any(not _is_dead(path) for path in paths)


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
        with locked(folder / "opening.lock"):  # a `.new` left now is of a writer that died
            for path in folder.glob(f"*{_NEW}"):
                path.unlink()
        lost = 0
        dead = [path for path in sorted(folder.glob(f"*{_OPEN}")) if _is_dead(path)]
        for _, paths in groupby(dead, lambda path: path.name.rpartition("-")[0]):
            lost += _end_dead(list(paths))
        whole = sorted(folder.glob(f"*{_WHOLE}"))
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


def _is_dead(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:  # finished meanwhile
        return False
    try:  # a writer that ends its segment renames it before it lets go of the lock
        return try_lock(descriptor) and path.exists()
    finally:
        os.close(descriptor)


def _end_dead(paths: list[Path]) -> int:
    """Close the segments of a dead writer: cut a half-written line, note calls in flight."""
    lines = [line for path in paths for line in _whole_lines(path)]
    lost = open_calls(lines)
    with paths[-1].open("ab") as file:
        file.writelines(_ENCODER.encode(JournalLine(call.lost(_KILLED))) + b"\n" for call in lost)
        file.flush()
        os.fsync(file.fileno())
    for path in paths:
        path.replace(path.with_suffix(_WHOLE))
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


def _finish(descriptor: int, path: Path) -> None:
    os.fsync(descriptor)
    path.replace(path.with_suffix(_WHOLE))
    os.close(descriptor)

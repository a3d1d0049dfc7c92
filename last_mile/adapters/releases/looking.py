"""Reads the lines of training files, part by part, on all cores: validates, scans, measures them.

Not here: what follows from what was seen (examining.py), what a line must be (core/training).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from last_mile.adapters.releases.tokens import TokenCounter
from last_mile.adapters.worker_pool import cores, worker_pool
from last_mile.core.training.statistics import FileNumbers
from last_mile.core.training.validate import ANSWERS, Kind, Row, read_row

Scan = Callable[[str, str], Mapping[str, int]]  # row id and one text: personal data by kind
EXAMPLES = 5  # row ids kept of each kind of finding
_PART = 8 << 20
_ALONE = 4 * _PART  # less than this is read in this process: a worker costs a second
_ROW_ID = 24  # hex digits of the line's sha256


class Found(NamedTuple):
    """How often something was found, and the first row ids."""

    n: int
    row_ids: tuple[str, ...] = ()

    def plus(self, n: int, *row_ids: str) -> Found:
        """With more of it."""
        return Found(self.n + n, (*self.row_ids, *row_ids)[:EXAMPLES])


class Part(NamedTuple):
    """Whole lines of one file."""

    path: str
    start: int
    size: int


@dataclass
class Looked:
    """What was seen in a part of a file.

    Attributes:
        path: Of the file, inside its release.
        row_ids: Of its lines, in order.
        errors: Of the validator, by kind.
        personal_data: What the scan found, by kind.
        numbers: Words, tokens and labels of the valid rows.
    """

    path: str
    numbers: FileNumbers
    row_ids: list[str] = field(default_factory=list)
    errors: dict[str, Found] = field(default_factory=dict)
    personal_data: dict[str, Found] = field(default_factory=dict)


def look(
    folder: Path, paths: Sequence[str], scan: Scan, tokens: TokenCounter | None
) -> Iterator[Looked]:
    """Look at every line of files, part by part, in their order.

    Args:
        folder: Of the release.
        paths: Of its files.
        scan: Personal data of one text of a row. With many lines it is sent to other processes.
        tokens: Counts tokens; None: they are not counted.

    Raises:
        UserError: A worker was killed.
    """
    parts = [part for path in paths for part in _parts(folder, path)]
    if cores() == 1 or sum(part.size for part in parts) < _ALONE:
        yield from (_look_at(folder, part, scan, tokens) for part in parts)
        return
    with worker_pool(cores(), "examined training files", _begin, scan, tokens) as pool:
        yield from pool.map(partial(_look_by_worker, folder), parts)


def note(into: dict[str, Found], name: str, n: int, *row_ids: str) -> None:
    """Add to what was found; nothing of what was not."""
    if n:
        into[name] = into.get(name, Found(0)).plus(n, *row_ids)


def _parts(folder: Path, path: str) -> Iterator[Part]:
    with (folder / path).open("rb") as opened:
        start = 0
        while opened.read(_PART):
            opened.readline()
            yield Part(path, start, opened.tell() - start)
            start = opened.tell()


def _look_at(folder: Path, part: Part, scan: Scan, tokens: TokenCounter | None) -> Looked:
    kind = _kind_of(part.path)
    looked = Looked(part.path, FileNumbers(kind, counts_tokens=tokens is not None))
    valid: list[Row] = []
    with (folder / part.path).open("rb") as opened:
        opened.seek(part.start)
        lines = opened.read(part.size).removesuffix(b"\n").split(b"\n")
    for line in lines:
        row_id = hashlib.sha256(line).hexdigest()[:_ROW_ID]
        looked.row_ids.append(row_id)
        row = read_row(kind, line)
        if isinstance(row, str):
            note(looked.errors, row, 1, row_id)
        else:
            valid.append(row)
            _scan_row(row, row_id, scan, looked)
    looked.numbers.add(valid, tokens.count if tokens else None)
    return looked


def _scan_row(row: Row, row_id: str, scan: Scan, looked: Looked) -> None:
    for name in ("prompt", *ANSWERS[looked.numbers.kind]):
        for message in getattr(row, name):
            for what, n in scan(row_id, message.content).items():
                note(looked.personal_data, what, n, row_id)


_GIVEN: list[Any] = []  # of a worker process: its scan and its token counter


def _begin(scan: Scan, tokens: TokenCounter | None) -> None:
    _GIVEN[:] = [scan, tokens]


def _look_by_worker(folder: Path, part: Part) -> Looked:
    return _look_at(folder, part, *_GIVEN)


def _kind_of(path: str) -> Kind:
    kind = path.partition("/")[0]
    for known in ANSWERS:
        if known == kind:
            return known
    raise ValueError(f"{path} is no file of a release")

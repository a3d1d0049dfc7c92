"""What a record is, and the physical lines of a text file. Not here: rows, JSON documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

BOM = b"\xef\xbb\xbf"
KEPT_OF_TOO_LARGE = 1 << 16  # raw bytes kept of a record over the limit; the rest is in the file
UNREADABLE_ROW = object()
_new = tuple.__new__


class Record(NamedTuple):
    """One physical record.

    Attributes:
        line: Its number from 1: of the line, the array element, the row; of a CSV row the number
            of its last physical line.
        offset: Where it begins in the decompressed file; None in Parquet files.
        raw: Its bytes without the line end; of one over the size limit the first 64 KiB.
        size: How many bytes it has.
        value: Names and values of a row; None when they are in `raw` as JSON; UNREADABLE_ROW.
    """

    line: int
    offset: int | None
    raw: bytes
    size: int
    value: Any = None


def lines(blocks: Iterable[bytes], max_bytes: int) -> Iterator[Record]:
    """Physical lines without their end and without a leading BOM, numbered from 1."""
    number, offset = 1, 0
    pending = b""  # of the line that goes on in the next block
    dropped = 0  # bytes of it that are over the limit and were let go
    last = b""  # its last byte
    for block in blocks:
        first, *following = block.split(b"\n")
        last = first[-1:] or last
        pending += first
        if dropped or len(pending) > max_bytes + len(BOM) + 1:  # 1: of a CRLF
            kept = pending[:KEPT_OF_TOO_LARGE]
            dropped += len(pending) - len(kept)
            pending = kept
        if not following:
            continue
        yield _line(number, offset, pending, dropped - (dropped and last == b"\r"), max_bytes)
        offset += len(pending) + dropped + 1
        number, dropped = number + 1, 0
        pending = following.pop()
        last = pending[-1:]
        for raw in following:
            size = len(raw)
            if size <= max_bytes and raw[-1:] != b"\r":  # at C speed: most lines are such
                yield _new(Record, (number, offset, raw, size, None))
            else:
                yield _line(number, offset, raw, 0, max_bytes)
            offset += size + 1
            number += 1
    if pending or dropped:
        yield _line(number, offset, pending, dropped - (dropped and last == b"\r"), max_bytes)


def _line(number: int, offset: int, raw: bytes, dropped: int, max_bytes: int) -> Record:
    if number == 1 and raw.startswith(BOM):
        raw, offset = raw[len(BOM) :], len(BOM)
    if not dropped:
        raw = raw.removesuffix(b"\r")
    size = len(raw) + dropped
    return Record(number, offset, raw if size <= max_bytes else raw[:KEPT_OF_TOO_LARGE], size)

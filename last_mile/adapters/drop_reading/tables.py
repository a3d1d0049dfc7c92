"""Records of CSV and Parquet files: rows as names and values. Not here: what a row means."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from last_mile.adapters.drop_reading.lines import BOM, KEPT_OF_TOO_LARGE, UNREADABLE_ROW, Record
from last_mile.adapters.log_drop import DropFile
from last_mile.errors import UserError

_LIMITS_OF_A_FIELD = 4  # a CSV field that goes on for so many limits is an open quote
_ROWS = 1024  # Parquet rows turned into objects at a time


def csv_rows(file: DropFile, blocks: Iterator[bytes], max_bytes: int) -> Iterator[Record]:
    """Rows of a CSV file by the names of its header.

    Raises:
        UserError: The header is not UTF-8, or the file is not CSV to its end.
    """
    csv.field_size_limit(_LIMITS_OF_A_FIELD * max_bytes)
    first = next(blocks, b"")
    stream = io.BufferedReader(_Blocks(chain([first], blocks)))
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    taken: list[str] = []  # physical lines of the row being read
    reader = csv.reader(_recorded(text, taken), strict=True)
    try:
        header = next(reader, [])
        if not _is_text("".join(header)):
            raise UserError(f"{file.name}, line 1: the CSV header is not UTF-8; export it again")
        offset = sum(map(_n_bytes, taken)) + len(BOM) * first.startswith(BOM)
        taken.clear()
        for values in reader:
            whole = "".join(taken)
            taken.clear()
            raw = whole.rstrip("\r\n").encode("utf-8", "surrogateescape")
            fits = len(values) == len(header) and _is_text(whole)
            value = dict(zip(header, values, strict=True)) if fits else UNREADABLE_ROW
            kept = raw if len(raw) <= max_bytes else raw[:KEPT_OF_TOO_LARGE]
            yield Record(reader.line_num, offset, kept, len(raw), value)
            offset += _n_bytes(whole)
    except csv.Error as error:
        raise UserError(
            f"{file.name}, line {reader.line_num}: not valid CSV, or a field of more than "
            f"{_LIMITS_OF_A_FIELD * max_bytes >> 20} MB; is a quote closed?"
        ) from error


class _Blocks(io.RawIOBase):
    """Blocks of bytes as a stream."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._rest = self._rest or next(self._blocks, b"")
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def _recorded(physical: Iterable[str], taken: list[str]) -> Iterator[str]:
    """The lines, each noted as it is taken."""
    for line in physical:
        taken.append(line)
        yield line


def parquet_rows(file: DropFile, stream: IO[bytes]) -> Iterator[Record]:
    """Rows of a Parquet file; their raw bytes are JSON.

    Raises:
        UserError: The file is not a readable Parquet file.
    """
    packed = file.path.suffix.lower() in {".gz", ".zst"}
    try:
        source = pq.ParquetFile(pa.BufferReader(stream.read()) if packed else file.path)
        number = 0
        for batch in source.iter_batches(batch_size=_ROWS):
            for value in batch.to_pylist():
                number += 1
                raw = msgspec.json.encode(value, enc_hook=str)
                yield Record(number, None, raw, len(raw), value)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise UserError(
            f"{file.name}: not a readable Parquet file; cannot be read, nothing of it was taken: "
            "export it again"
        ) from error


def _n_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

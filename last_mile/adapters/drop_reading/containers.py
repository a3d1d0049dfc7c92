"""Records of a drop file, one by one, with their place and raw bytes: lines, elements, rows.

Not here: how each kind of file is taken apart (lines.py, documents.py, tables.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from last_mile.adapters.drop_reading.documents import is_json, json_elements
from last_mile.adapters.drop_reading.lines import BOM, Record, lines
from last_mile.adapters.drop_reading.opening import check_content, container_of, opened
from last_mile.adapters.drop_reading.tables import csv_rows, parquet_rows
from last_mile.adapters.log_drop import DropFile
from last_mile.errors import UserError

_BLOCK = 1 << 20


def records(file: DropFile, max_bytes: int) -> Iterator[Record]:
    """Records of a file in order; memory stays bounded by the largest allowed record.

    Raises:
        UserError: The file cannot be read to its end, or is not what its name says.
    """
    container = container_of(file)
    with opened(file) as stream:
        if container == "parquet":
            yield from parquet_rows(file, stream)
        elif container == "csv":
            yield from csv_rows(file, _blocks(file, stream), max_bytes)
        elif container == "json":
            yield from json_elements(file, _blocks(file, stream), max_bytes)
        else:
            yield from lines(_blocks(file, stream), max_bytes)


def _blocks(file: DropFile, stream: IO[bytes]) -> Iterator[bytes]:
    """The stream in blocks, its first bytes checked against the name."""
    block = stream.read(_BLOCK)
    check_content(file, block)
    text = block.removeprefix(BOM).lstrip()
    if container_of(file) == "jsonl" and text[:1] == b"[" and not is_json(text.split(b"\n")[0]):
        raise UserError(
            f"{file.name}: its name says one JSON object per line, it holds a JSON array; cannot "
            "be read, nothing of it was taken: name it .json"
        )
    while block:
        yield block
        block = stream.read(_BLOCK)

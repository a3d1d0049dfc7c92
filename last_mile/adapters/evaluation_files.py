"""Reads the evaluation files that no training release may contain: every text in them is an item.

Not here: what a release has in common with them (sql/training_overlaps.sql), log drops
(adapters/drop_reading/, whose readers of bytes and records are used).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.adapters.drop_reading.containers import records
from last_mile.adapters.drop_reading.opening import container_of, opened
from last_mile.adapters.log_drop import DropFile
from last_mile.errors import UserError

WORDS_OF_A_GRAM = 8
SCHEMA = {"source": pl.String, "item": pl.Int64, "text": pl.String}
_SYSTEM = ("system", "developer")
_READABLE = ("jsonl", "json", "csv", "tsv", "parquet", "txt")
_WORD = re.compile(r"\w")
# The words of sql/training_overlaps.sql
_WORDS = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]|[\p{L}\p{M}\p{N}_]+"
_LARGEST = 512 << 20  # bytes of one record


def read_evaluation(paths: Sequence[Path]) -> pl.DataFrame:
    """The texts of evaluation files: rows of the table `evaluation_texts`.

    Of JSON and Parquet records every string at any depth counts, of CSV and TSV files every cell,
    of text files every line. A text that stands several times in a file is one item; strings
    without a word are none.

    Args:
        paths: JSONL, JSON, CSV, TSV, Parquet or text files, also as .gz or .zst.

    Returns:
        Columns source (the file's name, made unique), item (from 1 in the order of the file), text.

    Raises:
        UserError: A file is missing, cannot be read to its end, or holds no text.
    """
    rows: list[tuple[str, int, str]] = []
    sources: set[str] = set()
    for path in {path.resolve(): path for path in paths}.values():
        source = _unused(_printable(path.name), sources)
        sources.add(source)
        texts = dict.fromkeys(text for text in _texts(path) if _WORD.search(text))
        if not texts:
            raise UserError(
                f"{_printable(path)}: an evaluation file without any text; "
                "name the right file with --evaluation, or give --no-evaluation"
            )
        rows += [(source, item, text) for item, text in enumerate(texts, start=1)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def n_too_short(items: pl.DataFrame) -> int:
    """How many items have fewer words than a gram of the decontamination: nothing can match them.

    Args:
        items: What read_evaluation returns.
    """
    words = items["text"].str.count_matches(_WORDS)
    return int((words < WORDS_OF_A_GRAM).sum())


def _texts(path: Path) -> Iterator[str]:
    """All strings of a file in its order."""
    name = _printable(path)
    try:
        stat = path.stat()
    except OSError as error:
        raise UserError(
            f"{name}: an evaluation file that cannot be read ({error.strerror}); "
            "name it again with --evaluation, or give --no-evaluation"
        ) from error
    file = DropFile(path, name, "conversations", stat.st_size, stat.st_mtime_ns)
    container = container_of(file)
    if container not in _READABLE or not path.is_file():
        raise UserError(
            f"{name}: no evaluation file that can be read; "
            f"give it as one of {', '.join(_READABLE)}, also with .gz or .zst"
        )
    if container in {"csv", "tsv"}:
        yield from _cells(file, "," if container == "csv" else "\t")
        return
    for record in records(file, _LARGEST):
        place = f"{name}, {'line' if container in {'jsonl', 'txt'} else 'record'} {record.line}"
        if container == "txt":
            yield _decoded(record.raw, place)
        elif record.value is not None:
            yield from _strings(record.value)
        elif record.raw.strip():
            yield from _strings(_parsed(record.raw, place))


def _cells(file: DropFile, delimiter: str) -> Iterator[str]:
    """Cells of a table below its header."""
    csv.field_size_limit(_LARGEST)
    with opened(file) as stream:
        text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            header = next(reader, [])
            for cells in reader:
                if cells and len(cells) != len(header):
                    raise UserError(
                        f"{file.name}, line {reader.line_num}: {len(cells)} cells under a header "
                        f"of {len(header)}; is a text with a comma, tab or line end not quoted?"
                    )
                yield from cells
        except (csv.Error, UnicodeDecodeError) as error:
            raise UserError(
                f"{file.name}, after line {reader.line_num}: not a UTF-8 table to its end; "
                "is a quote closed? Export it again"
            ) from error


def _strings(value: Any) -> Iterator[str]:
    """The strings in lists and objects at any depth, in their order; names of fields are none.

    What a system message says is the product's, in evaluation as in training.
    """
    waiting = [value]
    while waiting:
        held = waiting.pop()
        if isinstance(held, str):
            yield held.encode("utf-8", "replace").decode()  # JSON may hold half a character
        elif isinstance(held, dict):
            if held.get("role") not in _SYSTEM:
                waiting += reversed(held.values())
        elif isinstance(held, list):
            waiting += reversed(held)


def _parsed(raw: bytes, place: str) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"{place}: not JSON in UTF-8; correct it, or name the file by its content"
        ) from error


def _decoded(raw: bytes, place: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise UserError(f"{place}: not UTF-8; save the file as UTF-8") from error


def _unused(name: str, taken: set[str]) -> str:
    """The name, or the first of `name (2)`, `name (3)`, … that is free."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def _printable(path: Path | str) -> str:
    """A path as text: Linux allows bytes that are no UTF-8, the tables do not."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")

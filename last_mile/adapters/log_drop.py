"""The files of a drop folder: which there are, and their lines and rows, one by one.

Not here: what a line means (core/), where it is kept (adapters/landing.py).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple, cast

import polars as pl

from last_mile.errors import UserError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Kind = Literal["conversations", "outcomes", "labels"]
_NAMES: dict[Kind, re.Pattern[str]] = {
    "conversations": re.compile(r"conversations[^/]*\.jsonl(\.gz|\.zst)?$"),
    "outcomes": re.compile(r"outcomes[^/]*\.(csv|jsonl|parquet)(\.gz|\.zst)?$"),
    "labels": re.compile(r"labels[^/]*\.(csv|jsonl|parquet)(\.gz|\.zst)?$"),
}
_DAY = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?!\d)")
_BOM = b"\xef\xbb\xbf"
_LARGEST_FIELD = 1 << 26  # characters of one CSV field


@dataclass(frozen=True, slots=True)
class DropFile:
    """One file of a drop: its place, kind and fingerprint."""

    path: Path
    name: str  # inside the drop folder, with slashes
    kind: Kind
    size_bytes: int
    modified_ns: int

    @property
    def path_day(self) -> date | None:
        """The last valid YYYY-MM-DD in the file's path, its name included."""
        for text in reversed(_DAY.findall(self.path.absolute().as_posix())):
            try:
                return date.fromisoformat(text)
            except ValueError:
                continue
        return None

    @property
    def modified_day(self) -> date:
        """UTC day of the last change."""
        return datetime.fromtimestamp(self.modified_ns / 1e9, tz=UTC).date()


class Row(NamedTuple):
    """One physical row: its line number, its bytes, and its fields if it could be read."""

    line: int
    raw: bytes
    fields: dict[str, Any] | None


def find_drop_files(folder: Path) -> list[DropFile]:
    """Files of a drop folder and its sub-folders, by name.

    Raises:
        UserError: The folder is missing or holds no conversation file.
    """
    if not folder.is_dir():
        raise UserError(f"drop folder {folder}: no such folder; give --drops an existing one")
    files = []
    for path in sorted(folder.rglob("*")):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue  # hidden: a home of ours, or a file still being written
        kind = next((k for k, pattern in _NAMES.items() if pattern.match(path.name)), None)
        if kind and path.is_file():
            stat = path.stat()
            name = path.relative_to(folder).as_posix()
            files.append(DropFile(path, name, kind, stat.st_size, stat.st_mtime_ns))
    if not any(file.kind == "conversations" for file in files):
        raise UserError(
            f"drop folder {folder}: holds no conversations*.jsonl, .jsonl.gz or .jsonl.zst"
        )
    return files


def read_lines(file: DropFile) -> Iterator[tuple[int, bytes]]:
    """Physical lines of a text file, numbered from 1, without line end and leading BOM.

    Raises:
        UserError: The file cannot be read to its end.
    """
    with _opened(file) as stream:
        for number, raw in enumerate(stream, start=1):
            line = raw.removesuffix(b"\n").removesuffix(b"\r")
            yield number, line.removeprefix(_BOM) if number == 1 else line


def read_rows(file: DropFile) -> Iterator[Row]:
    """Rows of an outcome or label file, as names and values.

    Raises:
        UserError: The file cannot be read, or a CSV header lacks `conversation_id`.
    """
    name = file.path.name.removesuffix(".gz").removesuffix(".zst")
    if name.endswith(".parquet"):
        yield from _parquet_rows(file)
    elif name.endswith(".jsonl"):
        yield from (Row(number, raw, _object(raw)) for number, raw in read_lines(file))
    else:
        yield from _csv_rows(file)


def _csv_rows(file: DropFile) -> Iterator[Row]:
    csv.field_size_limit(_LARGEST_FIELD)
    with _opened(file) as stream:
        text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
        taken: list[str] = []  # physical lines of the row being read
        reader = csv.reader(_recorded(text, taken), strict=True)
        try:
            header = next(reader, [])
            if header and "conversation_id" not in header:
                raise UserError(f"{file.name}, line 1: the CSV header has no conversation_id")
            if not _encodes("".join(header)):
                raise UserError(
                    f"{file.name}, line 1: the CSV header is not UTF-8; export it again"
                )
            taken.clear()
            for values in reader:
                raw = "".join(taken).rstrip("\r\n").encode("utf-8", "surrogateescape")
                taken.clear()
                whole = len(values) == len(header) and _is_text(raw)
                fields = dict(zip(header, values, strict=True)) if whole else None
                yield Row(reader.line_num, raw, fields)
        except csv.Error as error:
            raise UserError(
                f"{file.name}, line {reader.line_num}: not valid CSV; is a quote closed?"
            ) from error


def _recorded(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    """The lines, each noted as it is taken."""
    for line in lines:
        taken.append(line)
        yield line


def _parquet_rows(file: DropFile) -> Iterator[Row]:
    try:
        with _opened(file) as stream:
            frame = pl.read_parquet(io.BytesIO(stream.read()))
    except pl.exceptions.PolarsError as error:
        raise UserError(f"{file.name}: not a readable Parquet file; export it again") from error
    for number, fields in enumerate(frame.iter_rows(named=True), start=1):
        yield Row(number, json.dumps(fields, default=str).encode(), fields)


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    escaped = b"\\u" in raw  # only an escape can hide half a surrogate pair
    if not isinstance(value, dict) or (
        escaped and not _encodes(json.dumps(value, ensure_ascii=False))
    ):
        return None
    return value


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def _opened(file: DropFile) -> Iterator[IO[bytes]]:
    """The decompressed bytes; a file that breaks off is an error, not an end."""
    try:
        with file.path.open("rb") as source:
            if file.name.endswith(".gz"):
                yield cast("IO[bytes]", gzip.GzipFile(fileobj=source))
            elif file.name.endswith(".zst"):
                yield cast("IO[bytes]", zstd.ZstdFile(source))
            else:
                yield source
    except (OSError, EOFError, zlib.error, zstd.ZstdError) as error:
        raise UserError(
            f"{file.name}: cannot be read to its end ({type(error).__name__}); "
            "copy the file again, nothing of it was taken"
        ) from error

"""Reads a returned label file, checks all of it, writes it into the drop folder as one label drop.

Not here: what an answer means (core/calibration/answers.py), landing it (adapters/landing.py).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.calibration import Answers, answers_in, read_answers, without_value
from last_mile.core.fragments import listed
from last_mile.errors import UserError

Record = tuple[str, Mapping[str, Any]]
_SHOWN = 3  # problems named in the error
_LONGEST_FIELD = 64 << 20
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True)
class Imported:
    """What an import did.

    Attributes:
        file: The label drop.
        said: Answers by metric and value.
        empty: Rows without an answer.
        repeated: Rows that say again what another one says.
        known: The same file stood there already; nothing changed.
    """

    file: Path
    said: Counter[tuple[str, bool]]
    empty: int
    repeated: int
    known: bool


def import_labels(warehouse: Warehouse, path: Path, annotator: str | None = None) -> Imported:
    """Write the answers of a file into the drop folder; the next run lands them.

    Args:
        warehouse: Whose installation the labels are for.
        path: CSV or TSV, JSON lines, or a JSON array: the plan filled in, plain label rows, or an
            export of Label Studio (JSON, JSON-MIN, CSV, TSV).
        annotator: Who answered; None: as the file says.

    Raises:
        UserError: The file cannot be read, a row cannot be used, or nobody answered anything.
            Nothing was written then.
    """
    content = _content(path)
    records = list(_reader(path)(content, path))
    if without_value([record for _, record in records]):
        raise UserError(f"{path} has no answers: no column `value` and no annotations")
    found = read_answers(answers_in(records), warehouse.installation.rubric(), annotator)
    found.problems += _unknown(warehouse, found)
    if found.problems:
        more = len(found.problems) - _SHOWN
        rest = f"; and {more:,} more" if more > 0 else ""
        raise UserError(f"{path}: {'; '.join(found.problems[:_SHOWN])}{rest}. Nothing was imported")
    if not found.rows:
        raise UserError(f"{path}: all {found.empty:,} values are empty; fill in yes or no first")
    file = Path(warehouse.installation.settings().drops) / _name(path, content)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found.rows)
    known = file.is_file() and file.read_text("utf-8") == text
    if not known:
        _write(file, text)
    return Imported(file, found.said, found.empty, found.repeated, known)


def _unknown(warehouse: Warehouse, found: Answers) -> list[str]:
    """Answers about conversations that this installation has never seen."""
    ids = {row["conversation_id"] for row in found.rows}
    names = warehouse.read("known_names", fragments={"ids": listed(sorted(ids)) or "null"})
    unseen = ids - set(names["name"])
    return [
        f"{where}: conversation_id is not one of this installation; check --home"
        for where, row in zip(found.places, found.rows, strict=True)
        if row["conversation_id"] in unseen
    ]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}); give an existing file"
        ) from None


def _reader(path: Path) -> Callable[[bytes, Path], Iterator[Record]]:
    readers = {
        ".csv": _csv, ".tsv": _csv, ".json": _json, ".jsonl": _json_lines, ".ndjson": _json_lines,
    }  # fmt: skip
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise UserError(f"{path}: not a label file by its name; give one of {', '.join(readers)}")
    return reader


def _csv(content: bytes, path: Path) -> Iterator[Record]:
    text = io.StringIO(_text(content, path), newline="")
    csv.field_size_limit(_LONGEST_FIELD)  # an export holds whole conversations
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    rows = csv.DictReader(text, delimiter=delimiter)
    try:
        missing = {"conversation_id", "metric"} - set(rows.fieldnames or ())
        if missing:
            raise UserError(f"{path}: column {min(missing)} is missing; keep the plan's header")
        for number, row in enumerate(rows, 1):
            yield f"row {number}", row
    except csv.Error:
        raise UserError(f"{path}: row {rows.line_num} is no CSV; save the file again") from None


def _json(content: bytes, path: Path) -> Iterator[Record]:
    found = _parsed(_text(content, path), path, "the file")
    tasks = found if isinstance(found, list) else [found]
    for number, task in enumerate(tasks, 1):
        yield f"task {number}", _object(task, path, f"task {number}")


def _json_lines(content: bytes, path: Path) -> Iterator[Record]:
    for number, line in enumerate(_text(content, path).split("\n"), 1):
        if line.strip():
            where = f"line {number}"
            yield where, _object(_parsed(line, path, where), path, where)


def _parsed(text: str, path: Path, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise UserError(f"{path}: {where} is no JSON; export or save it again") from None


def _object(value: Any, path: Path, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise UserError(f"{path}: {where} is no object with fields; export or save it again")
    return value


def _text(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{path} is not in UTF-8; save it as UTF-8") from None


def _name(path: Path, content: bytes) -> str:
    """A name by the file's own and its content: the same file lands in the same place."""
    stem = _NOT_IN_NAMES.sub("-", path.stem).strip("-").removeprefix("labels-") or "people"
    return f"labels-{stem}-{hashlib.sha256(content).hexdigest()[:8]}.jsonl"


def _write(file: Path, text: str) -> None:
    if not file.parent.is_dir():
        raise UserError(f"drop folder {file.parent} is gone; put it back, then import again")
    draft = file.with_name(f".{file.name}.draft")  # hidden: no landing reads it half written
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)

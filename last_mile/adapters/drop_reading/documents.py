"""Records of JSON documents: elements of arrays, objects one after the other.

Not here: JSON lines (lines.py), what a record means (parsing.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import msgspec

from last_mile.adapters.drop_reading.lines import BOM, KEPT_OF_TOO_LARGE, Record, lines
from last_mile.adapters.log_drop import DropFile
from last_mile.errors import UserError

_LARGEST_DOCUMENT = 512 << 20  # it is read whole
_WRAPPERS = ("data", "runs", "traces", "items", "spans")
_A_RECORD = {"messages", "conversation_id", "conversations"}  # an object that is one itself
_SPACE = re.compile(r"[\s\ufeff]*")


def json_elements(file: DropFile, blocks: Iterator[bytes], max_bytes: int) -> Iterator[Record]:
    """Elements of JSON arrays, JSON objects one after the other, or JSON lines after all.

    Raises:
        UserError: The document is too large to be read whole.
    """
    held = bytearray()
    for block in blocks:
        held += block
        if len(held) > _LARGEST_DOCUMENT:
            raise UserError(
                f"{file.name}: more than {_LARGEST_DOCUMENT >> 20} MB in one JSON document; cannot "
                "be read, nothing of it was taken: write one object per line (jq -c '.[]')"
            )
    first_line, _, more = bytes(held).removeprefix(BOM).partition(b"\n")
    if more.strip() and is_json(first_line) and first_line.lstrip()[:1] == b"{":
        yield from lines([bytes(held)], max_bytes)
        return
    text = held.decode("utf-8", "surrogateescape")
    position = offset = 0
    for number, (start, end) in enumerate(_spans(text), start=1):
        offset += _n_bytes(text[position:start])
        raw = text[start:end].encode("utf-8", "surrogateescape")
        kept = raw if len(raw) <= max_bytes else raw[:KEPT_OF_TOO_LARGE]
        yield Record(number, offset, kept, len(raw))
        offset, position = offset + len(raw), end


def _spans(text: str, *, alone: bool = False) -> Iterator[tuple[int, int]]:
    """Start and end of every element; what cannot be taken apart is one last element.

    Args:
        text: JSON arrays and objects, one after the other.
        alone: Only its first array counts.
    """
    decode = json.JSONDecoder().raw_decode
    at, in_array = _skip(text, 0), False
    while at < len(text):
        character = text[at]
        if not in_array and character == "[":
            in_array, at = True, _skip(text, at + 1)
            continue
        if in_array and character in ",]":
            in_array, at = character == ",", _skip(text, at + 1)
            if alone and not in_array:
                return
            continue
        try:
            value, end = decode(text, at)
        except (ValueError, RecursionError):
            yield at, len(text.rstrip())
            return
        inside = None if in_array else _wrapped_list(text, at, value)
        if inside is None:
            yield at, end
        else:
            inner = text[inside:end]
            yield from (
                (inside + first, inside + last) for first, last in _spans(inner, alone=True)
            )
        at = _skip(text, end)


def _wrapped_list(text: str, at: int, value: object) -> int | None:
    """Where the list of records in an object like `{"data": [...]}` begins, or None."""
    held = value if isinstance(value, dict) and not _A_RECORD & value.keys() else {}
    wanted = next((name for name in _WRAPPERS if isinstance(held.get(name), list)), None)
    if wanted is None:
        return None
    decode = json.JSONDecoder().raw_decode
    at = _skip(text, at + 1)
    while True:
        name, at = decode(text, at)
        at = _skip(text, _skip(text, at) + 1)  # the colon
        if name == wanted:
            return at
        at = decode(text, at)[1]
        at = _skip(text, _skip(text, at) + 1)  # the comma


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def is_json(line: bytes) -> bool:
    """Whether the bytes are one JSON text."""
    try:
        msgspec.json.decode(line)
    except (ValueError, RecursionError):
        return False
    return True


def _n_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))

"""The bytes of a drop file, decompressed; a file that is not what its name says is an error.

Not here: lines and rows (containers.py).
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from isal import igzip, isal_zlib

from last_mile.adapters.log_drop import DropFile
from last_mile.errors import UserError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_MAGIC = {
    b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "Zstandard", b"PAR1": "Parquet", b"PK\x03\x04": "ZIP",
    b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\xff\xfe": "UTF-16 text", b"\xfe\xff": "UTF-16 text",
    b"SQLite format 3": "SQLite", b"%PDF": "PDF", b"ARROW1": "Arrow",
}  # fmt: skip
_NAMED = {".gz": "gzip", ".zst": "Zstandard"}
_LONGEST_MAGIC = 16
UNREADABLE: Any = (
    OSError,
    EOFError,
    zlib.error,
    isal_zlib.error,
    zstd.ZstdError,
)


def container_of(file: DropFile) -> str:
    """`jsonl`, `json`, `csv` or `parquet`, by the file's name."""
    name = file.path.name.lower()
    for packed in _NAMED:
        name = name.removesuffix(packed)
    ending = name.rpartition(".")[2]
    return "jsonl" if ending == "ndjson" else ending


@contextmanager
def opened(file: DropFile) -> Iterator[IO[bytes]]:
    """The decompressed bytes; a file that breaks off is an error, not an end.

    Raises:
        UserError: It cannot be read to its end, or is not what its name says.
    """
    try:
        with file.path.open("rb") as source:
            outer = _NAMED.get(file.path.suffix.lower())
            _check(file, source.read(_LONGEST_MAGIC), outer or _expected(file))
            source.seek(0)
            if outer is None:
                yield source
                return
            unpacked: IO[bytes] = (
                cast("IO[bytes]", igzip.IGzipFile(fileobj=source, mode="rb"))
                if outer == "gzip"
                else cast("IO[bytes]", zstd.ZstdFile(source))
            )
            with unpacked:
                yield unpacked
    except UNREADABLE as error:
        raise UserError(
            f"{file.name}: cannot be read to its end ({type(error).__name__}); "
            "copy the file again, nothing of it was taken"
        ) from error


def check_content(file: DropFile, head: bytes) -> None:
    """The first decompressed bytes are of the kind that the name without `.gz` says.

    Raises:
        UserError: They are of another kind.
    """
    _check(file, head, _expected(file))


def _expected(file: DropFile) -> str:
    return "Parquet" if container_of(file) == "parquet" else "text"


def _check(file: DropFile, head: bytes, expected: str) -> None:
    found = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "text")
    if not head and expected == "text":
        return  # an empty text file has no lines; an empty archive is one that was cut off
    if found != expected:
        content = "nothing" if not head else found if found != "text" else "something else"
        raise UserError(
            f"{file.name}: its name says {expected}, it holds {content}; cannot be read, "
            "nothing of it was taken: name it by its content, or copy it again"
        )

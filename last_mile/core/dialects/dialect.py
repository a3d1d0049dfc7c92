"""What a dialect is, and the small parts dialects share. Not here: any one dialect.

A dialect turns a canonical record of a training release (TRL's conversational prompt/completion,
preference and labelled rows: core/training/validate.py) into the row a tool reads, and back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from last_mile.core.training.validate import KINDS, Kind

Record = Mapping[str, Any]
Messages = Sequence[Mapping[str, str]]
Written = Mapping[Kind, Sequence[str]]  # splits of each kind that have a file
Refusal = Literal[
    "not_canonical", "system_not_first", "not_alternating", "empty_system", "template_marker"
]
REASONS: Mapping[Refusal, str] = {
    "not_canonical": "the line is no row of a release",
    "system_not_first": "a system message stands after the first message",
    "not_alternating": "user and assistant do not take turns, or the assistant begins",
    "empty_system": "the system message is empty; the tool takes that for none",
    "template_marker": "a text holds a marker of the chat template it would be written in",
}
FIELDS: Mapping[Kind, tuple[str, ...]] = {
    "sft": ("prompt", "completion"),
    "dpo": ("prompt", "chosen", "rejected"),
    "kto": ("prompt", "completion", "label"),
}


def taken(_: Record) -> None:
    """No record is refused."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind is written in a dialect.

    Attributes:
        write: A canonical record as the tool's row.
        read: The tool's row as the canonical record; the inverse of `write`.
        refuses: Why the tool cannot take a canonical record, or None.
        caution: What has to be set for the rows to be trained as they are meant, or "".
    """

    write: Callable[[Record], dict[str, Any]]
    read: Callable[[Record], dict[str, Any]]
    refuses: Callable[[Record], Refusal | None] = taken
    caution: str = ""


Shapes = Mapping[Kind, Shape]


def no_side_files(_: Written) -> dict[str, str]:
    """The tool needs the data alone."""
    return {}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one fine-tuning tool reads.

    Attributes:
        name: What `--dialect` calls it.
        about: One sentence for people.
        shapes: The kinds the tool has.
        side_files: Name to text of what lies beside the data, given the files written.
        least_rows: Fewest rows the tool takes; a smaller file is written all the same, with a
            warning. So are larger ones than the next two.
        most_rows: Most rows of a file, or None.
        most_bytes: Most bytes of a file, or None.
        with_bom: Files begin with a byte-order mark.
    """

    name: str
    about: str
    shapes: Shapes
    side_files: Callable[[Written], dict[str, str]] = no_side_files
    least_rows: int = 1
    most_rows: int | None = None
    most_bytes: int | None = None
    with_bom: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds the tool has."""
        return tuple(kind for kind in KINDS if kind in self.shapes)

    def refuses(self, kind: Kind, record: Record) -> Refusal | None:
        """Why the tool cannot take this canonical record, or None."""
        return self.shapes[kind].refuses(record)

    def write(self, kind: Kind, record: Record) -> dict[str, Any]:
        """A canonical record that is not refused, as the tool's row."""
        return self.shapes[kind].write(record)

    def read(self, kind: Kind, record: Record) -> dict[str, Any]:
        """The tool's row as the canonical record."""
        return self.shapes[kind].read(record)


def plain(message: Mapping[str, Any]) -> dict[str, str]:
    """Role and text alone."""
    return {"role": message["role"], "content": message["content"]}


def system_first(record: Record) -> Refusal | None:
    """`system_not_first` when a system message stands after the first message."""
    late = any(message["role"] == "system" for message in record["prompt"][1:])
    return "system_not_first" if late else None


def turns(record: Record) -> Refusal | None:
    """As `system_first`; `not_alternating` unless user and assistant take turns, whoever begins."""
    late = system_first(record)
    if late:
        return late
    roles = [message["role"] for message in record["prompt"] if message["role"] != "system"]
    return "not_alternating" if any(a == b for a, b in pairwise(roles)) else None


def user_begins(record: Record) -> Refusal | None:
    """As `turns`; `not_alternating` also when the assistant begins."""
    roles = [message["role"] for message in record["prompt"] if message["role"] != "system"]
    return turns(record) or ("not_alternating" if roles[0] != "user" else None)

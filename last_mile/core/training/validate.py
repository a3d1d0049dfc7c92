"""What a line of a training file must be: everything a trainer accepts silently and should not.

Not here: reading files (adapters/releases), what the lines measure (statistics.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

Kind = Literal["sft", "dpo", "kto"]
RowError = Literal[
    # of one line
    "not_json", "not_an_object", "missing_key", "extra_key", "wrong_type", "null_content",
    "empty_list", "several_messages", "wrong_role", "prompt_ends_not_in_user", "blank_content",
    "label_not_boolean", "chosen_equals_rejected",
    # of a line among all of them and the lineage; a row id that is not its line's hash is both
    "duplicate_row", "no_lineage", "no_line",
]  # fmt: skip
KINDS: tuple[Kind, ...] = ("sft", "dpo", "kto")
SPLITS = ("train", "test", "holdout")
ANSWERS: Mapping[Kind, tuple[str, ...]] = {
    "sft": ("completion",), "dpo": ("chosen", "rejected"), "kto": ("completion",),
}  # fmt: skip
_ROLES = ("system", "user", "assistant")
_MESSAGE = {"role", "content"}
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One message of a prompt or an answer."""

    role: Literal["system", "user", "assistant"]
    content: str


class SftRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of sft/*.jsonl."""

    prompt: list[Message]
    completion: list[Message]


class DpoRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of dpo/*.jsonl."""

    prompt: list[Message]
    chosen: list[Message]
    rejected: list[Message]


class KtoRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of kto/*.jsonl."""

    prompt: list[Message]
    completion: list[Message]
    label: bool


Row = SftRow | DpoRow | KtoRow
_DECODERS: Mapping[Kind, msgspec.json.Decoder[Any]] = {
    "sft": msgspec.json.Decoder(SftRow),
    "dpo": msgspec.json.Decoder(DpoRow),
    "kto": msgspec.json.Decoder(KtoRow),
}


def read_row(kind: Kind, line: bytes) -> Row | RowError:
    """A line as the row it is, or why it must not be trained on.

    TRL 1.16 takes all of these without a word but missing keys, null content and a label that is
    text.

    Args:
        kind: Of the file.
        line: Without its newline.
    """
    try:
        row: Row = _DECODERS[kind].decode(line)
    except _UNREADABLE:
        return _why(kind, line)
    return _wrong(kind, row) or row


def _wrong(kind: Kind, row: Row) -> RowError | None:
    """What is wrong with a row whose keys and types are right."""
    answers = [getattr(row, name) for name in ANSWERS[kind]]
    if not row.prompt or not all(answers):
        return "empty_list"
    if row.prompt[-1].role != "user":
        return "prompt_ends_not_in_user"
    if any(len(answer) > 1 for answer in answers):
        return "several_messages"
    if any(answer[0].role != "assistant" for answer in answers):
        return "wrong_role"
    if any(_is_blank(message.content) for part in (row.prompt, *answers) for message in part):
        return "blank_content"
    return "chosen_equals_rejected" if isinstance(row, DpoRow) and _teaches_nothing(row) else None


def _is_blank(text: str) -> bool:
    return not text or text.isspace()


def _teaches_nothing(row: DpoRow) -> bool:
    """Both answers have the same words: another space is no reason to prefer one."""
    return row.chosen[0].content.split() == row.rejected[0].content.split()


def _why(kind: Kind, line: bytes) -> RowError:
    """Why a line is no row of its kind."""
    try:
        value = msgspec.json.decode(line)
    except _UNREADABLE:
        return "not_json"
    if not isinstance(value, dict):
        return "not_an_object"
    lists = ("prompt", *ANSWERS[kind])
    keys = {*lists, "label"} if kind == "kto" else set(lists)
    if value.keys() != keys:
        return "extra_key" if value.keys() - keys else "missing_key"
    if kind == "kto" and not isinstance(value["label"], bool):
        return "label_not_boolean"
    for name in lists:
        if not isinstance(value[name], list):
            return "wrong_type"
    wrong = (_wrong_message(message) for name in lists for message in value[name])
    return next((reason for reason in wrong if reason), "wrong_type")


def _wrong_message(message: Any) -> RowError | None:
    if not isinstance(message, dict):
        return "wrong_type"
    if message.keys() != _MESSAGE:
        return "extra_key" if message.keys() - _MESSAGE else "missing_key"
    if message["content"] is None:
        return "null_content"
    if not isinstance(message["content"], str):
        return "wrong_type"
    return None if message["role"] in _ROLES else "wrong_role"

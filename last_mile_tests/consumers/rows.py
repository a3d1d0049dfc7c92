"""The lines of a release folder as plain records, and what a trainer should make of each.

Nothing here knows the consumers' libraries: it is what they are held to.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

KINDS = ("sft", "dpo", "kto")
END = "<|end|>"
Row = dict[str, Any]


def rows_of(file: Path) -> list[Row]:
    """The records of a JSONL file, in its order."""
    lines = file.read_text(encoding="utf-8").split("\n")  # splitlines() would cut at U+2028 too
    return [json.loads(line) for line in lines if line]


def splits_of(release: Path, kind: str) -> dict[str, Path]:
    """The files of one kind by split; a split without a row has none."""
    return {file.stem: file for file in sorted((release / kind).glob("*.jsonl"))}


def rendered(messages: list[dict[str, str]]) -> str:
    """Messages as the tiny model reads them: a mark of the role, the text, an end mark."""
    return "".join(f"<|{message['role']}|>{message['content']}{END}" for message in messages)


def lessons(rows: list[Row]) -> Counter[tuple[str, str]]:
    """What is read and what is learned from each row: (prompt up to the answer, answer + end)."""
    return Counter(
        (f"{rendered(row['prompt'])}<|assistant|>", row[answer][0]["content"] + END)
        for row in rows
        for answer in ("completion", "chosen", "rejected")
        if answer in row
    )

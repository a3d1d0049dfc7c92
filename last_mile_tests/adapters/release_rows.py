"""Builders of training rows and releases. Not here: tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from last_mile.adapters.releases import (
    LINEAGE_SCHEMA,
    token_counter,
    write_release,
)
from last_mile_tests.scenario import message

ABOUT = {
    "as_of": "2026-03-01 00:00:00", "epoch": "e", "rubric": {"name": "small", "hash": "h"},
    "funnel": [{"step": "conversations", "n": 100}], "seed": "s", "known_limits": ["one product"],
}  # fmt: skip
TEXT = "Dear client — “quotes”, \u2028 and a line\nbreak."
ESTIMATE = token_counter(None)
Lines = dict[str, dict[str, list[str]]]


def finds_nothing(row_id: str, text: str) -> Mapping[str, int]:
    """A scan that finds nothing."""
    return {}


def dumped(**row: Any) -> str:
    return json.dumps(row, ensure_ascii=False)


def sft(name: str, answer: str = TEXT) -> str:
    prompt = [message("user", f"Request of {name}")]
    return dumped(prompt=prompt, completion=[message("assistant", answer)])


def dpo(name: str, chosen: str = "one two three", rejected: str = "three two one") -> str:
    answers = {"chosen": chosen, "rejected": rejected}
    said = {key: [message("assistant", text)] for key, text in answers.items()}
    return dumped(prompt=[message("user", f"Request of {name}")], **said)


def kto(name: str, *, label: bool) -> str:
    return dumped(**json.loads(sft(name)), label=label)


def lines_of(n: int = 10) -> Lines:
    """Rows of all kinds: n to train on; of each second pair the chosen answer is the longer one."""
    pairs = [dpo(f"c{i}", ("one two", "one two three four")[i % 2]) for i in range(n)]
    return {
        "sft": {"train": [sft(f"c{i}") for i in range(n)], "test": [sft("t")]},
        "dpo": {"train": pairs, "holdout": [dpo("h")]},
        "kto": {"train": [kto(f"c{i}", label=i % 4 == 0) for i in range(n)]},
    }


def row_id_of(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:24]


def lineage_of_lines(lines: Lines) -> pl.DataFrame:
    """A user and a task of its own for every row."""
    rows = [
        {"row_id": row_id_of(line), "kind": kind, "split": split, "conversation_ids": [f"c{i}"],
         "user_keys": [f"user of {split} {i}"], "task_key": f"task of {split} {i}", "tier": "best",
         "rule": "tier_best", "message_indices": [1], "label": True, "margin": 0.5}
        for kind, splits in lines.items() for split, held in splits.items()
        for i, line in enumerate(held)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=LINEAGE_SCHEMA)


def frames_of(
    splits: Mapping[str, list[str]], chunk: int = 7
) -> Callable[[str], Iterator[pl.DataFrame]]:
    def frames(split: str) -> Iterator[pl.DataFrame]:
        held = splits.get(split, [])
        for start in range(0, len(held), chunk):
            lines = held[start : start + chunk]
            yield pl.DataFrame({"row_id": list(map(row_id_of, lines)), "line": lines})

    return frames


def write(releases: Path, lines: Lines | None = None, **over: Any) -> dict[str, Any]:
    lines = lines_of() if lines is None else lines
    given: dict[str, Any] = {
        "rows": {kind: frames_of(splits) for kind, splits in lines.items()},
        "lineage": lineage_of_lines(lines), "about": ABOUT, "tokens": ESTIMATE,
        "scan": finds_nothing,
    } | over  # fmt: skip
    return write_release(
        releases, given["rows"], given["lineage"], given["about"],
        tokens=given["tokens"], scan=given["scan"],
    )  # fmt: skip


def bytes_of(folder: Path) -> dict[str, bytes]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}

"""Together: messages with a weight each, preference rows; strict turns, no other column.

Documented at docs.together.ai/docs/fine-tuning (data-preparation, preference-tuning: there the
assistant may begin); checked by its client (togethercomputer/together-py, lib/utils/files.py).
"""

from __future__ import annotations

from typing import Any

from last_mile.core.dialects.dialect import Dialect, Record, Shape, plain, turns, user_begins
from last_mile.core.dialects.openai import read_dpo, read_sft, write_dpo


def _write_sft(record: Record) -> dict[str, Any]:
    """A weight on every message: with one weight given, all other messages would be trained."""
    prompt = [{**plain(message), "weight": 0} for message in record["prompt"]]
    return {"messages": [*prompt, {**plain(record["completion"][0]), "weight": 1}]}


def _write_dpo(record: Record) -> dict[str, Any]:
    return write_dpo(record, {})


DIALECT = Dialect(
    "together",
    "Together's fine-tuning API: messages with weights, preference pairs; strict turns",
    {
        "sft": Shape(_write_sft, read_sft, user_begins),
        "dpo": Shape(_write_dpo, read_dpo, turns),
    },
)

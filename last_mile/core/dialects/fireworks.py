"""Fireworks: OpenAI's rows; a system message comes first or not at all.

Documented at docs.fireworks.ai/fine-tuning (fine-tuning-models, dpo-fine-tuning).
"""

from __future__ import annotations

from typing import Any

from last_mile.core.dialects.dialect import Dialect, Record, Shape, system_first
from last_mile.core.dialects.openai import read_dpo, read_sft, write_dpo, write_sft


def _write_dpo(record: Record) -> dict[str, Any]:
    return write_dpo(record, {"tools": []})


DIALECT = Dialect(
    "fireworks",
    "Fireworks' managed fine-tuning: messages with weights, preference pairs",
    {
        "sft": Shape(write_sft, read_sft, system_first),
        "dpo": Shape(_write_dpo, read_dpo, system_first),
    },
    least_rows=3,
    most_rows=3_000_000,
)

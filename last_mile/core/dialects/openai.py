"""OpenAI: chat messages with weights, and preference rows. Azure and Fireworks vary these.

Documented at developers.openai.com/api/docs/guides (supervised-fine-tuning,
direct-preference-optimization).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from last_mile.core.dialects.dialect import Dialect, Record, Shape, Shapes, plain

_NO_TOOLS = {"tools": [], "parallel_tool_calls": True}


def write_sft(record: Record) -> dict[str, Any]:
    """All messages; weight 0 on earlier answers, so that only the last one is trained."""
    prompt = [
        {**plain(message), "weight": 0} if message["role"] == "assistant" else plain(message)
        for message in record["prompt"]
    ]
    return {"messages": [*prompt, {**plain(record["completion"][0]), "weight": 1}]}


def read_sft(record: Record) -> dict[str, Any]:
    """The last message is the answer."""
    *prompt, answer = (plain(message) for message in record["messages"])
    return {"prompt": prompt, "completion": [answer]}


def write_dpo(record: Record, extra: Mapping[str, Any] = _NO_TOOLS) -> dict[str, Any]:
    """A preference row; `extra` is what stands beside the messages of the input."""
    return {
        "input": {"messages": [plain(message) for message in record["prompt"]], **extra},
        "preferred_output": [plain(record["chosen"][0])],
        "non_preferred_output": [plain(record["rejected"][0])],
    }


def read_dpo(record: Record) -> dict[str, Any]:
    """The inverse of `write_dpo`."""
    return {
        "prompt": [plain(message) for message in record["input"]["messages"]],
        "chosen": [plain(message) for message in record["preferred_output"]],
        "rejected": [plain(message) for message in record["non_preferred_output"]],
    }


SHAPES: Shapes = {"sft": Shape(write_sft, read_sft), "dpo": Shape(write_dpo, read_dpo)}
DIALECT = Dialect(
    "openai",
    "OpenAI's fine-tuning API: messages with weights, preference pairs (closed to new users)",
    SHAPES,
    least_rows=10,
)

"""Axolotl: messages with train flags, chat_template.default pairs, ChatML texts for KTO.

Documented in axolotl-ai-cloud/axolotl (docs/dataset-formats/conversation.qmd, docs/rlhf.qmd), read
by its prompt_strategies. Its KTO takes texts only: see chatml.py.
"""

from __future__ import annotations

from typing import Any

from last_mile.core.dialects import chatml
from last_mile.core.dialects.dialect import Dialect, Record, Refusal, Shape, Written, plain
from last_mile.core.dialects.openai import read_sft
from last_mile.core.training.validate import Kind

_TYPES: dict[Kind, str] = {
    "sft": """\
    type: chat_template
    field_messages: messages
    roles_to_train: []  # only what a row marks with `train` is trained: the answer
    train_on_eos: turn
    message_field_training: train
""",
    "dpo": """\
    type: chat_template.default
    field_messages: messages
    field_chosen: chosen
    field_rejected: rejected
""",
    "kto": """\
    type: chatml.ultra
""",
}
_HEADS: dict[Kind, str] = {
    "sft": "",
    "dpo": "rl: dpo\n",
    "kto": """\
rl: kto
remove_unused_columns: false
# Desirable and undesirable rows weigh as the release's manifest says:
# kto_desirable_weight: 1.0
# kto_undesirable_weight: 1.0
""",
}
_CHATML = "rows are ChatML texts: train them on a model whose chat template is ChatML"
_PARTS = {"train": "datasets", "test": "test_datasets"}


def _write_sft(record: Record) -> dict[str, Any]:
    prompt = [{**plain(message), "train": False} for message in record["prompt"]]
    return {"messages": [*prompt, {**plain(record["completion"][0]), "train": True}]}


def _write_dpo(record: Record) -> dict[str, Any]:
    return {
        "messages": [plain(message) for message in record["prompt"]],
        "chosen": plain(record["chosen"][0]),
        "rejected": plain(record["rejected"][0]),
    }


def _read_dpo(record: Record) -> dict[str, Any]:
    return {
        "prompt": [plain(message) for message in record["messages"]],
        "chosen": [plain(record["chosen"])],
        "rejected": [plain(record["rejected"])],
    }


def _write_kto(record: Record) -> dict[str, Any]:
    system, prompt = chatml.texts(record["prompt"])
    answer = record["completion"][0]["content"]
    return {"system": system, "prompt": prompt, "completion": answer, "label": record["label"]}


def _read_kto(record: Record) -> dict[str, Any]:
    return {
        "prompt": chatml.messages(record["system"], record["prompt"]),
        "completion": [{"role": "assistant", "content": record["completion"]}],
        "label": record["label"],
    }


def _refuses_kto(record: Record) -> Refusal | None:
    return chatml.refusal(record["prompt"], record["completion"][0]["content"])


def _side_files(written: Written) -> dict[str, str]:
    """A ready config for each kind, but for the model."""
    return {
        f"axolotl_{kind}.yaml": "# Add a model; run from the folder of this file.\n"
        + _HEADS[kind]
        + "".join(
            f"{part}:\n  - path: {kind}/{split}.jsonl\n    ds_type: json\n    split: train\n"
            f"{_TYPES[kind]}"
            for split, part in _PARTS.items()
            if split in splits
        )
        for kind, splits in written.items()
    }


DIALECT = Dialect(
    "axolotl",
    "Axolotl: messages with train flags, chat_template pairs, ChatML texts for KTO, and configs",
    {
        "sft": Shape(_write_sft, read_sft),
        "dpo": Shape(_write_dpo, _read_dpo),
        "kto": Shape(_write_kto, _read_kto, _refuses_kto, _CHATML),
    },
    _side_files,
)

"""LLaMA-Factory: ShareGPT turns, dataset_info.json and settings that train the last turn alone.

Documented in hiyouga/LLaMA-Factory (data/README.md), read by its data/converter.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from last_mile.core.dialects.dialect import Dialect, Record, Shape, Written, user_begins
from last_mile.core.training.validate import Kind

_FROM = {"system": "system", "user": "human", "assistant": "gpt"}
_ROLES = {spelling: role for role, spelling in _FROM.items()}
_COLUMNS: Mapping[Kind, dict[str, str]] = {
    "sft": {},
    "dpo": {"chosen": "chosen", "rejected": "rejected"},
    "kto": {"kto_tag": "kto_tag"},
}
_CAUTION = (
    "set mask_history: true, as llama_factory_sft.yaml does; without it the drafts in the prompts "
    "are trained too"
)
_MASKED = """\
# Without it every gpt turn is trained, the drafts in the prompt too.
mask_history: true
"""


def _turn(message: Mapping[str, str]) -> dict[str, str]:
    return {"from": _FROM[message["role"]], "value": message["content"]}


def _message(turn: Mapping[str, str]) -> dict[str, str]:
    return {"role": _ROLES[turn["from"]], "content": turn["value"]}


def _write_sft(record: Record) -> dict[str, Any]:
    said = (*record["prompt"], *record["completion"])
    return {"conversations": [_turn(message) for message in said]}


def _read_sft(record: Record) -> dict[str, Any]:
    *prompt, answer = (_message(turn) for turn in record["conversations"])
    return {"prompt": prompt, "completion": [answer]}


def _write_dpo(record: Record) -> dict[str, Any]:
    return {
        "conversations": [_turn(message) for message in record["prompt"]],
        "chosen": _turn(record["chosen"][0]),
        "rejected": _turn(record["rejected"][0]),
    }


def _read_dpo(record: Record) -> dict[str, Any]:
    return {
        "prompt": [_message(turn) for turn in record["conversations"]],
        "chosen": [_message(record["chosen"])],
        "rejected": [_message(record["rejected"])],
    }


def _write_kto(record: Record) -> dict[str, Any]:
    return {**_write_sft(record), "kto_tag": record["label"]}


def _read_kto(record: Record) -> dict[str, Any]:
    return {**_read_sft(record), "label": record["kto_tag"]}


def _side_files(written: Written) -> dict[str, str]:
    """dataset_info.json, and for each kind the settings that name its data sets."""
    entries = {
        f"{kind}_{split}": {
            "file_name": f"{kind}/{split}.jsonl",
            "formatting": "sharegpt",
            **({"ranking": True} if kind == "dpo" else {}),
            "columns": {"messages": "conversations", **_COLUMNS[kind]},
        }
        for kind, splits in written.items()
        for split in splits
    }
    settings = {f"llama_factory_{k}.yaml": _settings(k, entries) for k in written}
    return {"dataset_info.json": json.dumps(entries, indent=2) + "\n", **settings}


def _settings(kind: Kind, entries: Mapping[str, Any]) -> str:
    named = {"dataset": f"{kind}_train", "eval_dataset": f"{kind}_test"}
    lines = "".join(f"{key}: {name}\n" for key, name in named.items() if name in entries)
    return (
        "# Add to your training settings; dataset_dir is the folder of this file.\n"
        f"stage: {kind}\ndataset_dir: .\n{lines}{_MASKED if kind == 'sft' else ''}"
    )


DIALECT = Dialect(
    "llama-factory",
    "LLaMA-Factory: ShareGPT turns, dataset_info.json and settings to add",
    {
        "sft": Shape(_write_sft, _read_sft, user_begins, _CAUTION),
        "dpo": Shape(_write_dpo, _read_dpo, user_begins),
        "kto": Shape(_write_kto, _read_kto, user_begins),
    },
    _side_files,
)

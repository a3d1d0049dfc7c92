"""NeMo RL: OpenAI-format messages, and preference rows as ranked completions.

Documented at docs.nvidia.com/nemo/rl (guides/sft, guides/dpo) and in NVIDIA-NeMo/RL
(nemo_rl/data/datasets). It has no KTO.
"""

from __future__ import annotations

from typing import Any

from last_mile.core.dialects.dialect import Dialect, Record, Shape, Written, plain
from last_mile.core.dialects.openai import read_sft
from last_mile.core.training.validate import Kind

_HEADS: dict[Kind, str] = {
    "sft": """\
# Merge into examples/configs/sft.yaml.
sft:
  # Without it (and before it existed: NVIDIA-NeMo/RL #2516) every assistant turn is trained, the
  # drafts in the prompt too.
  only_unmask_final: true
data:
""",
    "dpo": """\
# Merge into examples/configs/dpo.yaml.
data:
""",
}
_SETS: dict[Kind, str] = {
    "sft": "    dataset_name: openai_format\n    chat_key: messages\n",
    "dpo": "    dataset_name: PreferenceDataset\n",
}
_CAUTION = (
    "set sft.only_unmask_final: true, as nemo_rl_sft.yaml does; without it the drafts in the "
    "prompts are trained too"
)
_PARTS = {"train": "train", "test": "validation"}


def _write_sft(record: Record) -> dict[str, Any]:
    return {"messages": [plain(m) for m in (*record["prompt"], *record["completion"])]}


def _write_dpo(record: Record) -> dict[str, Any]:
    ranked = enumerate((record["chosen"], record["rejected"]))
    return {
        "context": [plain(message) for message in record["prompt"]],
        "completions": [
            {"rank": rank, "completion": [plain(message) for message in answer]}
            for rank, answer in ranked
        ],
    }


def _read_dpo(record: Record) -> dict[str, Any]:
    best, worst = sorted(record["completions"], key=lambda answer: answer["rank"])
    return {
        "prompt": [plain(message) for message in record["context"]],
        "chosen": [plain(message) for message in best["completion"]],
        "rejected": [plain(message) for message in worst["completion"]],
    }


def _side_files(written: Written) -> dict[str, str]:
    return {
        f"nemo_rl_{kind}.yaml": _HEADS[kind]
        + "".join(
            f"  {part}:\n{_SETS[kind]}    data_path: {kind}/{split}.jsonl\n    split: train\n"
            for split, part in _PARTS.items()
            if split in splits
        )
        for kind, splits in written.items()
    }


DIALECT = Dialect(
    "nemo-rl",
    "NVIDIA NeMo RL: messages for SFT, ranked completions for DPO, and settings to merge",
    {"sft": Shape(_write_sft, read_sft, caution=_CAUTION), "dpo": Shape(_write_dpo, _read_dpo)},
    _side_files,
)

"""Files that a tool of training wants beside the data: its settings, written by hand here.

Not here: the rows (test_dialects.py).
"""

from __future__ import annotations

import yaml

from last_mile.core.dialects import DIALECTS


def test_axolotls_configs_train_what_rows_mark_and_nothing_else() -> None:
    files = DIALECTS["axolotl"].side_files({"sft": ["train", "holdout"], "kto": ["train", "test"]})
    assert {name: yaml.safe_load(text) for name, text in files.items()} == {
        "axolotl_sft.yaml": {
            "datasets": [
                {"path": "sft/train.jsonl", "ds_type": "json", "split": "train",
                 "type": "chat_template", "field_messages": "messages", "roles_to_train": [],
                 "train_on_eos": "turn", "message_field_training": "train"},
            ],
        },
        "axolotl_kto.yaml": {
            "rl": "kto",
            "remove_unused_columns": False,
            "datasets": [
                {"path": "kto/train.jsonl", "ds_type": "json", "split": "train",
                 "type": "chatml.ultra"},
            ],
            "test_datasets": [
                {"path": "kto/test.jsonl", "ds_type": "json", "split": "train",
                 "type": "chatml.ultra"},
            ],
        },
    }  # fmt: skip


def test_axolotls_config_for_pairs() -> None:
    files = DIALECTS["axolotl"].side_files({"dpo": ["train"]})
    assert yaml.safe_load(files["axolotl_dpo.yaml"]) == {
        "rl": "dpo",
        "datasets": [
            {"path": "dpo/train.jsonl", "ds_type": "json", "split": "train",
             "type": "chat_template.default", "field_messages": "messages",
             "field_chosen": "chosen", "field_rejected": "rejected"},
        ],
    }  # fmt: skip


def test_llama_factorys_data_sets_and_settings() -> None:
    files = DIALECTS["llama-factory"].side_files(
        {"sft": ["train", "test"], "dpo": ["train"], "kto": ["holdout"]}
    )
    assert {name: yaml.safe_load(text) for name, text in files.items()} == {
        "dataset_info.json": {
            "sft_train": {"file_name": "sft/train.jsonl", "formatting": "sharegpt",
                          "columns": {"messages": "conversations"}},
            "sft_test": {"file_name": "sft/test.jsonl", "formatting": "sharegpt",
                         "columns": {"messages": "conversations"}},
            "dpo_train": {"file_name": "dpo/train.jsonl", "formatting": "sharegpt",
                          "ranking": True,
                          "columns": {"messages": "conversations", "chosen": "chosen",
                                      "rejected": "rejected"}},
            "kto_holdout": {"file_name": "kto/holdout.jsonl", "formatting": "sharegpt",
                            "columns": {"messages": "conversations", "kto_tag": "kto_tag"}},
        },
        "llama_factory_sft.yaml": {
            "stage": "sft", "dataset_dir": ".", "dataset": "sft_train",
            "eval_dataset": "sft_test", "mask_history": True,
        },
        "llama_factory_dpo.yaml": {"stage": "dpo", "dataset_dir": ".", "dataset": "dpo_train"},
        "llama_factory_kto.yaml": {"stage": "kto", "dataset_dir": "."},
    }  # fmt: skip


def test_nemo_rls_settings() -> None:
    files = DIALECTS["nemo-rl"].side_files({"sft": ["train", "test"], "dpo": ["train"]})
    chat = {"dataset_name": "openai_format", "chat_key": "messages", "split": "train"}
    assert {name: yaml.safe_load(text) for name, text in files.items()} == {
        "nemo_rl_sft.yaml": {
            "sft": {"only_unmask_final": True},
            "data": {
                "train": {**chat, "data_path": "sft/train.jsonl"},
                "validation": {**chat, "data_path": "sft/test.jsonl"},
            },
        },
        "nemo_rl_dpo.yaml": {
            "data": {
                "train": {"dataset_name": "PreferenceDataset", "data_path": "dpo/train.jsonl",
                          "split": "train"},
            },
        },
    }  # fmt: skip


def test_other_tools_need_the_data_alone() -> None:
    with_side_files = {"axolotl", "llama-factory", "nemo-rl"}
    for name in set(DIALECTS) - with_side_files:
        assert DIALECTS[name].side_files({"sft": ["train"]}) == {}

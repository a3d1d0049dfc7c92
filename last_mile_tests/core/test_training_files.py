"""Lines of training files: what is refused, what they measure, the card, what changed."""

from __future__ import annotations

import json
import math
from typing import Any

import polars as pl
import pytest
from huggingface_hub import DatasetCard

from last_mile.core.training.card import dataset_card, size_category
from last_mile.core.training.difference import Change, Rows, difference
from last_mile.core.training.statistics import (
    FileNumbers,
    kto_weights,
    pair_lengths,
    quantiles,
)
from last_mile.core.training.validate import Kind, Row, read_row
from last_mile_tests.scenario import message

PROMPT = [message("system", "Job: a logo."), message("user", "Write a proposal.")]
GOOD = [message("assistant", "I draw logos for bakeries.")]
BAD = [message("assistant", "I am excited to apply.")]
ROWS: dict[str, dict[str, Any]] = {
    "sft": {"prompt": PROMPT, "completion": GOOD},
    "dpo": {"prompt": PROMPT, "chosen": GOOD, "rejected": BAD},
    "kto": {"prompt": PROMPT, "completion": GOOD, "label": True},
}


def _read(kind: Kind, **over: Any) -> Row | str:
    return read_row(kind, json.dumps({**ROWS[kind], **over}).encode())


def _row(kind: Kind, **over: Any) -> Row:
    row = _read(kind, **over)
    assert not isinstance(row, str)
    return row


@pytest.mark.parametrize("kind", ["sft", "dpo", "kto"])
def test_a_good_row_is_read(kind: Kind) -> None:
    row = _row(kind)
    assert row.prompt[-1].content == "Write a proposal."


REFUSED: list[tuple[Kind, dict[str, Any], str]] = [
    ("dpo", {"chosen": BAD}, "chosen_equals_rejected"),  # TRL's loss would stay at ln 2
    (
        "dpo",
        {"chosen": [message("assistant", " I am  excited to apply.\n")]},
        "chosen_equals_rejected",
    ),
    ("dpo", {"chosen": []}, "empty_list"),
    ("sft", {"completion": []}, "empty_list"),
    ("sft", {"prompt": []}, "empty_list"),
    ("sft", {"completion": [message("assistant", "")]}, "blank_content"),
    ("dpo", {"rejected": [message("assistant", " \n\u00a0")]}, "blank_content"),
    ("kto", {"prompt": [message("user", " ")]}, "blank_content"),
    ("dpo", {"chosen": [message("user", "hello")]}, "wrong_role"),
    ("sft", {"prompt": [message("tool", "x"), *PROMPT]}, "wrong_role"),
    ("sft", {"prompt": [message("developer", "x"), *PROMPT]}, "wrong_role"),
    ("sft", {"prompt": [*PROMPT, *GOOD]}, "prompt_ends_not_in_user"),
    ("sft", {"completion": [*GOOD, *BAD]}, "several_messages"),
    ("kto", {"label": 1}, "label_not_boolean"),
    ("kto", {"label": "true"}, "label_not_boolean"),
    ("kto", {"label": None}, "label_not_boolean"),
    ("sft", {"label": True}, "extra_key"),
    ("dpo", {"completion": GOOD}, "extra_key"),  # two possible formats: Together refuses the file
    ("sft", {"completion": [message("assistant", "x", weight=0)]}, "extra_key"),
    ("sft", {"completion": [{"role": "assistant"}]}, "missing_key"),
    ("sft", {"completion": [message("assistant", None)]}, "null_content"),
    ("sft", {"completion": [message("assistant", "x") | {"content": 3}]}, "wrong_type"),
    ("sft", {"completion": "a text"}, "wrong_type"),
    ("sft", {"completion": ["a text"]}, "wrong_type"),
    ("sft", {"prompt": None}, "wrong_type"),
]


@pytest.mark.parametrize(
    ("kind", "over", "reason"), REFUSED, ids=[f"{i}-{r[2]}" for i, r in enumerate(REFUSED)]
)
def test_what_trainers_take_silently_is_refused(
    kind: Kind, over: dict[str, Any], reason: str
) -> None:
    assert _read(kind, **over) == reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "not_json"),
        (b'{"prompt": [', "not_json"),
        (b'{"prompt": "\xff"}', "not_json"),
        (b"[]", "not_an_object"),
        (b"null", "not_an_object"),
        (b"{}", "missing_key"),
    ],
    ids=["empty", "half", "no_utf8", "list", "null", "no_keys"],
)
def test_a_line_that_is_no_row_is_refused(line: bytes, reason: str) -> None:
    assert read_row("dpo", line) == reason


def test_quantiles_are_linear_between_ranks() -> None:
    # ranks 0..10: the 5 % quantile stands at rank 0.5, the 99 % quantile at rank 9.9
    found = quantiles([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
    assert found == {
        "n": 11, "mean": 50.0, "p05": 5.0, "p25": 25.0, "p50": 50.0, "p75": 75.0, "p95": 95.0,
        "p99": 99.0, "max": 100,
    }  # fmt: skip


def test_of_nothing_there_are_no_quantiles() -> None:
    assert set(quantiles([]).values()) == {0, None}


def test_words_and_tokens_are_counted_per_field_and_the_longer_answer_fills_the_length() -> None:
    numbers = FileNumbers("dpo")
    long = [message("assistant", "word " * 1020)]
    asked = list[str]()

    def count(texts: list[str]) -> list[int]:
        asked.extend(texts)
        return [len(text.split()) for text in texts]

    numbers.add([_row("dpo"), _row("dpo", rejected=long)], count)  # type: ignore[arg-type]
    # prompt: "Job: a logo." + "Write a proposal." = 3 + 3 words; both rows have the same
    assert list(numbers.words["prompt"]) == [6, 6]
    assert list(numbers.words["chosen"]) == [5, 5]  # I draw logos for bakeries.
    assert list(numbers.words["rejected"]) == [5, 1020]
    assert numbers.n_tokens == 6 + 5 + 5 + 6 + 5 + 1020
    assert numbers.n_over == 1  # 6 + 1020 > 1024; 6 + 5 is not
    assert len(asked) == len(set(asked)) == 5  # texts of both rows once
    assert numbers.lengths()["rejected"]["tokens"]["max"] == 1020


def test_exactly_1024_tokens_still_fit() -> None:
    numbers = FileNumbers("sft")
    numbers.add([_row("sft")], lambda _: [341, 341, 342])  # two messages and the answer
    assert (numbers.n_tokens, numbers.n_over) == (1024, 0)


@pytest.mark.parametrize(
    ("chosen", "rejected", "unequal"),
    [(150, 100, 0), (151, 100, 1), (100, 150, 0), (100, 151, 1), (3, 2, 0), (1, 0, 1)],
    ids=str,
)
def test_a_ratio_of_three_to_two_is_the_last_one_allowed(
    chosen: int, rejected: int, unequal: int
) -> None:
    assert pair_lengths([chosen], [rejected])["n_unequal"] == unequal


def test_the_share_of_longer_chosen_answers() -> None:
    found = pair_lengths([12, 10, 10, 9], [10, 12, 10, 8])  # the first and the last, half the third
    assert (found["n"], found["longer"]) == (4, 0.625)
    assert pair_lengths([], [])["longer"] is None


def _trl_warns(n_des: int, n_und: int, w_des: float, w_und: float) -> bool:
    """As trl/experimental/kto/kto_trainer.py decides (TRL 1.16)."""
    low_d = round(n_und * w_und / n_des, 2)
    high_d = round(n_und * w_und / n_des * 1.33, 2)
    low_u = round(n_des * w_des / n_und / 1.33, 2)
    high_u = round(n_des * w_des / n_und, 2)
    return n_des != n_und and not (low_d <= w_des <= high_d or low_u <= w_und <= high_u)


@pytest.mark.parametrize(
    ("n_des", "n_und"),
    [(5845, 23010), (23010, 5845), (100, 101), (101, 100), (1, 5000), (5000, 1), (7, 7), (2, 3)],
)
def test_trl_does_not_warn_of_the_weights(n_des: int, n_und: int) -> None:
    weights = kto_weights(n_des, n_und)
    w_des, w_und = weights["desirable_weight"], weights["undesirable_weight"]
    assert isinstance(w_des, float)
    assert isinstance(w_und, float)
    assert not _trl_warns(n_des, n_und, w_des, w_und)
    assert min(w_des, w_und) <= 1.0
    assert (w_des if n_des > n_und else w_und) == 1.0 or n_des == n_und


def test_the_weight_of_the_measured_example() -> None:
    # 23,010 / 5,845 = 3.937; times 7/6, the middle of [1, 4/3], = 4.593; TRL asks for [3.94, 5.24]
    assert kto_weights(5845, 23010)["desirable_weight"] == 4.59


@pytest.mark.parametrize(("n_des", "n_und"), [(0, 0), (0, 5), (5, 0)])
def test_one_label_has_no_weights(n_des: int, n_und: int) -> None:
    assert kto_weights(n_des, n_und) == {
        "desirable_weight": None, "undesirable_weight": None, "reason": "one_label_only",
    }  # fmt: skip


# --- the card


def _manifest(**over: Any) -> dict[str, Any]:
    files = [
        {"path": f"{kind}/{split}.jsonl", "rows": 600, "tokens": 1234, "n_over_1024": 0,
         "bytes": 5000, "sha256": "0" * 64}
        for kind in ("sft", "dpo") for split in ("train", "test")
    ]  # fmt: skip
    return {
        "release_id": "2026-03-01-0123abcd", "files": files,
        "tokens": {"counter": "characters / 4", "estimate": True},
        "rubric": {"name": "small: [1]", "version": 1}, "as_of": "2026-03-01 00:00:00",
        "tier_rules": [
            {"tier": "gold", "reason": "", "rule": "own_draft and not (robotic | polite)",
             "train": "desirable", "rr": 1.2345, "state": "holds"},
        ],
        "funnel": [{"step": "conversations", "n": 12345}], "checks": {"failed": {"a_gate": 0}},
        "personal_data": {"scrubber": "patterns/1", "replaced": {"email": 17}},
        "kto_weights": {"desirable_weight": 4.59, "undesirable_weight": 1.0, "reason": None},
        "known_limits": ["one product only"], **over,
    }  # fmt: skip


def _front(card: DatasetCard) -> dict[str, Any]:
    return dict(card.data.to_dict())  # type: ignore[no-untyped-call]


def test_the_card_is_one_that_hugging_face_reads() -> None:
    card = DatasetCard(dataset_card(_manifest()))
    data = _front(card)
    assert data["license"] == "other"
    assert data["size_categories"] == ["1K<n<10K"]  # 4 files of 600 rows
    assert data["task_categories"] == ["text-generation"]
    assert data["configs"] == [
        {"config_name": kind, "data_files": [
            {"split": "train", "path": f"{kind}/train.jsonl"},
            {"split": "test", "path": f"{kind}/test.jsonl"}]}
        for kind in ("sft", "dpo")
    ]  # fmt: skip
    for told in ("12,345", "own_draft and not (robotic \\| polite)", "one product only", "4.59",
                 "email 17", "| gold | — |", "| 1.23 |", "tokens (estimate)"):  # fmt: skip
        assert told in card.text


def test_a_card_of_a_release_without_rows_has_no_configs() -> None:
    data = _front(DatasetCard(dataset_card(_manifest(files=[]))))
    assert "configs" not in data
    assert data["size_categories"] == ["n<1K"]


@pytest.mark.parametrize(
    ("n", "name"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**9, "100M<n<1B")],
)
def test_sizes_are_named_as_the_hub_names_them(n: int, name: str) -> None:
    assert size_category(n) == name


# --- what changed


def _lineage(**splits: str) -> pl.DataFrame:
    rows = [{"kind": "sft", "row_id": row_id, "split": split} for row_id, split in splits.items()]
    return pl.DataFrame(rows, schema=dict.fromkeys(("kind", "row_id", "split"), pl.String))


def test_rows_that_came_went_and_moved_are_counted() -> None:
    before = _lineage(a="train", b="train", c="test", d="train")
    after = _lineage(a="train", b="test", c="test", e="train", f="train")
    assert difference({}, {}, before, after).rows == [
        Rows("sft", "kept", "test", "test", 1),  # c
        Rows("sft", "moved", "train", "test", 1),  # b
        Rows("sft", "kept", "train", "train", 1),  # a
        Rows("sft", "removed", "train", None, 1),  # d
        Rows("sft", "added", None, "train", 2),  # e, f
    ]


def test_settings_rules_funnel_and_numbers_that_changed_are_named_and_no_others() -> None:
    one = _manifest(seed=1, training={"salt": "s", "test_percent": 10})
    two = _manifest(
        seed=1, training={"salt": "s", "test_percent": 20}, epoch="e2", release_id="another",
        funnel=[{"step": "conversations", "n": 12345}, {"step": "splits", "n": 9}],
        known_limits=["one product only", "one month only"],
    )  # fmt: skip
    two["files"] = [{**two["files"][0], "rows": 601, "sha256": "1" * 64}, *two["files"][1:]]
    found = difference(one, two, _lineage(), _lineage())
    assert found.origin == [
        Change("known_limits.2", None, "one month only"),
        Change("training.test_percent", 10, 20),
        Change("epoch", None, "e2"),
    ]
    assert found.funnel == [Change("splits", None, 9)]
    assert found.numbers == [Change("files.sft/train.jsonl.rows", 600, 601)]
    assert found.rows == []


def test_equal_releases_differ_in_nothing() -> None:
    rows = _lineage(a="train")
    found = difference(_manifest(), _manifest(), rows, rows)
    assert (found.origin, found.funnel, found.numbers) == ([], [], [])
    assert math.isclose(sum(row.n for row in found.rows), 1)

"""Pairs that are found, the rows that become of them, their lines and their lineage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.training.fragments import (
    TABLES,
    line_fragments,
    margin_weights,
    pair_fragments,
)
from last_mile.core.training.pairs import gate_pairs
from last_mile.core.training.validate import Kind
from last_mile_tests.adapters.training_tables import (
    fill,
    labeled,
    pooled,
    said,
    small_rubric,
    texts,
    tier,
)

SHARED = said(("system", "A job."), ("user", "Write a proposal for this job."))
# exp(-0.5), "robotic" hurts; "polite" helps but is not told apart; own_draft is what the user did
LIFTS = [
    {"metric": "robotic", "adjusted_rr": 0.5, "measured_sign": -1, "verdict": "confirmed"},
    {"metric": "polite", "adjusted_rr": 2.0, "measured_sign": 0, "verdict": "underpowered"},
    {"metric": "own_draft", "adjusted_rr": 4.0, "measured_sign": 1, "verdict": "confirmed"},
]


def _lifts(**over: Any) -> list[dict[str, Any]]:
    return [{"scope": "all", "outcome": "hired", **lift, **over} for lift in LIFTS]


def _found(warehouse: Warehouse, lifts: Sequence[Mapping[str, Any]] = ()) -> pl.DataFrame:
    fragments = pair_fragments(small_rubric(), lifts or _lifts())
    return warehouse.read("pairs_found", fragments=fragments).sort("conversation_id", "rejected_id")


def _opposed(home: Path, won: Mapping[str, Any], lost: Mapping[str, Any]) -> Warehouse:
    """A plain answer and a robotic one to the same job; what is given is of their labels."""
    rows = [
        labeled("won", **{"task_id": "job", **won}),
        labeled("lost", **{"task_id": "job", "robotic": True, **lost}),
    ]
    warehouse = pooled(home, rows, [tier("won", "ordinary", rule=None), tier("lost", "poor")])
    side = {"shared_prompt": SHARED, "leaks": False, "unpaired": "single_draft"}
    fill(warehouse, "training_texts", [texts("won", **side), texts("lost", **side)])
    return warehouse


def test_a_desirable_conversation_with_a_draft_is_a_pair_with_itself(tmp_path: Path) -> None:
    warehouse = pooled(tmp_path, [labeled("a"), labeled("b"), labeled("c", robotic=True)],
                       [tier("a"), tier("b"), tier("c", "poor")])  # fmt: skip
    fill(warehouse, "training_texts", [
        texts("a"), texts("b", unpaired="single_draft"), texts("c")
    ])  # fmt: skip
    (row,) = _found(warehouse).iter_rows(named=True)
    assert (row["conversation_id"], row["rejected_id"], row["rule"]) == (
        "a", "a", "revision_over_draft",
    )  # fmt: skip
    assert (row["margin"], row["vetoed"], row["split"]) == (None, False, "train")


def test_the_margin_is_the_adjusted_evidence_over_the_flags_that_differ(tmp_path: Path) -> None:
    rubric = small_rubric()
    # `about` of scenario.py's metrics is text; own_draft is marked as engagement here
    metrics = tuple(
        m.model_copy(update={"about": "engagement"}) if m.id == "own_draft" else m
        for m in rubric.metrics
    )
    rubric = rubric.model_copy(update={"metrics": metrics})
    assert margin_weights(rubric, _lifts()) == {"robotic": pytest.approx(-0.6931, abs=1e-4)}
    warehouse = _opposed(tmp_path, {"polite": True}, {"own_draft": False})
    found = warehouse.read("pairs_found", fragments=pair_fragments(rubric, _lifts()))
    (row,) = found.iter_rows(named=True)
    # -ln 2 x (0 - 1); polite is not told apart, own_draft is no property of the text
    assert (row["conversation_id"], row["rejected_id"]) == ("won", "lost")
    assert row["margin"] == pytest.approx(0.6931, abs=1e-4)


@pytest.mark.parametrize(
    "over", [{"scope": "model=m1"}, {"outcome": "interviewed"}, {"verdict": None}]
)
def test_other_evidence_gives_no_margin(tmp_path: Path, over: dict[str, Any]) -> None:
    (margin,) = _found(_opposed(tmp_path, {}, {}), _lifts(**over))["margin"]
    assert margin is None


@pytest.mark.parametrize(
    ("won", "lost", "vetoed"),
    [(False, True, True), (True, False, False), (True, True, False), (False, False, False),
     (None, True, False), (False, None, False)],
)  # fmt: skip
def test_the_outcome_vetoes_and_an_open_one_does_not(
    tmp_path: Path, won: bool | None, lost: bool | None, vetoed: bool
) -> None:
    found = _found(_opposed(tmp_path, {"hired": won}, {"hired": lost}))
    assert found["vetoed"].to_list() == [vetoed]


@pytest.mark.parametrize(
    "over",
    [{"leaks": True}, {"shared_prompt": said(("user", "Another job"))}, {"shared_prompt": None},
     {"dropped": "tool_messages", "prompt": None, "answer": None}],
)  # fmt: skip
def test_no_contrast_where_an_answer_leaks_or_prompts_differ(
    tmp_path: Path, over: dict[str, Any]
) -> None:
    warehouse = _opposed(tmp_path, {}, {})
    side = {"shared_prompt": SHARED, "leaks": False, "unpaired": "single_draft"}
    fill(warehouse, "training_texts", [texts("won", **side), texts("lost", **{**side, **over})])
    assert _found(warehouse).is_empty()


@pytest.mark.parametrize(("of", "name"), [("won", "poor"), ("lost", "best")])
def test_no_contrast_against_the_tier_of_an_answer(tmp_path: Path, of: str, name: str) -> None:
    warehouse = _opposed(tmp_path, {}, {})
    pool = warehouse.read("training_pool").with_columns(
        label=pl.when(conversation_id=of).then(name == "best").otherwise("label")
    )
    warehouse.replace("training_pool", pool)
    assert _found(warehouse).is_empty()


def test_what_overlaps_is_in_no_pair(tmp_path: Path) -> None:
    warehouse = _opposed(tmp_path, {}, {})
    row = {"conversation_id": "lost", "day": labeled("x")["day"], "dropped": "near_duplicate",
           "other": "somebody", "similarity": 0.9}  # fmt: skip
    fill(warehouse, "training_overlaps", [row])
    assert _found(warehouse).is_empty()


def _examples(warehouse: Warehouse) -> dict[Kind, pl.DataFrame]:
    fill(warehouse, "pair_candidates", gate_pairs(_found(warehouse), 0.05).to_dicts())
    for kind, table in TABLES.items():
        warehouse.build(table, fragments=line_fragments(kind))
    return {kind: warehouse.read(table).sort("conversation_id") for kind, table in TABLES.items()}


def _world(home: Path) -> Warehouse:
    """Two desirable conversations, one with a draft; a contrast; a bad answer of its own."""
    conversations = [
        labeled("a"), labeled("b"), labeled("bad", robotic=True),
        labeled("won", task_id="job"), labeled("lost", task_id="job", robotic=True),
    ]  # fmt: skip
    tiers = [tier("a"), tier("b"), tier("bad", "poor"), tier("won", "ordinary", rule=None),
             tier("lost", "poor")]  # fmt: skip
    warehouse = pooled(home, conversations, tiers)
    side = {"shared_prompt": SHARED, "leaks": False, "unpaired": "single_draft"}
    fill(warehouse, "training_texts", [
        texts("a"), texts("b", unpaired="single_draft"), texts("bad"), texts("won", **side),
        texts("lost", **side, names=["Ann"]),
    ])  # fmt: skip
    return warehouse


def test_a_row_is_in_the_kinds_it_belongs_to(tmp_path: Path) -> None:
    rows = _examples(_world(tmp_path))
    assert rows["sft"]["conversation_id"].to_list() == ["a", "b"]
    assert rows["dpo"].select("conversation_id", "rejected_id", "rule").rows() == [
        ("a", "a", "revision_over_draft"), ("won", "lost", "judge_contrast"),
    ]  # fmt: skip
    # `a` and `lost` are in pairs; `won` has no tier that is trained on
    assert rows["kto"].select("conversation_id", "label").rows() == [("b", True), ("bad", False)]


def test_a_pair_has_the_prompt_that_both_answers_saw(tmp_path: Path) -> None:
    draft, contrast = _examples(_world(tmp_path))["dpo"].iter_rows(named=True)
    assert draft["prompt"] == said(("user", "Write it."))
    assert draft["rejected"] == said(("assistant", "Draft."))
    assert contrast["prompt"] == SHARED
    assert contrast["chosen"] == said(("assistant", "Answer of won."))
    assert contrast["rejected"] == said(("assistant", "Answer of lost."))


def test_a_line_is_json_in_the_order_of_its_fields_and_its_hash_is_the_row_id(
    tmp_path: Path,
) -> None:
    warehouse = _world(tmp_path)
    rows = _examples(warehouse)
    fields = {"sft": ["prompt", "completion"], "dpo": ["prompt", "chosen", "rejected"],
              "kto": ["prompt", "completion", "label"]}  # fmt: skip
    for kind, table in TABLES.items():
        about = {
            **line_fragments(kind),
            "table": table,
            "split": "'train'",
            "seed": "'1'",
            "part": "''",
        }
        lines = warehouse.read("release_lines", fragments=about)
        assert set(lines["row_id"]) == set(rows[kind]["row_id"])
        for row_id, line in lines.iter_rows():
            assert list(json.loads(line)) == fields[kind]
            assert hashlib.sha256(line.encode()).hexdigest()[:24] == row_id
    labels = [json.loads(line)["label"] for line in lines["line"]]
    assert sorted(labels) == [False, True]


def test_the_order_of_lines_is_shuffled_by_the_seed_and_parts_are_pieces_of_it(
    tmp_path: Path,
) -> None:
    conversations = [labeled(f"c{i}") for i in range(60)]
    warehouse = pooled(tmp_path, conversations, [tier(f"c{i}") for i in range(60)])
    fill(warehouse, "training_texts", [texts(f"c{i}", unpaired="single_draft") for i in range(60)])
    rows = _examples(warehouse)["sft"]

    def lines(seed: str, part: str = "") -> list[str]:
        about = {**line_fragments("sft"), "table": "sft_examples", "split": "'train'",
                 "seed": f"'{seed}'", "part": f"'{part}'"}  # fmt: skip
        return warehouse.read("release_lines", fragments=about)["row_id"].to_list()

    whole = lines("1")
    assert sorted(whole) == sorted(rows["row_id"])
    assert whole not in (sorted(whole), lines("2"))
    assert [row_id for part in "0123456789abcdef" for row_id in lines("1", part)] == whole


def test_every_row_has_its_lineage(tmp_path: Path) -> None:
    warehouse = _world(tmp_path)
    rows = _examples(warehouse)
    flags = """json_object('robotic', "robotic")"""
    lineage = warehouse.read(
        "lineage", fragments={"flags": flags, "outcome": "'hired'", "epoch": "'e1'"}
    )
    assert lineage.height == sum(frame.height for frame in rows.values())
    contrast = lineage.filter(rule="judge_contrast").row(0, named=True)
    assert contrast["conversation_ids"] == ["won", "lost"]
    assert contrast["message_indices"] == [3, 3]
    assert contrast["user_keys"] == ["user of won", "user of lost"]
    assert json.loads(contrast["flags"]) == {
        "chosen": {"robotic": False}, "rejected": {"robotic": True},
    }  # fmt: skip
    draft = lineage.filter(rule="revision_over_draft").row(0, named=True)
    assert (draft["conversation_ids"], draft["message_indices"]) == (["a"], [3, 1])
    assert lineage.filter(kind="kto")["label"].sort().to_list() == [False, True]


def test_names_to_scan_for_are_those_of_all_conversations_of_a_row(tmp_path: Path) -> None:
    warehouse = _world(tmp_path)
    rows = _examples(warehouse)
    (pair,) = rows["dpo"].filter(rule="judge_contrast")["row_id"]
    assert dict(warehouse.read("row_names").iter_rows()) == {pair: ["Ann"]}


def test_the_funnel_counts_every_filter(tmp_path: Path) -> None:
    warehouse = _world(tmp_path)
    _examples(warehouse)
    counts = dict(warehouse.read("training_funnel").iter_rows())
    assert counts == {
        "conversations": 5, "in a training tier, or opposed to one": 5,
        "pairs found: revision_over_draft": 1, "pairs found: judge_contrast": 1,
        "sft train": 2, "dpo train": 2, "kto train": 2,
    }  # fmt: skip

"""A release of a demo world, with copies and personal data planted, against what is known of it.

Checked on the written files, by code that shares nothing with the filters.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from last_mile.adapters.warehouse import Warehouse
from last_mile.core.training.fragments import split_fragments
from last_mile.demo.phrases import ROBOTIC
from last_mile_tests.personal_data import PlantedText, planted_texts
from last_mile_tests.scenario import lenient_rubric
from last_mile_tests.training_run import lineage_of, lines_of, release_of
from last_mile_tests.training_world import Truth, write_world

CONVERSATIONS, DAYS = 8_000, 15
COPIES, PLANTED, EDITED = 40, 100, 40
ADDED = "Everything in here was read twice by me."
Rows = dict[tuple[str, str], list[dict[str, Any]]]


class Released(NamedTuple):
    """A release and what went into it."""

    warehouse: Warehouse
    folder: Path
    rows: Rows
    truth: Truth
    copies: list[tuple[str, str]]  # of a test conversation: the training one with its answer
    planted: dict[str, PlantedText]  # by conversation
    world: str


pytestmark = pytest.mark.runs


@pytest.fixture(scope="module", params=["causal", "confounded"])
def released(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Released:
    home = tmp_path_factory.mktemp("world")
    warehouse, truth = write_world(
        home, CONVERSATIONS, DAYS, 1, request.param, lenient_rubric(home)
    )
    copies, planted = _plant(warehouse)
    folder = release_of(warehouse)
    return Released(warehouse, folder, lines_of(folder), truth, copies, planted, request.param)


def _plant(warehouse: Warehouse) -> tuple[list[tuple[str, str]], dict[str, PlantedText]]:
    """Give training conversations test answers, a little changed; plant personal data."""
    warehouse.build("training_splits", fragments=split_fragments(warehouse.installation.rubric()))
    tiers = warehouse.read("quality_tiers").filter(pl.col("tier") == "gold")
    gold = tiers.join(warehouse.read("training_splits"), on="conversation_id").sort(
        "conversation_id"
    )
    ids = {
        split: gold.filter(split=split)["conversation_id"].to_list() for split in ("train", "test")
    }
    copies = list(zip(ids["test"][:COPIES], ids["train"][:COPIES], strict=False))
    texts = {
        row["conversation_id"]: row for row in warehouse.read("conversations").iter_rows(named=True)
    }
    for number, (of, copy) in enumerate(copies):
        _answer(texts[copy], _changed(texts[of]["final_output"], number % 7))
    chosen = ids["train"][COPIES : COPIES + PLANTED]
    planted = dict(zip(chosen, planted_texts(len(chosen), seed=5), strict=True))
    for name, text in planted.items():
        _say(texts[name], text)
    edited = ids["train"][COPIES + PLANTED :][:EDITED]
    for name in edited:  # what the user sent stands in no message
        texts[name]["final_output"] += f" {ADDED}"
    changed = [texts[name] for name in (*(copy for _, copy in copies), *planted, *edited)]
    schema = warehouse.read("conversations").schema
    warehouse.keep("conversations", pl.DataFrame(changed, schema=schema), overwrite=True)
    return copies, planted


def _answer(conversation: dict[str, Any], text: str) -> None:
    said = [m for m in conversation["messages"] if m["role"] == "assistant"]
    said[-1]["content"] = conversation["final_output"] = text


def _changed(text: str, percent: int) -> str:
    """The text with every so many words another one, in other spaces."""
    words = text.split()
    every = 100 // percent if percent else len(words) + 1
    return "  ".join("another" if i % every == every - 1 else w for i, w in enumerate(words))


def _say(conversation: dict[str, Any], planted: PlantedText) -> None:
    """Put a text with personal data in everything that is exported; documents give its names."""
    for message in conversation["messages"]:
        message["content"] = f"{message['content']}\n{planted.text}"
    conversation["final_output"] = f"{conversation['final_output']}\n{planted.text}"
    names = "\n".join(f"Name: {name}" for name in planted.names)
    conversation["context"].append({"doc_id": "contacts", "text": f"{planted.text}\n{names}"})


def test_the_release_holds_every_kind_and_split(released: Released) -> None:
    assert {name for name, rows in released.rows.items() if rows} >= {
        (kind, split) for kind in ("sft", "dpo", "kto") for split in ("train", "test")
    }
    assert {row["label"] for row in released.rows["kto", "train"]} == {True, False}


def test_pairs_have_the_truly_better_text_as_chosen(released: Released) -> None:
    pairs = released.warehouse.read("dpo_pairs")
    right = []
    changed = {copy for _, copy in released.copies} | set(released.planted)
    for row in pairs.iter_rows(named=True):
        if changed & {row["conversation_id"], row["rejected_id"]} or ADDED in row["chosen"]:
            continue  # the generator did not write them
        if row["rule"] == "judge_contrast":
            faults = [
                released.truth.faults(row[name]) for name in ("conversation_id", "rejected_id")
            ]
            right.append(faults[0] < faults[1])
        else:  # the generator made the draft out of the answer, by putting stock phrases in
            stock = [
                sum(row[name].count(line) for line in ROBOTIC) for name in ("chosen", "rejected")
            ]
            right.append(stock[0] < stock[1])
    assert len(right) >= 40
    assert sum(right) / len(right) >= 0.9


def test_what_users_edited_wins_over_the_answer_they_edited(released: Released) -> None:
    pairs = released.warehouse.read("dpo_pairs").filter(pl.col("chosen").str.contains(ADDED))
    assert pairs.height >= 5
    assert set(pairs["rule"]) == {"edit_over_answer"}
    assert not any(ADDED in text for text in (*pairs["rejected"], *pairs["prompt"]))
    assert (pairs["conversation_id"] == pairs["rejected_id"]).all()


def test_no_contrast_is_the_wrong_way_round_by_the_law_of_the_world(released: Released) -> None:
    contrast = released.warehouse.read("dpo_pairs").filter(rule="judge_contrast")
    names = contrast.select("conversation_id", "rejected_id").rows()
    assert sum(released.truth.faults(a) > released.truth.faults(b) for a, b in names) == 0
    # where robotic and unsupported texts do no harm of their own, no contrast has a margin
    assert (len(names) >= 5) is (released.world == "causal")


def test_training_shares_no_user_and_no_task_with_another_split(released: Released) -> None:
    labeled = released.warehouse.read("labeled_conversations")
    of = {row["conversation_id"]: row for row in labeled.iter_rows(named=True)}
    seen: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for split, names in lineage_of(released.folder).select("split", "conversation_ids").rows():
        for name in names:
            for column in ("user_id", "task_id"):
                seen[column][split].add(of[name][column])
    for column in ("user_id", "task_id"):
        for other in ("test", "holdout"):
            assert seen[column]["train"].isdisjoint(seen[column][other])


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}


def _answers(rows: Rows, split: str) -> Iterator[str]:
    for (_, of), lines in rows.items():
        for row in lines if of == split else ():
            for name in ("completion", "chosen", "rejected"):
                for message in row.get(name, ()):
                    yield message["content"]


def _closest(of: list[set[tuple[str, ...]]], to: list[set[tuple[str, ...]]]) -> float:
    """The largest Jaccard similarity between two lists of shingle sets."""
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, shingles in enumerate(to):
        for shingle in shingles:
            places[shingle].append(place)
    best = 0.0
    for shingles in of:
        shared = Counter(place for shingle in shingles for place in places.get(shingle, ()))
        for place, n in shared.items():
            best = max(best, n / (len(shingles) + len(to[place]) - n))
    return best


def test_no_answer_is_nearly_one_of_another_split(released: Released) -> None:
    shingles = {
        split: [_shingles(text) for text in set(_answers(released.rows, split))]
        for split in ("train", "test", "holdout")
    }
    for other in ("test", "holdout"):
        assert _closest(shingles[other], shingles["train"]) < 0.6


def test_every_planted_copy_is_found_and_its_original_stays(released: Released) -> None:
    overlaps = released.warehouse.read("training_overlaps")
    dropped = dict(overlaps.select("conversation_id", "other").rows())
    pool = released.warehouse.read("training_pool").filter(pl.col("dropped").is_null())
    kept = set(pool["conversation_id"])
    planted = [(of, copy) for of, copy in released.copies if of in kept and copy in kept]
    assert len(planted) >= COPIES // 2
    assert {copy: dropped.get(copy) for _, copy in planted} == {copy: of for of, copy in planted}


def test_no_planted_personal_data_is_in_any_file(released: Released) -> None:
    lineage = lineage_of(released.folder)
    exported = {name for names in lineage["conversation_ids"] for name in names}
    planted = {name: text for name, text in released.planted.items() if name in exported}
    assert len(planted) >= PLANTED // 3
    files = "\n".join(
        text
        for rows in released.rows.values() for row in rows
        for messages in row.values() if isinstance(messages, list)
        for text in (message["content"] for message in messages)
    )  # fmt: skip
    survived = {
        plant.text for text in planted.values() for plant in text.plants
        if re.search(rf"(?<!\w){re.escape(plant.text)}(?!\w)", files)
    }  # fmt: skip
    assert survived == set()


def test_the_same_tables_give_the_same_bytes(released: Released, tmp_path: Path) -> None:
    def contents(folder: Path) -> dict[str, bytes]:
        return {
            str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()
        }

    before = tmp_path / "before"
    shutil.move(released.folder, before)
    assert contents(release_of(released.warehouse)) == contents(before)

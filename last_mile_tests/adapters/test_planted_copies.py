"""training_overlaps of random texts with copies, boilerplate and evaluation items among them."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

import duckdb
import polars as pl
import pytest

from last_mile.adapters.sql_files import insert_as_incoming, table_definitions, table_text
from last_mile_tests.adapters.overlap_tables import (
    Overlap,
    by_name,
    overlaps,
    pool_rows,
    text_row,
)

SOURCES = ("training_texts", "training_pool", "evaluation_texts", "human_labels", "conversations")


class World(NamedTuple):
    rows: list[dict[str, Any]]
    splits: dict[str, str | None]
    copies: dict[str, str]  # the copy that has to go -> the conversation it is a copy of
    boilerplate: list[str]
    items: list[str]
    contaminated: set[str]


def _world() -> World:
    """400 texts with stock sentences, 80 copies with up to 6 % of words changed, boilerplate."""
    dice = random.Random(6)
    vocabulary = [
        "".join(dice.choices("abcdefghijklmnop", k=dice.randint(2, 9))) for _ in range(3000)
    ]
    stock = [" ".join(dice.choices(vocabulary, k=12)) for _ in range(6)]

    def own(n_words: int) -> list[str]:
        parts = [*dice.sample(stock, 3), *dice.choices(vocabulary, k=n_words)]
        dice.shuffle(parts)
        return " ".join(parts).split()

    def changed(words: list[str]) -> str:
        places = dice.sample(range(len(words)), dice.randint(0, len(words) * 6 // 100))
        copied = [dice.choice(vocabulary) if i in places else w for i, w in enumerate(words)]
        text = dice.choice([" ", "  ", ", ", "\n"]).join(copied)
        return dice.choice([text.upper(), text.title(), text])

    words = {f"c{i:03}": own(dice.randint(60, 120)) for i in range(400)}
    splits: dict[str, str | None] = {
        name: dice.choices(["test", "holdout", "train"], [2, 1, 7])[0] for name in words
    }
    rows = [text_row(name, " ".join(text)) for name, text in words.items()]
    copies = {f"x{i:02}": name for i, name in enumerate(dice.sample(list(words), 80))}
    for i, (copy, name) in enumerate(copies.items()):  # half of them are drafts
        text = changed(words[name])
        rows.append(
            text_row(copy, text) if i % 2 else text_row(copy, " ".join(own(80)), draft=text)
        )
    letter = own(150)
    boilerplate = [f"l{i:03}" for i in range(200)]
    for i, name in enumerate(boilerplate):
        rows.append(text_row(name, f"Dear client{i} {' '.join(letter)} yours, writer{i}"))
    items = [" ".join(own(60)) for _ in range(30)]
    rows += [text_row(f"e{i:02}", f"{' '.join(own(60))} {items[i]}") for i in range(10)]
    rows += [
        text_row(f"f{i:02}", " ".join(own(60)), prompt=changed(items[10 + i].split()))
        for i in range(10)
    ]
    contaminated = {f"{kind}{i:02}" for kind in "ef" for i in range(10)}
    dice.shuffle(rows)
    return World(rows, splits, copies, boilerplate, items, contaminated)


@pytest.fixture(scope="module")
def world() -> World:
    return _world()


@pytest.fixture(scope="module")
def found(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Overlap]:
    home = tmp_path_factory.mktemp("world")
    return overlaps(home, world.rows, world.splits, world.items)


def test_every_planted_copy_goes_and_nothing_else(world: World, found: dict[str, Overlap]) -> None:
    # copies are in train and their ids are the larger ones: they go, the originals stay
    gone = {name: found[name].other for name in world.copies if name in found}
    assert gone == world.copies
    assert {found[name].dropped for name in world.copies} == {"exact_duplicate", "near_duplicate"}
    expected = {*world.copies, *world.boilerplate[1:], *world.contaminated}
    assert set(found) == expected


def test_of_boilerplate_one_is_left(world: World, found: dict[str, Overlap]) -> None:
    assert {found[name].other for name in world.boilerplate[1:]} == {world.boilerplate[0]}


def test_planted_evaluation_items_are_found_in_answers_and_prompts(
    world: World, found: dict[str, Overlap]
) -> None:
    named = {name: found[name].other for name in world.contaminated}
    assert named == {
        f"{kind}{i:02}": f"e.txt#{first + i + 1}"
        for kind, first in (("e", 0), ("f", 10))
        for i in range(10)
    }


@pytest.mark.parametrize("threads", [1, 3])
def test_neither_the_order_of_rows_nor_the_number_of_threads_matters(
    threads: int, world: World, found: dict[str, Overlap]
) -> None:
    rows = random.Random(threads).sample(world.rows, len(world.rows))
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {threads}")
        for table in SOURCES:
            connection.execute(table_definitions()[table])
        items = [("e.txt", i, text) for i, text in enumerate(world.items, start=1)]
        connection.executemany("insert into evaluation_texts values (?, ?, ?)", items[::-1])
        connection.register("texts", pl.DataFrame(rows, infer_schema_length=None).to_arrow())
        pool = pl.DataFrame(pool_rows(rows, world.splits)[::-1])
        connection.register("pool", pool.to_arrow())
        connection.execute("insert into training_texts by name from texts")
        connection.execute("insert into training_pool by name from pool")
        connection.execute(insert_as_incoming(table_text("training_overlaps")))
        assert by_name(connection.sql("from incoming").pl()) == found

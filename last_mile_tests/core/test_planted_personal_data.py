"""Scrubbing held against personal data planted by somebody who has not read its rules.

The values are invented, so a failure may show them. Not here: single rules, names by a model.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

import pytest

from last_mile.core.scrubbing import PatternScrubber, found
from last_mile_tests.personal_data import KINDS, MOST_PLANTS, Plant, PlantedText, planted_texts
from last_mile_tests.personal_lookalikes import lookalike_texts

TEXTS = 2_000
LOOKALIKES = 504
MOST_CHANGED = 0.02
# What may stay of a name, and a single letter: nobody is known by it.
SMALL_WORDS = {"abd", "al", "bin", "da", "de", "der", "dos", "la", "lo", "van", "von"}
_PLACEHOLDER = re.compile(r"<[A-Z]+(?:_\w+)?>")


def scrubbed(text: str, names: list[str]) -> str:
    return PatternScrubber().scrub(text, names)[0]


@cache
def planted() -> list[tuple[PlantedText, str]]:
    """Every text and what the scrubber makes of it."""
    texts = planted_texts(TEXTS, seed=20260105)
    return [(text, scrubbed(text.text, text.names)) for text in texts]


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", _PLACEHOLDER.sub(" ", text)))


def survives(plant: Plant, text: str) -> bool:
    """Is the planted string in the text; a name as a word of its own."""
    if plant.kind != "name":
        return plant.text in text
    return re.search(rf"(?<!\w){re.escape(plant.text)}(?!\w)", text) is not None


def by_form(rows: Iterable[tuple[str, str]]) -> str:
    """Rows of (form, example): one line per form, the most frequent first."""
    rows = list(rows)
    examples = dict(reversed(rows))
    counts = Counter(form for form, _ in rows).most_common()
    return "\n".join(f"  {count} x {form}: {examples[form]!r}" for form, count in counts)


def left_over(text: PlantedText, out: str) -> dict[Plant, list[str]]:
    """Words still there, by the shortest plant that has them; the sentences have no digits."""
    pieces: dict[Plant, list[str]] = {}
    for word in words(out) - words(text.around):
        if word.casefold() in SMALL_WORDS or (word.isalpha() and len(word) == 1):
            continue
        owners = [plant for plant in text.plants if word in words(plant.text)]
        owner = min(owners, key=lambda plant: len(plant.text))
        pieces.setdefault(owner, []).append(word)
    return pieces


def test_the_set_is_as_large_and_as_varied_as_it_says() -> None:
    texts = planted_texts(TEXTS, seed=20260105)
    assert texts == planted_texts(TEXTS, seed=20260105)
    assert {len(text.plants) for text in texts} == set(range(1, MOST_PLANTS + 1))
    assert all(plant.text in text.text for text in texts for plant in text.plants)
    counts = Counter(plant.kind for text in texts for plant in text.plants)
    assert min(counts[kind] for kind in KINDS) >= 200
    assert not any(re.search(r"\d", text.around) for text in texts)


@pytest.mark.parametrize("kind", KINDS)
def test_no_planted_string_survives(kind: str) -> None:
    plants = [(p, out) for text, out in planted() for p in text.plants if p.kind == kind]
    alive = [(plant.form, plant.text) for plant, out in plants if survives(plant, out)]
    gone = len(plants) - len(alive)
    assert not alive, f"{kind}: {gone} of {len(plants)} removed\n{by_form(alive)}"


@pytest.mark.parametrize("kind", KINDS)
def test_no_piece_of_a_planted_string_survives(kind: str) -> None:
    pieces = [
        (plant.form, f"{' '.join(left)} of {plant.text}")
        for text, out in planted()
        for plant, left in left_over(text, out).items()
        if plant.kind == kind
    ]
    assert not pieces, f"{kind}: {len(pieces)} leave a piece\n{by_form(pieces)}"


def test_a_scan_of_a_scrubbed_text_finds_nothing() -> None:
    finds = [
        (kind, out) for text, out in planted() for kind, count in found(out, text.names).items()
        if count
    ]  # fmt: skip
    assert not finds, by_form(finds)


def test_scrubbing_a_scrubbed_text_changes_nothing() -> None:
    changed = [
        (" + ".join(plant.form for plant in text.plants), f"{out} -> {again}")
        for text, out in planted()
        if (again := scrubbed(out, text.names)) != out
    ]
    assert not changed, by_form(changed)


def test_the_sentences_around_the_plants_stay() -> None:
    lost = [
        (" ".join(missing), f"{text.text} -> {out}")
        for text, out in planted()
        if (missing := words(text.around) - words(out))
    ]
    assert len(lost) <= MOST_CHANGED * TEXTS, f"{len(lost)} of {TEXTS} texts\n{by_form(lost)}"


def test_lookalikes_are_left_alone() -> None:
    texts = lookalike_texts(LOOKALIKES, seed=20260106)
    changed = [
        (text.kind, f"{text.text} -> {out}")
        for text in texts
        if (out := scrubbed(text.text, text.names)) != text.text
    ]
    listed = "\n".join(f"  {kind}: {example}" for kind, example in sorted(changed))
    counts = dict(Counter(kind for kind, _ in changed))
    assert len(changed) <= MOST_CHANGED * LOOKALIKES, f"{len(changed)}: {counts}\n{listed}"

"""Texts with planted personal data, written without a look at the rules they are held against.

Every value is invented. Not here: the sentences, how a value is written, look-alikes, tests.
"""

from __future__ import annotations

import random
import re
from typing import NamedTuple

from last_mile_tests.personal_formats import WRAPS, WRITERS, full_name
from last_mile_tests.personal_sentences import PEOPLE, SENTENCES

KINDS = tuple(WRITERS)
MOST_PLANTS = 5
_SLOT = re.compile("{(" + "|".join(KINDS) + ")}")


class Plant(NamedTuple):
    """One planted item: its kind, the form it is written in and the string itself."""

    kind: str
    form: str
    text: str


class PlantedText(NamedTuple):
    """A text, the text around its plants, the plants and the names its documents give."""

    text: str
    around: str
    plants: list[Plant]
    names: list[str]


def _template(rng: random.Random) -> str:
    """One to three sentences with at most MOST_PLANTS slots."""
    template = rng.choice(SENTENCES)
    for _ in range(rng.randint(0, 2)):
        longer = template + rng.choice([" ", "\n"]) + rng.choice(SENTENCES)
        template = longer if len(_SLOT.findall(longer)) <= MOST_PLANTS else template
    return template


def _planted(rng: random.Random) -> PlantedText:
    people = rng.sample(PEOPLE, 2)
    plants: list[Plant] = []
    text, around = "", ""
    for part in re.split("({[a-z]+})", _template(rng)):
        kind = part.strip("{}")
        if not _SLOT.fullmatch(part):
            text, around = text + part, around + part
            continue
        form, planted = WRITERS[kind](rng, rng.choice(people))
        wrap = rng.choice(WRAPS.get(kind, ["{}"]))
        plants.append(Plant(kind, form, planted))
        text, around = text + wrap.format(planted), around + wrap.format(" ")
    return PlantedText(text, around, plants, [full_name(person) for person in people])


def planted_texts(count: int, seed: int) -> list[PlantedText]:
    """Texts with one to MOST_PLANTS planted items each; the same for the same seed."""
    rng = random.Random(seed)
    return [_planted(rng) for _ in range(count)]

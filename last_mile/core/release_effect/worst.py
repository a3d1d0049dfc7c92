"""The stratum a release did worst in: a regression there may hide in a whole that did not move.

Not here: the figures of the whole (measure.py), what is told (verdict.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from last_mile.core.release_effect.coded import Coded
from last_mile.core.release_effect.measure import Measure, error, looked, why_not
from last_mile.core.stats import Contrast, standardised_contrasts

TUNED_AT = 500  # comparisons: a place has fewer conversations than the whole
MOST_VALUES = 50  # of a stratum column; one with more is no column of strata


class Place(NamedTuple):
    """The conversations of one value of one stratum column."""

    name: str
    contrast: Contrast


def worst_stratum(coded: Coded, measure: Measure, strata: Sequence[str]) -> dict[str, Any]:
    """Columns `worst_…`, `n_places` and `worst_p`, valid at any look and for all places at once.

    Every value of every stratum column is a place; within it the difference is adjusted as the
    whole is. The intervals of m places hold at once: each has the level 1 - 0.05/m (Bonferroni).
    The worst place is the one with the least favourable difference over its standard error; the
    most moved one, where nobody expected either direction.
    """
    places = [
        place
        for column in strata
        for place in _places(coded, measure, column)
        if why_not(place.contrast) is None
    ]
    if not places:
        return {"n_places": 0, "worst_p": None}
    worst = max(places, key=lambda place: (_harm(place.contrast, measure.sign), place.name))
    look = looked(worst.contrast, 0.05 / len(places), TUNED_AT)
    return {
        "n_places": len(places), "worst_stratum": worst.name, "worst_n": worst.contrast.n,
        "worst_rd": worst.contrast.value, "worst_low": max(look.low, -1.0),
        "worst_high": min(look.high, 1.0), "worst_p": min(1.0, look.p * len(places)),
    }  # fmt: skip


def _places(coded: Coded, measure: Measure, column: str) -> list[Place]:
    layout, values = coded.layout(measure.names, column)
    if not 1 < len(values) <= MOST_VALUES:
        return []
    event, weight = coded.known(measure.id, weighted=measure.weighted)
    found = standardised_contrasts(layout, coded.arm, event, weight)
    return [Place(f"{column}={value}", one) for value, one in zip(values, found, strict=True)]


def _harm(contrast: Contrast, sign: int) -> float:
    z = (contrast.value or 0.0) / error(contrast)
    return -sign * z if sign else abs(z)

"""Patterns of flags and context: how they are read, their literals, the two halves of the users.

A pattern is a distinct combination with its count, so millions of conversations are few rows. Not
here: the search over literals (search.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from last_mile.core.stats import RelativeRisk, relative_risk

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Rule = tuple[int, ...]  # positions of literals, rising

_PLAIN = re.compile(r"[\w.:/+-]+")


def pattern_fragments(
    metrics: Sequence[str], strata: Sequence[str], outcome: str
) -> dict[str, str]:
    """For reads/flag_patterns.sql: the columns of flags and context, and the outcome.

    Args:
        metrics: Metric ids.
        strata: Strata as the rubric names them.
        outcome: Id of the outcome.
    """
    names = [*metrics, *context_columns(strata)]
    return {"columns": "".join(f'"{name}", ' for name in names), "outcome": f'"{outcome}"'}


def context_columns(strata: Sequence[str]) -> list[str]:
    """Columns of labeled_conversations that hold these strata of a rubric."""
    return [name.removeprefix("attributes.") for name in strata]


@dataclass(frozen=True, slots=True)
class Literals:
    """What can be asked of a conversation: `m`, `not m`, `column = value`.

    Attributes:
        names: One text per literal.
        columns: The metric or context column each literal is about.
    """

    names: tuple[str, ...]
    columns: tuple[str, ...]

    def text(self, rule: Rule, between: str = " and ") -> str:
        """A rule in words."""
        return between.join(self.names[literal] for literal in rule)

    def about(self, rule: Rule) -> set[str]:
        """Metrics and context columns of a rule."""
        return {self.columns[literal] for literal in rule}


@dataclass(frozen=True, slots=True)
class Half:
    """The patterns of one half of the users.

    Attributes:
        n: Conversations per pattern.
        events: Of these, with the outcome.
        holds: (patterns, literals); a missing flag or value meets no literal of its column.
        flags: Metric to the patterns where it is true and where it is false.
    """

    n: Ints
    events: Ints
    holds: Bools
    flags: Mapping[str, tuple[Bools, Bools]]

    def members(self, rule: Rule) -> Bools:
        """Patterns that meet every literal of a rule."""
        return np.asarray(self.holds[:, list(rule)].all(axis=1))

    def counts(self, member: Bools) -> tuple[int, int]:
        """Conversations and events of some patterns."""
        return int(self.n[member].sum()), int(self.events[member].sum())

    def effect(self, metric: str, member: Bools | None = None) -> RelativeRisk:
        """Relative risk of the outcome with a flag versus without it, inside some patterns."""
        true, false = self.flags[metric]
        if member is not None:
            true, false = true & member, false & member
        (n1, events1), (n0, events0) = self.counts(true), self.counts(false)
        return relative_risk(events1, n1, events0, n0)


def split(
    patterns: pl.DataFrame, metrics: Sequence[str], context: Sequence[str], support: float
) -> tuple[Literals, Half, Half]:
    """Literals with enough support, and the discovery and the held-out half.

    Args:
        patterns: As read by flag_patterns.sql.
        metrics: Flag columns.
        context: Text columns; their values become literals.
        support: Least share of the discovery half's conversations a literal must hold for; 5 %
            leaves at most 20 values of a column.
    """
    held_out = patterns["held_out"].to_numpy().astype(bool)
    n = patterns["n"].to_numpy().astype(np.int64)
    events = patterns["events"].to_numpy().astype(np.int64)
    flags = {metric: _sides(patterns[metric]) for metric in metrics}
    floor = max(support * n[~held_out].sum(), 1)
    kept = [
        (name, column, holds)
        for name, column, holds in _all_literals(patterns, flags, context)
        if n[holds & ~held_out].sum() >= floor
    ]
    holds = (
        np.column_stack([found[2] for found in kept]) if kept else np.zeros((n.size, 0), dtype=bool)
    )
    literals = Literals(tuple(found[0] for found in kept), tuple(found[1] for found in kept))

    def half(where: Bools) -> Half:
        sides = {metric: (true[where], false[where]) for metric, (true, false) in flags.items()}
        return Half(n[where], events[where], holds[where], sides)

    return literals, half(~held_out), half(held_out)


def _sides(flag: pl.Series) -> tuple[Bools, Bools]:
    true = flag.fill_null(value=False).to_numpy().astype(bool)
    return true, ~true & flag.is_not_null().to_numpy().astype(bool)


def _all_literals(
    patterns: pl.DataFrame, flags: Mapping[str, tuple[Bools, Bools]], context: Sequence[str]
) -> Iterator[tuple[str, str, Bools]]:
    for metric, (true, _) in flags.items():
        yield metric, metric, true
    for metric, (_, false) in flags.items():
        yield f"not {metric}", metric, false
    for column in context:
        for value in patterns[column].drop_nulls().unique().sort():
            same = (patterns[column] == value).fill_null(value=False)
            yield f"{column} = {_shown(value)}", column, same.to_numpy().astype(bool)


def _shown(value: str) -> str:
    """A value as it stands; in quotes where its end could not be seen."""
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)

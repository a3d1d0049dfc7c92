"""From ranked rules to the few that are shown: no decorative literal, no rule twice.

Sees the discovery half only. Not here: counting (search.py), the held-out half (report.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from last_mile.core.segments.patterns import Half, Rule
from last_mile.core.segments.search import Candidates, Counts
from last_mile.core.stats import wilson_interval

SHOWN = 5
SAME = 0.97  # rules that share this part of the conversations of either are one (Jaccard)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A rule that will be measured on the other half, and the literals it was freed of."""

    rule: Rule
    dropped: Rule


def freeze(candidates: Candidates, counts: Counts, half: Half) -> list[Frozen]:
    """The best rules without decorative literals; of rules that select the same, the shortest.

    Args:
        candidates: Ranked rules.
        counts: Of the discovery half.
        half: The discovery half.
    """
    allowed = frozenset(candidates.ranked)
    frozen: list[Frozen] = []
    seen: set[Rule] = set()
    for rule in candidates.ranked:
        short = without_decoration(rule, counts, allowed)
        if short in seen:
            continue
        seen.add(short)
        found = Frozen(short, tuple(literal for literal in rule if literal not in short))
        twin = _twin(found, frozen, half)
        if twin is not None:
            if len(short) < len(frozen[twin].rule):
                frozen[twin] = found
        elif len(frozen) == SHOWN:
            break
        else:
            frozen.append(found)
    return frozen


def without_decoration(rule: Rule, counts: Counts, allowed: AbstractSet[Rule]) -> Rule:
    """Take literals away while the shorter rule's rate is inside the longer rule's 95 % interval.

    Of several, the literal goes whose shorter rule has the highest rate.

    Args:
        rule: A candidate.
        counts: Of the discovery half.
        allowed: Rules it may be cut down to: those surely above the overall rate.
    """
    while len(rule) > 1:
        n, events = counts.of(rule)
        bounds = wilson_interval(events, n)
        shorter = []
        for literal in rule:
            rest = tuple(other for other in rule if other != literal)
            if rest in allowed:
                n_rest, events_rest = counts.of(rest)
                shorter.append((-events_rest / n_rest, rest))
        if bounds is None or not shorter or -min(shorter)[0] < bounds[0]:
            break
        rule = min(shorter)[1]
    return rule


def _twin(found: Frozen, frozen: Sequence[Frozen], half: Half) -> int | None:
    """Position of a rule that selects the same conversations."""
    mine = half.members(found.rule)
    for position, other in enumerate(frozen):
        theirs = half.members(other.rule)
        if half.n[mine & theirs].sum() >= SAME * half.n[mine | theirs].sum():
            return position
    return None

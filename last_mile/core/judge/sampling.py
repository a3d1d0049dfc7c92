"""Which conversations of a day are judged, when enough were, and what each then stands for.

Not here: asking the judge, storing samples (judge_samples), weighted figures (core/stats.py).
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from last_mile.core.stats import Z95, wilson_interval


def sampling_order(keys: Iterable[tuple[str, str]], seed: int | str) -> list[str]:
    """Conversations in the order they are judged: any prefix is a stratified sample.

    Systematic sampling with a random start in each stratum (Cochran 1977, ch. 8): the r-th
    conversation of a stratum of N stands at place (r + u) / N, r from 0, u in [0, 1) the
    stratum's own. Up to any place t every stratum has its share t N, rounded up or down, and
    every conversation the same chance t to be there; a fixed u of one half would always leave the
    smallest strata out. Ranks and u come from sha256 of the seed and the content hash or the
    stratum: the same on every machine, and no stratum changes the places of another.

    Args:
        keys: (content_hash, stratum) of every conversation of the day, in any order.
        seed: Of this sample; another one gives another order.

    Returns:
        All content hashes, first to be judged first.

    Raises:
        ValueError: A content hash stands twice.
    """
    strata: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for content_hash, stratum in keys:
        strata[stratum].append((_digest(seed, "conversation", content_hash), content_hash))
    places = [
        ((rank + _start(seed, stratum)) / len(members), digest, content_hash)
        for stratum, members in strata.items()
        for rank, (digest, content_hash) in enumerate(sorted(members))
    ]
    order = [content_hash for _, _, content_hash in sorted(places)]
    if len(set(order)) < len(order):
        repeated = next(name for name, times in Counter(order).items() if times > 1)
        raise ValueError(
            f"content hash {repeated} stands twice among the conversations to sample; "
            "give each conversation once"
        )
    return order


def next_round(taken: int, total: int, first: int = 50) -> int:
    """How many more conversations to judge: up to `first`, then as many as were taken so far.

    Args:
        taken: Conversations judged so far.
        total: Conversations there are.
        first: Size of the first round.

    Returns:
        0 when all were taken.

    Raises:
        ValueError: `first` is below 1.
    """
    if first < 1:
        raise ValueError(
            f"the first round of a sample has {first} conversations; make it 1 or more"
        )
    return min(max(first - taken, taken), max(0, total - taken))


def sample_size(target: float, population: int) -> int:
    """Conversations that are always enough, whatever the prevalence.

    n0 = z^2 / (4 d^2) for a prevalence of one half, and n = n0 / (1 + (n0 - 1) / N) of a finite
    population (Cochran 1977, sec. 4.4).

    Args:
        target: d, the half width of the 95 % interval, as a share.
        population: N.
    """
    unlimited = Z95**2 / (4 * target**2)
    return (
        min(math.ceil(unlimited / (1 + (unlimited - 1) / population)), population)
        if population
        else 0
    )


def precise_enough(
    counts: Mapping[str, tuple[int, int]],
    population: int,
    target: float,
    judged: int | None = None,
) -> bool:
    """Whether the 95 % interval of every prevalence is at most `target` wide to either side.

    Wilson's interval on the effective size n (N - 1) / (N - n), which is Cochran's finite
    population correction (1977, sec. 4.4, n = n0 / (1 + (n0 - 1) / N), solved for n0). A metric
    that applies to a part of the conversations has its own n, but the sampled share is that of
    all: n (N - 1) / (N - judged). Strata are not taken into account, which is cautious when the
    sample is proportional (Cochran, sec. 5.6).

    A metric without a scored answer says nothing about when to stop: one that never applies would
    have everything judged. When no metric has any, nothing is known and the answer is no.

    Args:
        counts: Per metric, conversations flagged true and conversations scored (true or false).
        population: N, conversations the sample was drawn from.
        target: Half width, as a share: 0.05 is 5 percentage points.
        judged: Conversations judged; by default each metric's scored ones, which asks for more
            than needed when a metric does not apply to all.

    Raises:
        ValueError: Counts that do not nest.
    """
    scored_metrics = {name: pair for name, pair in counts.items() if pair[1]}
    return bool(scored_metrics) and all(
        _half_width(name, true, scored, scored if judged is None else judged, population) <= target
        for name, (true, scored) in scored_metrics.items()
    )


def weights(strata_of_all: Iterable[str], strata_of_judged: Iterable[str]) -> dict[str, float]:
    """How many conversations each judged one stands for: N_h / n_h of its stratum h.

    Post-stratification (Holt and Smith 1979). Where strata have no judged conversation, the
    largest of them and all strata that are no larger form one cell, with one N / n: a proportional
    sample leaves out only strata with a share below one conversation, and to count the drawn
    ones of these as themselves alone would lose the others. While that cell has no judged
    conversation the next larger stratum joins it, of equals all.

    Args:
        strata_of_all: The stratum of every conversation.
        strata_of_judged: The stratum of every judged one.

    Returns:
        Stratum to weight, at least 1, for strata with judged conversations. Summed over the judged
        conversations the weights are the number of all; without judged ones there are none.

    Raises:
        ValueError: A stratum has more judged conversations than conversations.
    """
    sizes, drawn = Counter(strata_of_all), Counter(strata_of_judged)
    for stratum, n in drawn.items():
        if n > sizes[stratum]:
            raise ValueError(
                f"a stratum has {n} judged conversations but {sizes[stratum]} in all; "
                "count both over the same conversations"
            )
    if not drawn:
        return {}
    cell = _collapsed(sizes, drawn)
    whole = sum(sizes[stratum] for stratum in cell)
    part = sum(drawn[stratum] for stratum in cell)
    return {
        stratum: whole / part if stratum in cell else sizes[stratum] / drawn[stratum]
        for stratum in sorted(drawn)
    }


def _collapsed(sizes: Mapping[str, int], drawn: Mapping[str, int]) -> set[str]:
    """The strata of the one cell around those without a judged conversation; maybe none."""
    missed = [size for stratum, size in sizes.items() if not drawn[stratum]]
    if not missed:
        return set()
    reached = min(size for stratum, size in sizes.items() if drawn[stratum])
    limit = max(*missed, reached)
    return {stratum for stratum, size in sizes.items() if size <= limit}


def _half_width(name: str, true: int, scored: int, judged: int, population: int) -> float:
    if not 0 <= true <= scored <= judged <= population:
        raise ValueError(
            f"{name}: {true} true of {scored} scored of {judged} judged of {population} "
            "conversations do not nest; count them over the same conversations"
        )
    if judged == population:
        return 0.0
    effective = scored * (population - 1) / (population - judged)
    low, high = wilson_interval(true / scored * effective, effective) or (0.0, 1.0)
    return (high - low) / 2


def _start(seed: int | str, stratum: str) -> float:
    """A number in [0, 1): 53 bits, so that the division is exact."""
    return (int(_digest(seed, "stratum", stratum), 16) >> 203) / 2**53


def _digest(seed: int | str, kind: str, name: str) -> str:
    return hashlib.sha256(f"{seed}\n{kind}\n{name}".encode()).hexdigest()

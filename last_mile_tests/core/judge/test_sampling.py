"""Samples of a day: their order, when they are precise enough, what each conversation stands for.

Hand arithmetic, properties, and one simulation with numpy.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from last_mile.core.judge.sampling import next_round, precise_enough, sampling_order, weights

_SIZES = st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 40), min_size=1)


def _day(sizes: dict[str, int]) -> dict[str, str]:
    """Content hash to stratum."""
    return {f"{stratum}{i}": stratum for stratum, size in sizes.items() for i in range(size)}


def _order(sizes: dict[str, int], seed: int = 1) -> list[str]:
    return sampling_order(_day(sizes).items(), seed)


@given(_SIZES, st.integers(0, 1000))
def test_the_order_holds_every_conversation_once(sizes: dict[str, int], seed: int) -> None:
    assert sorted(_order(sizes, seed)) == sorted(_day(sizes))


@given(_SIZES, st.integers(0, 1000), st.randoms())
def test_the_order_does_not_depend_on_the_order_given(
    sizes: dict[str, int], seed: int, random: Random
) -> None:
    keys = list(_day(sizes).items())
    random.shuffle(keys)
    assert sampling_order(keys, seed) == _order(sizes, seed)


def test_the_order_is_the_same_on_every_machine() -> None:
    assert _order({"a": 3, "b": 2}, 7) == ["a0", "b0", "a1", "a2", "b1"]
    assert _order({"a": 3, "b": 2}, 8) == ["b0", "a1", "a0", "b1", "a2"]


@given(_SIZES, st.integers(0, 1000))
def test_every_prefix_has_each_strata_share_rounded_up_or_down(
    sizes: dict[str, int], seed: int
) -> None:
    # a prefix up to place t holds t N_h of stratum h, rounded; so there is a t for which all
    # strata are less than one conversation away from t N_h
    taken: Counter[str] = Counter()
    for name in _order(sizes, seed):
        taken[name[0]] += 1
        lowest = max((taken[h] - 1) / size for h, size in sizes.items())
        highest = min((taken[h] + 1) / size for h, size in sizes.items())
        assert lowest <= highest


@pytest.mark.parametrize("seed", range(20))
def test_a_tenth_of_the_day_has_a_tenth_of_each_stratum(seed: int) -> None:
    # of two strata neither can be a whole conversation off, and the shares are whole here
    counts = Counter(name[0] for name in _order({"a": 900, "b": 100}, seed)[:100])
    assert counts == {"a": 90, "b": 10}


def test_a_stratum_of_one_is_in_the_first_quarter_for_a_quarter_of_the_seeds() -> None:
    # 500 of 2000, standard deviation sqrt(2000 .25 .75) = 19.4
    early = sum("b0" in _order({"a": 99, "b": 1}, seed)[:25] for seed in range(2000))
    assert abs(early - 500) < 3 * 19.4


@given(_SIZES, st.integers(0, 1000))
def test_another_stratum_does_not_change_the_order_of_the_rest(
    sizes: dict[str, int], seed: int
) -> None:
    joined = _order({**sizes, "z": 7}, seed)
    assert [name for name in joined if name[0] != "z"] == _order(sizes, seed)


@given(_SIZES, st.integers(0, 1000))
def test_another_conversation_does_not_change_the_order_within_its_stratum(
    sizes: dict[str, int], seed: int
) -> None:
    grown = _order({**sizes, "a": sizes.get("a", 0) + 1}, seed)
    within = [name for name in _order(sizes, seed) if name[0] == "a"]
    assert [name for name in grown if name in set(within)] == within


def test_a_conversation_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="content hash h1 stands twice"):
        sampling_order([("h1", "a"), ("h2", "a"), ("h1", "b")], 1)


def test_a_day_without_conversations_has_an_empty_order() -> None:
    assert sampling_order([], 1) == []


def test_rounds_begin_with_fifty_and_double_what_was_taken() -> None:
    taken, seen = 0, []
    while step := next_round(taken, 1000):
        taken += step
        seen.append(taken)
    assert seen == [50, 100, 200, 400, 800, 1000]


@pytest.mark.parametrize(
    ("taken", "total", "more"),
    [
        (0, 30, 30),
        (0, 0, 0),
        (30, 30, 0),
        (31, 30, 0),  # taken before some conversations went away
        (3, 1000, 47),  # a first round that was broken off is finished
        (40, 1000, 40),
    ],
)
def test_a_round_is_capped_by_what_is_left(taken: int, total: int, more: int) -> None:
    assert next_round(taken, total) == more


def test_a_first_round_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="make it 1 or more"):
        next_round(0, 10, first=0)


@given(st.integers(0, 10_000), st.integers(1, 500))
def test_rounds_end_when_all_are_taken(total: int, first: int) -> None:
    taken = 0
    while step := next_round(taken, total, first):
        taken += step
    assert taken == total


# 100 of 400 judged, 20 true: effective n = 100 * 399/300 = 133; p = .2, z^2 = 3.841459
# half = 1.959964 sqrt(.2 .8/133 + 3.841459/(4 133^2)) / (1 + 3.841459/133)
#      = 1.959964 * .0354584 / 1.0288832 = .0675463
HALF = 0.0675463


def test_the_interval_is_narrower_by_the_finite_population() -> None:
    assert precise_enough({"m": (20, 100)}, 400, HALF + 1e-6)
    assert not precise_enough({"m": (20, 100)}, 400, HALF - 1e-6)
    assert not precise_enough({"m": (20, 100)}, 10**9, HALF + 1e-6)  # .0777 without it


def test_one_wide_interval_is_enough_to_go_on() -> None:
    narrow, wide = (1, 100), (50, 100)
    assert precise_enough({"a": narrow}, 400, 0.07)
    assert not precise_enough({"a": narrow, "b": wide}, 400, 0.07)


def test_a_metric_of_a_part_of_the_conversations_is_corrected_by_the_share_judged() -> None:
    # 100 scored of 300 judged of 400: effective n = 100 * 399/100 = 399
    # half = 1.959964 sqrt(.16/399 + 3.841459/(4 399^2)) / (1 + 3.841459/399)
    #      = 1.959964 * .0201751 / 1.0096277 = .0391654
    assert precise_enough({"m": (20, 100)}, 400, 0.0391655, judged=300)
    assert not precise_enough({"m": (20, 100)}, 400, 0.0391653, judged=300)


def test_a_metric_that_never_applies_does_not_have_everything_judged() -> None:
    assert precise_enough({"m": (20, 100), "never": (0, 0)}, 400, 0.07)


@pytest.mark.parametrize("counts", [{}, {"a": (0, 0), "b": (0, 0)}])
def test_nothing_scored_is_not_precise(counts: dict[str, tuple[int, int]]) -> None:
    assert not precise_enough(counts, 400, 0.5)


def test_when_all_are_judged_everything_is_exact() -> None:
    assert precise_enough({"m": (2, 4)}, 4, 0.0)
    assert precise_enough({"m": (1, 2)}, 4, 0.0, judged=4)


@pytest.mark.parametrize(
    ("pair", "population", "judged"),
    [((5, 4), 10, None), ((1, 4), 3, None), ((1, 4), 10, 3), ((-1, 4), 10, None)],
)
def test_counts_that_do_not_nest_are_refused(
    pair: tuple[int, int], population: int, judged: int | None
) -> None:
    with pytest.raises(ValueError, match="do not nest"):
        precise_enough({"m": pair}, population, 0.1, judged)


def test_each_judged_conversation_stands_for_its_share_of_its_stratum() -> None:
    # a: 6 / 2, b: 4 / 4
    assert weights("aaaaaabbbb", "aabbbb") == {"a": 3.0, "b": 1.0}


def test_strata_nobody_was_judged_of_join_those_that_are_no_larger() -> None:
    # c (2, none judged) with d (2) and e (1): 5 conversations, 2 judged; a: 10 / 5 stays
    assert weights("a" * 10 + "cc" + "dd" + "e", "aaaaa" + "d" + "e") == {
        "a": 2.0, "d": 2.5, "e": 2.5,
    }  # fmt: skip


def test_without_a_judged_one_among_the_small_the_next_larger_stratum_joins() -> None:
    # b (1) and c (2) have none judged; d (4) joins: 7 / 2. a: 10 / 5 stays
    assert weights("a" * 10 + "b" + "cc" + "dddd", "aaaaa" + "dd") == {"a": 2.0, "d": 3.5}


def test_strata_of_one_size_are_not_told_apart_when_one_was_missed() -> None:
    # b has none judged; a and c are of its size: 6 / 3
    assert weights("aabbcc", "aac") == {"a": 2.0, "c": 2.0}


def test_without_judged_conversations_there_are_no_weights() -> None:
    assert weights("aab", "") == {}


def test_more_judged_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="a stratum has 2 judged conversations but 1 in all"):
        weights("aab", "abb")


@given(_SIZES, st.data())
def test_weights_summed_over_the_judged_are_the_number_of_all(
    sizes: dict[str, int], data: st.DataObject
) -> None:
    drawn = {h: data.draw(st.integers(0, size)) for h, size in sizes.items()}
    made = weights(_day(sizes).values(), Counter(drawn).elements())
    assert set(made) == {h for h, n in drawn.items() if n}
    assert all(weight >= 1 for weight in made.values())
    if made:
        total = sum(made[h] * n for h, n in drawn.items() if n)
        assert total == pytest.approx(sum(sizes.values()))


def test_a_growing_sample_ends_with_weights_of_one() -> None:
    day = _day({"a": 30, "b": 5, "c": 1})
    order = sampling_order(day.items(), 3)
    heaviest = [
        max(weights(day.values(), (day[name] for name in order[:n])).values()) for n in (9, 18, 36)
    ]
    assert all(later < earlier for earlier, later in pairwise(heaviest))
    assert heaviest[-1] == 1


def test_weighted_prevalence_is_unbiased_when_strata_are_judged_unequally() -> None:
    # stratum a: 600 of 800 true; b: 20 of 200 true; together 620 of 1000. 40 of each are judged:
    # unweighted (.75 + .1)/2 = .425; weights 20 and 5 give .8 * .75 + .2 * .1 = .62
    truth = {"a": np.arange(800) < 600, "b": np.arange(200) < 20}
    made = weights("a" * 800 + "b" * 200, "a" * 40 + "b" * 40)
    rng = np.random.default_rng(20260105)
    draws = [
        {h: rng.choice(flags, 40, replace=False).sum() for h, flags in truth.items()}
        for _ in range(4000)
    ]
    weighted = np.array([sum(made[h] * n for h, n in draw.items()) / 1000 for draw in draws])
    unweighted = np.array([sum(draw.values()) / 80 for draw in draws])
    error = weighted.std() / np.sqrt(len(draws))  # of the mean, about .0009
    assert abs(weighted.mean() - 0.62) < 4 * error
    assert abs(unweighted.mean() - 0.425) < 4 * error


def test_weighted_prevalence_of_many_small_strata_is_unbiased_though_most_are_missed() -> None:
    # 300 conversations of one category without the flag, 300 categories of one with it: half
    day = {f"a{i}": "a" for i in range(300)} | {f"b{i}": f"b{i}" for i in range(300)}
    found = []
    for seed in range(200):
        judged = sampling_order(day.items(), seed)[:60]
        made = weights(day.values(), (day[name] for name in judged))
        found.append(sum(made[day[name]] for name in judged if name[0] == "b") / 600)
    assert np.mean(found) == pytest.approx(0.5, abs=0.005)

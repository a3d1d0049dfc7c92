"""Terms and contexts that the discovery half chooses: literal groups of conversations."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike
from scipy import sparse

from last_mile.core.failure_modes.search import (
    Candidate,
    Discovery,
    choose_contexts,
    choose_terms,
)
from last_mile.core.failure_modes.tokens import Gram, Terms


def _groups(*groups: tuple[int, int, str]) -> tuple[np.ndarray, Terms]:
    """Groups of (conversations, events among them, terms split at |), and the matrix of terms."""
    grams: list[Gram] = []
    for _, _, words in groups:
        grams += [tuple(one.split()) for one in words.split("|") if one]
    grams = list(dict.fromkeys(grams))
    event, holds = [], []
    for n, events, words in groups:
        event += [True] * events + [False] * (n - events)
        has = [tuple(one.split()) for one in words.split("|") if one]
        holds += [[gram in has for gram in grams]] * n
    return np.array(event), Terms(grams, sparse.csc_matrix(np.array(holds, np.int32)))


def _discovery(
    event: ArrayLike, explained: ArrayLike | None = None, cell: ArrayLike | None = None
) -> Discovery:
    n = len(np.asarray(event))
    return Discovery(
        np.asarray(event, bool),
        np.zeros(n, bool) if explained is None else np.asarray(explained, bool),
        np.zeros(n, np.int64) if cell is None else np.asarray(cell, np.int64),
        np.arange(n),
    )


def _chosen(*groups: tuple[int, int, str], **over: Any) -> list[str]:
    event, terms = _groups(*groups)
    found, looked_at = choose_terms([("user", terms)], _discovery(event, **over))
    assert looked_at == len(terms)
    assert all((one.kind, one.part) == ("term", "user") for one in found)
    return [" ".join(one.gram) for one in found]


def test_what_a_chosen_term_covers_is_not_chosen_again() -> None:
    """`bad` 20/100; `tail` is in 60 of these and in 40 others, of which half had the event.

    Alone `tail` has 12 + 20 = 32 of 100 where 182/400 = 45.5 would be expected; without the
    conversations of `bad` it has 20 of 40 against 162/300 = 54 %: expected 21.6, no -2.
    """
    assert _chosen((60, 12, "bad|tail"), (40, 8, "bad"), (40, 20, "tail"), (260, 142, "")) == [
        "bad"
    ]
    # without `bad`: (32 - 45.5)/sqrt(100 x 300/399 x .455 x .545) = -13.5/4.32 = -3.1
    assert _chosen((60, 12, "tail"), (40, 8, ""), (40, 20, "tail"), (260, 142, "")) == ["tail"]


def test_two_terms_of_different_conversations_are_chosen_the_stronger_first() -> None:
    assert _chosen((60, 18, "weak"), (60, 6, "strong"), (280, 168, "")) == ["strong", "weak"]


def test_a_score_that_leads_less_than_two_is_not_chosen() -> None:
    """Of 400 with 200 events, 100 with the term: sd = sqrt(100 x 300/399 x 1/4) = 4.335.

    41 events: -9/4.335 = -2.08; 42: -1.85.
    """
    assert _chosen((100, 41, "x"), (300, 159, "")) == ["x"]
    assert _chosen((100, 42, "x"), (300, 158, "")) == []
    assert _chosen((100, 60, "x"), (300, 140, "")) == []  # it raises the outcome


def test_with_fewer_than_five_events_expected_nothing_is_chosen() -> None:
    """25 with the term, no event: at 80 of 400 the others' rate expects 5, at 76 only 4.75."""
    assert _chosen((25, 0, "x"), (375, 80, "")) == ["x"]
    assert _chosen((25, 0, "x"), (375, 76, "")) == []


def test_of_runs_in_nearly_the_same_conversations_the_shortest_is_chosen() -> None:
    """`bad` is in 100, `bad one` in 90 of them (0.9 of either) or in 89."""
    assert _chosen((90, 9, "bad|bad one"), (10, 5, "bad"), (300, 180, "")) == ["bad"]
    assert _chosen((89, 8, "bad|bad one"), (11, 6, "bad"), (300, 180, "")) == ["bad one"]


def test_a_term_of_explained_failures_is_barred_and_no_longer_run_leads_to_it() -> None:
    """240 of 2,000 unexplained failures have `bad`; of 400 explained ones 64: 0.12 less 0.16.

    304/2,400 of both have it: -0.04/sqrt(.1267 x .8733 (1/2,000 + 1/400)) = -2.2. `bad one` is in
    48 explained ones: 0.12 less 0.12. Both are in 298 conversations, 298/314 = 0.95 of either.
    """
    left = [(250, 10, "bad|bad one"), (3_750, 1_990, "")]
    explained = np.arange(4_400) >= 4_000
    event, terms = _groups(*left, (48, 0, "bad|bad one"), (16, 0, "bad"), (336, 0, ""))
    found, _ = choose_terms([("user", terms)], _discovery(event, explained))
    assert [" ".join(one.gram) for one in found] == ["bad one"]
    _, fewer = _groups(*left, (48, 0, "bad|bad one"), (352, 0, ""))
    found, _ = choose_terms([("user", fewer)], _discovery(event, explained))
    assert [" ".join(one.gram) for one in found] == ["bad"]
    _, more = _groups(*left, (64, 0, "bad|bad one"), (336, 0, ""))
    assert choose_terms([("user", more)], _discovery(event, explained)) == ([], 2)


def test_a_term_of_a_stratum_with_a_low_rate_is_not_chosen_for_that() -> None:
    """10 % in one stratum, where 100 of 200 have it, and 60 % in the other, where 20 of 200 do."""
    groups = [(100, 10, "x"), (100, 10, ""), (20, 12, "x"), (180, 108, "")]
    assert _chosen(*groups) == ["x"]
    assert _chosen(*groups, cell=[0] * 200 + [1] * 200) == []


def test_the_same_words_in_two_parts_are_chosen_once() -> None:
    event, terms = _groups((60, 6, "bad"), (340, 200, ""))
    found, looked_at = choose_terms([("first_user", terms), ("user", terms)], _discovery(event))
    assert found == [Candidate("term", "first_user", ("bad",))]
    assert looked_at == 2


def test_without_terms_nothing_is_chosen() -> None:
    none = Terms([], sparse.csc_matrix((3, 0), dtype=np.int32))
    assert choose_terms([("user", none)], _discovery([True, False, True])) == ([], 0)


def test_contexts_are_values_with_a_low_rate_the_lowest_score_first() -> None:
    """Rates of 10, 30 and 60 %; strata are no excuse for a context; a missing value is none."""
    event = np.array(([True] * 6 + [False] * 54) + ([True] * 18 + [False] * 42) + [True] * 168
                     + [False] * 112)  # fmt: skip
    column = pl.Series(["low"] * 60 + ["middle"] * 60 + [None] * 10 + ["high"] * 270)
    frame = pl.DataFrame({"surface": column, "rare": ["r"] * 19 + ["usual"] * 381})
    rows = _discovery(event, cell=[0] * 60 + [1] * 340)
    found, looked_at = choose_contexts(frame, rows)
    assert found == [
        Candidate("context", "surface", ("low",)), Candidate("context", "surface", ("middle",)),
    ]  # fmt: skip
    assert looked_at == 3  # not `rare`: 19 with it, and 19 without `usual`
    few = rows._replace(user=np.arange(400) % 9)
    assert choose_contexts(frame, few) == ([], 0)

"""Candidates of the discovery half: terms and contexts that go with a bad outcome nobody explains.

Sees the discovery half only. Not here: whether they hold on the other one (confirm.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
import scipy
from numpy.typing import NDArray

from last_mile.core.failure_modes.tokens import LEAST_ROWS, LEAST_USERS, Bools, Gram, Ints, Terms

Floats = NDArray[np.float64]
MOST_TERMS, MOST_CONTEXTS = 20, 10  # frozen, and tested on the other half
_LEADS = -2.0  # a standard score that a candidate has to be below
_EXPECTED = 5  # outcomes that would have come with a candidate, were its rate the others'
_SAME = 0.9  # conversations in common, over all of either, that make two terms one


class Candidate(NamedTuple):
    """A term or a context that was chosen.

    Attributes:
        kind: `term` or `context`.
        part: Of the text; of a context its column.
        gram: Words; of a context its value alone.
    """

    kind: str
    part: str
    gram: Gram


class Discovery(NamedTuple):
    """The conversations of the half that chooses.

    Attributes:
        event: Whether the outcome came [conversations].
        explained: Whether a flag explains its absence; these have no event [conversations].
        cell: Code of the cross of its strata [conversations].
        user: Code of its user [conversations].
    """

    event: Bools
    explained: Bools
    cell: Ints
    user: Ints


def choose_terms(
    parts: Sequence[tuple[str, Terms]], rows: Discovery
) -> tuple[list[Candidate], int]:
    """Terms chosen one after the other: the strongest among what those before did not reach.

    The strongest term by Cochran, Mantel and Haenszel's score within strata is taken, or the
    shortest run of its words that stands in nearly the same conversations; its conversations are
    put aside and the rest is scored anew (sequential covering; Fuernkranz 1999). So what a chosen
    term already tells, longer runs with it or the same words in another part, is not chosen again.

    Args:
        parts: Name of a part and its terms, over the same conversations.
        rows: Of the discovery half.

    Returns:
        At most 20 candidates, and the number of terms looked at.
    """
    names = [(part, gram) for part, terms in parts for gram in terms.grams]
    if not names:
        return [], 0
    holds = scipy.sparse.hstack([terms.holds for _, terms in parts], format="csc")
    place = {name: i for i, name in enumerate(names)}
    barred = _separation(holds, rows) < _LEADS
    chosen: list[Candidate] = []
    alive = ~rows.explained
    while len(chosen) < MOST_TERMS:
        scores = _scores(holds, rows, alive)
        scores[barred] = 0
        best = int(scores.argmin())
        if scores[best] >= _LEADS:
            break
        best = _shortest(best, names, place, holds, barred)
        barred[best] = True
        chosen.append(Candidate("term", *names[best]))
        alive = alive & ~_column(holds, best)
    return chosen, len(names)


def choose_contexts(contexts: pl.DataFrame, rows: Discovery) -> tuple[list[Candidate], int]:
    """Values of context columns with a low rate, the lowest score first.

    Args:
        contexts: Text columns [conversations].
        rows: Of the discovery half.

    Returns:
        At most 10 candidates, and the number of values looked at.
    """
    plain = rows._replace(cell=np.zeros_like(rows.cell))
    alive, found, tried = ~rows.explained, [], 0
    for column in contexts.columns:
        for value in contexts[column].drop_nulls().unique().sort():
            same = (contexts[column] == value).fill_null(value=False).to_numpy()
            n = int((same & alive).sum())
            users = len(np.unique(rows.user[same & alive]))
            if min(n, int(alive.sum()) - n) < LEAST_ROWS or users < LEAST_USERS:
                continue
            tried += 1
            one = scipy.sparse.csc_matrix(same.astype(np.int32)[:, None])
            score = float(_scores(one, plain, alive)[0])
            if score < _LEADS:
                found.append((score, Candidate("context", column, (value,))))
    return [candidate for _, candidate in sorted(found)[:MOST_CONTEXTS]], tried


def _scores(holds: scipy.sparse.csc_matrix, rows: Discovery, alive: Bools) -> Floats:
    """Cochran, Mantel and Haenszel's score of each term; 0 where too little would be expected.

    (sum of events with the term - expected)/sqrt(hypergeometric variance), strata by strata.
    """
    cells = int(rows.cell.max(initial=0)) + 1
    n = np.bincount(rows.cell, alive, cells)
    rate = np.bincount(rows.cell, alive & rows.event, cells) / np.maximum(n, 1)
    picked = np.flatnonzero(alive)
    cell_of = scipy.sparse.csr_matrix(
        (np.ones(len(picked)), (rows.cell[picked], picked)), shape=(cells, len(alive))
    )
    with_it = (cell_of @ holds).tocoo()
    n1, c, size = with_it.data, with_it.row, holds.shape[1]
    came = holds.T @ (alive & rows.event).astype(np.float64)
    expected = np.bincount(with_it.col, n1 * rate[c], size)
    spread = n1 * (n[c] - n1) / np.maximum(n[c] - 1, 1) * rate[c] * (1 - rate[c])
    variance = np.bincount(with_it.col, spread, size)
    rest = np.bincount(with_it.col, n1, size)
    enough = (variance > 0) & (expected >= _EXPECTED) & (rest >= LEAST_ROWS)
    return np.where(enough, (came - expected) / np.sqrt(np.where(enough, variance, 1.0)), 0.0)


def _separation(holds: scipy.sparse.csc_matrix, rows: Discovery) -> Floats:
    """Score of a term's share among unexplained failures less that among explained ones."""
    left, told = ~rows.explained & ~rows.event, rows.explained
    n1, n0 = int(left.sum()), int(told.sum())
    if not (n1 and n0):
        return np.zeros(holds.shape[1])
    a, b = holds.T @ left.astype(np.float64), holds.T @ told.astype(np.float64)
    share = (a + b) / (n1 + n0)
    error = np.sqrt(share * (1 - share) * (1 / n1 + 1 / n0))
    return np.where(error > 0, (a / n1 - b / n0) / np.where(error > 0, error, 1.0), 0.0)


def _shortest(
    best: int,
    names: list[tuple[str, Gram]],
    place: dict[tuple[str, Gram], int],
    holds: scipy.sparse.csc_matrix,
    barred: Bools,
) -> int:
    """The shortest run inside a term, in its part, that stands in nearly the same conversations.

    One that is barred is none.
    """
    part, gram = names[best]
    mine = _column(holds, best)
    for length in range(1, len(gram)):
        for start in range(len(gram) - length + 1):
            other = place.get((part, gram[start : start + length]))
            if other is None or barred[other]:
                continue
            theirs = _column(holds, other)
            if (mine & theirs).sum() >= _SAME * (mine | theirs).sum():
                return other
    return best


def _column(holds: scipy.sparse.csc_matrix, place: int) -> Bools:
    found = np.zeros(holds.shape[0], dtype=bool)
    found[holds.indices[holds.indptr[place] : holds.indptr[place + 1]]] = True
    return found

"""Words and runs of two or three words that stand in texts, as a matrix of conversations x terms.

No term holds a digit, an address or a placeholder, or is known from fewer than 10 users. Not here:
which terms go with a bad outcome (search.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Gram = tuple[str, ...]  # one to three case-folded words

LEAST_USERS = 10  # of a term: what fewer people said could be told back to one of them
LEAST_ROWS, LEAST_SHARE = 20, 0.005  # conversations with a term, and without it
_LONGEST_RUN = 3
_LONGEST_WORD = 30
_AT_ONCE = 2_000  # texts
# What stands between spaces and holds a digit, a sign of an address or of a placeholder, or a dot
# or colon between letters, is no word. A term does not run across it, nor across punctuation. What
# else the rule's \b takes for a part of a word (joiners of Persian and Hindi, circled letters) is
# one here too: else a term would be counted where its rule finds nothing.
_DIRTY = r"\S*(?:[\d@/\\_<>#&=\[\]{}|]|\w[.:]\w)\S*"
_TOKEN = r"\w+(?:['\x{2019}]\w+)*|[^\s\w]"
_WORD = r"^[\p{L}\p{M}][\p{L}\p{M}'\x{200C}\x{200D}]*$"


@dataclass(frozen=True)
class Terms:
    """Terms of one part of the texts.

    Attributes:
        grams: The terms [terms].
        holds: Which conversation holds which [conversations, terms].
    """

    grams: list[Gram]
    holds: scipy.sparse.csc_matrix

    def __len__(self) -> int:
        return len(self.grams)


def terms_of(texts: pl.Series, user: Ints, counts: Bools) -> Terms:
    """Terms that enough conversations and users have, and enough conversations lack.

    Args:
        texts: One part of each conversation's text; null: there is none [conversations].
        user: Code of its user [conversations].
        counts: Which conversations a term has to be frequent in; the others are only looked
            through for it [conversations].
    """
    row, word, words = _coded(texts)
    floor = max(LEAST_ROWS, LEAST_SHARE * int(counts.sum()))
    grams: list[Gram] = []
    columns: list[scipy.sparse.csc_matrix] = []
    names: list[Gram] = [(one,) for one in words]
    code, size = word, len(words)
    for length in range(1, _LONGEST_RUN + 1):
        holds = _matrix(row, code, texts.len(), size)
        kept = _frequent(holds, user, counts, floor)
        place = np.full(size + 1, -1, np.int64)  # the last one is for a break
        place[np.flatnonzero(kept)] = np.arange(kept.sum())
        grams += [names[i] for i in np.flatnonzero(kept)]
        columns.append(holds[:, np.flatnonzero(kept)])
        if length == _LONGEST_RUN or not kept.any():
            break
        kept_names = [names[i] for i in np.flatnonzero(kept)]
        code, size, names = _longer(row, place[code], kept_names)
    return Terms(grams, scipy.sparse.hstack(columns, format="csc"))


def _coded(texts: pl.Series) -> tuple[Ints, Ints, list[str]]:
    """Row and code of every word in order, -1 for a break, and the words of the codes."""
    known: dict[str, int] = {}
    rows, codes = [], []
    for start, part in _parts(texts):
        tokens = part.str.replace_all(_DIRTY, " # ").str.to_lowercase().str.extract_all(_TOKEN)
        frame = pl.DataFrame({"row": np.arange(start, start + len(part)), "word": tokens})
        frame = frame.explode("word").drop_nulls()
        word = frame["word"].str.replace_all("\u2019", "'")
        is_word = word.str.contains(_WORD) & (word.str.len_chars() <= _LONGEST_WORD)
        word = word.to_frame("w").select(pl.when(is_word).then("w").otherwise(pl.lit("")))["w"]
        of_part = np.array(
            [known.setdefault(one, len(known)) if one else -1 for one in word.unique().sort()],
            np.int64,
        )
        ranks = word.rank("dense").cast(pl.Int64).to_numpy() - 1
        rows.append(frame["row"].to_numpy())
        codes.append(of_part[ranks] if len(ranks) else np.zeros(0, np.int64))
    empty = np.zeros(0, np.int64)
    return np.concatenate([empty, *rows]), np.concatenate([empty, *codes]), list(known)


def _parts(texts: pl.Series) -> Iterator[tuple[int, pl.Series]]:
    for start in range(0, texts.len(), _AT_ONCE):
        yield start, texts.slice(start, _AT_ONCE)


def _matrix(row: Ints, code: Ints, rows: int, size: int) -> scipy.sparse.csc_matrix:
    """Which rows hold which codes; breaks are left out."""
    pairs = np.unique(row[code >= 0] * max(size, 1) + code[code >= 0])
    ones = np.ones(len(pairs), np.int32)
    at = (pairs // max(size, 1), pairs % max(size, 1))
    return scipy.sparse.csc_matrix((ones, at), shape=(rows, size))


def _frequent(holds: scipy.sparse.csc_matrix, user: Ints, counts: Bools, floor: float) -> Bools:
    """Terms within the bounds of conversations and of users [terms]."""
    n = holds.T @ counts.astype(np.int64)
    enough = (n >= floor) & (counts.sum() - n >= floor)
    found = holds[:, np.flatnonzero(enough)].tocoo()
    inside = counts[found.row]
    users = int(user.max(initial=0)) + 1
    pairs = np.unique(found.col[inside].astype(np.int64) * users + user[found.row[inside]])
    told = np.bincount(pairs // users, minlength=int(enough.sum()))
    enough[np.flatnonzero(enough)[told < LEAST_USERS]] = False
    return np.asarray(enough)


def _longer(row: Ints, code: Ints, names: list[Gram]) -> tuple[Ints, int, list[Gram]]:
    """Runs of one word more: where two frequent runs overlap, in one text, without a break.

    Returns:
        The code of the run that begins at each word (-1: none), how many runs, their words.
    """
    first, second = code[:-1], code[1:]
    both = (first >= 0) & (second >= 0) & (row[:-1] == row[1:])
    pairs, inverse = np.unique(first[both] * max(len(names), 1) + second[both], return_inverse=True)
    longer = np.full(len(code), -1, np.int64)
    longer[np.flatnonzero(both)] = inverse
    before, after = pairs // max(len(names), 1), pairs % max(len(names), 1)
    runs = [(*names[i], names[j][-1]) for i, j in zip(before, after, strict=True)]
    return longer, len(runs), runs

"""What the lines of training files measure: lengths, labels, balance, weights for KTO.

Not here: whether a line is valid (validate.py), which pairs are kept (pairs.py).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from last_mile.core.training.pairs import longer_share, unequal
from last_mile.core.training.validate import ANSWERS, Kind, Row
from last_mile.core.training.words import n_words

USUAL_MAX_LENGTH = 1024  # tokens: TRL's default; longer rows are cut or left out
Count = Callable[[Sequence[str]], Sequence[int]]
_QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95, "p99": 0.99}
_KTO_BAND = (1.0, 4 / 3)  # of weighted desirable over weighted undesirable rows


@dataclass
class FileNumbers:
    """Words and tokens of every row of one file, by field; four bytes a number.

    Args:
        kind: Of the file.
        counts_tokens: False: only words.
    """

    kind: Kind
    counts_tokens: bool = True
    words: dict[str, array[int]] = field(init=False)
    tokens: dict[str, array[int]] = field(init=False)
    labels: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})

    def __post_init__(self) -> None:
        names = ("prompt", *ANSWERS[self.kind])
        self.words = {name: array("I") for name in names}
        self.tokens = {name: array("I") for name in names} if self.counts_tokens else {}

    def add(self, rows: Sequence[Row], count: Count | None) -> None:
        """Measure some valid rows.

        Args:
            rows: Of this file's kind.
            count: Tokens of each text; a text that stands in several rows is counted once.
        """
        texts = list(dict.fromkeys(
            message.content
            for row in rows for name in self.words for message in getattr(row, name)
        ))  # fmt: skip
        self._sum(self.words, rows, dict(zip(texts, map(n_words, texts), strict=True)))
        if self.counts_tokens and count is not None:
            self._sum(self.tokens, rows, dict(zip(texts, count(texts), strict=True)))
        if self.kind == "kto":
            for row in rows:
                self.labels[row.label] += 1  # type: ignore[union-attr]

    def extend(self, later: FileNumbers) -> None:
        """Add the numbers of rows that come after these."""
        for own, others in ((self.words, later.words), (self.tokens, later.tokens)):
            for name, numbers in others.items():
                own[name].extend(numbers)
        for label, n in later.labels.items():
            self.labels[label] += n

    @staticmethod
    def _sum(into: dict[str, array[int]], rows: Sequence[Row], sizes: Mapping[str, int]) -> None:
        for name, numbers in into.items():
            numbers.extend(sum(sizes[m.content] for m in getattr(row, name)) for row in rows)

    @property
    def n_tokens(self) -> int:
        """Tokens of all texts, without what a chat template adds."""
        return sum(sum(numbers) for numbers in self.tokens.values())

    @property
    def n_over(self) -> int:
        """Rows whose prompt and longer answer have more tokens than trainers take by default."""
        if not self.tokens:
            return 0
        answers = np.max([self.tokens[name] for name in ANSWERS[self.kind]], axis=0)
        return int(np.count_nonzero(np.add(self.tokens["prompt"], answers) > USUAL_MAX_LENGTH))

    def lengths(self) -> dict[str, Any]:
        """Quantiles of words and tokens of every field."""
        return {
            name: {"words": quantiles(self.words[name])}
            | ({"tokens": quantiles(self.tokens[name])} if self.tokens else {})
            for name in self.words
        }


def quantiles(numbers: Sequence[int]) -> dict[str, float | int | None]:
    """`n`, `mean`, quantiles between 5 and 99 percent (linear between ranks) and `max`.

    All but `n` are None without numbers.
    """
    if not len(numbers):
        return {"n": 0, **dict.fromkeys(("mean", *_QUANTILES, "max"), None)}
    values = np.asarray(numbers)
    found = np.quantile(values, list(_QUANTILES.values()))
    return {
        "n": len(values), "mean": round(float(values.mean()), 2),
        **{name: round(float(q), 2) for name, q in zip(_QUANTILES, found, strict=True)},
        "max": int(values.max()),
    }  # fmt: skip


def pair_lengths(chosen: Sequence[int], rejected: Sequence[int]) -> dict[str, Any]:
    """Whether length tells which answer of a pair is the chosen one.

    Args:
        chosen: Words of each chosen answer.
        rejected: Words of the rejected answers, in the same order.

    Returns:
        `n` pairs, `longer` (share whose chosen answer has more words, equal ones half; None
        without pairs) and `n_unequal`, pairs whose lengths differ too much.
    """
    n_unequal = sum(map(unequal, chosen, rejected))
    return {"n": len(chosen), "longer": longer_share(chosen, rejected), "n_unequal": n_unequal}


def kto_weights(n_desirable: int, n_undesirable: int) -> dict[str, float | str | None]:
    """Weights for TRL's KTOConfig: the rarer label weighs more.

    The weighted ratio `w_d n_d / (w_u n_u)` is put in the middle of [1, 4/3] (Ethayarajh et al.
    2024, arXiv 2402.01306, section 4.2; TRL's KTOTrainer warns outside of it).

    Returns:
        `desirable_weight`, `undesirable_weight`, `reason`; the weights are None with the reason
        `one_label_only` where there is nothing to weigh.
    """
    if not n_desirable or not n_undesirable:
        return {"desirable_weight": None, "undesirable_weight": None, "reason": "one_label_only"}
    weights = {"desirable_weight": 1.0, "undesirable_weight": 1.0}
    middle = sum(_KTO_BAND) / 2
    if n_desirable < n_undesirable:
        weights["desirable_weight"] = round(middle * n_undesirable / n_desirable, 2)
    elif n_desirable > n_undesirable:
        weights["undesirable_weight"] = round(n_desirable / n_undesirable / middle, 2)
    return {**weights, "reason": None}

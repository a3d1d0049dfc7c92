"""Which of the found pairs are kept: no veto, no tie, no text too often, no lesson about length.

Not here: finding them (sql/reads/pairs_found.sql), their texts (texts.py).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import polars as pl

from last_mile.core.scrubbing import found

PairDropped = Literal[
    "outcome_veto", "no_margin", "length_ratio", "other_name", "winner_used", "loser_used_twice",
    "length_balance",
]  # fmt: skip
TRUST = ("edit_over_answer", "revision_over_draft", "judge_contrast")  # most first
MOST_LOSER_USES = 2
LONGEST_RATIO = 1.5  # words of the longer answer over those of the shorter one
LONGER_SHARE = (0.45, 0.55)  # of pairs whose chosen answer is the longer one
_SLACK = 1e-9  # of floating point
LEAST_BALANCED = 20  # pairs of a split; of fewer, shares say nothing
PAIR_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "conversation_id": pl.String, "rejected_id": pl.String, "day": pl.Date, "split": pl.String,
    "rule": pl.String, "margin": pl.Float64, "n_chosen_words": pl.Int32,
    "n_rejected_words": pl.Int32, "dropped": pl.String,
}  # fmt: skip


def gate_pairs(found: pl.DataFrame, least_margin: float) -> pl.DataFrame:
    """Decide on every pair.

    Of the pairs of a text the most trusted one with the largest margin is kept.

    Args:
        found: `conversation_id` (of the chosen answer), `rejected_id`, `day`, `split`, `rule`,
            `margin` (log relative risk of the outcome; null where the rejected text has no flags
            of its own), `n_chosen_words`, `n_rejected_words`, `vetoed` (the outcome says the
            contrary); of a judge contrast `chosen_text`, `rejected_text` and `names` of both users.
        least_margin: Of a judge contrast.

    Returns:
        Rows of `pair_candidates`; `dropped` is null for pairs that are kept.
    """
    order = {rule: place for place, rule in enumerate(TRUST)}
    trusted = found.with_columns(
        pl.col("rule").replace_strict(order, return_dtype=pl.Int32).alias("trust")
    ).sort(
        ["trust", "margin", "conversation_id", "rejected_id"],
        descending=[False, True, False, False], nulls_last=True,
    )  # fmt: skip
    decided = list(_one_by_one(trusted.iter_rows(named=True), least_margin))
    kept = trusted.with_columns(pl.Series("dropped", decided, pl.String))
    for split in kept["split"].unique().sort():
        kept = _balanced(kept, split)
    return kept.select(PAIR_SCHEMA.keys()).cast(PAIR_SCHEMA)  # type: ignore[arg-type]


def _one_by_one(
    pairs: Iterator[Mapping[str, Any]], least_margin: float
) -> Iterator[PairDropped | None]:
    winners, losers = set[str](), Counter[str]()
    for pair in pairs:
        chosen, rejected = pair["conversation_id"], pair["rejected_id"]
        if pair["vetoed"]:
            yield "outcome_veto"
        elif chosen != rejected and (pair["margin"] is None or pair["margin"] <= least_margin):
            yield "no_margin"
        elif unequal(pair["n_chosen_words"], pair["n_rejected_words"]):
            yield "length_ratio"
        elif _names_the_other(pair):
            yield "other_name"
        elif chosen in winners:
            yield "winner_used"
        elif losers[rejected] == MOST_LOSER_USES:
            yield "loser_used_twice"
        else:
            winners.add(chosen)
            losers[rejected] += chosen != rejected  # a draft is no other conversation's answer
            yield None


def unequal(one: int, two: int) -> bool:
    """Whether two word counts differ by more than half, that is |log(one / two)| > log 1.5."""
    return max(one, two) > LONGEST_RATIO * min(one, two)


def longer_share(chosen: Sequence[int], rejected: Sequence[int]) -> float | None:
    """Share of pairs whose chosen answer has more words, equal ones half; None without pairs."""
    longer = sum((one > two) + (one == two) / 2 for one, two in zip(chosen, rejected, strict=True))
    return longer / len(chosen) if chosen else None


def _names_the_other(pair: Mapping[str, Any]) -> bool:
    """Whether an answer holds a name that only the other user's documents give.

    Each was cleaned of its own names; under one prompt neither may hold the other's.
    """
    texts = (pair["chosen_text"] or "", pair["rejected_text"] or "")
    return any(found(text, pair["names"]) for text in texts if text)


def _balanced(pairs: pl.DataFrame, split: str) -> pl.DataFrame:
    """Leave out pairs of one split until length does not tell the chosen answer.

    With l longer, s shorter and e equal ones, (l + e/2) / (l + s + e) <= h holds for
    l <= (h s + (h - 1/2) e) / (1 - h). Of the side with too many, those that differ most go first.
    """
    kept = pairs.with_row_index("place").filter(
        pl.col("dropped").is_null(), pl.col("split") == split
    )
    if kept.height < LEAST_BALANCED:
        return pairs
    more = pl.col("n_chosen_words") > pl.col("n_rejected_words")
    fewer = pl.col("n_chosen_words") < pl.col("n_rejected_words")
    longer, shorter = kept.filter(more), kept.filter(fewer)
    n_equal = kept.height - longer.height - shorter.height
    high = LONGER_SHARE[1]  # 1 - the lower one: the shorter answers have the same limit
    surplus = [
        place
        for side, other in ((longer, shorter), (shorter, longer))
        for place in _surplus(side, _most(other.height, n_equal, high))
    ]
    is_surplus = pl.int_range(pl.len()).is_in(surplus)
    return pairs.with_columns(
        pl.when(is_surplus).then(pl.lit("length_balance")).otherwise("dropped").alias("dropped")
    )


def _most(n_others: int, n_equal: int, high: float) -> int:
    """How many pairs of one side a share of at most `high` allows."""
    return math.floor((high * n_others + (high - 0.5) * n_equal) / (1 - high) + _SLACK)


def _surplus(pairs: pl.DataFrame, most: int) -> list[int]:
    """Places of the pairs over a number, those that differ most in length."""
    far = (pl.col("n_chosen_words") / pl.col("n_rejected_words")).log().abs()
    return pairs.sort(far, "place", maintain_order=True)["place"].to_list()[most:]

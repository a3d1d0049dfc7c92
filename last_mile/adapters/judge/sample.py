"""The sample of some days: which conversations are judged next, and what each stands for.

Not here: the order, the sizes and the weights (core/judge/sampling.py).
"""

from __future__ import annotations

from collections import Counter

import polars as pl

from last_mile.adapters.judge.ledger import Ledger
from last_mile.adapters.warehouse import Days
from last_mile.core.judge.sampling import (
    next_round,
    precise_enough,
    sample_size,
    sampling_order,
    weights,
)

_SEED = 1  # one sample per conversation for ever: a day judged again draws the same


class Sample:
    """A sample that grows round by round."""

    def __init__(self, ledger: Ledger, days: Days, precision: float) -> None:
        self._ledger, self._days, self._precision = ledger, days, precision
        self._frame = ledger.sampling_frame(days)
        keys = self._frame.select("content_hash", "stratum").iter_rows()
        self._order = sampling_order(keys, _SEED)
        self._taken = 0

    def next_round(self, *, at_once: bool) -> list[str]:
        """Content hashes of the whole sample after the next round; none when it is large enough.

        Args:
            at_once: One round of the size that is always enough, as nothing is known meanwhile.
        """
        total = len(self._order)
        if at_once:
            more = sample_size(self._precision, total) - self._taken
        else:
            more = 0 if self._precise() else next_round(self._taken, total)
        self._taken += max(more, 0)
        return self._order[: self._taken] if more > 0 else []

    def drawn(self) -> pl.DataFrame | None:
        """The judged conversations of the sample with their weights; None when it is everybody.

        Others may have verdicts too (a comparison of groupings, a run without a sample): they were
        not drawn, so they are not counted.
        """
        answered = self._ledger.flags(self._days)["content_hash"].unique()
        taken = self._order[: self._taken]
        judged = self._frame.filter(
            pl.col("content_hash").is_in(answered.filter(answered.is_in(taken)))
        )
        if judged.height == self._frame.height:
            return None
        by_stratum = weights(self._frame["stratum"], judged["stratum"])
        column = [by_stratum[stratum] for stratum in judged["stratum"]]
        return judged.with_columns(pl.Series("weight", column, pl.Float64))

    def _precise(self) -> bool:
        """Whether what was taken so far is enough."""
        if not self._taken:
            return False
        taken = self._order[: self._taken]
        flags = self._ledger.flags(self._days).filter(pl.col("content_hash").is_in(taken))
        scored = flags.filter(pl.col("flag").is_in(["true", "false"]))
        sizes = Counter(scored["metric"])
        trues = Counter(scored.filter(pl.col("flag") == "true")["metric"])
        counts = {metric: (trues[metric], size) for metric, size in sizes.items()}
        judged = flags["content_hash"].n_unique()
        return precise_enough(counts, len(self._order), self._precision, judged)

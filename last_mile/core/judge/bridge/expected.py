"""How wide the crosswalk's intervals will be with so many pairs, before anything is asked.

Not here: what it would cost (core/judge/plan.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from last_mile.core.judge.bridge.answers import Crossed, Flagged, Floats
from last_mile.core.stats import LEAST_PAIRS, crosswalk

ASSUMED_CHANGE = 0.1  # of either answer, where no pairs are known


class Expected(NamedTuple):
    """A metric under the older epoch, and what a bridge would say of it.

    Attributes:
        share: True by the older epoch; None: it scored none.
        n_pairs: Scored by both epochs already.
        half_width: Of the 95 % interval; None with the reason.
        reason: As of a crosswalk.
        is_assumed: That judges change one answer in ten is assumed, not measured.
    """

    metric: str
    share: float | None
    n_pairs: int
    half_width: float | None
    reason: str | None
    is_assumed: bool


def expected_widths(
    metrics: Sequence[str], pairs: Mapping[str, Crossed], old: Mapping[str, Flagged], sample: int
) -> list[Expected]:
    """What a bridge of a size would say, per metric.

    The crosswalk's own interval on expected counts: pairs as the older answers are distributed,
    changed as in the pairs there are, or one answer in ten while these are fewer than 30.

    Args:
        metrics: Judged metrics.
        pairs: Known pairs by metric.
        old: Flags of the older epoch by metric.
        sample: Conversations of the bridge.
    """
    return [
        _expected(metric, pairs.get(metric, Crossed()), old.get(metric, Flagged()), sample)
        for metric in metrics
    ]


def _expected(metric: str, known: Crossed, old: Flagged, sample: int) -> Expected:
    share, total = old.share, float(old.weight.sum()) or 1.0
    is_assumed = known.scored < LEAST_PAIRS
    coming = (old.weight / total * sample)[:, None] * _changes(known, is_assumed=is_assumed)
    found = crosswalk(coming, old.weight, old.effective)
    interval = found.interval
    half = (interval.high - interval.low) / 2 if interval else None
    value = share.value if share else None
    return Expected(metric, value, known.scored, half, found.reason, is_assumed)


def _changes(known: Crossed, *, is_assumed: bool) -> Floats:
    """Expected shares of the newer answers, by older answer."""
    kept = 1 - ASSUMED_CHANGE
    assumed = np.array([[kept, 1 - kept, 0], [1 - kept, kept, 0], [0, 0, 1]])
    sizes = known.pairs.sum(axis=1, keepdims=True)
    if is_assumed:
        return assumed
    return np.where(sizes > 0, known.pairs / np.maximum(sizes, 1), assumed)

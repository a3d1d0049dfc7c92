"""Counts of flags, outcomes and labels as arrays, and the SQL parts that count them.

Not here: what follows from them (table.py, lift.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from last_mile.core.fragments import quoted
from last_mile.core.rubric import Rubric
from last_mile.core.stats import TrueShares, true_shares

Floats = NDArray[np.float64]
_UNKNOWN = 2


class LabelCells:
    """Conversations a judge answered about one metric, by flag, event, plan's event and label.

    Attributes:
        n: (judge, event, event of the primary outcome, label): false, true, and for all but the
            judge a third place, unknown.
        planned: Some labels were drawn by judge x primary outcome (`last-mile labels plan`).
    """

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Sum rows of reads/calibration_cells.sql of one metric and one outcome."""
        self.n: Floats = np.zeros((2, 3, 3, 3))
        self.planned = False
        for row in rows:
            place = (_place(row["event"]), _place(row["stratum"]), _place(row["label"]))
            self.n[(int(row["judged"]), *place)] += row["n"]
            self.planned |= bool(row["planned"]) and row["label"] is not None

    @property
    def confusion(self) -> tuple[int, int, int, int]:
        """Labels as they are: true and false positives, false and true negatives."""
        found = self.n.sum((1, 2))
        tp, fp, fn, tn = found[1, 1], found[1, 0], found[0, 1], found[0, 0]
        return int(tp), int(fp), int(fn), int(tn)

    @property
    def flagged(self) -> tuple[int, int]:
        """Conversations the judge calls true, and all it answered."""
        return int(self.n[1].sum()), int(self.n.sum())

    @property
    def with_event(self) -> tuple[Floats, Floats, Floats]:
        """Flagged N, labelled k and positive s [judge][event], outcomes known only."""
        known = self.n[:, :2].sum(2)
        return known.sum(2), known[..., :2].sum(2), known[..., 1]

    def shares(self) -> TrueShares:
        """What people say in each judge x event cell of the conversations whose outcome is known.

        Planned labels were drawn by the primary outcome: inside a cell they are weighted by it.
        Where it is not known, a conversation stands with the known ones of its cell.
        """
        if not self.planned:
            return true_shares(*self.with_event)
        known = self.n[:, :2]
        drawn = known[:, :, :2]
        return true_shares(_spread(known.sum(3)), drawn[..., :2].sum(3), drawn[..., 1])

    def shares_of_all(self) -> TrueShares:
        """The same over all flagged conversations, by judge x primary event.

        An open outcome stands with the known ones of its flag.
        """
        by_primary = self.n.sum(1)
        drawn = by_primary[:, :2]
        return true_shares(_spread(by_primary.sum(2)), drawn[..., :2].sum(2), drawn[..., 1])


def _place(value: bool | None) -> int:
    return _UNKNOWN if value is None else int(value)


def _spread(n: Floats) -> Floats:
    """Give the unknown of the last axis to its false and true in proportion; all to false if none.

    Args:
        n: Counts (..., 3).

    Returns:
        Counts (..., 2) of the same sums.
    """
    known = n[..., :_UNKNOWN]
    total = known.sum(-1, keepdims=True)
    weights = np.where(total > 0, known / np.maximum(total, 1), np.array([1.0, 0.0]))
    return known + weights * n[..., _UNKNOWN:]


def calibration_fragments(rubric: Rubric, epoch: str) -> dict[str, str]:
    """For reads/calibration_cells.sql and reads/label_population.sql."""
    events = (f'wide."{kind.id}" as event_{i}' for i, kind in enumerate(rubric.outcomes))
    parts = (
        f"select metric, {quoted(kind.id)} as outcome, judged, event_{i} as event, stratum, label, "
        "planned, n from counted"
        for i, kind in enumerate(rubric.outcomes)
    )
    return {
        "epoch": quoted(epoch), "mark": quoted(rubric.judge.mark),
        "primary": quoted(rubric.primary.id),
        "stratum": f'wide."{rubric.primary.id}"', "events": ",\n        ".join(events),
        "outcomes": "\n    union all\n    ".join(parts),
    }  # fmt: skip

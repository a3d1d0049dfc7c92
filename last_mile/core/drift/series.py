"""One series as counts per day, and what `drift` says of every day of it.

Not here: alarms over all series (history.py), formulas (points.py, detector.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from last_mile.core.drift.detector import BASELINE_DAYS, Evidence, detect
from last_mile.core.drift.points import RARE, Arms, Points, ratio_points, share_points
from last_mile.core.drift.power import Plan, days_to_detect
from last_mile.core.drift.precision import unit_variance
from last_mile.core.stats import Z95

Kind = Literal["prevalence", "agreement", "relation"]
Floats = NDArray[np.float64]

PREVALENCE: Kind = "prevalence"
AGREEMENT: Kind = "agreement"
RELATION: Kind = "relation"
KINDS = (PREVALENCE, AGREEMENT, RELATION)
WORTH_KNOWING = {PREVALENCE: 0.05, AGREEMENT: 0.10, RELATION: 1.25}  # points, points, ratio
RECENT_DAYS = {PREVALENCE: 7, AGREEMENT: 28, RELATION: 28}
BASELINE_NOT_FULL, NEW_EPOCH = "baseline_not_full", "new_epoch"
TOO_FEW_LABELS, TOO_FEW_EVENTS = "too_few_labels", "too_few_events"
_LEAST = {PREVALENCE: 100.0, AGREEMENT: 100.0, RELATION: 20.0}  # answers, labels, information
_LEAST_POINTS = 14  # days with a value
_HALF = 0.5
_LEAST_KNOWN = 1.0  # information about a log ratio: an error of 1, below which it says nothing


@dataclass(frozen=True, slots=True)
class Series:
    """Counts of T days in a row, some of them empty.

    Attributes:
        kind: What it is of.
        metric: Which flag.
        version: Epoch or definition that is the same on all days.
        first: First day.
        counts: `positive`, `n` by group [T, G]; of a relation `Arms`, each [1, T].
        shown: `n` and `positive` as counted, never weighted [T, 2].
        together: See `detect`.
        is_first: Whether no other version came before.
    """

    kind: Kind
    metric: str
    version: str
    first: date
    counts: tuple[Floats, Floats] | Arms
    shown: NDArray[np.int64]
    together: float = 1.0
    is_first: bool = True

    @property
    def days(self) -> int:
        """How many."""
        return len(self.shown)

    @property
    def baseline(self) -> int | None:
        """Days of the baseline: the first 28, or as many more as it takes; None: too few yet.

        It depends on how much there is, never on the values.
        """
        if isinstance(self.counts, Arms):
            n = self.counts.n_true + self.counts.n_false
            events = self.counts.events_true + self.counts.events_false
            weight = events * self.counts.n_true * self.counts.n_false / np.maximum(n, 1) ** 2
            mass = weight[0]
        else:
            mass = self.counts[1].sum(axis=1)
        full = (mass.cumsum() >= _LEAST[self.kind]) & ((mass > 0).cumsum() >= _LEAST_POINTS)
        if not full.any():
            return None
        return max(BASELINE_DAYS, int(full.argmax()) + 1)

    def since(self, place: int) -> Series:
        """The same from a day on."""
        counts: tuple[Floats, Floats] | Arms
        if isinstance(self.counts, Arms):
            counts = Arms(*(part[:, place:] for part in self.counts.parts))
        else:
            counts = (self.counts[0][place:], self.counts[1][place:])
        first = self.first + timedelta(days=place)
        return replace(self, first=first, counts=counts, shown=self.shown[place:])

    def points(self, baseline: int) -> Points:
        """Its values."""
        if isinstance(self.counts, Arms):
            return ratio_points(self.counts, baseline)
        positive, n = self.counts
        return share_points(positive[None], n[None], baseline)


class Track:
    """A series with its evidence, where its baseline is full."""

    def __init__(self, series: Series, alarmed_together: int) -> None:
        """Look at every day of a series.

        Args:
            series: Which.
            alarmed_together: Series of its kind.
        """
        self.series = series
        self.baseline = series.baseline
        self.evidence: Evidence | None = None
        if self.baseline is None or self.baseline >= series.days:
            return
        self.points = series.points(self.baseline)
        self.evidence = detect(
            self.points.y, self.points.w, self.baseline, np.array([series.together]),
            self.points.least_scale,
        )  # fmt: skip
        self._told = self._of_baseline()
        self._alarmed_together = alarmed_together
        self._plans = dict[int, int | None]()

    def place(self, day: date) -> int:
        """Of a day in the series."""
        return (day - self.series.first).days

    def is_watched(self, day: date) -> bool:
        """Whether there is evidence on a day."""
        if self.evidence is None or self.baseline is None:
            return False
        return self.baseline <= self.place(day) < self.series.days

    def e(self, day: date) -> float:
        """Evidence on a day; NaN: none yet."""
        if self.evidence is None or not self.is_watched(day):
            return math.nan
        return float(self.evidence.e[0, self.place(day)])

    def row(self, day: date) -> dict[str, Any]:
        """What `drift` says of a day, without alarms."""
        at = self.place(day)
        n, positive = (int(part) for part in self.series.shown[at])
        row: dict[str, Any] = {
            "alarm_kind": self.series.kind, "metric": self.series.metric, "day": day,
            "version": self.series.version, "n": n, "positive": positive,
            "change": WORTH_KNOWING[self.series.kind],
        }  # fmt: skip
        if self.series.kind != RELATION:
            row["value"] = positive / n if n else None
        if self.evidence is None or not self.is_watched(day):
            return {**row, "reason": self._reason(at)}
        begins = int(self.evidence.begins[0, at])
        told = {
            "e": self.e(day),
            "days_to_detect": self._days_to_detect(at),
            "changed_on": self.series.first + timedelta(days=begins) if begins >= 0 else None,
        }
        return {**row, **self._told, **self._recent(at), **told}

    def _reason(self, at: int) -> str:
        if at < BASELINE_DAYS:
            return BASELINE_NOT_FULL if self.series.is_first else NEW_EPOCH
        few = {AGREEMENT: TOO_FEW_LABELS, RELATION: TOO_FEW_EVENTS}
        return few.get(self.series.kind, BASELINE_NOT_FULL)

    def _of_baseline(self) -> dict[str, Any]:
        baseline = self.baseline or 0
        value, low, high = self._level(0, baseline, baseline - 1)
        return {
            "baseline": value, "baseline_low": low, "baseline_high": high,
            "baseline_from": self.series.first,
            "baseline_to": self.series.first + timedelta(days=baseline - 1),
        }  # fmt: skip

    def _days_to_detect(self, at: int) -> int | None:
        """Of a change after as many four weeks as there are, worked out once for each."""
        known = at // BASELINE_DAYS * BASELINE_DAYS
        if known not in self._plans:
            baseline, worth = self.baseline or 0, WORTH_KNOWING[self.series.kind]
            plan = Plan(
                self._daily(baseline), self._alarmed_together, together=self.series.together,
                baseline=known, weekdays=self.series.kind == PREVALENCE,
            )  # fmt: skip
            change = math.log(worth) if self.series.kind == RELATION else worth
            self._plans[known] = days_to_detect(change, plan)
        return self._plans[known]

    def _daily(self, baseline: int) -> float:
        """Mean precision of a day, at the level after a change worth knowing.

        The baseline's precision rests on `unit_variance`, so that of the new level does too.
        """
        daily = float(self.points.w[0, :baseline].sum() / baseline)
        if isinstance(self.series.counts, Arms):
            return daily
        positive, n = (part[:baseline].sum() for part in self.series.counts)
        share, worth = positive / n, WORTH_KNOWING[self.series.kind]
        toward = min(_HALF, share + worth) if share < _HALF else max(_HALF, share - worth)
        own, new = (float(unit_variance(part, n, RARE)) for part in (positive, toward * n))
        return daily * min(1.0, own / new)

    def _recent(self, at: int) -> dict[str, Any]:
        first = max(0, at + 1 - RECENT_DAYS[self.series.kind])
        value, low, high = self._level(first, at + 1, at)
        return {
            "recent": value, "recent_low": low, "recent_high": high,
            "recent_from": self.series.first + timedelta(days=first),
        }  # fmt: skip

    def _level(self, first: int, end: int, at: int) -> Sequence[float | None]:
        """Mean of some days with its 95 % interval for one look, as measured up to a day."""
        points, days = self.points, slice(first, end)
        w, mass, middle = points.w[0, days], points.mass[0, days], float(points.middle[0])
        total = float(points.seen[0, days].sum())
        counted = isinstance(self.series.counts, Arms)
        if total <= (_LEAST_KNOWN if counted else 0) or self.evidence is None:
            return (None, None, None)
        moved = np.where(w > 0, mass * (points.y[0, days] - middle), 0.0).sum()
        spread = np.divide(mass**2, w, out=np.zeros_like(w), where=w > 0).sum()
        scale = max(1.0, float(self.evidence.scale[0, at])) * self.series.together
        value = middle + float(moved) / total
        half = Z95 * math.sqrt(scale * float(spread)) / total
        if counted:
            return (math.exp(value), math.exp(value - half), math.exp(value + half))
        return (value, max(0.0, value - half), min(1.0, value + half))

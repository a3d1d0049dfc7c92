"""Days to find a change of what was hardly ever seen: what they say, and whether they hold."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from last_mile.core.drift import Plan, Track, all_series, days_to_detect
from last_mile_tests.core.test_drift import NO_LABELS
from last_mile_tests.scenario import DAY, metric, rubric

CHANGE, DAYS, DAILY, SERIES = 35, 60, 200, 2


def _track(share: float, later: float, seed: int) -> Track:
    rng = np.random.default_rng(seed)
    shares = np.where(np.arange(DAYS) < CHANGE, share, later)
    none = dict.fromkeys(("n_known", "events", "n_true", "events_true", "n_false", "events_false"),
                         0.0)  # fmt: skip
    days = [
        {"metric": "robotic", "day": DAY + timedelta(days=i), "version": "e1", "n": DAILY,
         "positive": k, "weighted_n": float(DAILY), "weighted_positive": float(k), **none}
        for i, k in enumerate(rng.binomial(DAILY, shares).tolist())
    ]  # fmt: skip
    asked = rubric(metrics=[metric("robotic")], tiers=[])
    [series] = all_series(pl.DataFrame(days), NO_LABELS, asked)
    return Track(series, SERIES)


def _said(track: Track) -> int | None:
    days: int | None = track.row(DAY + timedelta(days=CHANGE - 1))["days_to_detect"]
    return days


def test_of_what_was_never_seen_they_rest_on_the_level_after_the_change() -> None:
    # 0.05 of 200 a day: a variance of .05 x .95/200, however little the baseline shows
    plan = Plan(DAILY / (0.05 * 0.95), SERIES, weekdays=True)
    assert _said(_track(0.0, 0.05, 1)) == days_to_detect(0.05, plan)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.004])
def test_a_rare_flag_that_becomes_5_points_more_is_found_within_them(share: float) -> None:
    found = 0
    for seed in range(30):
        track = _track(share, share + 0.05, seed)
        days = _said(track)
        assert days is not None
        last = DAY + timedelta(days=CHANGE + days - 1)
        at = [track.e(last - timedelta(days=i)) for i in range(days)]
        found += max(at) >= SERIES / 0.05
    assert found >= 24  # 80 %

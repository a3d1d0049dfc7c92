"""Alarms about drift: evidence, e-BH, values, power, and what a series says of each day."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from last_mile.core.drift import (
    Arms,
    Plan,
    Series,
    alarm_history,
    alarmed,
    all_series,
    days_to_detect,
    detect,
    drift_rows,
    ratio_points,
    share_points,
)
from last_mile.core.drift.words import power_sentence, standing
from last_mile.core.report import drift_section
from last_mile.core.rubric import Rubric
from last_mile_tests.scenario import DAY, metric, rubric

NO_USERS = pl.DataFrame(schema={"kind": pl.String, "metric": pl.String, "first": pl.Date,
                                "ratio": pl.Float64})  # fmt: skip
NO_LABELS = pl.DataFrame(
    schema={
        "metric": pl.String, "day": pl.Date, "version": pl.String, "judged": pl.Boolean,
        "n": pl.Int64, "positive": pl.Int64,
    }
)  # fmt: skip
NO_DAYS = {"metric": pl.String, "day": pl.Date, "n": pl.Int64, "n_known": pl.Int64}


def _rubric() -> Rubric:
    return rubric(metrics=[metric("robotic"), metric("polite")], tiers=[])


def _days(shares: list[int], name: str = "robotic", version: str = "e1") -> list[dict]:
    """Of 200 conversations a day so many with the flag; a tenth of both arms hired."""
    return [
        {
            "metric": name, "day": DAY + timedelta(days=i), "version": version,
            "n": 200, "positive": k, "weighted_n": 200.0, "weighted_positive": float(k),
            "n_known": 200, "events": 20, "n_true": float(k), "events_true": k / 10,
            "n_false": 200.0 - k, "events_false": 20 - k / 10,
        }
        for i, k in enumerate(shares)
    ]  # fmt: skip


def _noisy(level: int, days: int, seed: int = 1) -> list[int]:
    drawn = np.random.default_rng(seed).binomial(200, level / 200, days)
    return [int(one) for one in drawn]


def _rows(days: list[dict], labels: pl.DataFrame = NO_LABELS) -> pl.DataFrame:
    asked = _rubric()
    frame = pl.DataFrame(days, schema=None if days else NO_DAYS)
    return drift_rows(all_series(frame, labels, asked), NO_USERS, asked, None)


def test_evidence_is_the_bayes_factor_of_the_regression_it_names() -> None:
    rng = np.random.default_rng(1)
    days, group = 40, np.arange(40) % 2
    values, weight = rng.normal(size=days) + group, rng.uniform(0.2, 0.4, days)
    y, w = np.zeros((1, days, 2)), np.zeros((1, days, 2))
    y[0, np.arange(days), group], w[0, np.arange(days), group] = values, weight
    found = detect(y, w, 28).e[0, 39]
    tau2 = 20 / (weight[:28].sum() / 28 * 14 * 28 / 42)
    total = 0.0
    root = np.sqrt(weight)
    levels = root[:, None] * np.eye(2)[group]
    for start in (28, 35):
        # without the groups' levels: y'S^-1 y for S = I and for S = I + tau^2 zz'
        off = np.eye(days) - levels @ np.linalg.pinv(levels)
        own, shift = off @ (root * values), off @ (root * (np.arange(days) >= start))
        inverse = np.eye(days) - tau2 * np.outer(shift, shift) / (1 + tau2 * shift @ shift)
        squares = own @ own
        fitted = squares - own @ inverse @ own
        total += (1 + tau2 * shift @ shift) ** -0.5 * (
            max(squares, 38) / (max(squares, 38) - fitted)
        ) ** (38 / 2)
    assert found == pytest.approx(total / 13)
    assert np.isnan(detect(y, w, 28).e[0, :28]).all()


def test_a_value_counts_for_its_whole_history_and_users_who_return_blur_it() -> None:
    y = np.zeros((1, 60, 1))
    y[0, 40:] = 3.0
    y[0, ::2] += 0.5  # so that there is some variance
    w = np.ones((1, 60, 1))
    plain, blurred = detect(y, w, 28), detect(y, w, 28, np.array([4.0]))
    assert plain.e[0, -1] > blurred.e[0, -1] > 1
    assert plain.begins[0, -1] == 42  # 28 + 7 + 7: the first start after the change
    # 3 from day 42 on, and on 2 of the 42 days before
    assert plain.shift[0, -1] == pytest.approx(3 - 3 * 2 / 42, abs=0.02)


def test_a_day_alarms_by_e_bh() -> None:
    # 10 series at 5 %: one alone needs 200, two need 100 each
    assert alarmed([199, 1, 0], 10).tolist() == [False, False, False]
    assert alarmed([200, 99, 0], 10).tolist() == [True, False, False]
    assert alarmed([120, math.nan, 100], 10).tolist() == [True, False, True]
    assert not alarmed([], 10).any()


def test_a_share_of_nothing_has_the_error_of_a_rare_one() -> None:
    n = np.full((1, 30, 1), 100.0)
    points = share_points(np.zeros((1, 30, 1)), n, 28)
    # 40 in 2,800: p = 1/70, variance 1/70 * 69/70 / 100
    assert points.w[0, 0, 0] == pytest.approx(100 * 70 * 70 / 69)


def test_log_ratios_need_no_filled_cells() -> None:
    ones = np.ones((1, 30))
    arms = Arms(50 * ones, 10 * ones, 50 * ones, 5 * ones)
    points = ratio_points(arms, 28)
    # (280.5/1400.5)/(140.5/1400.5)
    assert points.middle[0] == pytest.approx(math.log(280.5 / 140.5))
    assert points.y[0, 3, 0] == pytest.approx(math.log(2), abs=0.003)
    none = Arms(50 * ones, 10 * ones, 50 * ones, 0 * ones)
    empty = ratio_points(none, 28)
    assert np.isfinite(empty.y).all()
    assert np.isfinite(empty.w).all()
    nothing = ratio_points(Arms(50 * ones, 0 * ones, 50 * ones, 0 * ones), 28)
    assert not nothing.w.any()


def test_larger_changes_more_conversations_and_fewer_series_take_fewer_days() -> None:
    plan = Plan(2000.0, 25)

    def days(change: float, planned: Plan = plan) -> int:
        return days_to_detect(change, planned) or 999

    assert 999 > days(0.05) > days(0.1) > days(0.2)
    assert days(-0.05) == days(0.05)
    assert days(0.05, Plan(8000.0, 25)) < days(0.05)
    assert days(0.05, Plan(2000.0, 2)) < days(0.05)
    assert days_to_detect(0.05, Plan(20.0, 25)) is None
    assert days_to_detect(0.05, Plan(0.0, 25)) is None


def test_a_change_is_alarmed_and_becomes_the_new_baseline_after_four_weeks() -> None:
    rows = _rows(_days(_noisy(60, 45) + _noisy(100, 55, 2)))
    rows = rows.filter(alarm_kind="prevalence", metric="robotic")
    alarm = rows.filter(pl.col("alarm"))
    since = alarm["alarm_since"].unique().to_list()
    assert since == [alarm["day"].min()]
    assert DAY + timedelta(days=45) <= since[0] <= DAY + timedelta(days=52)
    assert alarm.height == 29  # its day, and 28 until the days since are a baseline
    first, last = alarm.row(0, named=True), rows.row(-1, named=True)
    assert first["baseline_low"] < 0.3 < first["baseline_high"]
    assert last["baseline_low"] < 0.5 < last["baseline_high"]
    assert last["baseline_from"] == since[0] + timedelta(days=1)
    assert not last["alarm"]


def test_nothing_moves_and_it_says_what_would_have_been_found() -> None:
    rows = _rows(_days(_noisy(60, 60)))
    assert not rows["alarm"].any()
    now = standing(rows)
    assert now["alarm_kind"].to_list() == ["prevalence", "relation"]
    assert rows.filter(alarm_kind="relation")["day"].max() == DAY + timedelta(days=58)
    share = [row for row in now.iter_rows(named=True) if row["alarm_kind"] == "prevalence"]
    days = share[0]["days_to_detect"]
    assert power_sentence(share) == (
        f"A change of 5 points is found within {days} days in 1 series."
    )
    assert power_sentence([]) is None


def test_the_report_names_alarms_or_says_what_would_have_been_found() -> None:
    days = _days(_noisy(60, 45) + _noisy(110, 10)) + _days(_noisy(60, 55, 2), "polite")
    share, relation = drift_section(_rows(days))
    assert [row["metric"] for row in share["rows"]] == ["robotic", "polite"]
    assert (share["alarms"], relation["alarms"]) == (1, 0)
    assert [row["last_alarm"] is None for row in share["rows"]] == [False, True]
    assert share["sentences"][0].startswith("Alarm since 2026-02-")
    assert share["sentences"][0].endswith(": robotic.")
    assert relation["sentences"][0] == "No drift told apart."
    assert "relative risk 1.25 times" in relation["sentences"][1]
    line = share["rows"][0]["line"].split()
    assert len(line) == 27  # a point per day after the baseline
    assert float(line[-1].split(",")[1]) < 5 < float(line[0].split(",")[1])  # 0 is at the top
    assert drift_section(_rows([])) == []


def test_no_series_crosses_an_epoch() -> None:
    days = _days(_noisy(60, 70))
    for row in days[40:]:
        row["version"] = "e2"
        row["positive"] = row["weighted_positive"] = 150
    rows = _rows(days).filter(alarm_kind="prevalence")
    assert not rows["alarm"].any()
    reasons = rows["reason"].to_list()
    assert reasons == ["baseline_not_full"] * 28 + [None] * 12 + ["new_epoch"] * 28 + [None] * 2
    assert rows.row(-1, named=True)["baseline_from"] == DAY + timedelta(days=40)


def test_few_labels_and_few_events_give_a_reason_and_no_figure() -> None:
    few = [
        {"metric": "robotic", "day": DAY + timedelta(days=i), "version": "e1", "judged": True,
         "n": 1, "positive": 1}
        for i in range(50)
    ]  # fmt: skip
    days = _days(_noisy(60, 50))
    for row in days:
        row["events_true"] = row["events_false"] = 0.0
    rows = _rows(days, pl.DataFrame(few))
    for kind, reason in (("agreement", "too_few_labels"), ("relation", "too_few_events")):
        last = rows.filter(alarm_kind=kind).row(-1, named=True)
        assert last["reason"] == reason
        assert last["e"] is last["baseline"] is last["days_to_detect"] is None
        assert not last["alarm"]


def test_more_positives_to_label_are_no_change_of_agreement() -> None:
    rng = np.random.default_rng(3)
    # the judge is right in 95 of 100 when it says no and in 70 when it says yes; from day 40 on
    # three times as many of its positives are labelled
    labels = [
        {"metric": "robotic", "day": DAY + timedelta(days=i), "version": "e1", "judged": judged,
         "n": n, "positive": int(rng.binomial(n, share))}
        for i in range(80)
        for judged, share, n in ((False, 0.95, 30), (True, 0.7, 30 if i < 40 else 90))
    ]  # fmt: skip
    rows = _rows(_days(_noisy(60, 80)), pl.DataFrame(labels)).filter(alarm_kind="agreement")
    assert not rows["alarm"].any()
    assert rows["value"][0] > 0.78 > rows.row(-1, named=True)["recent"]


def test_a_series_of_another_kind_or_none_at_all_gives_no_rows() -> None:
    assert list(alarm_history({"robotic": []}, 2)) == []
    counts, shown = (np.ones((3, 7)), np.ones((3, 7))), np.ones((3, 2), np.int64)
    one = Series("prevalence", "robotic", "e1", date(2026, 1, 5), counts, shown)
    assert [row["reason"] for row in alarm_history({"robotic": [one]}, 2)] == (
        ["baseline_not_full"] * 3
    )

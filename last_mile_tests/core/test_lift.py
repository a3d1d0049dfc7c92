"""Rows of metric_lift from hand-made counts: figures, signs, verdicts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from last_mile.core.lift import LIFT_SCHEMA, metric_lift
from last_mile.core.rubric import Metric
from last_mile_tests.scenario import metric, rubric

AS_OF = datetime.fromisoformat("2026-03-01")
# scored, true, events with, events in all
DOUBLED = (1000, 500, 40, 60)  # 40 of 500 with it, 20 of 500 without
NO_EFFECT = (1000, 500, 10, 20)  # 10 of 500 either way
EXACT = (400_000, 200_000, 100_000, 200_000)  # half either way, many conversations
COMMON = (5000, 4750, 95, 100)  # 2 % either way, 95 % have it


def _cell(n: int = 1000, scope: str = "all", **counts: tuple[int | None, ...]) -> dict[str, Any]:
    """A row of reads/metric_counts.sql."""
    parts = ("scored", "true", "events_true", "events")
    return {
        "outcome": "hired",
        "scope": scope,
        "n": n,
        **{
            f"{name}__{part}": value
            for name, values in counts.items()
            for part, value in zip(parts, values, strict=True)
        },
    }


def _metric(metric_id: str, sign: int) -> Metric:
    return metric(metric_id, prior={"sign": sign, "author": "team", "date": "2025-12-01"})


def _row(counts: tuple[int | None, ...], sign: int = 1, n: int = 1000) -> dict[str, Any]:
    """The one row of a rubric of one metric."""
    only = rubric(metrics=[_metric("polite", sign)], tiers=[])
    return metric_lift([_cell(n, polite=counts)], only, AS_OF, "e").row(0, named=True)


def test_counts_rates_ratio_and_interval_stand_side_by_side() -> None:
    row = _row((900, 500, 40, 60))
    assert {k: row[k] for k in ("n", "n_scored", "n_true", "events_true", "events_false")} == {
        "n": 1000, "n_scored": 900, "n_true": 500, "events_true": 40, "events_false": 20,
    }  # fmt: skip
    assert row["prevalence"] == pytest.approx(500 / 900)  # of the scored, not of all
    assert row["rate_true"] == pytest.approx(0.08)  # 40/500
    assert row["rate_false"] == pytest.approx(0.05)  # 20/400
    assert row["rr"] == pytest.approx(1.6)


def test_the_interval_of_a_doubled_rate() -> None:
    row = _row(DOUBLED)
    # RR = (40/500)/(20/500) = 2; se^2 = 1/40 - 1/500 + 1/20 - 1/500 = .071, se = .266458
    # 2 exp(-+ 1.959964 * .266458) = 2 * .593188, 2 / .593188
    assert row["rr"] == pytest.approx(2)
    assert (row["rr_low"], row["rr_high"]) == pytest.approx((1.18638, 3.37161), abs=2e-5)
    # z = ln 2 / .266458 = 2.60134, p = .009286; alone in its family, q = p
    assert row["p"] == pytest.approx(0.009286, abs=1e-6)
    assert row["q"] == pytest.approx(row["p"])


def test_a_row_names_its_outcome_scope_horizon_as_of_and_epoch() -> None:
    row = _row(DOUBLED)
    about = {
        "metric": "polite", "outcome": "hired", "scope": "all", "horizon_days": 10,
        "as_of": AS_OF, "epoch": "e",
    }  # fmt: skip
    assert {name: row[name] for name in about} == about


@pytest.mark.parametrize(
    ("counts", "sign", "measured", "verdict"),
    [
        pytest.param(DOUBLED, 1, 1, "confirmed", id="helps as believed"),
        pytest.param(DOUBLED, -1, 1, "reversed", id="helps, was believed to hurt"),
        pytest.param((1000, 500, 20, 60), -1, -1, "confirmed", id="hurts as believed"),
        pytest.param((1000, 500, 20, 60), 1, -1, "reversed", id="hurts, was believed to help"),
        pytest.param(NO_EFFECT, 1, 0, "underpowered", id="the interval holds much else than 1"),
        # se^2 = 2 (1/100000 - 1/200000) = .00001: the interval is 1 -+ .0062
        pytest.param(EXACT, 1, 0, "negligible", id="the interval lies within 5 percent of 1"),
        pytest.param(COMMON, 1, 0, "universal", id="nearly everybody has it"),
        pytest.param((5000, 250, 5, 100), 1, 0, "universal", id="nearly nobody has it"),
        pytest.param((100, 50, 4, 5), 1, None, "underpowered", id="four events"),
        pytest.param((1000, 500, 4, 50), 1, -1, "reversed", id="four events, told apart by Fisher"),
        pytest.param((1000, 500, 0, 50), -1, -1, "confirmed", id="no event with it, told apart"),
        pytest.param((1000, 500, 0, 0), 1, None, "not_identifiable", id="no event at all"),
        pytest.param((1000, 1000, 60, 60), 1, None, "not_identifiable", id="everybody has it"),
        pytest.param((1000, 0, 0, 60), 1, None, "not_identifiable", id="nobody has it"),
        pytest.param((0, None, 0, 0), 1, None, "not_identifiable", id="never scored"),
        pytest.param((30, 10, 10, 30), 1, None, "not_identifiable", id="everybody is hired"),
    ],
)
def test_every_metric_has_one_verdict(
    counts: tuple[int | None, ...], sign: int, measured: int | None, verdict: str
) -> None:
    row = _row(counts, sign, n=400_000)
    assert (row["measured_sign"], row["verdict"]) == (measured, verdict)


def test_a_universal_flag_with_a_clear_effect_is_still_told_apart() -> None:
    # 4750 with 2 %, 250 with 8 %: RR .25
    assert _row((5000, 4750, 95, 115), -1, n=5000)["verdict"] == "confirmed"


@pytest.mark.parametrize("counts", [DOUBLED, (1000, 500, 20, 60)])
def test_an_effect_contradicts_who_expected_no_difference(counts: tuple[int, ...]) -> None:
    assert _row(counts, sign=0)["verdict"] == "reversed"


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (DOUBLED, None),
        ((1000, 500, 4, 50), "not_enough_events"),
        ((1000, 500, 0, 0), "no_events"),
        ((1000, 0, 0, 60), "empty_arm"),
    ],
)
def test_a_missing_figure_has_its_reason(counts: tuple[int, ...], reason: str | None) -> None:
    row = _row(counts)
    assert row["reason"] == reason
    assert (row["rr_low"] is None) == (reason is not None)


def test_a_rate_without_conversations_is_missing_and_not_zero() -> None:
    row = _row((1000, 0, 0, 60))
    assert (row["rate_true"], row["prevalence"]) == (None, 0.0)
    assert _row((0, None, 0, 0))["prevalence"] is None


def test_q_values_are_of_one_outcome_and_scope_and_leave_undefined_tests_out() -> None:
    three = rubric(metrics=[_metric(name, 1) for name in ("a", "b", "c")], tiers=[])
    cells = [
        _cell(a=DOUBLED, b=NO_EFFECT, c=(1000, 0, 0, 60)),
        _cell(scope="model=m1", a=DOUBLED, b=(0, 0, 0, 0), c=(0, 0, 0, 0)),
    ]
    rows = metric_lift(cells, three, AS_OF, "e")
    p = rows["p"].to_list()
    # of `all` two tests are defined: the smaller p doubles; in `model=m1` only one: q = p
    assert rows["q"].to_list() == pytest.approx([2 * p[0], p[1], None, p[3], None, None])


def test_an_effect_lost_to_the_false_discovery_rate_is_not_told_apart() -> None:
    # p = .0093 alone, q = .0093 * 9 = .084 among nine
    nine = rubric(metrics=[_metric(f"m{i}", 1) for i in range(9)], tiers=[])
    rest: dict[str, Any] = {f"m{i}": NO_EFFECT for i in range(1, 9)}
    cell = _cell(m0=DOUBLED, **rest)
    first = metric_lift([cell], nine, AS_OF, "e").row(0, named=True)
    assert first["q"] == pytest.approx(first["p"] * 9)
    assert (first["measured_sign"], first["verdict"]) == (0, "underpowered")


def test_without_counts_there_are_no_rows_but_all_columns() -> None:
    empty = metric_lift([], rubric(), AS_OF, "e")
    assert empty.is_empty()
    assert empty.schema == LIFT_SCHEMA

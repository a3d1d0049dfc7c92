"""metric_lift of literal conversations, counted by the real SQL: figures, verdicts, families."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from last_mile.adapters.lift_source import first_sights, read_counted, read_known
from last_mile.core.lift import metric_lift
from last_mile.core.rubric import Metric, Rubric
from last_mile_tests.adapters.lifted import TODAY, labeled, lift, people, row_of, waiting
from last_mile_tests.scenario import metric, rubric


def _metric(metric_id: str = "polite", sign: int = 1, **over: Any) -> Metric:
    prior = {"sign": sign, "author": "team", "date": "2025-12-01"}
    return metric(metric_id, **{"prior": prior, **over})


def _rubric(*metrics: Metric, **over: Any) -> Rubric:
    hired = {"id": "hired", "horizon_days": 10, "primary": True}
    return rubric(metrics=metrics or [_metric()], outcomes=[hired], tiers=[], **over)


def _counts(n1: int, events1: int, n0: int, events0: int) -> list[dict[str, Any]]:
    """Conversations with the flag and without it."""
    return [
        *people(n1, hired=events1, polite=True),
        *people(n0, hired=events0, polite=False),
    ]


def _row(tmp_path: Path, *counts: int, sign: int = 1) -> dict[str, Any]:
    return row_of(lift(tmp_path, _counts(*counts), _rubric(_metric(sign=sign))), "polite")


DOUBLED = (500, 40, 500, 20)
HALVED = (500, 20, 500, 40)


def test_counts_rates_ratio_and_interval_stand_side_by_side(tmp_path: Path) -> None:
    unscored = people(100, hired=3)
    row = row_of(lift(tmp_path, [*_counts(500, 40, 400, 20), *unscored], _rubric()), "polite")
    counts = ("n", "n_matured", "n_scored", "n_true", "events_true", "events_false")
    assert [row[name] for name in counts] == [1000, 1000, 900, 500, 40, 20]
    assert row["prevalence"] == pytest.approx(500 / 900)  # of the scored, not of all
    assert row["rate_true"] == pytest.approx(0.08)  # 40/500
    assert row["rate_false"] == pytest.approx(0.05)  # 20/400
    assert row["rd"] == pytest.approx(0.03)
    assert row["rd_low"] < 0.03 < row["rd_high"]
    assert row["rr"] == pytest.approx(1.6)


def test_the_interval_of_a_doubled_rate_where_nothing_is_open_is_that_of_katz(
    tmp_path: Path,
) -> None:
    row = _row(tmp_path, *DOUBLED)
    # RR = (40/500)/(20/500) = 2; se^2 = 1/40 - 1/500 + 1/20 - 1/500 = .071, se = .266458
    # 2 exp(-+ 1.959964 * .266458) = 2 * .593188, 2 / .593188
    assert (row["rr"], row["rr_method"]) == (pytest.approx(2), "katz")
    assert (row["rr_low"], row["rr_high"]) == pytest.approx((1.18638, 3.37161), abs=2e-5)
    # z = ln 2 / .266458 = 2.60134, p = .009286
    assert row["p"] == pytest.approx(0.009286, abs=1e-6)
    matured = ("rr_matured", "rr_matured_low", "rr_matured_high")
    assert [row[name] for name in matured] == [row["rr"], row["rr_low"], row["rr_high"]]


def test_without_anything_to_adjust_for_the_interval_is_clustered_and_says_so(
    tmp_path: Path,
) -> None:
    row = _row(tmp_path, *DOUBLED)
    assert row["adjusted_rr"] == pytest.approx(2)
    assert row["adjusted_for"] is None
    assert row["n_users"] == 1000
    # every user has one conversation: Katz's interval but for the factor N/(N-2) of the variance
    assert row["adjusted_low"] == pytest.approx(row["rr_low"], rel=1e-3)
    # z = 2.6 clustered as well: alone in its family, q = p
    assert row["q"] == pytest.approx(row["adjusted_p"])


def test_conversations_of_one_user_widen_the_interval(tmp_path: Path) -> None:
    # Ten conversations a user, all alike: 50 users with the flag, 4 of them hired ten times
    rows = [
        {**row, "user_id": f"{row['polite']} {i // 10}"} for i, row in enumerate(_counts(*DOUBLED))
    ]
    row = row_of(lift(tmp_path, rows, _rubric()), "polite")
    alone = _row(tmp_path / "alone", *DOUBLED)
    assert row["n_users"] == 100
    assert row["rr_low"] == pytest.approx(alone["rr_low"])  # the crude one does not know users
    # se^2 is ten times as large but for small-sample factors: 1.96 sqrt(.71) = 1.65
    assert row["adjusted_low"] == pytest.approx(2 / 5.2, rel=0.02)
    assert row["verdict"] == "underpowered"


def test_an_open_outcome_counts_for_as_long_as_it_was_waited_for(tmp_path: Path) -> None:
    # Release m2 was rolled out three days ago. Hires come on day 2 (half) or on day 5 (half):
    # of 1000 conversations of m1 100 are hired in the end, of m2 50 are hired so far.
    rows = [
        *people(50, hired=50, at_day=2, polite=False),
        *people(950, hired=50, at_day=5, polite=False),
        *waiting(1000, hired=50, at_day=2, seen_days=4, polite=True),
        *people(10, hired=5, at_day=2, polite=True),
        *people(90, hired=5, at_day=5, polite=True),
    ]
    row = row_of(lift(tmp_path, rows, _rubric()), "polite")
    assert (row["n"], row["n_matured"], row["rr_method"]) == (2100, 1100, "kaplan_meier")
    # with it: day 2: 55 of 1100; day 5: 5 of the 95 that are still waited for
    # F = 1 - (1 - 55/1100)(1 - 5/95) = 1 - .95 * .947368 = .1; without it 100/1000
    assert row["rate_true"] == pytest.approx(0.1)
    assert row["rate_false"] == pytest.approx(0.1)
    assert row["rr"] == pytest.approx(1.0)
    assert row["rr_matured"] == pytest.approx(1.0)  # (10/100)/(100/1000)
    # naive: (60/1100)/.1 = .545, which would look like half the effect
    assert row["rr_low"] > 0.6


def test_an_event_after_the_last_whole_day_is_not_counted_yet(tmp_path: Path) -> None:
    rows = [*_counts(*DOUBLED), *waiting(10, hired=10, at_day=3, seen_days=3, polite=True)]
    row = row_of(lift(tmp_path, rows, _rubric()), "polite")
    assert (row["n_true"], row["events_true"]) == (510, 40)


@pytest.mark.parametrize(
    ("counts", "sign", "measured", "verdict"),
    [
        pytest.param(DOUBLED, 1, 1, "confirmed", id="helps as believed"),
        pytest.param(DOUBLED, -1, 1, "reversed", id="helps, was believed to hurt"),
        pytest.param(HALVED, -1, -1, "confirmed", id="hurts as believed"),
        pytest.param(HALVED, 1, -1, "reversed", id="hurts, was believed to help"),
        pytest.param(HALVED, 0, -1, "reversed", id="hurts, was believed to make no difference"),
        pytest.param((500, 10, 500, 10), 1, 0, "underpowered", id="much else than 1 is possible"),
        # se^2 = 2 (1/9000 - 1/10000) = .0000222: the interval is 1 -+ .009
        pytest.param((10000, 9000, 10000, 9000), 1, 0, "negligible", id="within 5 percent of 1"),
        pytest.param((4750, 95, 250, 5), 1, 0, "universal", id="nearly everybody has it"),
        pytest.param((250, 5, 4750, 95), 1, 0, "universal", id="nearly nobody has it"),
        # 4750 with 2 %, 250 with 8 %: RR .25
        pytest.param((4750, 95, 250, 20), -1, -1, "confirmed", id="universal, with an effect"),
        pytest.param((50, 4, 50, 1), 1, None, "underpowered", id="few events"),
        pytest.param((500, 0, 500, 50), -1, -1, "confirmed", id="no event with it, told apart"),
        pytest.param((500, 0, 500, 0), 1, None, "not_identifiable", id="no event at all"),
        pytest.param((1000, 60, 0, 0), 1, None, "not_identifiable", id="everybody has it"),
        pytest.param((0, 0, 1000, 60), 1, None, "not_identifiable", id="nobody has it"),
        pytest.param((10, 10, 20, 20), 1, None, "not_identifiable", id="everybody is hired"),
    ],
)
def test_every_metric_has_one_verdict(
    tmp_path: Path, counts: tuple[int, ...], sign: int, measured: int | None, verdict: str
) -> None:
    row = _row(tmp_path, *counts, sign=sign)
    assert (row["measured_sign"], row["verdict"]) == (measured, verdict)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (DOUBLED, None),
        ((500, 4, 500, 4), "not_enough_events"),
        ((500, 0, 500, 0), "no_events"),
        ((0, 0, 1000, 60), "empty_arm"),
    ],
)
def test_a_missing_figure_has_its_reason(
    tmp_path: Path, counts: tuple[int, ...], reason: str | None
) -> None:
    row = _row(tmp_path, *counts)
    assert row["reason"] == reason
    assert (row["rr_low"] is None) == (reason is not None)
    assert (row["adjusted_low"] is None) == (row["adjusted_reason"] is not None)


def test_a_rate_without_conversations_is_missing_and_not_zero(tmp_path: Path) -> None:
    row = _row(tmp_path, 0, 0, 1000, 60)
    assert (row["rate_true"], row["prevalence"]) == (None, 0.0)
    never = row_of(lift(tmp_path / "never", people(10, hired=1), _rubric()), "polite")
    assert never["prevalence"] is None


def test_a_flag_that_only_goes_along_with_a_stratum_is_adjusted_away(tmp_path: Path) -> None:
    # Within each category the flag makes no difference (10 %, 2 %); most of it is in the first
    rows = [
        *people(800, hired=80, polite=True, category="a"),
        *people(200, hired=20, polite=False, category="a"),
        *people(200, hired=4, polite=True, category="b"),
        *people(800, hired=16, polite=False, category="b"),
    ]
    row = row_of(lift(tmp_path, rows, _rubric(strata=["category"])), "polite")
    assert row["rr"] == pytest.approx(84 / 36)  # 84/1000 against 36/1000
    assert row["adjusted_rr"] == pytest.approx(1.0)
    assert row["mh_rr"] == pytest.approx(1.0)
    assert (row["adjusted_for"], row["n_strata"]) == ("category", 2)
    assert row["measured_sign"] == 0  # the verdict is of the adjusted figure
    assert row["heterogeneity_p"] == pytest.approx(1.0)


def test_opposite_effects_in_two_strata_are_heterogeneous(tmp_path: Path) -> None:
    rows = [
        *people(500, hired=80, polite=True, category="a"),
        *people(500, hired=40, polite=False, category="a"),
        *people(500, hired=40, polite=True, category="b"),
        *people(500, hired=80, polite=False, category="b"),
    ]
    row = row_of(lift(tmp_path, rows, _rubric(strata=["category"])), "polite")
    assert row["mh_rr"] == pytest.approx(1.0)
    assert row["heterogeneity_p"] < 1e-6


def test_a_scope_is_not_adjusted_for_itself(tmp_path: Path) -> None:
    rows = [
        {**row, "model": model, "category": "a"}
        for model in ("m1", "m2") for row in _counts(*DOUBLED)
    ]  # fmt: skip
    found = lift(tmp_path, rows, _rubric(strata=["model", "category"]))
    assert {row["scope"] for row in found} == {"all", "model=m1", "model=m2"}
    assert row_of(found, "polite")["adjusted_for"].split(", ")[0] == "model"
    assert "model" not in (row_of(found, "polite", "model=m1")["adjusted_for"] or "")
    assert row_of(found, "polite", "model=m1")["n"] == 1000


def test_surfaces_are_scopes_where_there_are_several(tmp_path: Path) -> None:
    rows = [{**row, "surface": s} for s in ("chat", "mail") for row in _counts(*DOUBLED)]
    scopes = {row["scope"] for row in lift(tmp_path, rows, _rubric())}
    assert scopes == {"all", "surface=chat", "surface=mail"}


def test_text_is_adjusted_for_engagement_and_engagement_is_not_adjusted_for_text(
    tmp_path: Path,
) -> None:
    # Who engages is hired more and gets the flag less; given engagement it makes no difference
    engaged = _metric("own_draft", about="engagement")
    rows = [
        *people(100, hired=20, polite=True, own_draft=True),
        *people(400, hired=80, polite=False, own_draft=True),
        *people(800, hired=40, polite=True, own_draft=False),
        *people(200, hired=10, polite=False, own_draft=False),
    ]
    found = lift(tmp_path, rows, _rubric(engaged, _metric()))
    text, engagement = row_of(found, "polite"), row_of(found, "own_draft")
    assert text["adjusted_for"] == "own_draft"
    assert text["rr"] == pytest.approx((60 / 900) / (90 / 600))
    assert text["adjusted_rr"] == pytest.approx(1.0)
    assert engagement["adjusted_for"] is None
    assert engagement["adjusted_rr"] == pytest.approx(4.0)  # 100/500 against 50/1000


def test_what_leaks_has_figures_and_no_verdict_and_is_in_no_family(tmp_path: Path) -> None:
    rows = [
        {**row, "robotic": row["hired"]}  # the outcome by another name
        for row in _counts(*DOUBLED)
    ]
    found = lift(tmp_path, rows, _rubric(_metric(), _metric("robotic", about="engagement")))
    leaking, other = row_of(found, "robotic"), row_of(found, "polite")
    assert leaking["leaks"] == "it is true exactly when the outcome is there"
    assert (leaking["verdict"], leaking["q"], leaking["n_true"]) == (None, None, 60)
    assert other["q"] == pytest.approx(other["adjusted_p"])


def test_what_is_declared_to_leak_adjusts_nothing(tmp_path: Path) -> None:
    leaks = _metric("robotic", about="engagement", leaks="set after the deal was made")
    rows = [{**row, "robotic": i % 2 == 0} for i, row in enumerate(_counts(*DOUBLED))]
    row = row_of(lift(tmp_path, rows, _rubric(_metric(), leaks)), "polite")
    assert row["adjusted_for"] is None


def test_q_values_are_of_one_scope_over_all_outcomes(tmp_path: Path) -> None:
    kinds = [{"id": "hired", "horizon_days": 10, "primary": True},
             {"id": "interviewed", "horizon_days": 5}]  # fmt: skip
    both = rubric(metrics=[_metric("polite"), _metric("robotic")], outcomes=kinds, tiers=[])
    rows = [
        {
            **row, "robotic": i % 2 == 0, "interviewed": row["hired"],
            "interviewed__event_day": row["hired__event_day"], "interviewed__seen_days": 5,
        }
        for i, row in enumerate(_counts(*DOUBLED))
    ]  # fmt: skip
    found = lift(tmp_path, rows, both)
    p = sorted(row["adjusted_p"] for row in found)
    # polite twice (equal), robotic twice: q of the smaller two = p * 4 / 2
    assert sorted(row["q"] for row in found)[0] == pytest.approx(p[0] * 2)


def test_an_effect_lost_to_the_false_discovery_rate_is_not_told_apart(tmp_path: Path) -> None:
    # p = .0093 alone, q = .0093 * 9 = .084 among nine
    nine = _rubric(_metric(), *(_metric(f"m{i}") for i in range(8)))
    rows = [
        {**row, **{f"m{i}": j % (i + 2) == 0 for i in range(8)}}
        for j, row in enumerate(_counts(*DOUBLED))
    ]
    row = row_of(lift(tmp_path, rows, nine), "polite")
    assert row["adjusted_p"] < 0.02
    assert (row["measured_sign"], row["verdict"]) == (0, "underpowered")


def test_a_detectable_ratio_stands_beside_every_figure(tmp_path: Path) -> None:
    row = _row(tmp_path, 2500, 50, 2500, 50)
    # RR 1.783 at 2 % overall: rates .02563 and .01437, 64.1 and 35.9 events;
    # se^2 = 1/64.1 + 1/35.9 - 2/2500 = .0427; (1.95996 + .84162) * .2066 = .579 = ln 1.783
    assert row["mde_high"] == pytest.approx(1.783, abs=0.002)
    assert row["mde_low"] == pytest.approx(1 / 1.783, abs=0.002)  # both arms are equally large
    few = _row(tmp_path / "few", 500, 10, 500, 10)
    assert few["mde_high"] is None  # what would be found had fewer than 5 events in an arm


def test_the_e_value_is_of_the_adjusted_figure(tmp_path: Path) -> None:
    row = _row(tmp_path, *DOUBLED)
    assert row["e_value"] == pytest.approx(2 + 2**0.5)  # RR + sqrt(RR (RR - 1))
    low = row["adjusted_low"]
    assert row["e_value_limit"] == pytest.approx(low + (low * (low - 1)) ** 0.5)


def test_a_prior_younger_than_the_first_sight_of_its_lift_is_exploratory(tmp_path: Path) -> None:
    one = _rubric()
    warehouse = labeled(tmp_path, _counts(*DOUBLED), one)
    known = read_known(warehouse, one, "epoch", TODAY)
    rows = metric_lift(read_counted(warehouse, one), one, known)
    assert rows["exploratory"].to_list() == [False]
    warehouse.keep("lift_seen", first_sights(rows, one))
    late = {"sign": 1, "author": "team", "date": "2026-06-02"}
    again = _rubric(_metric(prior=late))
    known = read_known(warehouse, again, "epoch", date(2026, 7, 1))
    row = metric_lift(read_counted(warehouse, again), again, known).row(0, named=True)
    assert row["first_visible_on"] == TODAY
    assert row["exploratory"]
    reworded = _rubric(_metric(prior=late, question="Is it very polite?"))
    known = read_known(warehouse, reworded, "epoch", date(2026, 7, 1))
    row = metric_lift(read_counted(warehouse, reworded), reworded, known).row(0, named=True)
    assert row["first_visible_on"] == date(2026, 7, 1)  # another question, seen for the first time


def test_what_could_not_be_seen_makes_no_prior_exploratory(tmp_path: Path) -> None:
    row = _row(tmp_path, 500, 1, 500, 1)
    assert (row["first_visible_on"], row["exploratory"]) == (None, False)


def test_a_prior_that_says_it_was_written_after_looking_is_always_exploratory(
    tmp_path: Path,
) -> None:
    early = {"sign": 1, "author": "team", "date": "2020-01-01"}
    warehouse = labeled(tmp_path, _counts(*DOUBLED), _rubric())
    for said in (False, True):
        one = _rubric(_metric(prior={**early, "exploratory": said}))
        known = read_known(warehouse, one, "epoch", TODAY)
        row = metric_lift(read_counted(warehouse, one), one, known).row(0, named=True)
        assert row["first_visible_on"] == TODAY  # after the prior's date
        assert row["exploratory"] is said


def test_a_lift_is_first_seen_on_one_day_in_every_scope(tmp_path: Path) -> None:
    few = [{**row, "model": "m2"} for row in _counts(20, 1, 20, 0)]  # no interval there
    rows = [*({**row, "model": "m1"} for row in _counts(*DOUBLED)), *few]
    found = lift(tmp_path, rows, _rubric())
    assert row_of(found, "polite", "model=m2")["rr_low"] is None
    assert {row["first_visible_on"] for row in found} == {TODAY}


def test_days_counted_for_other_strata_are_counted_again(tmp_path: Path) -> None:
    rows = [{**row, "category": "a", "model": "m"} for row in _counts(*DOUBLED)]
    warehouse = labeled(tmp_path, rows, _rubric(strata=["category"]))
    assert read_counted(warehouse, _rubric(strata=["category"]))
    changed = _rubric(strata=["model", "category"])
    found = metric_lift(
        read_counted(warehouse, changed), changed, read_known(warehouse, changed, "e", TODAY)
    )
    assert found["n"].to_list() == [1000]
    strata = {tuple(names) for names in warehouse.read("stat_cells")["stratum_of"]}
    assert strata == {("model", "category")}


def test_without_conversations_there_are_rows_without_figures(tmp_path: Path) -> None:
    row = row_of(lift(tmp_path, [], _rubric()), "polite")
    assert (row["n"], row["rr"], row["verdict"]) == (0, None, "not_identifiable")

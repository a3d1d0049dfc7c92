"""The report's sentences and sections, from hand-made rows."""

from __future__ import annotations

from typing import Any

import pytest

from last_mile.core.lift import metric_lift
from last_mile.core.report import (
    do_not_conclude,
    headline,
    judge_sentence,
    lift_section,
    recovered_row,
    tier_section,
)
from last_mile_tests.scenario import rubric

# events with, n with, events without, n without
COUNTS = {"own_draft": (40, 500, 20, 500), "robotic": (60, 500, 20, 500), "polite": (9, 450, 1, 50)}


def _lift(outcome: str = "hired", scope: str = "all", weight: int = 1) -> list[dict[str, Any]]:
    """Lift rows: own drafts double the rate, robotic ones triple it (it was expected to hurt).

    With a `weight`, each robotic conversation that was hired stands for so many of a sample.
    """
    cell: dict[str, Any] = {"outcome": outcome, "scope": scope, "n": 1000}
    for name, (with_it, n1, without, n0) in COUNTS.items():
        cell |= {
            f"{name}__scored": n1 + n0, f"{name}__true": n1,
            f"{name}__events_true": with_it, f"{name}__events": with_it + without,
        }  # fmt: skip
        of_hired = weight if name == "robotic" else 1
        for power, each in (("w", of_hired), ("w2", of_hired**2)):
            cell |= {
                f"{name}__{power}_true_event": with_it * each,
                f"{name}__{power}_true_rest": n1 - with_it,
                f"{name}__{power}_false_event": without,
                f"{name}__{power}_false_rest": n0 - without,
            }  # fmt: skip
    return list(metric_lift([cell], rubric(), None, "e").iter_rows(named=True))


def _quality(*kappas: float | None) -> list[dict[str, Any]]:
    return [{"metric": f"m{i}", "kappa": kappa} for i, kappa in enumerate(kappas)]


def test_the_strongest_lifts_come_first_with_denominators_and_interval() -> None:
    sentences = headline(_lift(), "hired")
    # robotic: (60/500)/(20/500) = 3; se^2 = 1/60 + 1/20 - 2/500 = .062667, exp(1.96 se) = 1.6334
    assert sentences[0] == (
        "robotic: “hired” is 3.00 times as frequent with it [1.84, 4.90] "
        "(60 of 500 versus 20 of 500)."
    )
    assert sentences[1].startswith("own_draft: “hired” is 2.00 times as frequent with it [1.19,")


def test_a_lift_of_a_sample_says_that_it_is_weighted_and_what_was_judged() -> None:
    sentences = headline(_lift(weight=4), "hired")
    # (4 x 60)/(4 x 60 + 440) = 240/680 = 35.3 % against 20/500 = 4.0 %: 8.82. With r = 240/680,
    # se^2 = [(1-r)^2 60 x 16 + r^2 440]/240^2 + 1/20 - 1/500 = .055930, exp(1.96 se) = 1.5896
    assert sentences[0] == (
        "robotic: “hired” is 8.82 times as frequent with it [5.55, 14.03] "
        "(35.3 % versus 4.0 %, weighted; in the judged sample 60 of 500 versus 20 of 500)."
    )
    assert "weighted" not in sentences[1]  # own drafts are known of all conversations


def test_a_strong_harm_counts_as_much_as_a_strong_help() -> None:
    rows = _lift()
    halved = {**rows[0], "metric": "x", "rr": 0.25, "measured_sign": -1}
    assert headline([*rows, halved], "hired")[0].startswith("x: “hired” is 0.25 times as frequent")


def test_wrong_intuitions_are_counted_and_named() -> None:
    assert headline(_lift(), "hired")[-1] == "1 of 3 intuitions were wrong: robotic."


def test_when_nothing_is_told_apart_the_headline_says_so() -> None:
    none = [{**row, "measured_sign": 0, "verdict": "underpowered"} for row in _lift()]
    assert headline(none, "hired") == [
        "No behaviour is told apart from no effect on “hired” yet.",
        "0 of 3 intuitions were wrong.",
    ]


def test_a_headline_is_of_one_outcome() -> None:
    assert headline(_lift("interviewed"), "hired") == headline([], "hired")


def test_the_lift_section_has_the_primary_outcome_first_in_rubric_order_with_questions() -> None:
    rows = [*_lift("interviewed"), *_lift("hired"), *_lift("hired", scope="model=m1")]
    section = lift_section(reversed(rows), rubric())
    assert [(row["outcome"], row["metric"]) for row in section] == [
        (outcome, name) for outcome in ("hired", "interviewed") for name in COUNTS
    ]
    assert {row["scope"] for row in section} == {"all"}
    assert section[1]["question"] == "Is it robotic?"
    assert (section[1]["prior_author"], section[1]["prior_date"]) == ("team", "2025-12-01")


def test_lifts_of_metrics_that_left_the_rubric_are_not_shown() -> None:
    gone = {**_lift()[0], "metric": "gone"}
    assert lift_section([gone], rubric()) == []


def test_tiers_have_shares_of_all_and_rates_of_the_known() -> None:
    best = {"tier": "best", "n": 60, "n_known": 50, "events": 40}
    rest = {"tier": "ordinary", "n": 40, "n_known": 0, "events": 0}
    shown = tier_section([best, rest])
    assert [row["share"] for row in shown] == [0.6, 0.4]
    assert shown[0]["rate"] == pytest.approx(0.8)
    # Wilson of 40 in 50: see test_stats
    assert (shown[0]["rate_low"], shown[0]["rate_high"]) == pytest.approx(
        (0.66963, 0.88756), abs=1e-5
    )
    assert (shown[1]["rate"], shown[1]["rate_low"]) == (None, None)  # not known is not zero


def test_without_tiers_there_is_no_section() -> None:
    assert tier_section([]) == []


def test_what_not_to_conclude_begins_with_crude_figures() -> None:
    assert do_not_conclude([], [], 0, "hired", "openai/gpt-4o-mini") == [
        "Figures are crude: who edits a draft differs from who does not, so a relative risk is a "
        "difference between groups and not yet an effect."
    ]


def test_what_cannot_be_told_is_named_by_its_cause() -> None:
    rows = [
        {"outcome": "hired", "metric": verdict[:4], "verdict": verdict, "weighted": False}
        for verdict in ("underpowered", "universal", "not_identifiable", "confirmed")
    ]
    said = " ".join(do_not_conclude(rows, _quality(0.39, 0.4, None), 1234, "hired", "rules"))
    assert "Too few conversations to tell an effect from none: unde." in said
    assert "Nearly all or nearly no conversations have it: univ." in said
    assert "No comparison is possible (no events, or nobody on one side): not_." in said
    assert "1,234 conversations have an open outcome" in said
    assert "they are not negatives" in said
    assert "Fixed rules judged the text" in said
    assert "(kappa below 0.4) on: m0." in said
    assert "conf" not in said


def test_a_sample_of_the_primary_outcome_is_said_to_be_one() -> None:
    said = (
        "Only a sample of the conversations was judged. Lifts of judged metrics are weighted for "
        "it; segments, tiers and training data see the judged conversations only."
    )
    assert said in do_not_conclude(_lift(weight=4), [], 0, "hired", "m")
    assert said not in do_not_conclude(_lift(), [], 0, "hired", "m")
    assert said not in do_not_conclude(_lift("interviewed", weight=4), [], 0, "hired", "m")


def test_a_long_list_of_names_is_cut_and_counted() -> None:
    row = {"outcome": "hired", "verdict": "underpowered", "weighted": False}
    rows = [{**row, "metric": f"m{i}"} for i in range(10)]
    assert do_not_conclude(rows, [], 0, "hired", "m")[1].endswith("m6, m7 and 2 more.")


@pytest.mark.parametrize(
    ("judge", "who"),
    [
        ("rules", "Deterministic rules judged"),
        ("recorded", "Verdicts recorded elsewhere"),
        ("recorded:gpt-judge", "Verdicts recorded elsewhere"),
        ("openai/gpt-4o-mini", "The language model openai/gpt-4o-mini judged"),
        ("ollama/llama3:8b", "The language model ollama/llama3:8b judged"),
    ],
)
def test_who_judged_is_said_plainly(judge: str, who: str) -> None:
    sentence = judge_sentence(judge, _quality(None))
    assert sentence.startswith(who)
    assert sentence.endswith("no human labels say how far it can be trusted.")


def test_agreement_with_people_runs_over_the_metrics_that_have_it() -> None:
    sentence = judge_sentence("rules", _quality(0.71, None, 0.355))
    assert sentence.endswith(
        "against human labels (2 of the metrics) its kappa runs from 0.35 to 0.71."
    )


_GROUPS = {"n_all": 1000, "n_group": 300, "n1": 200, "events1": 40, "n0": 400, "events0": 40}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("share", 0.3),  # 300 of 1000
        ("rate", 0.2),  # 40 of 200, the matured ones
        ("rr", 2.0),  # (40/200) / (40/400)
    ],
)
@pytest.mark.parametrize("off", [0.0, 5.0])
def test_a_planted_quantity_is_recovered_when_its_interval_holds_it(
    kind: str, value: float, off: float
) -> None:
    row = recovered_row({"quantity": "q", "kind": kind, "planted": value + off}, _GROUPS)
    assert row["recovered"] == pytest.approx(value)
    assert row["inside"] is (off == 0)
    assert row["low"] < value < row["high"]


def test_a_quantity_that_cannot_be_computed_is_not_recovered() -> None:
    nothing = dict.fromkeys(_GROUPS, 0)
    for kind in ("share", "rate", "rr"):
        row = recovered_row({"quantity": "q", "kind": kind, "planted": 0}, nothing)
        assert (row["recovered"], row["low"], row["inside"]) == (None, None, False)

"""The report's sentences and sections, from hand-made rows. Its limits: test_limits.py."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from last_mile.core.report import (
    defined_lifts,
    engagement_section,
    headline,
    intuition_audit,
    judge_sentence,
    lift_scopes,
    lift_section,
    missing_outcome,
    nothing_matured,
    recovered_row,
    segment_section,
    tier_section,
)
from last_mile_tests.lift_rows import (
    composite_row,
    crude_row,
    leaking_row,
    lift_row,
    no_lift_row,
    segment_row,
    text_row,
    tier_row,
    unclear_row,
)
from last_mile_tests.scenario import rubric


def _quality(*kappas: float | None) -> list[dict[str, Any]]:
    return [{"metric": f"m{i}", "kappa": kappa} for i, kappa in enumerate(kappas)]


def test_the_strongest_lifts_come_first_adjusted_with_the_crude_figure_beside() -> None:
    sentences = headline([text_row(), lift_row()], "hired")
    assert sentences[0] == (
        "asked_follow_up: “hired” is 2.50 times as frequent with it [1.60, 3.90], adjusted for "
        "category, model; crude 3.00 [1.91, 4.70] (30 of 200 versus 40 of 800)."
    )
    assert sentences[1].startswith("robotic: “hired” is 0.70 times as frequent with it [0.60,")


def test_it_is_the_adjusted_figure_that_decides_which_lift_is_strongest() -> None:
    crude_strong = lift_row("looks", rr=9.0, rr_low=5.0, rr_high=16.0, adjusted_rr=1.5)
    assert headline([crude_strong, lift_row()], "hired")[0].startswith("asked_follow_up:")


def test_a_lift_that_could_not_be_adjusted_says_so_and_why() -> None:
    assert headline([crude_row()], "hired")[0] == (
        "asked_follow_up: “hired” is 3.00 times as frequent with it [1.91, 4.70], not adjusted "
        "(not enough events) (30 of 200 versus 40 of 800)."
    )


def test_a_lift_with_an_empty_adjustment_set_is_not_called_adjusted() -> None:
    assert (
        "not adjusted (nothing to adjust for)"
        in headline([lift_row(adjusted_for=None)], "hired")[0]
    )


def test_a_lift_of_a_sample_says_that_it_is_weighted_and_what_was_judged() -> None:
    sampled = text_row(weighted=True, rate_true=0.353, rate_false=0.04)
    assert headline([sampled], "hired")[0].endswith(
        "(35.3 % versus 4.0 %, weighted; in the judged sample 30 of 200 versus 40 of 800)."
    )


def test_a_strong_harm_counts_as_much_as_a_strong_help_and_none_at_all_most() -> None:
    quarter = lift_row("x", adjusted_rr=0.25, adjusted_low=0.2, measured_sign=-1)
    never = lift_row("never", adjusted_rr=0.0, adjusted_low=0.0, measured_sign=-1)
    sentences = headline([lift_row(), quarter, never], "hired")
    assert [said.partition(":")[0] for said in sentences[:3]] == ["never", "x", "asked_follow_up"]


def test_a_metric_that_knows_the_outcome_is_in_no_headline() -> None:
    leaking = leaking_row(measured_sign=1)
    assert headline([leaking], "hired")[0] == (
        "No behaviour is told apart from no effect on “hired” yet."
    )


def test_wrong_intuitions_are_counted_and_named_without_those_that_know_the_outcome() -> None:
    rows = [lift_row("a"), lift_row("b", verdict="reversed"), unclear_row("c"), leaking_row()]
    assert headline(rows, "hired")[-1] == (
        "1 of 3 intuitions were wrong: b. Not counted: 1 metric that knows the outcome."
    )


def test_when_nothing_is_told_apart_the_headline_says_so() -> None:
    assert headline([unclear_row("a")], "hired") == [
        "No behaviour is told apart from no effect on “hired” yet.",
        "0 of 1 intuitions were wrong.",
    ]


def test_a_headline_is_of_one_outcome() -> None:
    assert headline([lift_row(outcome="interviewed")], "hired") == headline([], "hired")


def test_the_audit_counts_by_verdict_and_lists_the_wrong_ones_first() -> None:
    rows = [unclear_row("c"), lift_row("a"), lift_row("b", verdict="reversed"), leaking_row()]
    audit = intuition_audit(rows, "hired")
    assert audit["counts"] == {
        "reversed": 1, "confirmed": 1, "negligible": 0, "underpowered": 1, "universal": 0,
        "not_identifiable": 0,
    }  # fmt: skip
    assert [row["metric"] for row in audit["rows"]] == ["b", "a", "c"]


def test_a_row_of_the_audit_has_the_figure_its_verdict_is_about() -> None:
    adjusted, crude, none = intuition_audit([lift_row(), crude_row(), no_lift_row("r")], "hired")[
        "rows"
    ]
    assert (adjusted["rr"], adjusted["rr_low"], adjusted["adjusted"]) == (2.5, 1.6, True)
    assert (crude["rr"], crude["rr_low"], crude["adjusted"]) == (3.0, 1.91, False)
    assert (none["rr"], none["rr_low"], none["adjusted"]) == (None, None, False)


def test_engagement_and_text_are_compared_on_their_strongest_metrics() -> None:
    section = engagement_section([text_row(), lift_row(), unclear_row("weak")], [], "hired")
    assert [row["metric"] for row in section["engagement"]] == ["asked_follow_up", "weak"]
    assert [row["metric"] for row in section["text"]] == ["robotic"]
    assert section["sentences"][:3] == [
        "Strongest engagement behaviour: asked_follow_up, adjusted 2.50 [1.60, 3.90] (n = 1,000).",
        "Strongest text quality: robotic, adjusted 0.70 [0.60, 0.82] (n = 1,000).",
        # turned round, robotic runs from 1/.82 = 1.22 to 1/.60 = 1.67, and 1.60 lies in there
        "Their intervals overlap, so which of the two is stronger is not settled.",
    ]
    assert section["composite_sentence"] is None


@pytest.mark.parametrize(
    ("text", "which"),
    [
        (
            {"adjusted_rr": 0.8, "adjusted_low": 0.7, "adjusted_high": 0.9},
            "engagement",
        ),  # 1/.7=1.43
        ({"adjusted_rr": 0.2, "adjusted_low": 0.15, "adjusted_high": 0.25}, "text"),
    ],
    ids=["engagement", "text"],
)
def test_which_kind_is_stronger_is_said_only_when_intervals_are_apart(
    text: dict[str, Any], which: str
) -> None:
    said = engagement_section([lift_row(), text_row(**text)], [], "hired")["sentences"]
    # turned round, text runs to 1/.7 = 1.43, under 1.60; in the other case from 1/.25 = 4
    assert f"do not overlap: the {which} one" in said[2]


def test_a_kind_with_nothing_told_apart_is_said_to_have_none() -> None:
    said = engagement_section([unclear_row("a"), text_row()], [], "hired")["sentences"]
    assert said[0] == "No engagement behaviour is told apart from no effect."
    assert not any("overlap" in sentence for sentence in said)
    nothing = engagement_section([unclear_row("a")], [], "hired")["sentences"]
    assert nothing[1] == "No text quality is told apart from no effect."
    assert len(nothing) == 2  # and no word about the strongest


def test_the_composite_is_set_against_the_best_single_flag_with_n_and_intervals() -> None:
    rows = [composite_row("interviewed", n=1), composite_row()]
    assert engagement_section([], rows, "hired")["composite_sentence"] == (
        "On users who had no part in the choice, a score that counts all 24 flags with a prior "
        "alike puts a conversation with “hired” above one without in 58.0 % [52.0, 64.0] of "
        "pairs, chance being 50 %; it does worse than the best single flag, not clicked_default: "
        "69.0 % [63.0, 75.0] (held-out n = 500, 75 events)."
    )


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.01, 0.2, "does better than"), (-0.1, 0.1, "is not told apart from"),
     (None, None, "cannot be compared with")],
    ids=["better", "overlap", "no interval"],
)  # fmt: skip
def test_a_score_beats_a_flag_only_when_the_paired_interval_says_so(
    low: float | None, high: float | None, said: str
) -> None:
    row = composite_row(difference_low=low, difference_high=high)
    sentence = engagement_section([], [row], "hired")["composite_sentence"]
    assert f"it {said} the best single flag" in sentence


def test_a_score_that_could_not_be_measured_says_why() -> None:
    row = composite_row(score_auc=None, best_auc=None, reason="not_enough_events")
    sentence = engagement_section([], [row], "hired")["composite_sentence"]
    assert "is not known (not enough events; held-out n = 500, 75 events)." in sentence


def _bare(metric: str, outcome: str = "hired", scope: str = "all") -> dict[str, Any]:
    return {"metric": metric, "outcome": outcome, "scope": scope}


def test_lifts_stand_by_outcome_scope_and_rubric_order_with_question_and_prior() -> None:
    names = ["own_draft", "robotic", "polite"]
    rows = [
        _bare(name, outcome, scope)
        for outcome in ("interviewed", "hired") for scope in ("model=m1", "all")
        for name in reversed(names)
    ]  # fmt: skip
    lifts = defined_lifts(rows, rubric())
    assert [(row["outcome"], row["metric"]) for row in lift_section(lifts)] == [
        (outcome, name) for outcome in ("hired", "interviewed") for name in names
    ]
    assert [(row["scope"], row["metric"]) for row in lift_scopes(lifts, "hired")] == [
        ("model=m1", name) for name in names
    ]
    assert lifts[1]["question"] == "Is it robotic?"
    assert (lifts[1]["prior_author"], lifts[1]["prior_date"]) == ("team", "2025-12-01")


def test_lifts_of_metrics_that_left_the_rubric_are_not_shown() -> None:
    assert defined_lifts([_bare("gone")], rubric()) == []


def test_segments_are_those_of_the_leading_outcome_in_their_order() -> None:
    rows = [segment_row("b"), segment_row("x", outcome="interviewed"), segment_row("a")]
    assert [row["segment"] for row in segment_section(rows, "hired")] == ["b", "a"]


def test_tiers_have_shares_of_all_and_rates_of_the_known() -> None:
    best = {"tier": "best", "reason": None, "n": 60, "n_known": 50, "events": 40}
    rest = {"tier": "ordinary", "reason": None, "n": 40, "n_known": 0, "events": 0}
    shown = tier_section([best, rest])
    assert [row["share"] for row in shown] == [0.6, 0.4]
    assert shown[0]["rate"] == pytest.approx(0.8)
    # Wilson of 40 in 50: see test_stats
    assert (shown[0]["rate_low"], shown[0]["rate_high"]) == pytest.approx(
        (0.66963, 0.88756), abs=1e-5
    )
    assert (shown[1]["rate"], shown[1]["rate_low"]) == (None, None)  # not known is not zero


def test_a_tier_stands_beside_its_later_figures_and_why_it_is_locked() -> None:
    dull = {"tier": "poor", "reason": "dull", "n": 60, "n_known": 50, "events": 4}
    rest = {"tier": "ordinary", "reason": None, "n": 40, "n_known": 40, "events": 4}
    proofs = [tier_row("chosen_on", rr=0.4), tier_row("later")]
    shown, ordinary = tier_section([dull, rest], proofs)
    assert shown["name"] == "poor (dull)"
    assert (shown["later_rr"], shown["later_low"], shown["later_high"]) == (0.8, 0.3, 2.1)
    assert (shown["state"], shown["unlocked"], shown["reference"], shown["level"]) == (
        "underpowered", False, "ordinary", 0.999,
    )  # fmt: skip
    assert shown["why"].startswith("Not told apart from chance at level 99.9%: its rate is 0.80 ")
    assert shown["later_from"] == date(2026, 2, 1)
    assert (ordinary["later_rr"], ordinary["state"], ordinary["unlocked"], ordinary["why"]) == (
        None, None, None, None,
    )  # fmt: skip


def test_without_tiers_there_is_no_section() -> None:
    assert tier_section([]) == []


def test_an_outcome_the_drops_never_name_is_said_to_be_missing() -> None:
    assert missing_outcome(["hired"], "hired") == []
    assert missing_outcome(["won", "lost"], "hired") == [
        "No event of “hired” is in the outcome drops; they name won, lost."
    ]


def test_nothing_matured_is_said_once_and_only_when_it_is_so() -> None:
    assert nothing_matured([lift_row()], "hired", 45) == []
    (said,) = nothing_matured([lift_row(n_matured=0)], "hired", 45)
    assert "none is 45 days older" in said


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

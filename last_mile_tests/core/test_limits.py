"""What not to conclude: each sentence appears for the rows that call for it, and for no others."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from last_mile.core.report import do_not_conclude, unsound
from last_mile_tests.lift_rows import (
    crude_row,
    leaking_row,
    lift_row,
    quality_row,
    text_row,
    unclear_row,
)

ALWAYS = (
    "No relative risk here is an effect: adjusting takes out only what the logs hold and the "
    "rubric declares."
)


def _said(*rows: dict[str, Any], n_open: int = 0, **changes: Any) -> list[str]:
    given = {"quality": [], "judge": "openai/gpt-4o-mini", "outcome": "hired"} | changes
    return do_not_conclude(
        rows, given["quality"], n_open, given["outcome"], given["judge"]
    )  # fmt: skip


def test_associations_are_never_effects_even_without_a_single_row() -> None:
    assert _said() == [ALWAYS]


def test_a_clean_text_metric_adds_only_that_no_figure_is_both_adjusted_and_corrected() -> None:
    assert _said(text_row()) == [
        ALWAYS,
        "Corrected figures are not adjusted, and adjusted ones are not corrected: no figure here "
        "is both.",
    ]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        pytest.param(
            lift_row("m"),
            "Who engages may have wanted the outcome more to begin with, and no log holds that: "
            "only an experiment settles whether these cause it: m.",
            id="engagement",
        ),
        pytest.param(
            crude_row("m"), "Crude, not adjusted for anything (not enough events): m.",
            id="not adjustable",
        ),
        pytest.param(
            lift_row("m", adjusted_for=None),
            "Crude, not adjusted for anything (nothing to adjust for): m.", id="declared empty",
        ),
        pytest.param(
            unclear_row("m"),
            "Too few conversations to tell an effect from none; in brackets the relative risks "
            "that would have shown with 80 % power: m (≤ 0.45 or ≥ 1.85).",
            id="underpowered",
        ),
        pytest.param(
            unclear_row("m", mde_low=None),
            "Too few conversations to tell an effect from none; in brackets the relative risks "
            "that would have shown with 80 % power: m (≥ 1.85).",
            id="detectable one way",
        ),
        pytest.param(
            unclear_row("m", verdict="universal"),
            "Nearly all or nearly no conversations have it, so it cannot separate them, which is "
            "not the same as doing nothing: m.",
            id="universal",
        ),
        pytest.param(
            unclear_row("m", verdict="not_identifiable"),
            "No comparison is possible (no events, or nobody on one side): m.",
            id="not identifiable",
        ),
        pytest.param(
            leaking_row("m"),
            "These know the outcome, so their lift says nothing about what leads to it: m (the "
            "user reports the hire).",
            id="leaks",
        ),
        pytest.param(
            lift_row(
                "m", exploratory=True, first_visible_on=date(2026, 1, 20), prior_date="2026-01-21"
            ),
            "Exploratory: these priors were registered after their lift could be seen, so "
            "confirming or reversing them tests nothing: m (visible since 2026-01-20).",
            id="exploratory",
        ),
        pytest.param(
            lift_row(
                "m", exploratory=True, first_visible_on=date(2026, 1, 20), prior_date="2026-01-20"
            ),
            "Exploratory: these priors were registered after their lift could be seen, so "
            "confirming or reversing them tests nothing: m (written after looking at the outcome).",
            id="exploratory as it says",
        ),
        pytest.param(
            lift_row("m", exploratory=True, first_visible_on=None),
            "Exploratory: these priors were registered after their lift could be seen, so "
            "confirming or reversing them tests nothing: m (written after looking at the outcome).",
            id="exploratory and never seen",
        ),
        pytest.param(
            lift_row("m", heterogeneity_p=0.009),
            "One number hides strata in which the ratio differs (p < 0.01); look at them by "
            "release, surface or segment: m.",
            id="strata differ",
        ),
        pytest.param(
            lift_row("m", e_value_limit=1.49),
            "Something nobody measured would explain these away if a relative risk of the number "
            "in brackets tied it to both the flag and the outcome: m (1.49).",
            id="small E-value",
        ),
        pytest.param(
            lift_row("m", n_users=49),
            "Intervals clustered by fewer than 50 users are likely too narrow: m (49).",
            id="few users",
        ),
        pytest.param(
            text_row("m", corrected_rr=None),
            "The judge's errors are not taken out (no labels): m.", id="no labels",
        ),
        pytest.param(
            text_row("m", corrected_rr=None, corrected_reason="judge_near_chance"),
            "The judge's errors are not taken out (judge near chance): m.", id="near chance",
        ),
        pytest.param(
            text_row("m", differential_p=0.049),
            "The judge errs differently with the outcome than without it, so the pooled "
            "correction is not to be used on: m.",
            id="differential errors",
        ),
        pytest.param(
            text_row("m", weighted=True),
            "Only a sample of the conversations was judged. Lifts of judged metrics are weighted "
            "for it; segments, tiers and training data see the judged conversations only.",
            id="sampled",
        ),
    ],
)  # fmt: skip
def test_a_limit_is_said_of_the_rows_that_have_it_and_of_one_outcome(
    row: dict[str, Any], sentence: str
) -> None:
    assert sentence in _said(row)
    assert _said({**row, "outcome": "interviewed"}) == [ALWAYS]


@pytest.mark.parametrize(
    "row",
    [
        lift_row(heterogeneity_p=0.01),
        lift_row(e_value_limit=1.5),
        unclear_row("m", e_value_limit=1.0),  # nothing to explain away
        lift_row(n_users=50),
        lift_row(n_users=None),
        text_row(differential_p=0.05),
        text_row(differential_p=None),
    ],
    ids=["strata", "E-value", "unclear", "users", "no users", "errors", "no labels"],
)
def test_a_figure_at_its_threshold_says_nothing(row: dict[str, Any]) -> None:
    words = ("hides strata", "Something nobody measured", "clustered by fewer", "errs differently")
    assert not [said for said in _said(row) if any(word in said for word in words)]


def test_more_than_a_fifth_short_of_the_horizon_is_called_immature() -> None:
    assert any(
        said.startswith("Immature: 201 of 1,000 conversations (20%) are younger than the horizon")
        for said in _said(lift_row(n_matured=799))
    )
    assert not any("Immature" in said for said in _said(lift_row(n_matured=800)))


def test_open_outcomes_are_said_not_to_be_negatives() -> None:
    assert any(
        said.startswith("1,234 conversations have an open outcome: they are not negatives")
        for said in _said(n_open=1234)
    )


def test_a_leaking_metric_is_named_once_and_in_no_other_sentence() -> None:
    said = _said(leaking_row("m", verdict=None, heterogeneity_p=0.001, n_users=3))
    assert [sentence for sentence in said if ": m" in sentence] == [
        "These know the outcome, so their lift says nothing about what leads to it: m (the user "
        "reports the hire)."
    ]


def test_a_judge_at_chance_and_one_that_agrees_poorly_are_told_apart() -> None:
    quality = [
        quality_row("chance", kappa=0.1, at_chance=True),
        quality_row("poor", kappa=0.39),
        quality_row("fair", kappa=0.4),
        quality_row("undefined", kappa=None),
    ]
    said = _said(quality=quality)
    assert "The judge is not told apart from chance on: chance." in said
    assert "The judge agrees poorly with people (kappa below 0.4) on: poor." in said


def test_fixed_rules_are_not_called_people() -> None:
    rules = "Fixed rules judged the text, not people and not a language model."
    assert rules in _said(judge="rules")
    assert rules not in _said(judge="openai/gpt-4o-mini")


def test_a_long_list_of_names_is_cut_and_counted() -> None:
    rows = [unclear_row(f"m{i}", verdict="universal") for i in range(10)]
    assert any(said.endswith("m6, m7 and 2 more.") for said in _said(*rows))


def test_failed_checks_are_named_with_what_counts_them_all_the_same() -> None:
    checks = [
        {"asset": "stat_cells", "check": "add_up", "days_held": 2},
        {"asset": "outcomes", "check": "complete", "days_held": 0},
    ]
    (said,) = unsound(checks)
    assert said.startswith("Not sound: blocking checks failed (stat_cells:add_up of 2 days)")
    assert unsound(checks[1:]) == []

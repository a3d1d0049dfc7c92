"""The report page's lifts, audit, segments and charts: figures, reasons and marks of every row."""

import pytest

from last_mile.adapters.report_page import render_report, words
from last_mile_tests.adapters.report_pages import HOSTILE, Page, page, read_row, report
from last_mile_tests.lift_rows import (
    crude_row,
    leaking_row,
    lift_row,
    no_lift_row,
    segment_row,
    text_row,
    unclear_row,
)


@pytest.mark.parametrize(
    "field",
    [
        "question", "metric", "verdict", "reason", "adjusted_for", "leaks", "about",
        "adjusted_reason",
    ],
)  # fmt: skip
def test_a_hostile_lift_field_is_shown_as_the_text_it_is(field: str) -> None:
    audit = report()["audit"]  # of a known verdict: core knows no other
    row = crude_row(**{"adjusted_for": "x", field: HOSTILE})
    html = render_report(report(lift=[row], audit=audit))
    assert HOSTILE not in html
    assert HOSTILE in Page(html).text


def test_every_lift_rows_n_appears() -> None:
    rows = [lift_row(f"m{i}", n=7000 + i, n_scored=6000 + i, n_true=1000 + i) for i in range(25)]
    rows.append(no_lift_row("rare", n=8123, n_scored=8100, n_true=4))
    text = page(lift=rows).text
    for row in rows:
        assert f"of {row['n']:,}" in text
        assert f"{row['n_true']:,} / {row['n_scored']:,}" in text


def test_a_relative_risk_beyond_the_axis_or_of_zero_is_drawn_at_its_edge() -> None:
    rows = [
        lift_row("none", adjusted_rr=0.0, adjusted_low=0.0, adjusted_high=2.0),
        lift_row("huge", adjusted_rr=40.0, adjusted_low=8.0, adjusted_high=2e9),
    ]
    text = page(lift=rows).text
    assert "0.00 (0.00–2.00)" in text  # noqa: RUF001
    assert "40.0 (8.00–2,000,000,000)" in text  # noqa: RUF001


def test_the_primary_outcomes_table_comes_first_and_alone_is_drawn() -> None:
    found = page(lift=[lift_row("other", outcome="interviewed"), lift_row("main")])
    assert found.text.index("Outcome: hired") < found.text.index("Outcome: interviewed")
    forest = next(a for a in found.attributes("svg") if "Forest" in str(a.get("aria-label")))
    assert "hired for 1 metrics" in str(forest["aria-label"])


def test_crude_adjusted_and_corrected_figures_stand_side_by_side() -> None:
    assert read_row(page(lift=[text_row(question=None)]), "roboticjudge 200").startswith(
        "roboticjudge 200 / 1,00020.0% · of 1,000 15.0% / 5.0%30 / 40 events"
        "+10.0 [+5.0 to +15.0] 0.50[0.40–0.62]matured 2.96 0.70a[0.60–0.82]MH 2.44 "  # noqa: RUF001
        "0.40[0.30–0.60]pooled 0.38 4.44limit 2.58 <0.001p <0.001 confirmedlower → lower"  # noqa: RUF001
    )


def test_the_notes_name_each_adjustment_set_once_by_its_letter() -> None:
    rows = [lift_row("a"), lift_row("b"), text_row("c", adjusted_for="category, model, a")]
    note = read_row(page(lift=rows), "Adjusted for a ")
    assert note.startswith("Adjusted for a category, model; b category, model, a.")


def test_what_is_not_told_apart_shows_what_would_have_been_and_the_rest_does_not() -> None:
    found = page(lift=[unclear_row("weak"), lift_row("strong")], lift_scopes=[])
    assert found.text.count("≤0.45, ≥1.85") == 1


def test_a_row_that_could_not_be_adjusted_says_why_and_is_drawn_as_crude() -> None:
    found = page(lift=[crude_row("few")], lift_scopes=[])
    assert "— not enough events" in found.text
    assert "3.00 (1.91–4.70) crude" in found.text  # noqa: RUF001


def test_strata_that_differ_and_errors_that_follow_the_outcome_are_marked() -> None:
    found = page(lift=[text_row(heterogeneity_p=0.009, differential_p=0.04)], lift_scopes=[])
    assert "strata differ" in found.text.partition("RR: relative risk")[0]
    assert "errors differ" in found.text.partition("RR: relative risk")[0]


def test_a_metric_that_knows_the_outcome_has_a_group_a_reason_and_no_verdict() -> None:
    found = page(lift=[lift_row("fair"), leaking_row()], lift_scopes=[])
    assert "Not drawn, knowing the outcome:\nsaid hired (the user reports the hire)." in found.text
    group = found.text[found.text.index("Knows the outcome") :]
    assert "no verdict" in group[:900]
    forest = next(a for a in found.attributes("svg") if "Forest" in str(a.get("aria-label")))
    assert "for 1 metrics" in str(forest["aria-label"])


def test_other_outcomes_and_scopes_are_folded_away_with_their_n() -> None:
    rows = [lift_row(), lift_row(outcome="interviewed", n=900)]
    scopes = [lift_row(scope="model=m1", n=600), lift_row(scope="surface=phone", n=400)]
    found = page(lift=rows, lift_scopes=scopes)
    assert len(found.attributes("details")) == 3
    for summary in (
        "Outcome interviewed, n = 900",
        "release m1, n = 600",
        "surface phone, n = 400",
    ):
        assert summary in found.text


def test_the_audit_leads_with_its_headline_and_leaves_out_what_knows_the_outcome() -> None:
    rows = [lift_row("a"), lift_row("b", prior_sign=-1, verdict="reversed"), leaking_row()]
    text = page(lift=rows).text
    assert "1 of 2 intuitions were wrong: b. Not counted: 1 metric that knows the outcome." in text
    assert "1 of 2 reversed" in text
    assert "1 of 2 confirmed" in text
    assert "n = 2 priors" in text


def test_a_prior_younger_than_the_first_sight_of_its_lift_is_marked_with_the_day() -> None:
    mark = "exploratory: registered after its lift was visible on 20\xa0Jan\xa02026"
    late = lift_row(exploratory=True, prior_date="2026-02-01")
    assert mark in page(lift=[late]).text
    assert mark not in page(lift=[lift_row()]).text
    said = "exploratory: written after looking at the outcome"
    assert said not in page(lift=[late]).text
    for first in (lift_row()["first_visible_on"], None):  # the prior is of December
        assert said in page(lift=[lift_row(exploratory=True, first_visible_on=first)]).text


def test_engagement_and_text_stand_in_two_panels_said_to_screen_readers_too() -> None:
    found = page(lift=[lift_row("asked"), text_row("robotic")])
    panels = next(a for a in found.attributes("svg") if "by kind" in str(a.get("aria-label")))
    assert str(panels["aria-label"]) == (
        "Strongest metrics by kind. About engagement: asked 2.50 (1.60–3.90), n = 1,000; "  # noqa: RUF001
        "About the text: robotic 0.70 (0.60–0.82), n = 1,000."  # noqa: RUF001
    )
    assert "Strongest engagement behaviour: asked, adjusted 2.50" in found.text
    row = read_row(found, "hired 50075 events")
    assert row.startswith(
        "hired 50075 events 0.580[0.520 to 0.640]rate 20.0% top, 13.0% bottom not clicked default "
        "0.690[0.630 to 0.750]rate 10.0% true, 31.0% false −0.110[−0.180 to −0.040]"  # noqa: RUF001
    )


def test_a_kind_without_metrics_leaves_its_panel_empty() -> None:
    found = page(lift=[lift_row("asked")])
    panels = next(a for a in found.attributes("svg") if "by kind" in str(a.get("aria-label")))
    assert str(panels["aria-label"]).endswith("About the text: none.")


def test_a_segment_shows_what_was_dropped_what_the_search_saw_and_what_turns_round() -> None:
    row = read_row(page(), "a and not badds nothing, dropped: grammatical")
    assert row.startswith(
        "a and not badds nothing, dropped: grammatical 627 events 11.3%[5.6–21.5%] 8.28"  # noqa: RUF001
        "[3.50–19.6]5.97 × all 11.2rate 16.0% robotic1.31 [1.02–1.70] inside, 0.55 overall"  # noqa: RUF001
        "turns round insideturned round inside: greeting"
    )


def test_a_segment_without_a_ratio_or_a_headline_flag_says_why() -> None:
    nothing = ("rr", "rr_low", "rr_high", "vs_all", "headline_rr", "reversed", "reversals")
    bare = segment_row() | dict.fromkeys((*nothing, "dropped"))
    bare |= {"reason": "empty_arm", "headline_reason": "part_of_segment"}
    text = page(segments=[bare]).text
    assert "— empty arm" in text
    assert "— part of segment, 0.55 overall" in text
    assert "turn" not in text.partition("Headline flag inside")[2].partition("Judge quality")[0]


def test_words_never_round_to_a_certainty() -> None:
    assert words.percent(0.00004) == "<0.1%"
    assert words.percent(0.99996) == ">99.9%"
    assert words.percent(0.0) == "0.0%"
    assert words.percent(1.0) == "100.0%"
    assert words.p_value(0.0000001) == "<0.001"
    assert words.ratio(0.001) == "<0.01"
    assert words.moment("2026-03-14T09:30:00+02:00") == "14 Mar 2026 07:30 UTC".replace(
        " ", "\N{NO-BREAK SPACE}", 2
    )

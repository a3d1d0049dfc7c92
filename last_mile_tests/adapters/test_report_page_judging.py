"""The report page's judge: what a run asked and cost, groupings, and how far people agree."""

from typing import Any

import pytest

from last_mile.adapters.report_page import render_report
from last_mile_tests.adapters.report_pages import (
    HOSTILE,
    Page,
    grouping_row,
    judging,
    page,
    read_row,
    report,
    usage_row,
)
from last_mile_tests.lift_rows import (
    quality_row,
)


def test_the_judging_section_shows_every_figure_of_a_run() -> None:
    found = page(judging=judging())
    assert {"id": "judging"} in found.attributes("section")
    text = " ".join(found.text.split())
    assert "1,200 answers in 1,234 calls cost $0.4120." in text
    row = text[text.index("13 Mar 2026 09:30 UTC") :]
    figures = [
        "13 Mar 2026 09:30 UTCopenai/gpt-4o-mini, online", "1,100", "1,2341,200 paid",
        "4at most $0.00731", "2,345,67863.9% cached", "98,765", "0.412", "0.375", "2.5%",
        "81290% 1,530, 99% 4,210",
    ]  # fmt: skip
    assert row.startswith(" ".join(figures))
    assert (
        "Quotes of 5,000 positive answers: 4,321 found letter by letter, 567 but for white space, "
        "case or quotation marks, 112 not found."
    ) in text


def test_the_grouping_section_shows_agreement_and_what_is_recommended() -> None:
    found = page(judging=judging())
    assert {"id": "grouping"} in found.attributes("section")
    text = " ".join(found.text.split())
    text = text[text.index("Ask all questions in one call.") :]
    assert "allrecommended all 400 97.2% 0.87[0.81–0.93] 0.66n 60 7 0.271" in text  # noqa: RUF001
    assert "one all 400 97.2% — not defined here 0.66n 60 7 0.271" in text
    assert text.count("recommended") == 1


def test_only_the_row_over_all_metrics_is_said_to_be_recommended() -> None:
    rows = [grouping_row(), grouping_row(metric="asked_follow_up")]
    assert page(judging=judging(grouping=rows)).text.count("recommended") == 1


def test_the_answers_by_metric_are_shown_of_the_first_grouping_alone() -> None:
    rows = [
        grouping_row(grouping, metric, n=1_000 * i + j)
        for i, grouping in enumerate(("all", "4", "one"), 1)
        for j, metric in enumerate(("all", "asked_follow_up", "robotic"))
    ]
    text = " ".join(page(judging=judging(grouping=rows)).text.split())
    shown = [n for n in (row["n"] for row in rows) if f" {n:,} 97.2%" in text]
    # pooled and by metric of the first, pooled of the others
    assert shown == [1_000, 1_001, 1_002, 2_000, 3_000]


def test_a_run_of_which_nothing_was_counted_or_measured_says_so_and_no_zero() -> None:
    unknown = ("prompt_tokens", "cached_tokens", "completion_tokens", "cache_share",
               "unusable_share", "latency_p50_ms", "latency_p90_ms", "latency_p99_ms")  # fmt: skip
    row = usage_row(**dict.fromkeys(unknown), n_paid=0, n_in_doubt=0)
    text = page(judging=judging(usage=[row])).text
    assert text.count("— not counted") == 2  # tokens in and out
    assert "% cached" not in text
    assert "— nothing paid" in text
    assert "— not measured" in text
    assert "at most" not in text


def test_a_judge_that_asked_for_nothing_has_no_section() -> None:
    found = page(judging=None)
    assert not {"judging", "grouping"} & {a["id"] for a in found.attributes("section")}
    assert not [a for a in found.attributes("a") if a["href"] in {"#judging", "#grouping"}]


def test_judging_without_calls_evidence_or_a_comparison_shows_its_sentences_alone() -> None:
    nothing = judging(usage=[], evidence=None, grouping=[], grouping_sentence=None)
    found = page(judging=nothing)
    assert "1,200 answers in 1,234 calls" in found.text
    assert "No call was made under this epoch." in found.text
    assert "Quotes of" not in found.text
    assert {"id": "grouping"} not in found.attributes("section")


@pytest.mark.parametrize(
    "hostile_part",
    [
        {"sentences": [HOSTILE]},
        {"usage": [usage_row(judge=HOSTILE)]},
        {"usage": [usage_row(mode=HOSTILE)]},
        {"usage": [usage_row(last_sent_at=HOSTILE)]},
        {"grouping": [grouping_row(metric=HOSTILE)]},
        {"grouping": [grouping_row(grouping=HOSTILE)]},
        {"grouping_sentence": HOSTILE},
    ],
    ids=["sentence", "judge", "mode", "time", "metric", "grouping", "recommendation"],
)
def test_a_hostile_text_about_judging_is_shown_as_the_text_it_is(
    hostile_part: dict[str, Any],
) -> None:
    html = render_report(report(judging=judging(**hostile_part)))
    assert HOSTILE not in html
    assert HOSTILE in Page(html).text


def test_judge_quality_shows_agreement_and_the_corrected_share_beside_the_judged_one() -> None:
    assert read_row(page(), "asked follow up 100stratified").startswith(
        "asked follow up 100stratified 80.0%[67.0–89.0%]40 found, 10 missed "  # noqa: RUF001
        "90.0%[79.0–96.0%]45 left, 5 wrong 85.0%[77.0–90.0%] 0.70[0.56–0.84] "  # noqa: RUF001
        "30.0%of 1,000 28.6%[21.0–35.0%]"  # noqa: RUF001
    )


def test_a_judge_at_chance_and_a_refused_correction_are_said() -> None:
    refused = quality_row(
        at_chance=True, prevalence_corrected=None, correction_reason="judge_near_chance"
    )
    text = page(judge_quality=[refused]).text
    assert "at chance" in text
    assert "— judge near chance" in text

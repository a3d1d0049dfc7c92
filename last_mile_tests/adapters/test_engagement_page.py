"""The page about engagement: what a product person finds, whatever the numbers and strings."""

from __future__ import annotations

from typing import Any

from last_mile.adapters.report_page import render_engagement
from last_mile.core.report import trying_section
from last_mile_tests.adapters.report_pages import LOADING_TAGS, Page, hostile, report
from last_mile_tests.lift_rows import engagement_row


def _page(**changes: Any) -> Page:
    return Page(render_engagement(report(**changes)))


def test_a_behaviour_shows_who_never_tried_it_both_figures_and_sizes_of_experiments() -> None:
    text = _page().text
    for shown in ("750 of 1,000", "4.0%", "2.00", "+4.0", "400", "half: 1,500; offered: 4,200"):
        assert shown in text, shown
    assert "Did the user ask back?" in text
    assert "design" in text
    assert "These are logs." in text


def test_every_link_arrives_and_the_report_is_one_of_them() -> None:
    found = _page()
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {a["href"] for _, a in found.elements if "href" in a}
    assert targets == {"report.html", "#asked_follow_up", "#limits"}
    assert {target[1:] for target in targets - {"report.html"} if target} <= set(ids)
    assert not {tag for tag, _ in found.elements} & LOADING_TAGS


def test_hostile_strings_come_out_escaped() -> None:
    html = render_engagement(hostile(report()))  # type: ignore[arg-type]
    assert "<script" not in html
    assert "<img" not in html


def test_figures_that_are_missing_say_why_and_a_rubric_without_behaviours_says_so() -> None:
    bare = engagement_row(
        adjusted_rd=None, adjusted_low=None, adjusted_high=None, adjusted_rr=None, q=None, rr=None,
        reason="not_enough_events", per_arm=None, per_arm_half=None, per_arm_offered=None,
    )  # fmt: skip
    text = _page(trying=trying_section([bare], {}, "hired")).text
    assert "not enough events" in text
    assert "nan" not in text.lower().replace("engagement", "")
    assert "The rubric has no metric about engagement" in _page(trying=[]).text

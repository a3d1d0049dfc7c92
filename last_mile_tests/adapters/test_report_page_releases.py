"""The report page's product releases: figures, refusals and names."""

import pytest

from last_mile.adapters.report_page import render_report
from last_mile_tests.adapters.report_pages import HOSTILE, Page, report
from last_mile_tests.lift_rows import (
    release_row,
)


def test_releases_are_tables_of_their_own_and_stand_beside_engagement() -> None:
    page = Page(render_report(report()))
    assert "Release m2 against m1." in page.text
    assert "regressed in one stratum" in page.text
    assert "category=design" in page.text
    assert "Releases and engagement behaviours." in page.text
    assert page.text.count("+3.0") >= 2  # points: of the table and beside engagement


def test_a_refused_release_says_why_in_place_of_figures() -> None:
    row = release_row(
        basis="refused", reason="few_common_tasks", verdict=None, adjusted_rd=None, rd=None,
        paired_rd=None, worst_stratum=None, hides_regression=None, q=None,
    )  # fmt: skip
    text = Page(render_report(report(releases=[row]))).text
    assert "refused" in text
    assert "few common tasks" in text


@pytest.mark.parametrize("field", ["release", "reference", "measure", "worst_stratum"])
def test_names_of_releases_and_strata_are_escaped(field: str) -> None:
    html = render_report(report(releases=[release_row(**{field: HOSTILE})]))
    assert HOSTILE not in html
    assert HOSTILE.replace("_", " ") in Page(html).text
